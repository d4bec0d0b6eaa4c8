-- Sessions that were assumed from sessions: ending one ends those. Derived from the intents, in the same transaction.
CREATE TABLE chain_link (
  ancestor   TEXT NOT NULL,
  assumption TEXT NOT NULL,
  PRIMARY KEY (ancestor, assumption)
) STRICT, WITHOUT ROWID;
