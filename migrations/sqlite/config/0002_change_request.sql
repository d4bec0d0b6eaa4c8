-- Changes that widen wait here for a second person's yes, and stay afterwards with the answer.
CREATE TABLE change_request (
  id            TEXT    PRIMARY KEY,
  -- The generation that it was planned on: an answer counts for that one and no other.
  generation    INTEGER NOT NULL,
  hash_before   TEXT    NOT NULL,
  hash_after    TEXT    NOT NULL,
  -- What was asked, as it came; the log keeps its SHA-256.
  ask           BLOB    NOT NULL,
  ask_sha256    TEXT    NOT NULL,
  -- The plan as whoever asked saw it, JSON.
  plan          BLOB    NOT NULL,
  -- JSON.
  author        TEXT    NOT NULL,
  request       TEXT    NOT NULL,
  at_ms         INTEGER NOT NULL,
  widens        TEXT    NOT NULL,
  more_widens   INTEGER NOT NULL,
  state         TEXT    NOT NULL CHECK (state IN ('pending', 'applied', 'rejected', 'withdrawn')),
  decided_by    TEXT,
  decided_at_ms INTEGER,
  reason        TEXT,
  CHECK ((state = 'pending') = (decided_by IS NULL))
) STRICT;

CREATE INDEX change_request_pending ON change_request (id) WHERE state = 'pending';

CREATE TRIGGER change_request_no_delete BEFORE DELETE ON change_request
  BEGIN SELECT RAISE(ABORT, 'changes are decided, never deleted'); END;
CREATE TRIGGER change_request_decided_once BEFORE UPDATE ON change_request WHEN OLD.state <> 'pending'
  BEGIN SELECT RAISE(ABORT, 'a change is decided once'); END;
CREATE TRIGGER change_request_only_decided BEFORE UPDATE OF
  id, generation, hash_before, hash_after, ask, ask_sha256, plan, author, request, at_ms, widens, more_widens
  ON change_request
  BEGIN SELECT RAISE(ABORT, 'what was asked never changes'); END;
