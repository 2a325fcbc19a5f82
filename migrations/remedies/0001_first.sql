-- remedies.db: what was proposed for cases, what was checked of it, and what of it is being written into a source tree.
-- A migration is never edited once it has landed.
--
-- It stands apart from findings.db, which is made anew by importing again and would take hours of a model with it, and
-- from journal.db, which holds what people decided, of a remedy too. All names in it outlive the other two files.

-- A proposed change.
CREATE TABLE remedy (
    id       INTEGER PRIMARY KEY,                                -- in the order in which they were proposed
    name     BLOB NOT NULL UNIQUE CHECK (length(name) = 16),     -- of its case and what it changes
    "case"   BLOB NOT NULL CHECK (length("case") = 16),          -- the case's name
    project  TEXT NOT NULL,
    rule     TEXT NOT NULL,                                      -- of the finding that it is for
    origin   TEXT NOT NULL CHECK (origin IN ('model', 'autofix', 'recalled', 'bump', 'person')),
    sound    TEXT NOT NULL CHECK (sound IN ('yes', 'no', 'unproven')),
    made     INTEGER NOT NULL CHECK (made >= 0),                 -- when it was checked last: milliseconds since 1970
    body     TEXT NOT NULL                                       -- JSON: edits, difference, checks
) STRICT;
CREATE INDEX remedy_by_case ON remedy ("case");
CREATE INDEX remedy_by_rule ON remedy (rule);

-- Why the last proposal for a case had nothing of use from whom it asked: a row for each answer.
CREATE TABLE miss (
    "case"   BLOB NOT NULL CHECK (length("case") = 16),
    position INTEGER NOT NULL,
    project  TEXT NOT NULL,
    made     INTEGER NOT NULL CHECK (made >= 0),
    of_use   INTEGER NOT NULL CHECK (of_use IN (0, 1)),          -- whether the same proposal had a remedy of use
    body     TEXT NOT NULL,                                      -- JSON: who, what sort of failure, why
    PRIMARY KEY ("case", position)
) STRICT, WITHOUT ROWID;

-- Texts that remedies start from, so that one can be brought onto a file that has changed since.
CREATE TABLE base (
    digest  BLOB PRIMARY KEY CHECK (length(digest) = 32),        -- BLAKE3 of the file's bytes
    project TEXT NOT NULL,
    body    BLOB NOT NULL                                        -- zstd of the decoded text
) STRICT, WITHOUT ROWID;

-- A remedy written into a source tree or taken out of it: what is to be done stands here before it is begun, so that it
-- is brought to an end, forward or backward, whatever ends the program in between.
CREATE TABLE application (
    id      INTEGER PRIMARY KEY,
    token   TEXT NOT NULL UNIQUE,                                -- names its temporary files and its entry
    remedy  BLOB NOT NULL CHECK (length(remedy) = 16),
    project TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('begun', 'done', 'void')),
    made    INTEGER NOT NULL CHECK (made >= 0),
    body    TEXT NOT NULL                                        -- JSON: the tree, its files, who did it
) STRICT;
CREATE INDEX application_begun ON application (id) WHERE state = 'begun';
CREATE INDEX application_by_remedy ON application (remedy);
