import { StsClientError } from '../../errors.ts'

export type Env = Readonly<Record<string, string | undefined>>
export type ReadFile = (path: string) => Promise<string>

/** The token without the white space around it. Throws StsClientError `subject_token_absent` where nothing is left. */
export function present(text: string | undefined, where: string): string {
  const token = text?.trim()
  if (token) return token
  throw new StsClientError('subject_token_absent', { detail: where })
}

/** A person who writes `--token-file "$TOKEN"` must not read the token back from a log. */
export function place(kind: string, name: string): string {
  return mayBeToken(name) ? `the ${kind} that was named` : `${kind} \`${name}\``
}

export function mayBeToken(name: string): boolean {
  return name.length > 200 || /[A-Za-z0-9_-]{32}/.test(name) || name.startsWith('eyJ')
}
