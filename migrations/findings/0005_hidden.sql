-- Where secrets were masked in the text of a file that is kept: the first byte of each and one past its last, plus one,
-- ascending, as varints of their differences; NULL: nowhere. The digest of such a text is of the text as it is kept, since
-- that of the file's bytes would tell whether a guess of the secret is right.
ALTER TABLE snapshot ADD COLUMN hidden BLOB;
CREATE INDEX snapshot_with_hidden ON snapshot (id) WHERE hidden IS NOT NULL;
