use std::path::Path;

use gleaner_contract::{
    Amounts, ContentHash, Counter, JobId, JobStatus, Lane, SubmissionId, TaskId, Tenant, Timestamp,
};
use gleaner_ports::{
    JobStore,
    jobs::{JobRow, OutboxRow, SubmissionRow, TaskRow, TaskState},
};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::{SqliteCache, SqliteJobs, sqlite::open::options};

mod cache;
mod damage;
mod durable;
mod state_dir;

pub(crate) async fn fresh_jobs() -> (SqliteJobs, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteJobs::open(&dir.path().join("truth.sqlite")).await.unwrap(), dir)
}

async fn fresh_cache() -> (SqliteCache, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteCache::open(&dir.path().join("evidence.sqlite")).await.unwrap(), dir)
}

mod jobs_conformance {
    use super::fresh_jobs;

    gleaner_ports::job_store_conformance!(fresh_jobs);
}

mod cache_conformance {
    use super::fresh_cache;

    gleaner_ports::cache_conformance!(fresh_cache);
}

/// A connection beside the store's own, to change what the store would not.
async fn connect(path: &Path) -> SqliteConnection {
    options(path).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn submission() -> SubmissionRow {
    SubmissionRow {
        id: SubmissionId::derive(at(0), &[b"submission"]),
        tenant: Tenant::local(),
        content: ContentHash::of(b"submission"),
        created_at: at(0),
        jobs: 1,
        ended: 0,
        account: Vec::new(),
    }
}

pub(crate) fn job() -> JobRow {
    JobRow {
        id: JobId::derive(at(0), &[b"job"]),
        submission: submission().id,
        tenant: Tenant::local(),
        position: 0,
        target: "target".into(),
        record_key: ContentHash::of(b"key"),
        lane: Lane::Lo,
        status: JobStatus::Running,
        spec: Vec::new(),
        state: Vec::new(),
        next_due: Some(at(1)),
        deadline: None,
        served: 0,
        created_at: at(0),
        ended_at: None,
    }
}

pub(crate) fn task() -> TaskRow {
    TaskRow {
        id: TaskId::derive(at(0), &[b"task"]),
        job: job().id,
        url: "https://site.example/".into(),
        depth: 0,
        score: 1,
        resource: "site.example".into(),
        state: TaskState::Open,
        epoch: 1,
        attempt: 1,
        crashes: 0,
        not_before: at(0),
        lease_until: Some(at(9)),
        permit: Amounts::one(Counter::URLS, 1),
        fresh_after: None,
        outcome: None,
        detail: String::new(),
        ended_at: None,
        cost: Amounts::none(),
    }
}

/// A submission, its job, a task of that and a message about it, committed.
pub(crate) async fn seed(store: &dyn JobStore) {
    let message = OutboxRow { task: task().id, epoch: 1, not_before: at(0), envelope: vec![1] };
    let mut tx = store.begin().await.unwrap();
    tx.insert_submission(&submission()).await.unwrap();
    tx.insert_job(&job()).await.unwrap();
    assert_eq!(tx.insert_tasks(&[task()]).await.unwrap(), [task().id]);
    tx.put_outbox(&message).await.unwrap();
    tx.commit().await.unwrap();
}
