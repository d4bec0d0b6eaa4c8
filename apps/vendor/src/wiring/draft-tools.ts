import { compileConfiguration } from '../domain/configuration.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { DraftTools } from '../flows/configuration-draft.ts'
import { parseConfigurationBody } from '../schema/admin.ts'
import { readConfiguration } from '../schema/resources.ts'

/** What of the server's settings a configuration is held against. */
export type DraftSettings = { readonly account: string; readonly adminAudience: string }

/** What a draft is made with, the same in the process and in its worker. */
export function draftTools(settings: DraftSettings, sha256: Sha256): DraftTools {
  return {
    sha256,
    parse: parseConfigurationBody,
    read: readConfiguration,
    compile: (resources, stamp) => compileConfiguration(resources, { ...stamp, ...settings, sha256 }),
  }
}
