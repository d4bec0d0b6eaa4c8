-- How mappings, roles, issuers and targets were used. Derived from the events, but not in their transaction: the writer
-- counts in memory and writes what it counted with the cursor, so that a kill neither loses nor doubles anything.
-- Everything here can be made again from the events up to the cursor.
CREATE TABLE usage_cursor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- The last event that is counted.
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO usage_cursor VALUES (1, 0);

-- Every version of a mapping that an event named.
CREATE TABLE usage_mapping (
  mapping  TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  issuer   TEXT    NOT NULL,
  -- '': only refusals that came to no role named it so far.
  role     TEXT    NOT NULL,
  -- When it first and last gave anything.
  first_ms INTEGER,
  last_ms  INTEGER,
  PRIMARY KEY (mapping, version)
) STRICT, WITHOUT ROWID;

-- The day stands first, so that what is written of one day lies together.
CREATE TABLE usage_day (
  -- Days since 1970, UTC.
  day             INTEGER NOT NULL,
  kind            TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  -- Of a mapping; 0 of everything else.
  version         INTEGER NOT NULL,
  issued          INTEGER NOT NULL,
  redelivered     INTEGER NOT NULL,
  refused         INTEGER NOT NULL,
  withheld        INTEGER NOT NULL,
  upstream_failed INTEGER NOT NULL,
  first_ms        INTEGER,
  last_ms         INTEGER,
  PRIMARY KEY (day, kind, name, version)
) STRICT, WITHOUT ROWID;

-- Each refusal once. '' for an issuer: no token was verified; for a role: none, or too many of that day to tell apart.
CREATE TABLE usage_refusal (
  day      INTEGER NOT NULL,
  issuer   TEXT    NOT NULL,
  role     TEXT    NOT NULL,
  code     TEXT    NOT NULL,
  count    INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms  INTEGER NOT NULL,
  PRIMARY KEY (day, issuer, role, code)
) STRICT, WITHOUT ROWID;

-- Refusals whose decision names mappings: once for each of them.
CREATE TABLE usage_mapping_refusal (
  day     INTEGER NOT NULL,
  mapping TEXT    NOT NULL,
  version INTEGER NOT NULL,
  code    TEXT    NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (day, mapping, version, code)
) STRICT, WITHOUT ROWID;

-- How many rows of the two tables below a mapping has in a UTC quarter (year * 4 + 0 to 3), and between which instants
-- there were more than are told apart.
CREATE TABLE usage_quarter (
  quarter                INTEGER NOT NULL,
  mapping                TEXT    NOT NULL,
  subjects               INTEGER NOT NULL,
  networks               INTEGER NOT NULL,
  more_subjects_first_ms INTEGER,
  more_subjects_last_ms  INTEGER,
  more_networks_first_ms INTEGER,
  more_networks_last_ms  INTEGER,
  PRIMARY KEY (quarter, mapping)
) STRICT, WITHOUT ROWID;

-- The first so many of a quarter: a `sub` can be another one for every job.
CREATE TABLE usage_subject (
  quarter       INTEGER NOT NULL,
  mapping       TEXT    NOT NULL,
  issuer        TEXT    NOT NULL,
  sub           TEXT    NOT NULL,
  first_ms      INTEGER NOT NULL,
  last_ms       INTEGER NOT NULL,
  count         INTEGER NOT NULL,
  -- The network that it first came from.
  first_network TEXT    NOT NULL,
  PRIMARY KEY (quarter, mapping, issuer, sub)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_network (
  quarter      INTEGER NOT NULL,
  mapping      TEXT    NOT NULL,
  -- /24 of IPv4, /48 of IPv6.
  network      TEXT    NOT NULL,
  first_ms     INTEGER NOT NULL,
  last_ms      INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  -- Who came from it first.
  first_issuer TEXT    NOT NULL,
  first_sub    TEXT    NOT NULL,
  PRIMARY KEY (quarter, mapping, network)
) STRICT, WITHOUT ROWID;

-- Lifetimes of sessions that were given, rounded up to a few steps.
CREATE TABLE usage_lifetime (
  quarter INTEGER NOT NULL,
  mapping TEXT    NOT NULL,
  -- 'given' or 'asked'.
  of      TEXT    NOT NULL,
  seconds INTEGER NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (quarter, mapping, of, seconds)
) STRICT, WITHOUT ROWID;
