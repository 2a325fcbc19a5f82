-- journal.db: what people decided. Small, and never lost. A migration is never edited once it has landed.
--
-- `entry` is the journal. Every other table is a projection of it, rebuilt at will by the program.

-- The entries, appended and never changed; a body may be erased, its digest stays in the chain.
CREATE TABLE entry (
    number    INTEGER PRIMARY KEY,                             -- in the order of arrival; means nothing elsewhere
    id        BLOB NOT NULL UNIQUE CHECK (length(id) = 16),    -- the first half of `hash`: the name everywhere
    chain     BLOB NOT NULL CHECK (length(chain) = 16),        -- one for each writer: a user on a machine
    position  INTEGER NOT NULL CHECK (position >= 0),          -- in the chain, from 0
    wall      INTEGER NOT NULL CHECK (wall >= 0),              -- when: milliseconds since 1970
    counter   INTEGER NOT NULL CHECK (counter >= 0),           -- tells apart what has the same `wall`
    kind      TEXT NOT NULL,                                   -- the act's kind; outlives the body
    reviewer  TEXT NOT NULL,                                   -- who
    digest    BLOB NOT NULL CHECK (length(digest) = 32),       -- BLAKE3 of the body as it was sealed
    previous  BLOB NOT NULL CHECK (length(previous) = 32),     -- `hash` of the entry before it; zeros for the first
    hash      BLOB NOT NULL CHECK (length(hash) = 32),         -- of everything above but `number` and `id`
    body      TEXT,                                            -- JSON: the act, as sealed; NULL once erased
    UNIQUE (chain, position)                                   -- a chain never forks
) STRICT;

-- The latest moment, and the order of all chains.
CREATE INDEX entry_by_clock ON entry (wall, counter);
-- A reviewer's last acts, for undo.
CREATE INDEX entry_by_reviewer ON entry (reviewer, wall, counter);
-- The few entries that links come from.
CREATE INDEX entry_by_shape ON entry (number) WHERE kind IN ('split', 'merge');

-- Which entries name a case.
CREATE TABLE entry_case (
    "case"  BLOB NOT NULL CHECK (length("case") = 16),
    entry   INTEGER NOT NULL REFERENCES entry,    -- `entry.number`
    item    INTEGER NOT NULL,                     -- which of the cases that the act names, from 0
    part    BLOB,                                 -- of a bulk verdict: what it says of this case, packed
    PRIMARY KEY ("case", entry, item)
) STRICT, WITHOUT ROWID;

-- Entries that name very many cases, without these: one case's history never reads what was said of the others.
CREATE TABLE bulk (
    entry  INTEGER PRIMARY KEY REFERENCES entry,    -- `entry.number`
    cases  INTEGER NOT NULL,                        -- how many it names
    act    TEXT NOT NULL                            -- JSON: the act with its list of cases emptied
) STRICT;

-- What takes an entry back.
CREATE TABLE retraction (
    target  BLOB NOT NULL CHECK (length(target) = 16),    -- `entry.id`, perhaps of one that is not here yet
    entry   INTEGER NOT NULL REFERENCES entry,            -- the retraction's `entry.number`
    PRIMARY KEY (target, entry)
) STRICT, WITHOUT ROWID;

-- What was propagated from an entry.
CREATE TABLE propagated (
    source  BLOB NOT NULL CHECK (length(source) = 16),    -- `entry.id`, perhaps of one that is not here yet
    entry   INTEGER NOT NULL REFERENCES entry,            -- the inferred verdict's `entry.number`
    PRIMARY KEY (source, entry)
) STRICT, WITHOUT ROWID;

-- Which case was ever merged into which, whether or not that was taken back.
CREATE TABLE merged (
    "into"  BLOB NOT NULL CHECK (length("into") = 16),    -- the case that remained
    "from"  BLOB NOT NULL CHECK (length("from") = 16),    -- the case that ended in it
    PRIMARY KEY ("into", "from")
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_by_from ON merged ("from", "into");

-- What is in force about each case that any entry names.
CREATE TABLE record (
    "case"  BLOB PRIMARY KEY CHECK (length("case") = 16),
    body    BLOB NOT NULL                                   -- packed; its shape is `projected` in `state`
) STRICT, WITHOUT ROWID;

-- Single values. `projected`: the shape of the projections; `cursor`: the last `entry.number` they contain.
CREATE TABLE state (
    key    TEXT PRIMARY KEY,
    value  ANY NOT NULL
) STRICT, WITHOUT ROWID;
