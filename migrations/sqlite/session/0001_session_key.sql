-- What lets a session say who it is, and no more: sealed, for the session's life. No record: the file may be deleted.
CREATE TABLE session_key (
  assumption    TEXT    PRIMARY KEY,
  access_key_id TEXT    NOT NULL,
  expires_ms    INTEGER NOT NULL,
  -- Which key sealed it.
  key_id        TEXT    NOT NULL,
  -- Nonce, AES-256-GCM of the content, tag; the columns above are its additional data.
  sealed        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_key_access ON session_key (access_key_id);
CREATE INDEX session_key_expires ON session_key (expires_ms);
