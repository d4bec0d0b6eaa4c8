import type { Pin } from './audit-event.ts'
import type { CapabilitySheet } from './capability.ts'
import type { Problem, ResourceOf, TargetBody } from './resource.ts'
import { problem } from './role.ts'
import { capabilityOf, modeOf } from './target-kind.ts'

/** A target that stands, with what it can do. */
export type CompiledTarget = Pin & { readonly body: TargetBody; readonly sheet: CapabilitySheet }

/** The enabled targets by name; what is wrong with them, or between them, is added to `problems`. */
export function compileTargets(
  found: readonly ResourceOf<'target'>[],
  problems: Problem[],
): Map<string, CompiledTarget> {
  const owners = new Map<string, string>()
  return new Map(
    found.map(({ name, version, body }) => {
      const row = modeOf(body)
      if (row.ownsEndpoint === true) {
        const other = owners.get(body.endpoint)
        if (other !== undefined) {
          // Two targets are two providers at one store, and one key map of MinIO serves all providers.
          const words = `target \`${other}\` has this endpoint; a store trusts one Stint issuer and no other`
          problems.push(problem('target_endpoint_twice', ['targets', name, 'endpoint'], words))
        }
        owners.set(body.endpoint, name)
      }
      problems.push(...acceptProblems(name, body))
      return [name, { name, version, body, sheet: capabilityOf(body) }] as const
    }),
  )
}

/** A mode that is dangerous by itself is taken only by who names the danger; a name that means nothing is a misspelt one. */
function acceptProblems(name: string, body: TargetBody): readonly Problem[] {
  const { mustAccept } = modeOf(body)
  const accept = body.accept ?? []
  const at = ['targets', name, 'accept']
  const unknown = accept.filter((code) => code !== mustAccept?.code)
  return [
    ...unknown.map((code) =>
      problem('accept_unknown', at, `\`${code}\` is nothing that this target asks to be accepted`),
    ),
    ...(mustAccept === undefined || accept.includes(mustAccept.code)
      ? []
      : [
          problem(
            mustAccept.code,
            at,
            `${mustAccept.why}; \`accept: [${mustAccept.code}]\` takes it all the same`,
          ),
        ]),
  ]
}
