-- What an import asks of the findings that are there, so that it need not read them all.

-- By what a finding is known again outside its file, and which findings name a package: keys, ascending, each followed
-- by the finding's row, twelve bytes together. The first byte of the keys and the order of writing make the id. Keys
-- are only added: whoever looks one up reads the finding's row, which tells whether it still holds.
CREATE TABLE known_by (
    id   INTEGER PRIMARY KEY,
    keys BLOB NOT NULL
) STRICT;

-- How many findings of a tool a project has, and how many of them are not gone.
CREATE TABLE tally (
    project  INTEGER NOT NULL,
    tool     INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    open     INTEGER NOT NULL,
    PRIMARY KEY (project, tool)
) STRICT, WITHOUT ROWID;
INSERT INTO tally SELECT project, tool, count(*), sum(flags & 1 = 0) FROM finding GROUP BY project, tool;

-- How many cases there are; no row where they were not counted yet.
CREATE TABLE total (
    id    INTEGER PRIMARY KEY CHECK (id = 0),
    cases INTEGER NOT NULL
) STRICT;
INSERT INTO total SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM docket);
