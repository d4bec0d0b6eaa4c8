-- Probes of targets and roles. Derived from the events, in the same transaction: the sheet itself is the event that ended
-- the probe, so that nobody can make a store look safe without breaking the chain.
CREATE TABLE probe (
  id     TEXT    PRIMARY KEY,
  target TEXT    NOT NULL,
  -- NULL: of the target itself.
  role   TEXT,
  -- The event with which it began.
  begun  INTEGER NOT NULL,
  -- The event with the sheet; NULL while it runs.
  seq    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX probe_target ON probe (target, id);
