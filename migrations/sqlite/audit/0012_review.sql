-- Reviews. Derived from the events, in the same transaction: `facts` are the events of the review, or of the item, in the
-- order in which they happened, and everything that stands is folded from them.
CREATE TABLE review (
  id    TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  -- JSON, a list.
  facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE review_item (
  review    TEXT    NOT NULL,
  -- From 1.
  n         INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  -- Of its resource, when the snapshot was taken.
  version   INTEGER NOT NULL,
  risk      INTEGER NOT NULL,
  state     TEXT    NOT NULL,
  -- The persons whom it is for, JSON; empty: whoever has the admin role.
  reviewers TEXT    NOT NULL,
  facts     TEXT    NOT NULL,
  PRIMARY KEY (review, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_item_of ON review_item (kind, name, review);

-- What was reviewed, as it stood: a line each in RFC 8785 form, the head at 0. `review.prepared` has the SHA-256 of all of
-- them, each ended by a line feed.
CREATE TABLE review_snapshot (
  review TEXT    NOT NULL,
  n      INTEGER NOT NULL,
  line   TEXT    NOT NULL,
  PRIMARY KEY (review, n)
) STRICT;

CREATE TRIGGER review_no_delete BEFORE DELETE ON review
  BEGIN SELECT RAISE(ABORT, 'reviews stay'); END;
CREATE TRIGGER review_snapshot_no_update BEFORE UPDATE ON review_snapshot
  BEGIN SELECT RAISE(ABORT, 'a snapshot never changes'); END;
CREATE TRIGGER review_snapshot_stays BEFORE DELETE ON review_snapshot
  WHEN (SELECT state FROM review WHERE id = OLD.review) NOT IN ('draft', 'prepared')
  BEGIN SELECT RAISE(ABORT, 'a snapshot stays once its review has started'); END;
CREATE TRIGGER review_item_stays BEFORE DELETE ON review_item
  WHEN (SELECT state FROM review WHERE id = OLD.review) NOT IN ('draft', 'prepared')
  BEGIN SELECT RAISE(ABORT, 'an item stays once its review has started'); END;
CREATE TRIGGER review_sealed_stays BEFORE UPDATE ON review WHEN OLD.state = 'sealed'
  BEGIN SELECT RAISE(ABORT, 'a sealed review never changes'); END;

-- Requests that may come twice, by the hash of who sent which `Idempotency-Key`.
CREATE TABLE review_key (
  sha256 TEXT PRIMARY KEY,
  -- The hash of what was asked.
  asked  TEXT    NOT NULL,
  review TEXT    NOT NULL,
  -- The first item of its event; NULL: of the review itself.
  n      INTEGER
) STRICT, WITHOUT ROWID;

-- Who made each generation of the configuration, and who said yes to it: nobody reviews what they made. Of several events
-- with one generation the last is the one that came to stand.
CREATE TABLE maker (
  generation INTEGER PRIMARY KEY,
  -- JSON.
  author     TEXT    NOT NULL,
  approver   TEXT
) STRICT;
INSERT OR REPLACE INTO maker
  SELECT body ->> '$.generation', body -> '$.actor',
    CASE WHEN json_type(body, '$.approval.approver') = 'object' THEN body -> '$.approval.approver' END
  FROM event WHERE type = 'config.changing' AND type NOT GLOB 'assume.*' ORDER BY seq;
