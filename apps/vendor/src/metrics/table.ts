/**
 * Every metric by its name, as data: what docs/metrics.md tells is checked against this table. A label's values come from
 * a closed list or from names that an administrator gave; never from a token, a claim or a path.
 */
export type Family = {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}
export type MetricKey = keyof typeof METRICS

/** Upper bounds of every histogram here, in seconds: one fsync of a fast disk up to the deadline of a store. */
export const BUCKETS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** More series of one family than this are counted together under `other`. */
export const MOST_SERIES = 256

export const METRICS = {
  exchanges: {
    name: 'stint_exchanges_total',
    kind: 'counter',
    labels: ['door', 'outcome'],
    help: 'Exchanges that ended: granted, refused, withheld, failed.',
  },
  refusals: {
    name: 'stint_refusals_total',
    kind: 'counter',
    labels: ['class', 'code'],
    help: 'Exchanges that gave no credentials, by class and code of docs/ERRORS.md.',
  },
  exchangeSeconds: {
    name: 'stint_exchange_duration_seconds',
    kind: 'histogram',
    labels: [],
    help: 'From the parsed request to what is answered.',
  },
  stageSeconds: {
    name: 'stint_exchange_stage_duration_seconds',
    kind: 'histogram',
    labels: ['stage'],
    help: 'Stages of an exchange: verify, decide, intent, mint, outcome, refusal.',
  },
  inFlight: {
    name: 'stint_exchanges_in_flight',
    kind: 'gauge',
    labels: [],
    help: 'Exchanges under way.',
  },
  sessionsLive: {
    name: 'stint_sessions_live',
    kind: 'gauge',
    labels: [],
    help: 'Sessions that this process gave and whose end is ahead: an estimate, those revoked are still counted.',
  },
  endingsPending: {
    name: 'stint_endings_pending',
    kind: 'gauge',
    labels: [],
    help: 'Sessions that were minted and not handed out, and are not known to be over.',
  },
  auditEvents: {
    name: 'stint_audit_events_total',
    kind: 'counter',
    labels: [],
    help: 'Events on disk.',
  },
  auditFailures: {
    name: 'stint_audit_commit_failures_total',
    kind: 'counter',
    labels: [],
    help: 'Batches of events that could not be written; their exchanges were answered 503.',
  },
  auditCommitSeconds: {
    name: 'stint_audit_commit_duration_seconds',
    kind: 'histogram',
    labels: [],
    help: 'From a batch sent to the writer to its answer: hashing, one transaction, one sync.',
  },
  auditQueue: {
    name: 'stint_audit_queue_events',
    kind: 'gauge',
    labels: [],
    help: 'Events that wait for the disk; at 4,096 exchanges are refused.',
  },
  auditBytes: {
    name: 'stint_audit_file_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Size of audit.db and its write-ahead log.',
  },
  sinkLag: {
    name: 'stint_sink_lag_events',
    kind: 'gauge',
    labels: ['sink'],
    help: 'Events that a sink does not have yet.',
  },
  sinkAttempts: {
    name: 'stint_sink_deliveries_total',
    kind: 'counter',
    labels: ['sink', 'outcome'],
    help: 'Attempts to deliver events to a sink: ok, failed.',
  },
  keySetFetches: {
    name: 'stint_key_set_fetches_total',
    kind: 'counter',
    labels: ['issuer', 'outcome'],
    help: 'Attempts to read the keys of an issuer: ok, failed.',
  },
  keySetStale: {
    name: 'stint_key_set_stale',
    kind: 'gauge',
    labels: ['issuer'],
    help: '1 where the keys of an issuer are past their time and could not be read anew.',
  },
  targetCalls: {
    name: 'stint_target_calls_total',
    kind: 'counter',
    labels: ['target', 'call', 'outcome'],
    help: 'Calls to a store: mint, end; outcome ok, or the code of the failure, or how far an end is proved.',
  },
  targetSeconds: {
    name: 'stint_target_call_duration_seconds',
    kind: 'histogram',
    labels: ['target'],
    help: 'Mints at a store, retries included.',
  },
  breakerOpen: {
    name: 'stint_target_breaker_open',
    kind: 'gauge',
    labels: ['target'],
    help: '1 where calls to a store are held back because it failed, 0.5 while one call tries it.',
  },
  intakeEntries: {
    name: 'stint_intake_entries_total',
    kind: 'counter',
    labels: ['target', 'outcome'],
    help: 'Audit entries that stores posted: accepted, duplicate, strange (of an impossible time), ignored.',
  },
  intakeRefused: {
    name: 'stint_intake_refused_total',
    kind: 'counter',
    labels: ['code'],
    help: 'Posts to the intake that were refused, by code of docs/ERRORS.md.',
  },
  intakeLag: {
    name: 'stint_intake_lag_seconds',
    kind: 'gauge',
    labels: ['target'],
    help: 'Age of the newest entry of the newest post when it came, by both clocks.',
  },
  ghostsSeen: {
    name: 'stint_ghosts_seen_total',
    kind: 'counter',
    labels: ['target'],
    help: 'Sessions that a store told of and that are none of ours, or should be over.',
  },
  reconciledAge: {
    name: 'stint_reconciled_age_seconds',
    kind: 'gauge',
    labels: ['target'],
    help: 'Since the list of sessions of a store was last read whole.',
  },
  sessionsUnjudged: {
    name: 'stint_sessions_unjudged',
    kind: 'gauge',
    labels: [],
    help: 'Sessions that stores told of and that wait to be held against the log.',
  },
  adminOperations: {
    name: 'stint_admin_operations_total',
    kind: 'counter',
    labels: ['operation', 'status'],
    help: 'Answers of the admin door, by operationId of docs/openapi.json.',
  },
  httpAnswers: {
    name: 'stint_http_answers_total',
    kind: 'counter',
    labels: ['status'],
    help: 'Answers of every door, by HTTP status.',
  },
  ready: {
    name: 'stint_ready',
    kind: 'gauge',
    labels: [],
    help: '1 where /readyz answers 200.',
  },
  readyCheck: {
    name: 'stint_ready_check',
    kind: 'gauge',
    labels: ['check'],
    help: '1 where a check of /readyz holds.',
  },
  generation: {
    name: 'stint_configuration_generation',
    kind: 'gauge',
    labels: [],
    help: 'Generation of the configuration that exchanges are decided by.',
  },
  findingsOpen: {
    name: 'stint_findings_open',
    kind: 'gauge',
    labels: ['severity'],
    help: 'Findings of detectors at the last look, by severity: warning, notice.',
  },
  diskFree: {
    name: 'stint_data_free_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Free bytes of the file system of the data folder, as this process may use them.',
  },
  build: {
    name: 'stint_build_info',
    kind: 'gauge',
    labels: ['version', 'commit', 'node'],
    help: 'Always 1.',
  },
  startSeconds: {
    name: 'process_start_time_seconds',
    kind: 'gauge',
    labels: [],
    help: 'Start of the process, seconds since 1970.',
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    labels: [],
    help: 'CPU time of the process, all threads.',
  },
  residentBytes: {
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Resident memory.',
  },
  heapBytes: {
    name: 'nodejs_heap_size_used_bytes',
    kind: 'gauge',
    labels: [],
    help: 'Used heap of the main thread.',
  },
  lagP50: {
    name: 'nodejs_eventloop_lag_p50_seconds',
    kind: 'gauge',
    labels: [],
    help: 'Delay of the event loop since the last scrape, median.',
  },
  lagP99: {
    name: 'nodejs_eventloop_lag_p99_seconds',
    kind: 'gauge',
    labels: [],
    help: 'Delay of the event loop since the last scrape, 99th percentile.',
  },
  lagMax: {
    name: 'nodejs_eventloop_lag_max_seconds',
    kind: 'gauge',
    labels: [],
    help: 'Delay of the event loop since the last scrape, the longest.',
  },
} as const satisfies Record<string, Family>
