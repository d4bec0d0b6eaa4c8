import { compileConfiguration } from '../domain/configuration.ts'
import { findingProblem, lintConfiguration } from '../domain/lint/lint.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { DraftTools } from '../flows/configuration-draft.ts'
import type { Clock } from '../ports.ts'
import { parseConfigurationBody, parseJsonBody } from '../schema/admin.ts'
import { readDeclaration } from '../schema/declaration.ts'
import { readConfiguration } from '../schema/resources.ts'

/** What of the server's settings a configuration is held against. */
export type DraftSettings = { readonly account: string; readonly adminAudience: string }

/** What a draft is made with, the same in the process and in its worker. */
export function draftTools(
  settings: DraftSettings,
  { sha256, clock }: { readonly sha256: Sha256; readonly clock: Clock },
): DraftTools {
  return {
    sha256,
    parse: parseConfigurationBody,
    read: readConfiguration,
    readOne: (at, body) => readDeclaration(at, parseJsonBody(body)),
    compile: (resources, stamp) => compileConfiguration(resources, { ...stamp, ...settings, sha256 }),
    lint: (resources) => lintConfiguration(resources, clock.nowMs()).map(findingProblem),
  }
}
