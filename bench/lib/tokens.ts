import { SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT, TOKEN_PATH } from '@stint/sts-client/wire'
import type { ChildVendor } from '../../test/support/vendor.ts'
import { ACCOUNT } from '../../test/support/vendor.ts'
import type { Shot } from './load.ts'

/** As many claims as a CI token of GitHub carries. */
const CI_CLAIMS = {
  repository_owner: 'acme',
  repository_owner_id: '4242',
  repository_visibility: 'private',
  ref_type: 'branch',
  ref_protected: 'true',
  event_name: 'push',
  workflow: 'nightly',
  workflow_ref: 'acme/app/.github/workflows/nightly.yaml@refs/heads/main',
  workflow_sha: '0123456789abcdef0123456789abcdef01234567',
  job_workflow_ref: 'acme/app/.github/workflows/nightly.yaml@refs/heads/main',
  job_workflow_sha: '0123456789abcdef0123456789abcdef01234567',
  runner_environment: 'github-hosted',
  actor: 'somebody',
  actor_id: '77',
  run_id: '8123456789',
  run_number: '12',
  run_attempt: '1',
  sha: '0123456789abcdef0123456789abcdef01234567',
  base_ref: '',
  head_ref: '',
  check_run_id: '99887766',
}

/** So many tokens as CI sends them, each with a `jti` of its own. */
export function ciTokens(vendor: ChildVendor, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => vendor.token({ ...CI_CLAIMS, jti: `bench-${index}` }))
}

/** Token-exchange requests, each with a token of its own. */
export function exchangeShots(
  vendor: ChildVendor,
  count: number,
  tokens = ciTokens(vendor, count),
): (at: number) => Shot {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const bodies = tokens.map((token) =>
    new URLSearchParams({
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: token,
      subject_token_type: SUBJECT_TOKEN_TYPES[1],
      resource: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
    }).toString(),
  )
  return (at) => ({ path: TOKEN_PATH, headers, body: bodies[at % bodies.length] ?? '' })
}
