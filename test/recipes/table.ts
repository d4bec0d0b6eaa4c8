import { createHash } from 'node:crypto'
import type { PresetName } from '../../apps/vendor/src/domain/preset.ts'
import type { Claims } from '../../apps/vendor/src/domain/subject.ts'
import { ISSUERS } from '../corpus/issuers.ts'
import { buildText } from './job.ts'
import { buildkite } from './platforms/buildkite.ts'
import { circleci } from './platforms/circleci.ts'
import { sql } from './platforms/duckdb.ts'
import { githubActions } from './platforms/github-actions.ts'
import { gitlab } from './platforms/gitlab.ts'
import { jenkins } from './platforms/jenkins.ts'
import { kubernetes } from './platforms/kubernetes.ts'
import { properties } from './platforms/spark.ts'
import type { Fault, Recipe } from './recipe.ts'

/** An issuer of the stage that is down. */
export const UNREACHABLE = 'http://127.0.0.1:9'

function claimsOf(preset: PresetName): Claims {
  const sample = ISSUERS.find((one) => one.preset === preset)
  if (sample === undefined) throw new Error(`the corpus has no token of ${preset}`)
  return sample.claims
}

/** Of jobs that come from GitHub, whatever runs in them. */
const GITHUB = { issuer: 'github', claims: claimsOf('github-actions') } as const
const BUILD = 'artifacts/acme/app/build.txt'
const BUILD_MD5 = createHash('md5').update(buildText('dvc.md')).digest('hex')

const otherBranch: Fault = { name: 'another branch', claims: { ref: 'refs/heads/dev' } }
const otherAudience: Fault = { name: 'a token for somebody else', claims: { aud: 'sts.amazonaws.com' } }
const noToken: Fault = { name: 'no token', replace: ['/run/stint/token', '/run/stint/none'] }
/** Of an issuer that is configured and whose keys nobody can read: what its own users would see. */
const unreadable: Fault = { name: 'an issuer that cannot be read', claims: { iss: UNREACHABLE } }
const past = () => Math.floor(Date.now() / 1000) - 600
const expired: Fault = {
  name: 'a token that is over',
  claims: { iat: past() - 300, nbf: past() - 300, exp: past() },
}

/** Every page of docs/clients that tells of a system. */
export const RECIPES: readonly Recipe[] = [
  {
    ...GITHUB,
    page: 'README.md',
    mapping: 'github-main',
    leaves: [BUILD],
    runners: {},
    faults: [otherBranch, otherAudience, expired],
  },
  {
    ...GITHUB,
    page: 'github-actions.md',
    mapping: 'github-main',
    leaves: [BUILD],
    runners: { 'github-actions': githubActions },
    faults: [
      otherBranch,
      { name: 'no audience', replace: ['          audience: https://stint.example.com\n', ''] },
      { name: 'no permission', replace: ['id-token: write, ', ''] },
    ],
  },
  {
    page: 'gitlab.md',
    issuer: 'gitlab',
    claims: claimsOf('gitlab'),
    mapping: 'gitlab-main',
    leaves: ['artifacts/acme/app/gitlab.txt'],
    runners: { gitlab },
    faults: [
      { name: 'another branch', claims: { ref_path: 'refs/heads/dev' } },
      otherAudience,
      { name: 'another name of the variable', replace: ['STINT_ID_TOKEN: {', 'ID_TOKEN: {'] },
    ],
  },
  {
    page: 'buildkite.md',
    issuer: 'buildkite',
    claims: claimsOf('buildkite'),
    onRequest: ['organization_id', 'pipeline_id'],
    mapping: 'buildkite-main',
    leaves: ['artifacts/acme/app/buildkite.txt'],
    runners: { buildkite },
    faults: [
      { name: 'another branch', claims: { build_branch: 'dev' } },
      { name: 'a claim that was not asked for', replace: ['--claim organization_id ', ''] },
      { name: 'no audience', replace: ['--audience https://stint.example.com ', ''] },
    ],
  },
  {
    page: 'circleci.md',
    issuer: 'circleci',
    claims: claimsOf('circleci'),
    mapping: 'circleci-main',
    leaves: ['artifacts/acme/app/circleci.txt'],
    runners: { circleci },
    faults: [
      { name: 'a rerun with SSH', claims: { 'oidc.circleci.com/ssh-rerun': true } },
      { name: 'another audience', replace: ['"aud": "https://stint.example.com"', '"aud": "stint"'] },
      { name: 'another organization', claims: { iss: 'https://oidc.circleci.com/org/another' } },
    ],
  },
  {
    page: 'jenkins.md',
    issuer: 'jenkins',
    // The claims that the plugin makes unless it is told otherwise.
    claims: { sub: 'https://jenkins.example.com/job/acme/job/app/job/main/', build_number: 7 },
    mapping: 'jenkins-main',
    leaves: ['artifacts/acme/app/jenkins.txt'],
    runners: { jenkins },
    faults: [
      { name: 'another job', claims: { sub: 'https://jenkins.example.com/job/acme/job/app/job/dev/' } },
      otherAudience,
      unreadable,
    ],
  },
  {
    page: 'kubernetes.md',
    issuer: 'cluster',
    claims: claimsOf('kubernetes'),
    mapping: 'cluster-build',
    leaves: ['artifacts/acme/app/pod.txt'],
    runners: { kubernetes },
    faults: [
      { name: 'another namespace', claims: { 'kubernetes.io': { namespace: 'default' } } },
      { name: 'another audience', replace: ['audience: "https://stint.example.com"', 'audience: api'] },
      unreadable,
    ],
  },
  {
    ...GITHUB,
    page: 'rclone.md',
    mapping: 'rclone',
    leaves: ['artifacts/acme/site/build.txt'],
    runners: {},
    faults: [otherBranch, { name: 'another prefix', replace: ['acme/site/', 'acme/other/'] }, noToken],
  },
  {
    ...GITHUB,
    page: 'duckdb.md',
    mapping: 'duckdb',
    leaves: ['artifacts/acme/reports/answer.parquet'],
    runners: { sql },
    faults: [
      otherBranch,
      { name: 'another prefix', replace: ['acme/reports', 'acme/other'] },
      { name: 'a scheme in the endpoint', replace: ["'minio.", "'https://minio."] },
    ],
  },
  {
    ...GITHUB,
    page: 'mc.md',
    mapping: 'mc',
    long: true,
    leaves: ['artifacts/acme/releases/build.txt'],
    runners: {},
    faults: [
      otherBranch,
      { name: 'another prefix', replace: ['mc cp build.txt store/artifacts/acme', 'mc ls store/other/acme'] },
      { name: 'another alias', replace: ['mc cp build.txt store', 'mc stat stor'] },
    ],
  },
  {
    ...GITHUB,
    page: 'dvc.md',
    mapping: 'dvc',
    long: true,
    // The MD5 of build.txt as the job has it.
    leaves: [`artifacts/acme/dvc/files/md5/${BUILD_MD5.slice(0, 2)}/${BUILD_MD5.slice(2)}`],
    runners: {},
    faults: [
      otherBranch,
      { name: 'another role', replace: ['role/datasets', 'role/app-artifacts'] },
      noToken,
    ],
  },
  {
    ...GITHUB,
    page: 'spark.md',
    mapping: 'spark',
    long: true,
    leaves: ['artifacts/acme/lake/in/build.txt'],
    runners: { properties },
    faults: [otherBranch, noToken, { name: 'another prefix', replace: ['acme/lake/in', 'acme/other'] }],
  },
  {
    ...GITHUB,
    page: 'terraform.md',
    mapping: 'terraform',
    long: true,
    leaves: ['artifacts/acme/state/app.tfstate'],
    runners: {},
    faults: [
      otherBranch,
      noToken,
      { name: 'another role', replace: ['role/app-state', 'role/app-artifacts'] },
    ],
  },
]
