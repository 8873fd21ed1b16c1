use gleaner_contract::{ContentHash, SubmissionId, Tenant, Timestamp};

use super::*;
use crate::jobs::MemoryJobs;

async fn fresh() -> (FaultyJobs, ()) {
    (FaultyJobs::over(Arc::new(MemoryJobs::new())), ())
}

// told nothing, it is the store beneath
mod conformance {
    use super::fresh;

    crate::job_store_conformance!(fresh);
}

fn row() -> SubmissionRow {
    SubmissionRow {
        id: SubmissionId::derive(Timestamp::from_millis(1), &[b"row"]),
        tenant: Tenant::local(),
        content: ContentHash::of(b"row"),
        created_at: Timestamp::from_millis(1),
        jobs: 1,
        ended: 0,
        account: Vec::new(),
    }
}

/// What a commit that writes a row answers, and whether the row is there afterwards.
async fn write(store: &FaultyJobs) -> (Result<(), StoreError>, bool) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_submission(&row()).await.unwrap();
    let answer = tx.commit().await;
    let there = store.begin().await.unwrap().submission(row().id).await.unwrap().is_some();
    (answer, there)
}

#[tokio::test]
async fn commits_fail_as_told_and_then_succeed() {
    let (store, ()) = fresh().await;
    store.commits([Commit::Unavailable; 2]);
    store.commits([Commit::UnknownUndone]);
    for _ in 0..2 {
        assert!(matches!(write(&store).await, (Err(StoreError::Unavailable(_)), false)));
    }
    assert!(matches!(write(&store).await, (Err(StoreError::CommitUnknown(_)), false)));
    assert!(matches!(write(&store).await, (Ok(()), true)));
    assert_eq!((store.take_done(), store.take_done()), (1, 0));
}

#[tokio::test]
async fn an_unknown_commit_may_have_been_done() {
    let (store, ()) = fresh().await;
    store.commits([Commit::UnknownDone]);
    assert!(matches!(write(&store).await, (Err(StoreError::CommitUnknown(_)), true)));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_spends_no_fault() {
    let (store, ()) = fresh().await;
    store.commits([Commit::Unavailable]);
    drop(store.begin().await.unwrap());
    assert!(matches!(write(&store).await, (Err(StoreError::Unavailable(_)), false)));
}
