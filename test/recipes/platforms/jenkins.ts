import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Runner } from '../recipe.ts'

const PLATFORM = {
  JENKINS_URL: 'https://jenkins.example.com/',
  BUILD_TAG: 'jenkins-app-7',
  BUILD_NUMBER: '7',
}

/**
 * The `sh` step of a declarative pipeline, in the environment and with the bound file that the pipeline gives it. No Groovy is
 * run: what is not of this form is a mistake of ours. The credentials `stint` have the audience that the page tells of.
 */
export const jenkins: Runner = async (jenkinsfile, job) => {
  const environment = only(jenkinsfile, /environment \{\n([\s\S]*?)\n\s*\}/g)
  const variables = environment.split('\n').map((line) => {
    const [, name = '', value = ''] = /^\s*([A-Z][A-Z0-9_]*) = '([^']*)'$/.exec(line) ?? []
    if (name === '') throw new Error(`this is no variable of a pipeline: ${line}`)
    return [name, value] as const
  })
  const bound = only(
    jenkinsfile,
    /withCredentials\(\[file\(credentialsId: 'stint', variable: '([A-Z_]+)'\)\]\) \{/g,
  )
  const file = join(job.folder, 'bound-token')
  await writeFile(file, job.token(job.audience))
  const script = only(jenkinsfile, /sh '''\n([\s\S]*?)\n\s*'''/g)
  return job.sh(script, { ...PLATFORM, ...Object.fromEntries(variables), [bound]: file })
}

function only(text: string, pattern: RegExp): string {
  const found = [...text.matchAll(pattern)].map((match) => match[1] ?? '')
  if (found.length !== 1) throw new Error(`${pattern} stands ${found.length} times in the Jenkinsfile`)
  return found[0] ?? ''
}
