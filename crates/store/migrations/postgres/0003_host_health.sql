-- What a host's answers taught: how far it is slowed down, and whether it is asked at all.
ALTER TABLE resources ADD COLUMN health BYTEA NOT NULL DEFAULT '';
