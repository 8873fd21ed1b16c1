-- Truth: submissions, jobs, tasks, what they leave, and messages to be sent. Times are milliseconds since the epoch.

CREATE TABLE submissions (
    id         TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    content    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    jobs       INTEGER NOT NULL,
    ended      INTEGER NOT NULL,
    account    BLOB NOT NULL
);
CREATE INDEX submissions_by_content ON submissions (tenant, content, created_at);
CREATE INDEX submissions_by_age ON submissions (tenant, created_at);

CREATE TABLE jobs (
    id         TEXT PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submissions (id),
    tenant     TEXT NOT NULL,
    position   INTEGER NOT NULL,
    target     TEXT NOT NULL,
    record_key TEXT NOT NULL,
    lane       INTEGER NOT NULL,
    status     TEXT NOT NULL,
    spec       BLOB NOT NULL,
    state      BLOB NOT NULL,
    next_due   INTEGER,
    deadline   INTEGER,
    served     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    UNIQUE (submission, position)
);
CREATE INDEX jobs_due ON jobs (lane, served, created_at, id, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX jobs_next_due ON jobs (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX jobs_overdue ON jobs (deadline) WHERE ended_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX jobs_idle ON jobs (submission, position) WHERE ended_at IS NULL AND next_due IS NULL;

-- state: 0 found, 1 waiting, 2 open, 3 done
CREATE TABLE tasks (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    job         TEXT NOT NULL REFERENCES jobs (id),
    url         TEXT NOT NULL,
    depth       INTEGER NOT NULL,
    score       INTEGER NOT NULL,
    resource    TEXT NOT NULL,
    state       INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    lease_until INTEGER,
    permit      TEXT NOT NULL,
    fresh_after INTEGER,
    outcome     TEXT,
    reason      TEXT,
    detail      TEXT NOT NULL,
    ended_at    INTEGER,
    cost        TEXT NOT NULL,
    UNIQUE (job, url)
);
CREATE INDEX tasks_ready ON tasks (job, state DESC, score DESC, seq) WHERE state < 2;
CREATE INDEX tasks_next_ready ON tasks (job, not_before) WHERE state < 2;
CREATE INDEX tasks_open ON tasks (lease_until) WHERE state = 2;
CREATE INDEX tasks_open_by_id ON tasks (id) WHERE state = 2;
CREATE INDEX tasks_open_by_resource ON tasks (resource) WHERE state = 2;

CREATE TABLE unknown_permits (
    task   TEXT NOT NULL,
    epoch  INTEGER NOT NULL,
    job    TEXT NOT NULL,
    permit TEXT NOT NULL,
    PRIMARY KEY (task, epoch)
);

-- due_at: not before this instant; a claim moves it to the claim's end
CREATE TABLE outbox (
    task     TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (task, epoch)
);
CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE records (
    job        TEXT PRIMARY KEY,
    key        TEXT NOT NULL,
    submission TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    record     TEXT NOT NULL
);
CREATE INDEX records_by_key ON records (key, revision);

CREATE TABLE cited_pages (
    hash         TEXT PRIMARY KEY,
    content_type TEXT,
    url          TEXT NOT NULL,
    text         BLOB NOT NULL,
    body         BLOB NOT NULL
);

CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    job TEXT NOT NULL,
    row TEXT NOT NULL
);
CREATE INDEX ledger_by_job ON ledger (job, seq);

CREATE TABLE dead (
    seq      INTEGER PRIMARY KEY,
    task     TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    job      TEXT NOT NULL,
    class    TEXT NOT NULL,
    detail   TEXT NOT NULL,
    envelope BLOB NOT NULL,
    at       INTEGER NOT NULL
);

CREATE TABLE resources (
    name     TEXT PRIMARY KEY,
    next_at  INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL
);
