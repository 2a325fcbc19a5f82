-- What a run scanned where its paths do not tell: an image, a package, a project of the tool's own. The silence of a
-- scan of one image says nothing of another, though both have a `usr/lib/libssl.so`.
ALTER TABLE run ADD COLUMN target TEXT NOT NULL DEFAULT '';
