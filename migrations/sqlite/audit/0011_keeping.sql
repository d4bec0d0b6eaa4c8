-- How far each sink of events has them: written when a delivery was answered, so that after a kill an event is sent twice
-- rather than never.
CREATE TABLE sink (
  name      TEXT    PRIMARY KEY,
  delivered INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far events were looked at for their age, and those that were kept although they are old: each is looked at again.
CREATE TABLE pruning (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  upto INTEGER NOT NULL
) STRICT;
INSERT INTO pruning VALUES (1, 0);
CREATE TABLE pruning_held (
  seq INTEGER PRIMARY KEY
) STRICT;
-- Runs that a `log.pruned` names and whose bodies are not all taken out yet. Derived from it, in the same transaction.
CREATE TABLE pruning_run (
  first INTEGER PRIMARY KEY,
  last  INTEGER NOT NULL
) STRICT;

-- The one change that an event knows: its body, and what was derived from it to be searched by, is taken out. Its place,
-- type, time, leaf and chain stay, so that the tree does.
DROP TRIGGER IF EXISTS event_no_update;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
WHEN NOT (
  -- Written over in its place first, so that nothing of it stays in the page; then short.
  new.body NOT GLOB '*[^ ]*' OR (new.body = '{}' AND new.assumption IS NULL AND new.request IS NULL
    AND new.issuer IS NULL AND new.role IS NULL AND new.code IS NULL)
) OR NOT (
  new.seq = old.seq AND new.type = old.type AND new.at_ms = old.at_ms
  AND new.leaf = old.leaf AND new.chain = old.chain AND old.type NOT GLOB 'log.*'
  AND EXISTS (SELECT 1 FROM pruning_run WHERE first <= old.seq AND last >= old.seq)
)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
