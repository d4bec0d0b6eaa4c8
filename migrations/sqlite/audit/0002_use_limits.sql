-- What intents used up of their mappings' limits. Derived from the intents, in the same transaction, so that of two
-- exchanges with one token exactly one has an intent, and a kill gives nothing back.
CREATE TABLE used_token (
  mapping  TEXT    NOT NULL,
  -- The `iss`, not the issuer's name: a name can be given to another issuer.
  issuer   TEXT    NOT NULL,
  jti      TEXT    NOT NULL,
  -- From here on the token is refused as expired.
  until_ms INTEGER NOT NULL,
  PRIMARY KEY (mapping, issuer, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_token_until ON used_token (until_ms);

-- Uses of a mapping that has a number of them, all its versions counted together.
CREATE TABLE mapping_use (
  mapping TEXT    PRIMARY KEY,
  uses    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
