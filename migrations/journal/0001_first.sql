-- journal.db: what people decided. Small, and never lost. A migration is never edited once it has landed.

-- The entries, appended and never changed; a body may be erased, its digest stays in the chain.
CREATE TABLE entry (
    id        BLOB PRIMARY KEY CHECK (length(id) = 16),
    chain     BLOB NOT NULL CHECK (length(chain) = 16),    -- one for each writer: a user on a machine
    position  INTEGER NOT NULL CHECK (position >= 0),
    header    TEXT NOT NULL,                               -- JSON: all that the hash covers
    body      TEXT,                                        -- JSON: the act; NULL once erased
    UNIQUE (chain, position)
) STRICT;

-- What the entries come to for each case: a projection, rebuilt at will.
CREATE TABLE record (
    "case" BLOB PRIMARY KEY CHECK (length("case") = 16),
    body   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the projections have come, and other single values.
CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
