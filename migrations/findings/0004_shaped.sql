-- Of which splits and merges the cases are the outcome. The journal says what people decided; where it says something
-- else by now, the cases are brought in line with it at the next import.
CREATE TABLE shaped (
    id     INTEGER PRIMARY KEY CHECK (id = 0),
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
