-- Where a dead message was.
ALTER TABLE dead ADD COLUMN queue TEXT NOT NULL DEFAULT '';
