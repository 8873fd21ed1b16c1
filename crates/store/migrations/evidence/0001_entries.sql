-- Evidence: bytes under names. A cache; it may be deleted.

CREATE TABLE entries (
    key       TEXT PRIMARY KEY,
    value     BLOB NOT NULL,
    stored_at INTEGER NOT NULL
);
CREATE INDEX entries_by_age ON entries (stored_at);
