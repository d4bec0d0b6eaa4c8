import type { DoorDeps } from '../app.ts'
import { mappingOf } from '../domain/configuration.ts'
import type { Exporter } from '../domain/export/exported.ts'
import { authoriseAdmin, personsOf, rolesOf } from '../flows/admin.ts'
import type { Anchoring } from '../flows/anchoring.ts'
import { clearSub, createErasing, type Erasing } from '../flows/erasing.ts'
import { explain } from '../flows/explain.ts'
import { exportLog } from '../flows/export-log.ts'
import type { FindingsFlow } from '../flows/findings.ts'
import { generatePolicies } from '../flows/generate-policies.ts'
import { liftLock } from '../flows/lift-lock.ts'
import { rekey } from '../flows/rekey.ts'
import type { Reviews } from '../flows/reviews/reviews.ts'
import { simulateClaims } from '../flows/simulate.ts'
import { bearerChallenge } from '../http/protected-resource.ts'
import type { AuditLog, TokenVerifier } from '../ports.ts'
import type { OpenedConfiguration } from './configuration.ts'
import { recentResources } from './recent-resources.ts'
import type { OpenedStores } from './stores.ts'
import { openUi, type Ui } from './ui.ts'
import type { OpenedWatching } from './watching.ts'
import type { Wiring } from './wiring.ts'

export type AdminDoorsOf = {
  readonly audit: AuditLog
  readonly anchoring: Anchoring
  readonly opened: OpenedConfiguration
  readonly stores: OpenedStores
  readonly watched: OpenedWatching
  readonly findings: FindingsFlow
  readonly reviews: Reviews
  readonly verifier: Pick<TokenVerifier, 'verify'>
  readonly digestOf: (token: string) => string
  readonly exporter: Exporter
}

export type AdminDoors = {
  /** Every door that is not one of those that give credentials. */
  readonly doors: Omit<DoorDeps, 'token' | 'sts' | 'container'>
  /** Null: nobody can sign in to the page. */
  readonly ui: Ui | null
  readonly erasing: Erasing
}

/** Opens the page, and builds what is behind the admin API and the intake of stores. */
export function openAdminDoors(wiring: Wiring, of: AdminDoorsOf): AdminDoors {
  const { settings, clock, newId, log, requestFacts, targets, metering } = wiring
  const { audit, anchoring, watched, findings, reviews, exporter } = of
  const { store, changes, flow, configuration } = of.opened
  const { revocations, probes } = of.stores
  const first = settings.admin
  const twoPersons = settings.approvals === 'on'
  const generation = () => configuration().generation
  const recent = recentResources({ store, generation, timers: wiring.timers })
  const explained = async (id: string, limit: number) => {
    const { resources } = await recent()
    const { account } = settings
    const deps = { audit, store, configuration, resources: () => resources, clock, account }
    return explain(deps, id, limit)
  }
  const ui = openUi({
    ...wiring,
    audit,
    configuration,
    data: {
      store,
      configuration,
      changes: { ...changes, approve: flow.approve, end: flow.end },
      audit,
      usage: audit.usage,
      findings: findings.current,
      exercised: watched.reader.exercised,
      explain: explained,
      locks: () => revocations.standing(),
      reviews: {
        ...audit.reviews,
        item: reviews.item,
        csv: reviews.csv,
        document: reviews.document,
        flow: reviews,
      },
      probes: { record: probes.flow.record, get: probes.flow.get, list: probes.schedule.list },
      anchors: { count: settings.anchors.length, behind: () => anchoring.behind() },
    },
  })
  const erasing = createErasing({ ...wiring, audit, personsOf: (who) => personsOf(configuration(), who) })
  const doors: AdminDoors['doors'] = {
    admin: {
      requestFacts,
      authorise: (request) => authoriseAdmin({ verifier: of.verifier, configuration, first, audit }, request),
      challenge: bearerChallenge(settings.publicUrl),
      log,
      onAnswer: metering.onAdminAnswer,
    },
    rolesOf: (actor) => rolesOf({ configuration, first }, actor),
    audit,
    digestOf: of.digestOf,
    exportLog: (format, query) => exportLog({ audit, exporter }, format, query),
    explain: explained,
    simulate: (ask) => simulateClaims({ ...wiring, configuration, recent, account: settings.account }, ask),
    findings,
    reviews: { flow: reviews, reviews: audit.reviews },
    mapping: (name) => mappingOf(configuration(), name),
    configuration: flow,
    store,
    changes: {
      changes,
      generation: () => configuration().generation,
      end: flow.end,
    },
    revoke: {
      revocations,
      clearSub: (sub) => clearSub(audit, sub),
      isAssumption: async (assumption) => (await audit.page({ assumption, limit: 1 })).events.length > 0,
      rekey: (ask) =>
        rekey({ audit, rekeying: targets.rekey, newCanary: () => watched.canary(newId('asm')) }, ask),
      lift: (id, by) => liftLock({ revocations, samePerson: of.opened.samePerson, twoPersons }, id, by),
    },
    erasing,
    targets: (name) => targets.setup(name, configuration()),
    probes,
    watching: watched,
    generate: (ask) => generatePolicies({ used: watched.used, recent, configuration }, ask),
    intake: watched.intake,
    ui: ui?.door ?? null,
    nowMs: clock.nowMs,
    replay: of.opened.replayDesk,
  }
  return { doors, ui, erasing }
}
