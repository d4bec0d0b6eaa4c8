import { isTextClaim } from '../preset.ts'
import { textDistance } from '../text-distance.ts'
import type { Hit, MappingInput, Placed, Rule } from './rule.ts'
import { everywhere, looksIntoList, pins, placed, speaksOf, valuesOf } from './rule.ts'

const hit = ({ at }: Placed, says: string): Hit => ({ at, says })
const whole = (says: string): readonly Hit[] => [{ at: [], says }]
const NOTHING: readonly Hit[] = []
const REGISTERED_TIMES = ['exp', 'iat', 'nbf', 'jti', 'nonce', 'auth_time', 'at_hash']
const LISTS = ['aud', 'groups', 'roles', 'amr', 'scp', 'permissions']
const isTrueOnly = ({ condition }: Placed) =>
  valuesOf(condition).every((value) => value === true || value === 'true')

/** Rules that look at which claims a mapping decides by, and how. */
export const CLAIM_RULES: readonly Rule<MappingInput>[] = [
  {
    id: 'name-without-id',
    severity: 'warning',
    about: 'a name decides that can be renamed or taken over, and the id that cannot is not pinned',
    fix: 'add a condition on the id, and keep the name for its reader',
    find: ({ body, preset }) =>
      placed(body, 'when').flatMap((one) => {
        const id = Object.hasOwn(preset.immutable, one.claim) ? preset.immutable[one.claim] : undefined
        if (id === undefined || one.condition.claim.length > 1 || pins(body, id)) return []
        return [hit(one, `\`${one.claim}\` can be given to somebody else; \`${id}\` cannot`)]
      }),
  },
  {
    id: 'sub-changes',
    severity: 'warning',
    about: '`sub` decides at an issuer whose `sub` changes its form or holds what users choose',
    fix: 'decide by the claims that it is made of',
    find: ({ body, preset }) =>
      preset.subTrap === null
        ? NOTHING
        : placed(body, 'when')
            .filter(({ claim }) => claim === 'sub')
            .map((one) => hit(one, preset.subTrap ?? '')),
  },
  {
    id: 'open-owner',
    severity: 'warning',
    about: 'a pattern leaves the owner open: `repo:org*` admits `org-evil` as well',
    fix: 'end the owner with its delimiter before the first `*`',
    find: ({ body }) =>
      placed(body, 'when').flatMap((one) => {
        if (!('glob' in one.condition) || !/^(sub|repository|project_path|.*workflow_ref)$/.test(one.claim))
          return []
        const path = one.condition.glob.replace(/^[a-z_]+:/, '')
        const owner = path.split('/')[0] ?? ''
        return owner.includes('*') ? [hit(one, `the owner in \`${one.condition.glob}\` is open`)] : []
      }),
  },
  {
    id: 'tenant-open',
    severity: 'warning',
    about: 'the issuer serves many organizations, and none is pinned',
    fix: 'add a condition on the organization',
    find: ({ body, preset }) =>
      preset.tenant.length === 0 || preset.tenant.some((claim) => pins(body, claim))
        ? NOTHING
        : whole(`this issuer serves everybody; pin one of ${preset.tenant.join(', ')}`),
  },
  {
    id: 'glob-all',
    severity: 'warning',
    about: 'a pattern admits any value',
    fix: 'say which values, or take the condition away',
    find: ({ body }) =>
      everywhere(body).flatMap((one) =>
        'glob' in one.condition && /^[*/:|.-]*$/.test(one.condition.glob) && one.condition.glob.includes('*')
          ? [hit(one, `\`${one.condition.glob}\` says nothing but that the claim is there`)]
          : [],
      ),
  },
  {
    id: 'glob-crosses',
    severity: 'warning',
    about: 'the `*` of a pattern crosses a separator that the pattern itself has',
    fix: 'take that separator as the delimiter, or name the values',
    find: ({ body }) =>
      everywhere(body).flatMap((one) => {
        if (!('glob' in one.condition)) return []
        const { glob, delimiter } = one.condition
        const crossed = ['/', ':'].find(
          (sign) => sign !== delimiter && glob.includes('*') && glob.includes(sign),
        )
        return crossed === undefined
          ? []
          : [hit(one, `with delimiter \`${delimiter}\` its \`*\` crosses \`${crossed}\``)]
      }),
  },
  {
    id: 'any-event',
    severity: 'warning',
    about: 'nothing says what may start the job: every branch, tag and pull request is admitted',
    fix: 'add a condition on the branch, the environment or the event',
    find: ({ body, preset }) =>
      preset.eventClaims.length === 0 || preset.eventClaims.some((claim) => speaksOf(body, claim))
        ? NOTHING
        : whole(`no condition on ${preset.eventClaims.join(', ')}`),
  },
  {
    id: 'pull-request',
    severity: 'warning',
    about: 'pull requests, whose code nobody has reviewed, are admitted by name',
    fix: 'take them away, or give them a role of their own that only reads',
    find: ({ body }) =>
      placed(body, 'when').flatMap((one) => {
        const texts = [...valuesOf(one.condition), 'glob' in one.condition ? one.condition.glob : ''].map(
          String,
        )
        const named = texts.find((text) =>
          /^(pull_request(_target)?|merge_request_event|external_pull_request_event)$|^refs\/(pull|merge-requests)\/|:pull_request$/.test(
            text,
          ),
        )
        return named === undefined ? [] : [hit(one, `\`${named}\` is code that nobody has reviewed`)]
      }),
  },
  {
    id: 'no-environment',
    severity: 'notice',
    about:
      'a role that writes is open to every job of a branch, and no environment with its approvals stands before it',
    fix: 'let the job use an environment, and pin it',
    find: ({ body, preset, writes }) =>
      !writes || preset.environmentClaim === null || speaksOf(body, preset.environmentClaim)
        ? NOTHING
        : whole(`no condition on \`${preset.environmentClaim}\``),
  },
  {
    id: 'branch-unprotected',
    severity: 'notice',
    about: 'a branch is named, and not that it must be protected',
    fix: 'add a condition that it is protected',
    find: ({ body, preset }) =>
      preset.protectedClaim === null || !speaksOf(body, 'ref') || speaksOf(body, preset.protectedClaim)
        ? NOTHING
        : whole(`whoever may push a branch of that name is admitted; add \`${preset.protectedClaim}\``),
  },
  {
    id: 'list-as-value',
    severity: 'warning',
    about: 'a claim that is a list is compared with one value, which never matches',
    fix: 'use `contains`',
    find: ({ body, preset }) =>
      everywhere(body).flatMap((one) => {
        const last = one.condition.claim.at(-1) ?? ''
        const isList =
          preset.listClaims.includes(one.claim) ||
          (last === 'roles' && one.condition.claim.length > 1) ||
          (preset.claims.length === 0 &&
            one.condition.claim.length === 1 &&
            LISTS.includes(last) &&
            last !== 'aud')
        return isList && !looksIntoList(one.condition) ? [hit(one, `\`${last}\` is a list`)] : []
      }),
  },
  {
    id: 'value-as-list',
    severity: 'warning',
    about: 'a claim that is one text is looked into as a list, which never matches',
    fix: 'use `equals` or `anyOf`',
    find: ({ body, preset }) =>
      everywhere(body).flatMap((one) =>
        looksIntoList(one.condition) && one.condition.claim.length === 1 && isTextClaim(preset, one.claim)
          ? [hit(one, `\`${one.claim}\` is a text`)]
          : [],
      ),
  },
  {
    id: 'number-as-text',
    severity: 'warning',
    about: 'a claim that is a number is compared with a text, which never matches',
    fix: 'write the number without quotes',
    find: ({ body, preset }) =>
      everywhere(body).flatMap((one) =>
        preset.numberClaims.includes(one.claim) &&
        valuesOf(one.condition).some((value) => typeof value === 'string')
          ? [hit(one, `\`${one.claim}\` is a number`)]
          : [],
      ),
  },
  {
    id: 'case',
    severity: 'warning',
    about: 'a value has capital letters where the issuer sends none, so it never matches',
    fix: 'write it as the issuer sends it',
    find: ({ body, preset }) =>
      everywhere(body).flatMap((one) => {
        const wrong = valuesOf(one.condition).find(
          (value) => typeof value === 'string' && value !== value.toLowerCase(),
        )
        return preset.lowerCaseClaims.includes(one.claim) &&
          one.condition.claim.length === 1 &&
          wrong !== undefined
          ? [hit(one, `\`${one.claim}\` has no capital letters, \`${String(wrong)}\` has`)]
          : []
      }),
  },
  {
    id: 'unknown-claim',
    severity: 'warning',
    about: 'a claim that the issuer does not document, and that looks like one that it does',
    fix: 'correct the name',
    find: ({ body, preset }) =>
      preset.claims.length === 0
        ? NOTHING
        : everywhere(body).flatMap((one) => {
            if (preset.claims.includes(one.claim)) return []
            const near = preset.claims.find(
              (known) => textDistance(known.toLowerCase(), one.claim.toLowerCase()) <= 2,
            )
            return near === undefined ? [] : [hit(one, `\`${one.claim}\` is not documented; \`${near}\` is`)]
          }),
  },
  {
    id: 'time-claim',
    severity: 'warning',
    about: 'a claim that is another one in every token decides',
    fix: 'use `expires`, `bindToToken` or `singleUse`',
    find: ({ body }) =>
      everywhere(body)
        .filter(({ claim, condition }) => condition.claim.length === 1 && REGISTERED_TIMES.includes(claim))
        .map((one) => hit(one, `\`${one.claim}\` is another one in every token`)),
  },
  {
    id: 'email-unverified',
    severity: 'warning',
    about: 'an address decides, and not that somebody verified it',
    fix: 'add `email_verified` equals true, or decide by `sub`',
    find: ({ body }) =>
      placed(body, 'when')
        .filter(({ claim }) => claim === 'email')
        .flatMap((one) =>
          placed(body, 'when').some((other) => other.claim === 'email_verified' && isTrueOnly(other))
            ? []
            : [hit(one, '`email` may be whatever somebody typed')],
        ),
  },
  {
    id: 'mutable-name',
    severity: 'warning',
    about: 'a name decides that people or administrators may change, and nothing that lasts stands beside it',
    fix: 'decide by `sub` or an id',
    find: ({ body, preset }) =>
      placed(body, 'when').flatMap((one) => {
        const why = Object.hasOwn(preset.mutableClaims, one.claim)
          ? preset.mutableClaims[one.claim]
          : undefined
        const lasting = ['sub', ...Object.values(preset.immutable)].some((claim) => pins(body, claim))
        return why === undefined || lasting ? [] : [hit(one, `\`${one.claim}\`: ${why}`)]
      }),
  },
  {
    id: 'unless-optional',
    severity: 'warning',
    about: '`unless` on a claim that some tokens lack: there it counts as held, and those tokens are refused',
    fix: 'say in `when` what must be, or make sure that every token carries it',
    find: ({ body, preset }) =>
      placed(body, 'unless')
        .filter(({ claim }) => preset.optionalClaims.includes(claim) && !speaksOf(body, claim))
        .map((one) => hit(one, `tokens without \`${one.claim}\` are refused`)),
  },
  {
    id: 'ssh-rerun',
    severity: 'warning',
    about: 'whoever may rerun a CircleCI job with SSH holds its token',
    fix: 'add to `when`: { claim: [oidc.circleci.com/ssh-rerun], equals: false }',
    find: ({ body, preset }) =>
      preset.claims.includes(SSH_RERUN) && !everywhere(body).some(({ claim }) => claim === SSH_RERUN)
        ? whole('reruns with SSH are admitted')
        : NOTHING,
  },
  {
    id: 'fork-origin',
    severity: 'notice',
    about: 'a CircleCI project may pass its tokens to forks, and the origin is not pinned',
    fix: 'pin oidc.circleci.com/vcs-origin',
    find: ({ body, preset }) =>
      preset.claims.includes(ORIGIN) && !speaksOf(body, ORIGIN) ? whole('forks may be admitted') : NOTHING,
  },
  {
    id: 'default-service-account',
    severity: 'warning',
    about: 'the service account `default` is every pod of its namespace that names no other',
    fix: 'give the workload a service account of its own',
    find: ({ body }) =>
      placed(body, 'when').flatMap((one) =>
        valuesOf(one.condition).some((value) =>
          one.claim === 'sub'
            ? /^system:serviceaccount:[^:]+:default$/.test(String(value))
            : one.condition.claim.join(' ') === 'kubernetes.io serviceaccount name' && value === 'default',
        )
          ? [hit(one, 'it is every pod that names no other')]
          : [],
      ),
  },
  {
    id: 'whole-namespace',
    severity: 'notice',
    about: 'every service account of a Kubernetes namespace is admitted',
    fix: 'add the service account, by its uid',
    find: ({ body }) => {
      const steps = body.when.map(({ claim }) => claim.join(' '))
      const names = steps.some((step) => step.startsWith('kubernetes.io serviceaccount') || step === 'sub')
      return steps.includes('kubernetes.io namespace') && !names
        ? whole('no condition on the service account')
        : NOTHING
    },
  },
]

const SSH_RERUN = 'oidc.circleci.com/ssh-rerun'
const ORIGIN = 'oidc.circleci.com/vcs-origin'
