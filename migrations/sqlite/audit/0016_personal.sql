-- What stands behind the commitments of events, where personal members are erasable (docs/ERASURE.md). Everything here may
-- be deleted, and the log stays whole: the triggers of `event` do not reach these tables.

-- Runs of the process that wrote commitments: of any other run a text that looks like one is only a text.
CREATE TABLE personal_boot (
  boot TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- A salt for each person (and one a day for what is nobody's). Every row has the same length for good: an erasure writes
-- zeros over it in its place, and another person takes the place later. A row is never deleted, because SQLite copies the
-- neighbours of a deleted row to other pages, and leaves what it copied in their unused room.
CREATE TABLE person (
  id     INTEGER PRIMARY KEY,
  -- The first two bytes of a hash of the identity: enough to find a handful of rows, too little to tell anybody.
  bucket BLOB NOT NULL,
  -- HMAC by the salt of who it is.
  who    BLOB NOT NULL,
  salt   BLOB NOT NULL
) STRICT;
CREATE INDEX person_bucket ON person (bucket);
CREATE INDEX person_free ON person (id)
  WHERE salt = X'0000000000000000000000000000000000000000000000000000000000000000';

-- What each commitment is of, sealed by a key of the person's salt: without the salt it is noise, wherever a copy is left.
CREATE TABLE personal_value (
  commitment BLOB    NOT NULL PRIMARY KEY,
  person     INTEGER NOT NULL,
  sealed     BLOB    NOT NULL,
  -- The last UTC day (since 1970) of an event with it, as far as it was told: retention goes by it.
  seen_day   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_value_person ON personal_value (person);
CREATE INDEX personal_value_day ON personal_value (seen_day);

-- Whether what was erased may still stand in the write-ahead log.
CREATE TABLE personal_wipe (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  pending INTEGER NOT NULL
) STRICT;
INSERT INTO personal_wipe VALUES (1, 0);
