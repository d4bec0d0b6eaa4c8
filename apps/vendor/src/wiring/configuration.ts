import { createDesk } from '../desk/desk.ts'
import type { Actor } from '../domain/audit-event.ts'
import { amendConfiguration, type Configuration, EMPTY_CONFIGURATION } from '../domain/configuration.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import { personsOf } from '../flows/admin.ts'
import { isSamePerson } from '../flows/change-request.ts'
import type { ConfigurationFlow } from '../flows/configuration.ts'
import { createConfigurationFlow } from '../flows/configuration.ts'
import { readKeptAsk } from '../flows/kept-ask.ts'
import type { ReplayDesk } from '../ports/replay.ts'
import type { Provenance } from '../ports/reviews.ts'
import type { AuditLog, ChangeStore, ResourceStore } from '../ports.ts'
import { createChangeStore } from '../storage/sqlite/change-store.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import { createProvenance } from '../storage/sqlite/provenance.ts'
import { createResourceStore } from '../storage/sqlite/store.ts'
import { createConfigurationDesk } from './configuration-desk.ts'
import { databaseOf } from './database.ts'
import { draftTools } from './draft-tools.ts'
import { openReplayDesk } from './replay.ts'
import type { Opened, Wiring } from './wiring.ts'

/** What goes by the configuration, and is opened after it. */
export type Followers = {
  /** Targets that a probe shows immune to forged conditions now. */
  readonly immune: () => ImmuneTargets
  /** Told in this order that another configuration stands. */
  readonly wake: readonly (() => void)[]
}

export type OpenedConfiguration = {
  readonly store: ResourceStore
  readonly changes: ChangeStore
  readonly provenance: Provenance
  readonly flow: ConfigurationFlow
  /** The one that stands: the empty one before `flow.start`. */
  readonly configuration: () => Configuration
  readonly replayDesk: ReplayDesk
  readonly samePerson: (a: Actor, b: Actor) => boolean
  /** Who goes by it from now on; nobody before this is called. */
  follow(followers: Followers): void
  closeDesks(): Promise<unknown>
}

/** Opens the configuration's file and the desks where drafts are planned and replayed. Nothing stands before `flow.start`. */
export function openConfiguration(wiring: Wiring, audit: AuditLog, opened: Opened): OpenedConfiguration {
  const { settings, clock, timers, sha256, targets } = wiring
  const file = databaseOf(settings, 'config')
  const connection = openDatabase(file.path, file.migrations)
  const changes = createChangeStore(connection)
  const store = createResourceStore(connection, sha256)
  opened.defer(() => store.close())
  let active: Configuration | null = null
  const configuration = () => active ?? EMPTY_CONFIGURATION
  let followers: Followers = { immune: () => [], wake: [] }
  const immune = () => followers.immune()
  const held = { account: settings.account, adminAudience: settings.admin.audience }
  const tools = draftTools(held, { sha256, clock })
  const desk = createConfigurationDesk({
    here: createDesk(tools, { store, changes }),
    worker: { ...held, ...file },
    configuration,
    timers,
  })
  opened.defer(() => desk.close())
  const replayDesk = openReplayDesk({
    ...{ ...held, configPath: file.path, auditPath: databaseOf(settings, 'audit').path, timers },
    immune,
  })
  opened.defer(() => replayDesk.close())
  const waiting = {
    clock,
    audit,
    changes,
    newChangeId: () => wiring.newId('chg'),
    sha256Bytes: wiring.sha256Bytes,
    readAsk: readKeptAsk,
    personsOf: (identity: Pick<Actor, 'issuer' | 'sub'>) => personsOf(configuration(), identity),
  }
  const flow = createConfigurationFlow({
    ...waiting,
    twoPersons: settings.approvals === 'on',
    sha256,
    store,
    desk,
    immune,
    configuration,
    compile: tools.compile,
    amend: (previous, amendment, stamp) =>
      amendConfiguration(previous, amendment, { ...stamp, ...held, sha256 }),
    breathe: wiring.breathe,
    prepare: async (resources) => {
      for (const created of await targets.prepare(resources)) {
        await audit.append({ type: 'secret.created', purpose: 'store token signing', ...created })
      }
    },
    activate: (next) => {
      targets.activate(next.standing.others)
      active = next
      for (const wake of followers.wake) wake()
    },
  })
  return {
    store,
    changes,
    provenance: createProvenance(connection),
    flow,
    configuration,
    replayDesk,
    samePerson: (a, b) => isSamePerson(waiting, a, b),
    follow: (next) => {
      followers = next
    },
    closeDesks: () => Promise.all([desk.close(), replayDesk.close()]),
  }
}
