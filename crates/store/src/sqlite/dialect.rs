//! How SQLite says what Postgres says otherwise.

use gleaner_contract::{ContentHash, Tenant};
use gleaner_ports::StoreError;

pub(super) use sqlx::{
    Sqlite as Database, SqliteConnection as Connection,
    sqlite::{SqliteQueryResult as QueryResult, SqliteRow as DbRow},
};

pub(super) const SUBMISSION: &str = "SELECT * FROM submissions WHERE id = $1";

pub(super) const JOBS_BY_ID: &str =
    "SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id";

/// The index in the order of turns: otherwise every due job is sorted to pick a few.
pub(super) const DUE_JOBS: &str = "SELECT id FROM jobs INDEXED BY jobs_due
    WHERE next_due IS NOT NULL AND next_due <= $1 AND ended_at IS NULL
    ORDER BY lane, served, created_at, id LIMIT $2";

pub(super) const WAKE_WAITING: &str =
    "UPDATE jobs SET next_due = $1 WHERE ended_at IS NULL AND next_due > $1";

/// All rows by one statement, so that a page of links costs one round trip.
pub(super) const INSERT_TASKS: &str =
    "INSERT INTO tasks (id, job, url, depth, score, resource, state, epoch, attempt, crashes, not_before,
                        lease_until, permit, fresh_after, outcome, reason, detail, ended_at, cost)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
            value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14,
            value ->> 15, value ->> 16, value ->> 17, value ->> 18
     FROM json_each($1) WHERE true ORDER BY key
     ON CONFLICT DO NOTHING
     RETURNING id";

pub(super) const KNOWN_URLS: &str =
    "SELECT url FROM tasks WHERE job = $1 AND url IN (SELECT value FROM json_each($2))";

pub(super) const TASKS_BY_ID: &str =
    "SELECT * FROM tasks WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id";

/// Left to itself, SQLite reads the whole frontier by another index.
pub(super) const NEXT_READY: &str =
    "SELECT MIN(not_before) FROM tasks INDEXED BY tasks_next_ready WHERE job = $1 AND state < 2";

/// Row ids grow with each put.
pub(super) const DUE_MESSAGES: &str =
    "SELECT * FROM outbox WHERE due_at <= $1 ORDER BY due_at, rowid LIMIT $2";

pub(super) const LATEST_READ: &str =
    "SELECT record FROM records WHERE key = $1 AND record ->> '$.status' <> 'failed'
     ORDER BY revision DESC, job DESC LIMIT 1";

/// There is one connection: nobody else can accept anything meanwhile.
pub(super) async fn lock_content(_: &mut Connection, _: &Tenant, _: &ContentHash) -> Result<(), StoreError> {
    Ok(())
}

/// What a failed statement means to the caller.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
            StoreError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(database) => {
            // SQLITE_BUSY, _LOCKED, _NOMEM, _IOERR, _FULL, _CANTOPEN: the statement is fine, the machine is not
            let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0) & 0xff;
            if matches!(code, 5 | 6 | 7 | 10 | 13 | 14) {
                StoreError::Unavailable(error.to_string())
            } else {
                StoreError::Broken(error.to_string())
            }
        }
        _ => StoreError::Broken(error.to_string()),
    }
}

/// What a failed commit means: the file says whether it happened, so it did not.
pub(super) fn commit_failed(error: sqlx::Error) -> StoreError {
    failed(error)
}
