-- The configuration: six nouns, one shape. Nothing is deleted; what left the configuration is disabled.
CREATE TABLE resource (
  kind    TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  state   TEXT    NOT NULL CHECK (state IN ('enabled', 'disabled')),
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Every version that ever stood, with its author. The current one is the one that `resource` names.
CREATE TABLE resource_version (
  kind    TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  state   TEXT    NOT NULL CHECK (state IN ('enabled', 'disabled')),
  body    TEXT    NOT NULL,
  -- SHA-256 of the body's RFC 8785 bytes.
  sha256  TEXT    NOT NULL,
  author  TEXT    NOT NULL,
  at_ms   INTEGER NOT NULL,
  -- The generation that this version came with.
  generation INTEGER NOT NULL,
  PRIMARY KEY (kind, name, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO generation VALUES (1, 0);

CREATE TRIGGER resource_no_delete BEFORE DELETE ON resource
  BEGIN SELECT RAISE(ABORT, 'resources are disabled, never deleted'); END;
CREATE TRIGGER resource_version_no_update BEFORE UPDATE ON resource_version
  BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
CREATE TRIGGER resource_version_no_delete BEFORE DELETE ON resource_version
  BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
CREATE TRIGGER generation_only_up BEFORE UPDATE ON generation WHEN NEW.value <> OLD.value + 1
  BEGIN SELECT RAISE(ABORT, 'a generation rises by one'); END;
