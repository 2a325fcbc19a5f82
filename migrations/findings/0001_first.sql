-- findings.db: what scanners said. Large, and rebuilt by importing again; nothing a person decided is in here.
-- A migration is never edited once it has landed. Hashes are 64-bit and stored as SQLite's signed integers; 0 is
-- "not known".

-- One body of code that is scanned again and again.
CREATE TABLE project (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE CHECK (name <> ''),
    source TEXT NOT NULL DEFAULT '',       -- the source folder given last, as given
    remote TEXT NOT NULL DEFAULT ''        -- the git remote's address, without credentials
) STRICT;

-- A scanner, by the short lower-case word that all its formats share.
CREATE TABLE tool (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

-- A rule of a tool.
CREATE TABLE rule (
    id     INTEGER PRIMARY KEY,
    tool   INTEGER NOT NULL REFERENCES tool,
    name   TEXT NOT NULL,                  -- as the tool writes it
    family TEXT NOT NULL,                  -- without the namespace that upgrades and config paths change
    title  TEXT NOT NULL,
    help   TEXT NOT NULL DEFAULT '',
    link   TEXT NOT NULL DEFAULT '',
    UNIQUE (tool, name)
) STRICT;

-- A file of a project, relative to its root.
CREATE TABLE path (
    id      INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES project,
    path    TEXT NOT NULL,
    UNIQUE (project, path)
) STRICT;

-- Sets that repeat: of CWE numbers ("89 564"), of rules ("3 17", ascending row numbers).
CREATE TABLE cwe_set  (id INTEGER PRIMARY KEY, members TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rule_set (id INTEGER PRIMARY KEY, members TEXT NOT NULL UNIQUE) STRICT;

-- One scanner output imported: one tool's part of one file.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    name         BLOB NOT NULL UNIQUE CHECK (length(name) = 8),
    import       BLOB NOT NULL CHECK (length(import) = 16),  -- the same for all runs of one file
    project      INTEGER NOT NULL REFERENCES project,
    tool         INTEGER NOT NULL REFERENCES tool,
    tool_version TEXT NOT NULL,
    format       TEXT NOT NULL,
    file         TEXT NOT NULL,            -- as named on import
    digest       BLOB NOT NULL CHECK (length(digest) = 32),  -- of the file's bytes
    bytes        INTEGER NOT NULL,
    revision     TEXT NOT NULL,
    branch       TEXT NOT NULL,
    scope        TEXT NOT NULL CHECK (scope IN ('full', 'partial')),
    source       TEXT NOT NULL,            -- the source folder given, '' where none was
    started      TEXT NOT NULL,            -- when the scan began, as the tool says; '' where it does not
    imported     TEXT NOT NULL,            -- RFC 3339, UTC
    receipt      TEXT NOT NULL,            -- JSON: the counts of this run
    coverage     BLOB,                     -- path rows known to be scanned, ascending deltas as varints; NULL: not told
    rules        BLOB,                     -- rule rows that the tool named or that fired, as coverage
    troubles     TEXT NOT NULL DEFAULT ''  -- what the tool itself said went wrong, a line each
) STRICT;
CREATE INDEX run_by_digest ON run (digest);
CREATE INDEX run_by_project ON run (project, tool);

-- Which findings a run reported: finding rows, ascending deltas as varints. A rescan in which nothing changed
-- writes these and no row more.
CREATE TABLE presence (
    run      INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    part     INTEGER NOT NULL,
    findings BLOB NOT NULL,
    PRIMARY KEY (run, part)
) STRICT, WITHOUT ROWID;

-- What was set aside or could not be read, as far as it is kept one by one.
CREATE TABLE problem (
    id      INTEGER PRIMARY KEY,
    run     INTEGER REFERENCES run ON DELETE CASCADE,
    kind    TEXT NOT NULL,                 -- 'set aside', or the kind of failure
    place   TEXT NOT NULL,                 -- inside the file: runs[0].results[7]
    why     TEXT NOT NULL,
    raw     BLOB                           -- zstd: what stood there, for a broader review
) STRICT;
CREATE INDEX problem_by_run ON problem (run);

-- Claims as they came and as they were understood, many to a block: zstd of length-prefixed pairs.
CREATE TABLE block (
    id   INTEGER PRIMARY KEY,
    run  INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- A claim made lasting. The row holds where it stands now; what it said is in its block.
CREATE TABLE finding (
    id         INTEGER PRIMARY KEY,
    name       BLOB NOT NULL CHECK (length(name) = 16),  -- outlives this database
    "case"     INTEGER NOT NULL,           -- the case's number, see docket
    born       INTEGER NOT NULL,           -- the case that fusion gave it, before splits and merges by hand
    project    INTEGER NOT NULL,
    tool       INTEGER NOT NULL,
    rule       INTEGER NOT NULL,
    path       INTEGER NOT NULL,           -- 0: it names no file
    line       INTEGER NOT NULL,
    end_line   INTEGER NOT NULL,
    col        INTEGER NOT NULL,
    end_col    INTEGER NOT NULL,
    severity   INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    confidence INTEGER NOT NULL,           -- 0: not said
    kind       INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
    flags      INTEGER NOT NULL,           -- 1 gone, 2 suppressed by its tool, 4 has a fix, 8 has a trace
    cwes       INTEGER NOT NULL,
    tokens     INTEGER NOT NULL,           -- normalised tokens of what it matched
    scope      INTEGER NOT NULL,           -- signature of the enclosing function or class
    around     INTEGER NOT NULL,           -- tokens of the lines around
    print      INTEGER NOT NULL,           -- the tool's own identity
    lease      INTEGER NOT NULL,           -- tokens of the flagged statement and of every trace step
    body       INTEGER NOT NULL,           -- tokens of the enclosing function
    package    INTEGER NOT NULL,           -- for dependencies: the package, without its version
    content    INTEGER NOT NULL,           -- what the tool says of it
    block      INTEGER NOT NULL,
    slot       INTEGER NOT NULL,           -- its place in the block
    snapshot   INTEGER NOT NULL,           -- the file it was found in, 0: not kept
    evidence   INTEGER NOT NULL,           -- how it was matched last
    first_run  INTEGER NOT NULL,
    last_run   INTEGER NOT NULL
) STRICT;
-- Its indexes are made after a large import, see Indexes in the store's code.

-- Why a finding is in a case that it did not found.
CREATE TABLE kinship (
    finding INTEGER PRIMARY KEY,
    kin     INTEGER NOT NULL,              -- the finding it was joined to
    why     TEXT NOT NULL
) STRICT;

-- Later names of a finding: what it would be called had it been seen first in this shape.
CREATE TABLE alias (
    name    BLOB PRIMARY KEY CHECK (length(name) = 16),
    finding INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Findings whose lease or surroundings have ever changed: what they are now. A verdict that rests on another
-- lease is stale; a finding that is not listed has not changed.
CREATE TABLE drift (
    finding INTEGER PRIMARY KEY,
    name    BLOB NOT NULL,
    lease   INTEGER NOT NULL,
    body    INTEGER NOT NULL,
    run     INTEGER NOT NULL,
    diff    TEXT NOT NULL                  -- the lines before and after, '' where the source was not given
) STRICT;

-- The docket: cases in packed columns, 4,096 to a row, numbered from 1. Derived from finding, rebuilt at will.
CREATE TABLE docket (
    segment INTEGER PRIMARY KEY,
    columns BLOB NOT NULL,                 -- what filters and orders need
    names   BLOB NOT NULL,                 -- 16 bytes a case: the id of its first finding
    texts   BLOB NOT NULL                  -- messages, for bare words
) STRICT;

-- Source files as they were when a finding was seen in them.
CREATE TABLE snapshot (
    id       INTEGER PRIMARY KEY,
    digest   BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),  -- BLAKE3 of the file's bytes
    encoding TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    body     BLOB NOT NULL                 -- zstd of the decoded text
) STRICT;

-- Which file of a project a snapshot was, in which revision, and what role it plays.
CREATE TABLE sighting (
    path     INTEGER NOT NULL,
    snapshot INTEGER NOT NULL REFERENCES snapshot,
    run      INTEGER NOT NULL,
    role     TEXT NOT NULL CHECK (role IN ('claimed', 'clean', 'fixed')),
    language TEXT NOT NULL,
    framework TEXT NOT NULL,
    service  TEXT NOT NULL,
    PRIMARY KEY (path, snapshot, role)
) STRICT, WITHOUT ROWID;

-- A finding that went away because its code changed, and the code after.
CREATE TABLE fix (
    finding  INTEGER PRIMARY KEY,
    run      INTEGER NOT NULL,
    before   INTEGER NOT NULL,             -- snapshots
    after    INTEGER NOT NULL
) STRICT;
