-- What an import replaced, kept so that the import can be taken back.

-- The last row of `path` before the import, in which all paths behind it were first seen; NULL: the import was made
-- before what it replaced was kept.
ALTER TABLE run ADD COLUMN last_path INTEGER;

-- Findings as they were before an import changed them, with the drift and the fix that it may have overwritten.
CREATE TABLE former (
    run        INTEGER NOT NULL,           -- the import's first
    finding    INTEGER NOT NULL,
    rule       INTEGER NOT NULL,           -- from here on as in `finding`
    path       INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    end_line   INTEGER NOT NULL,
    col        INTEGER NOT NULL,
    end_col    INTEGER NOT NULL,
    severity   INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    flags      INTEGER NOT NULL,
    cwes       INTEGER NOT NULL,
    tokens     INTEGER NOT NULL,
    scope      INTEGER NOT NULL,
    around     INTEGER NOT NULL,
    print      INTEGER NOT NULL,
    lease      INTEGER NOT NULL,
    body       INTEGER NOT NULL,
    content    INTEGER NOT NULL,
    block      INTEGER NOT NULL,
    slot       INTEGER NOT NULL,
    snapshot   INTEGER NOT NULL,
    evidence   INTEGER NOT NULL,
    last_run   INTEGER NOT NULL,
    drift_run  INTEGER,                    -- NULL: there was no drift
    drift_diff TEXT,
    fix_run    INTEGER,                    -- NULL: there was no fix
    fix_before INTEGER,
    fix_after  INTEGER
) STRICT;
CREATE INDEX former_by_run ON former (run);
