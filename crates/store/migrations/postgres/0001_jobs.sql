-- Truth: submissions, jobs, tasks, what they leave, and messages to be sent. Times are milliseconds since the epoch.
-- Ids and URLs are ordered by their bytes, whatever the database's locale.

CREATE TABLE submissions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    tenant     TEXT COLLATE "C" NOT NULL,
    content    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    jobs       BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    account    BYTEA NOT NULL
);
CREATE INDEX submissions_by_content ON submissions (tenant, content, created_at);
CREATE INDEX submissions_by_age ON submissions (tenant, created_at);

CREATE TABLE jobs (
    id         TEXT COLLATE "C" PRIMARY KEY,
    submission TEXT COLLATE "C" NOT NULL REFERENCES submissions (id),
    tenant     TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    target     TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    lane       BIGINT NOT NULL,
    status     TEXT COLLATE "C" NOT NULL,
    spec       BYTEA NOT NULL,
    state      BYTEA NOT NULL,
    next_due   BIGINT,
    deadline   BIGINT,
    served     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    UNIQUE (submission, position)
);
CREATE INDEX jobs_due ON jobs (lane, served, created_at, id, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX jobs_next_due ON jobs (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX jobs_overdue ON jobs (deadline) WHERE ended_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX jobs_idle ON jobs (submission, position) WHERE ended_at IS NULL AND next_due IS NULL;

-- state: 0 found, 1 waiting, 2 open, 3 done
CREATE TABLE tasks (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL UNIQUE,
    job         TEXT COLLATE "C" NOT NULL REFERENCES jobs (id),
    url         TEXT COLLATE "C" NOT NULL,
    depth       BIGINT NOT NULL,
    score       BIGINT NOT NULL,
    resource    TEXT COLLATE "C" NOT NULL,
    state       BIGINT NOT NULL,
    epoch       BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    crashes     BIGINT NOT NULL,
    not_before  BIGINT NOT NULL,
    lease_until BIGINT,
    permit      TEXT COLLATE "C" NOT NULL,
    fresh_after BIGINT,
    outcome     TEXT COLLATE "C",
    reason      TEXT COLLATE "C",
    detail      TEXT COLLATE "C" NOT NULL,
    ended_at    BIGINT,
    cost        TEXT COLLATE "C" NOT NULL,
    UNIQUE (job, url)
);
CREATE INDEX tasks_ready ON tasks (job, state DESC, score DESC, seq) WHERE state < 2;
CREATE INDEX tasks_next_ready ON tasks (job, not_before) WHERE state < 2;
CREATE INDEX tasks_open ON tasks (lease_until) WHERE state = 2;
CREATE INDEX tasks_open_by_id ON tasks (id) WHERE state = 2;
CREATE INDEX tasks_open_by_resource ON tasks (resource) WHERE state = 2;

CREATE TABLE unknown_permits (
    task   TEXT COLLATE "C" NOT NULL,
    epoch  BIGINT NOT NULL,
    job    TEXT COLLATE "C" NOT NULL,
    permit TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (task, epoch)
);

-- due_at: not before this instant; a claim moves it to the claim's end
CREATE TABLE outbox (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY,
    task     TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    envelope BYTEA NOT NULL,
    PRIMARY KEY (task, epoch)
);
CREATE INDEX outbox_due ON outbox (due_at, seq);

CREATE TABLE records (
    job        TEXT COLLATE "C" PRIMARY KEY,
    key        TEXT COLLATE "C" NOT NULL,
    submission TEXT COLLATE "C" NOT NULL,
    revision   BIGINT NOT NULL,
    record     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX records_by_key ON records (key, revision);

CREATE TABLE cited_pages (
    hash         TEXT COLLATE "C" PRIMARY KEY,
    content_type TEXT COLLATE "C",
    url          TEXT COLLATE "C" NOT NULL,
    text         BYTEA NOT NULL,
    body         BYTEA NOT NULL
);

CREATE TABLE ledger (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job TEXT COLLATE "C" NOT NULL,
    row TEXT COLLATE "C" NOT NULL
);
CREATE INDEX ledger_by_job ON ledger (job, seq);

CREATE TABLE dead (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task     TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT NOT NULL,
    job      TEXT COLLATE "C" NOT NULL,
    class    TEXT COLLATE "C" NOT NULL,
    detail   TEXT COLLATE "C" NOT NULL,
    envelope BYTEA NOT NULL,
    at       BIGINT NOT NULL
);

CREATE TABLE resources (
    name     TEXT COLLATE "C" PRIMARY KEY,
    next_at  BIGINT NOT NULL,
    delay_ms BIGINT NOT NULL
);
