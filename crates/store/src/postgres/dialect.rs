//! How Postgres says what SQLite says otherwise: it locks the rows that a transaction is about to change.

use gleaner_contract::{ContentHash, Tenant};
use gleaner_ports::StoreError;

pub(super) use sqlx::{
    PgConnection as Connection, Postgres as Database,
    postgres::{PgQueryResult as QueryResult, PgRow as DbRow},
};

pub(super) const SUBMISSION: &str = "SELECT * FROM submissions WHERE id = $1 FOR UPDATE";

pub(super) const JOBS_BY_ID: &str = "SELECT * FROM jobs WHERE id = ANY (ARRAY (SELECT json_array_elements_text($1::json))) ORDER BY id FOR UPDATE";

pub(super) const DUE_JOBS: &str = "SELECT id FROM jobs
    WHERE next_due IS NOT NULL AND next_due <= $1 AND ended_at IS NULL
    ORDER BY lane, served, created_at, id LIMIT $2";

pub(super) const WAKE_WAITING: &str = "UPDATE jobs SET next_due = $1 FROM
    (SELECT id FROM jobs WHERE ended_at IS NULL AND next_due > $1 ORDER BY id FOR UPDATE) AS waiting
    WHERE jobs.id = waiting.id";

/// All rows by one statement, so that a page of links costs one round trip.
pub(super) const INSERT_TASKS: &str =
    "INSERT INTO tasks (id, job, url, depth, score, resource, state, epoch, attempt, crashes, not_before,
                        lease_until, permit, fresh_after, outcome, reason, detail, ended_at, cost)
     SELECT value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::bigint, (value ->> 4)::bigint, value ->> 5,
            (value ->> 6)::bigint, (value ->> 7)::bigint, (value ->> 8)::bigint, (value ->> 9)::bigint,
            (value ->> 10)::bigint, (value ->> 11)::bigint, value ->> 12, (value ->> 13)::bigint, value ->> 14,
            value ->> 15, value ->> 16, (value ->> 17)::bigint, value ->> 18
     FROM json_array_elements($1::json) WITH ORDINALITY AS found (value, key) ORDER BY key
     ON CONFLICT DO NOTHING
     RETURNING id";

pub(super) const KNOWN_URLS: &str = "SELECT url FROM tasks
    WHERE job = $1 AND url = ANY (ARRAY (SELECT json_array_elements_text($2::json)))";

pub(super) const TASKS_BY_ID: &str =
    "SELECT * FROM tasks WHERE id = ANY (ARRAY (SELECT json_array_elements_text($1::json))) ORDER BY id";

pub(super) const NEXT_READY: &str = "SELECT MIN(not_before) FROM tasks WHERE job = $1 AND state < 2";

pub(super) const DUE_MESSAGES: &str =
    "SELECT * FROM outbox WHERE due_at <= $1 ORDER BY due_at, seq LIMIT $2 FOR UPDATE SKIP LOCKED";

pub(super) const LATEST_READ: &str =
    "SELECT record FROM records WHERE key = $1 AND record::json ->> 'status' <> 'failed'
     ORDER BY revision DESC, job DESC LIMIT 1";

/// Holds back whoever else is about to accept the same, until this transaction ends.
pub(super) async fn lock_content(
    tx: &mut Connection,
    tenant: &Tenant,
    content: &ContentHash,
) -> Result<(), StoreError> {
    let name = format!("{tenant} {content}");
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(lock_key("submission", &name))
        .execute(tx)
        .await
        .map(drop)
        .map_err(failed)
}

/// The number of an advisory lock.
pub(super) fn lock_key(kind: &str, name: &str) -> i64 {
    let hash = ContentHash::of_parts([kind.as_bytes(), name.as_bytes()]);
    let mut key = [0; 8];
    key.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_le_bytes(key)
}

/// What a failed statement means to the caller.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    if is_passing(&error) {
        StoreError::Unavailable(error.to_string())
    } else {
        StoreError::Broken(error.to_string())
    }
}

/// What a failed commit means: where the connection broke, nobody can tell.
pub(super) fn commit_failed(error: sqlx::Error) -> StoreError {
    let told = matches!(&error, sqlx::Error::Database(database)
        if !database.code().is_some_and(|code| code.starts_with("57P")));
    if told { failed(error) } else { StoreError::CommitUnknown(error.to_string()) }
}

/// Whether the same may succeed later: the statement is fine, the server or the moment is not.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            // connections, transactions rolled back for others' sake, resources, operators, timeouts, I/O
            ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
                || code == "25P03"
        }
        _ => false,
    }
}
