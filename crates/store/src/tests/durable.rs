//! Files: what outlives a process, and which files are refused.

use std::path::Path;

use gleaner_ports::JobStore;
use tokio::task::JoinSet;

use super::{connect, fresh_jobs, job, run, seed, submission, task};
use crate::{OpenError, SqliteCache, SqliteJobs};

#[tokio::test]
async fn what_was_committed_outlives_a_store_that_was_never_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("truth.sqlite");
    {
        let store = SqliteJobs::open(&path).await.unwrap();
        seed(&store).await;
        // not committed
        let mut tx = store.begin().await.unwrap();
        tx.delete_outbox(&[(task().id, 1)]).await.unwrap();
        drop(tx);
    }
    let store = SqliteJobs::open(&path).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.submission(submission().id).await.unwrap(), Some(submission()));
    assert_eq!(tx.jobs(&[job().id]).await.unwrap(), [job()]);
    assert_eq!(tx.tasks(&[task().id]).await.unwrap(), [task()]);
    assert!(tx.next_outbox().await.unwrap().is_some());
}

/// What opening a file says once `change` was made to the log of its migrations.
async fn reopened_after(change: &str) -> (Result<(), OpenError>, Result<(), OpenError>) {
    let dir = tempfile::tempdir().unwrap();
    let (truth, evidence) = (dir.path().join("truth.sqlite"), dir.path().join("evidence.sqlite"));
    drop(SqliteJobs::open(&truth).await.unwrap());
    drop(SqliteCache::open(&evidence).await.unwrap());
    for path in [&truth, &evidence] {
        run(&mut connect(path).await, change).await;
    }
    (SqliteJobs::open(&truth).await.map(drop), SqliteCache::open(&evidence).await.map(drop))
}

async fn check_newer(change: &str) {
    let (truth, evidence) = reopened_after(change).await;
    assert!(matches!(truth, Err(OpenError::Newer { .. })), "{truth:?}");
    assert!(matches!(evidence, Err(OpenError::Newer { .. })), "{evidence:?}");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    check_newer(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', true, x'00', 0)",
    )
    .await;
    check_newer("UPDATE _sqlx_migrations SET checksum = x'00'").await;
}

#[tokio::test]
async fn a_file_of_this_version_is_opened_again() {
    let (truth, evidence) = reopened_after("SELECT 1").await;
    truth.unwrap();
    evidence.unwrap();
}

async fn check_not_opened(path: &Path) {
    let outcome = SqliteJobs::open(path).await;
    assert!(matches!(outcome, Err(OpenError::Database { .. })), "{outcome:?}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("truth.sqlite");
    let text = "somebody's notes, at some length\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    check_not_opened(&path).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    check_not_opened(&dir.path().join("missing").join("truth.sqlite")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_on_many_threads_queue_instead_of_failing_as_busy() {
    let (store, _dir) = fresh_jobs().await;
    seed(&store).await;
    let mut workers = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        workers.spawn(async move {
            for _ in 0..10 {
                let mut tx = store.begin().await.unwrap();
                let mut row = tx.jobs(&[job().id]).await.unwrap().remove(0);
                row.served += 1;
                tx.save_job(&row).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.jobs(&[job().id]).await.unwrap()[0].served, 160);
}
