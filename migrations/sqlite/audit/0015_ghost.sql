-- Sessions that a store knows and this log does not (`ghost.seen`), each once for each reason. Derived from the events, in
-- the same transaction.
CREATE TABLE ghost (
  -- The event's.
  id        TEXT    PRIMARY KEY,
  target    TEXT    NOT NULL,
  key       TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  seq       INTEGER NOT NULL,
  -- The event with which somebody put it away; NULL while it is open.
  dismissed INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ghost_session ON ghost (target, key, reason);
CREATE INDEX ghost_open ON ghost (seq) WHERE dismissed IS NULL;
