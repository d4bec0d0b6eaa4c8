-- The Merkle tree of RFC 6962 over the leaves of `event`: leaf i stands at index seq - 1. Kept are the hashes that
-- tlog-tiles puts into its tiles above level 0: of each complete run of 256^level leaves. Everything between is hashed
-- from them, and what hangs at the right edge from at most 255 of each level.
CREATE TABLE tree_node (
  level INTEGER NOT NULL,
  idx   INTEGER NOT NULL,
  hash  BLOB    NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

-- Checkpoints that were given away, as they were signed (C2SP tlog-checkpoint). Each is a promise for ever.
CREATE TABLE checkpoint (
  size INTEGER NOT NULL,
  note TEXT    NOT NULL,
  PRIMARY KEY (size, note)
) STRICT, WITHOUT ROWID;

-- The verifier keys of the log (C2SP signed-note) by the size from which on they sign. A key's name is the log's origin,
-- so another epoch is another key.
CREATE TABLE log_key (
  vkey      TEXT    PRIMARY KEY,
  from_size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Anchored checkpoints that somebody said the log may differ from (`log.forked`): by the SHA-256 of their notes.
CREATE TABLE log_fork (
  sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tree_node_no_update BEFORE UPDATE ON tree_node BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER tree_node_no_delete BEFORE DELETE ON tree_node BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER log_key_no_update BEFORE UPDATE ON log_key BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER log_key_no_delete BEFORE DELETE ON log_key BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
