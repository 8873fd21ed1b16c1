use gleaner_contract::{ContentHash, SubmissionId, Tenant, Timestamp};
use tokio::task::yield_now;

use super::{CommitFault, MemoryJobs};
use crate::{JobStore, StoreError, jobs::SubmissionRow};

async fn fresh() -> (MemoryJobs, ()) {
    (MemoryJobs::new(), ())
}

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
async fn write(store: &MemoryJobs) -> (Result<(), StoreError>, bool) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_submission(&row()).await.unwrap();
    let answer = tx.commit().await;
    let there = store.begin().await.unwrap().submission(row().id).await.unwrap().is_some();
    (answer, there)
}

#[tokio::test]
async fn commits_fail_as_told_and_then_succeed() {
    let store = MemoryJobs::new();
    store.fail_commits([CommitFault::Unavailable; 2]);
    store.fail_commits([CommitFault::UnknownUndone]);
    for _ in 0..2 {
        assert!(matches!(write(&store).await, (Err(StoreError::Unavailable(_)), false)));
    }
    assert!(matches!(write(&store).await, (Err(StoreError::CommitUnknown(_)), false)));
    assert!(matches!(write(&store).await, (Ok(()), true)));
}

#[tokio::test]
async fn an_unknown_commit_may_have_been_done() {
    let store = MemoryJobs::new();
    store.fail_commits([CommitFault::UnknownDone]);
    assert!(matches!(write(&store).await, (Err(StoreError::CommitUnknown(_)), true)));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_spends_no_fault() {
    let store = MemoryJobs::new();
    store.fail_commits([CommitFault::Unavailable]);
    drop(store.begin().await.unwrap());
    assert!(matches!(write(&store).await, (Err(StoreError::Unavailable(_)), false)));
}

#[tokio::test]
async fn transactions_have_their_turn_in_the_order_they_began() {
    let store = MemoryJobs::new();
    let held = store.begin().await.unwrap();
    let turns = std::cell::RefCell::new(Vec::new());
    let take = async |n: u32| {
        let tx = store.begin().await.unwrap();
        turns.borrow_mut().push(n);
        yield_now().await;
        drop(tx);
    };
    tokio::join!(take(1), take(2), take(3), async {
        yield_now().await;
        turns.borrow_mut().push(0);
        drop(held);
    });
    assert_eq!(turns.into_inner(), [0, 1, 2, 3]);
}
