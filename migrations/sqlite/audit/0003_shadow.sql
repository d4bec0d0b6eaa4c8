-- What shadow mappings would have done, counted as the decisions are written. Derived from the events, in the same
-- transaction, so that the answer is exact and needs no walk over the log.
CREATE TABLE shadow_count (
  mapping TEXT    NOT NULL,
  version INTEGER NOT NULL,
  effect  TEXT    NOT NULL,
  -- Days since 1970, UTC.
  day     INTEGER NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (mapping, version, effect, day)
) STRICT, WITHOUT ROWID;

-- The newest few events of each effect, in a ring.
CREATE TABLE shadow_sample (
  mapping TEXT    NOT NULL,
  version INTEGER NOT NULL,
  effect  TEXT    NOT NULL,
  slot    INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  PRIMARY KEY (mapping, version, effect, slot)
) STRICT, WITHOUT ROWID;

-- Whom the mapping would newly admit, up to a number: a `sub` can be another one for every job.
CREATE TABLE shadow_subject (
  mapping TEXT    NOT NULL,
  version INTEGER NOT NULL,
  issuer  TEXT    NOT NULL,
  sub     TEXT    NOT NULL,
  PRIMARY KEY (mapping, version, issuer, sub)
) STRICT, WITHOUT ROWID;
