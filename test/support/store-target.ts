import type { TargetBody } from '../../apps/vendor/src/domain/resource.ts'
import type { AssumptionId } from '../../apps/vendor/src/ids.ts'
import type { CredentialTarget, Minted, MintRequest } from '../../apps/vendor/src/ports.ts'
import { systemClock, systemTimers } from '../../apps/vendor/src/runtime.ts'
import { createSecretReader } from '../../apps/vendor/src/targets/secret-file.ts'
import type { TargetKey } from '../../apps/vendor/src/targets/target-key.ts'

/** What an adapter is opened with, for a store on loopback. */
export function targetOptions(
  body: Partial<TargetBody> & { readonly endpoint: string },
  more: {
    readonly issuerUrl?: string
    readonly key?: TargetKey | null
    readonly secrets?: string
    readonly name?: string
  } = {},
) {
  const {
    issuerUrl = 'http://127.0.0.1:1/oidc/store',
    key = null,
    secrets = '/nowhere',
    name = 'store',
  } = more
  const whole: TargetBody = {
    kind: 'minio',
    mode: 'issued-identity',
    region: '',
    allowPrivateAddresses: ['127.0.0.0/8'],
    subjectBudget: null,
    probe: { bucket: null, prefix: 'stint-probe', everySeconds: null },
    ...body,
  }
  return {
    name,
    body: whole,
    issuerUrl,
    key,
    secret: createSecretReader([secrets]),
    clock: systemClock,
    timers: systemTimers,
  }
}

let count = 0

/** An assumption that no other test has. */
export function newAssumption(): AssumptionId {
  count += 1
  return `asm_test-${process.pid}-${count}`
}

/** A request to mint, with everything that a test does not care about. */
export function mintRequest(
  target: CredentialTarget,
  over: Partial<MintRequest> & { readonly sessionPolicy: string },
): MintRequest {
  const lifetimeSeconds = over.lifetimeSeconds ?? 3600
  return {
    assumption: newAssumption(),
    lifetimeSeconds,
    storeTokenExpiresMs: target.storeTokenExpiresMs(Date.now(), lifetimeSeconds, Date.now() + 300_000),
    sessionName: 'a-test',
    tags: {},
    callerToken: null,
    ...over,
  }
}

/** Mints, or fails the test with what the store said. */
export async function mintAt(
  target: CredentialTarget,
  over: Parameters<typeof mintRequest>[1],
): Promise<Minted> {
  const answer = await target.mint(mintRequest(target, over))
  if (!answer.ok) throw new Error(`the store refused: ${answer.code} ${answer.errorCode}`)
  return answer.minted
}
