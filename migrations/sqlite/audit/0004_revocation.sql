-- Revocations that stop issue (locked) or whose sessions are not all seen to (not finished). Derived from the events, in
-- the same transaction: a lock stands when its event does.
CREATE TABLE revocation (
  id       TEXT    PRIMARY KEY,
  -- What it is of, who, when and why: JSON, as in the event.
  body     TEXT    NOT NULL,
  locked   INTEGER NOT NULL,
  finished INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
