-- What stores told of the use of sessions, by their audit webhooks: no record to decide by. Everything here may be
-- deleted, and is, after a time: a file of its own, apart from the log, which nothing is ever taken from.

-- One access key that did something at a store, or was given there.
CREATE TABLE session (
  id         INTEGER PRIMARY KEY,
  target     TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  -- What it calls itself: the assumption's id, where it is one of ours.
  sub        TEXT,
  role_arn   TEXT,
  issuer     TEXT,
  parent     TEXT,
  expires_ms INTEGER,
  -- When it was first and last heard of, and its last request but for those that only end sessions.
  first_ms   INTEGER NOT NULL,
  last_ms    INTEGER NOT NULL,
  used_ms    INTEGER,
  uses       INTEGER NOT NULL,
  source     TEXT    NOT NULL,
  -- How many rows of object_access it has, by how exact they are.
  objects    INTEGER NOT NULL,
  folders    INTEGER NOT NULL,
  -- What the log says it is, once somebody looked: role, mappings and granted places, JSON.
  label      TEXT,
  -- Why it is a ghost.
  ghost      TEXT,
  UNIQUE (target, key)
) STRICT;
CREATE INDEX session_last ON session (last_ms);

CREATE TABLE object_access (
  target   TEXT    NOT NULL,
  bucket   TEXT    NOT NULL,
  -- A key; of a row that is not exact what the keys begin with; empty: the bucket itself.
  object   TEXT    NOT NULL,
  -- 0: some object that begins so, because a session has touched too many to tell them apart.
  exact    INTEGER NOT NULL,
  session  INTEGER NOT NULL,
  -- The store's name of what was asked.
  api      TEXT    NOT NULL,
  allowed  INTEGER NOT NULL,
  refused  INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms  INTEGER NOT NULL,
  -- How much of either stands in exercise.
  rolled_allowed INTEGER NOT NULL,
  rolled_refused INTEGER NOT NULL,
  PRIMARY KEY (target, bucket, object, session, api, exact)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_access_session ON object_access (session);
CREATE INDEX object_access_last ON object_access (last_ms);

-- What was used of what was granted, by day: outlives the sessions that it is of.
CREATE TABLE exercise (
  target  TEXT    NOT NULL,
  role    TEXT    NOT NULL,
  -- Empty: of the role, whichever mapping admitted.
  mapping TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  -- The granted resource as the role writes it; empty: under none.
  place   TEXT    NOT NULL,
  -- Days since 1970, UTC.
  day     INTEGER NOT NULL,
  allowed INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (role, mapping, target, day, action, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX exercise_day ON exercise (day);

-- Ids of requests that were counted: a store sends what it got no answer to again.
CREATE TABLE seen_request (
  target TEXT    NOT NULL,
  id     TEXT    NOT NULL,
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (target, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_request_at ON seen_request (at_ms);

-- From when to when each store told, and how much.
CREATE TABLE told (
  target   TEXT    PRIMARY KEY,
  since_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  entries  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
