-- Under which licence the package stands that a file belonged to when it was seen: an SPDX expression, empty where that is
-- not known.
ALTER TABLE sighting ADD COLUMN licence TEXT NOT NULL DEFAULT '';
