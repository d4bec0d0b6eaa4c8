-- The audit log. `body` is the RFC 8785 form of the event, stored verbatim and never rebuilt for verification.
CREATE TABLE event (
  seq        INTEGER PRIMARY KEY,
  type       TEXT    NOT NULL,
  at_ms      INTEGER NOT NULL,
  assumption TEXT,
  request    TEXT,
  issuer     TEXT,
  role       TEXT,
  code       TEXT,
  body       TEXT    NOT NULL,
  -- RFC 6962 leaf hash of the body's bytes.
  leaf       BLOB    NOT NULL,
  -- SHA-256(chain of the row before ‖ leaf).
  chain      BLOB    NOT NULL
) STRICT;

CREATE INDEX event_assumption ON event (assumption) WHERE assumption IS NOT NULL;
-- NULL in outcomes: they are found by the assumption of their intent.
CREATE INDEX event_request ON event (request) WHERE request IS NOT NULL;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Intents whose session at the store is neither handed out nor known to be over. Derived from the events, in the same
-- transaction, so that a start need not read the whole log.
CREATE TABLE open_intent (
  assumption             TEXT    PRIMARY KEY,
  target                 TEXT    NOT NULL,
  store_token_expires_ms INTEGER NOT NULL,
  latest_expiry_ms       INTEGER NOT NULL,
  access_key_id          TEXT,
  announced              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
