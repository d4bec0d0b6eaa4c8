-- What detectors go by over restarts. Derived from the events, in the same transaction; both kinds are rare.

-- The keys of issuers, as they were seen and refused (`jwks.*`): each start reads every set anew, so only what is kept
-- here tells for how long a key has been the same.
CREATE TABLE issuer_key (
  issuer     TEXT    NOT NULL,
  -- The thumbprint (RFC 7638); of a refused key, which has none, `!reason:kid`.
  id         TEXT    NOT NULL,
  kid        TEXT,
  thumbprint TEXT,
  -- Why it was refused; NULL: it was not.
  refused    TEXT,
  first_ms   INTEGER NOT NULL,
  last_ms    INTEGER NOT NULL,
  gone_ms    INTEGER,
  PRIMARY KEY (issuer, id)
) STRICT, WITHOUT ROWID;

INSERT INTO issuer_key (issuer, id, kid, thumbprint, refused, first_ms, last_ms, gone_ms)
  SELECT issuer, body ->> '$.thumbprint', max(body ->> '$.kid'), body ->> '$.thumbprint', NULL, min(at_ms), max(at_ms), NULL
  FROM event WHERE type = 'jwks.key_added' AND type NOT GLOB 'assume.*' GROUP BY issuer, body ->> '$.thumbprint';
UPDATE issuer_key SET gone_ms = (
  SELECT max(at_ms) FROM event e WHERE e.type = 'jwks.key_removed' AND e.type NOT GLOB 'assume.*'
    AND e.issuer = issuer_key.issuer AND e.body ->> '$.thumbprint' = issuer_key.id AND e.at_ms >= issuer_key.last_ms);
INSERT INTO issuer_key (issuer, id, kid, thumbprint, refused, first_ms, last_ms, gone_ms)
  SELECT issuer, '!' || (body ->> '$.reason') || ':' || coalesce(body ->> '$.kid', ''), body ->> '$.kid', NULL,
    body ->> '$.reason', min(at_ms), max(at_ms), NULL
  FROM event WHERE type = 'jwks.key_refused' AND type NOT GLOB 'assume.*' GROUP BY issuer, body ->> '$.reason', body ->> '$.kid';

-- Findings of detectors that were announced (`finding.opened`), and when they were gone (`finding.closed`).
CREATE TABLE finding (
  key       TEXT    PRIMARY KEY,
  detector  TEXT    NOT NULL,
  rule      TEXT    NOT NULL,
  severity  TEXT    NOT NULL,
  kind      TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  message   TEXT    NOT NULL,
  opened_ms INTEGER NOT NULL,
  -- NULL: it stands.
  closed_ms INTEGER,
  -- How often it was opened.
  times     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_closed ON finding (closed_ms) WHERE closed_ms IS NOT NULL;
