//! Unknown permits and the outbox.

use std::slice::from_ref;

use futures::future::join_all;
use gleaner_contract::{Amounts, Counter, TaskId};

use super::{at, check_refused, commit, job, look, message, submission, task};
use crate::{
    JobStore,
    jobs::{OutboxRow, TaskRow, UnknownPermit},
};

/// Tasks that a message may speak of; the outbox asks for no rows of theirs.
fn some_tasks(count: u32) -> Vec<TaskRow> {
    let job = job(&submission("submission"), 0);
    (0..count).map(|n| task(&job, &format!("page-{n}"))).collect()
}

async fn put(store: &dyn JobStore, rows: &[OutboxRow]) {
    commit(store, async |tx| {
        for row in rows {
            tx.put_outbox(row).await?;
        }
        Ok(())
    })
    .await;
}

/// What a claim at `now`, until `until`, takes.
async fn claim(store: &dyn JobStore, now: i64, until: i64, limit: u32) -> Vec<OutboxRow> {
    commit(store, async |tx| tx.claim_outbox(at(now), at(until), limit).await).await
}

pub async fn an_unknown_permit_is_taken_once(store: &dyn JobStore) {
    let tasks = some_tasks(2);
    let permits = [(0, 1), (0, 2), (1, 1)].map(|(n, epoch): (usize, u32)| UnknownPermit {
        job: tasks[n].job,
        task: tasks[n].id,
        epoch,
        permit: Amounts::one(Counter::BYTES, 100 + epoch),
    });
    commit(store, async |tx| {
        for permit in &permits {
            tx.add_unknown(permit).await?;
        }
        Ok(())
    })
    .await;
    let [.., second, other] = permits;
    commit(store, async |tx| {
        assert_eq!(tx.take_unknown(second.task, 3).await?, None);
        assert_eq!(tx.take_unknown(second.task, 2).await?, Some(second.clone()));
        Ok(())
    })
    .await;
    commit(store, async |tx| {
        assert_eq!(tx.take_unknown(second.task, 2).await?, None);
        assert!(tx.take_unknown(second.task, 1).await?.is_some());
        assert_eq!(tx.take_unknown(other.task, 1).await?, Some(other));
        Ok(())
    })
    .await;
}

pub async fn a_permit_becomes_unknown_once(store: &dyn JobStore) {
    let task = some_tasks(1).remove(0);
    let permit =
        UnknownPermit { job: task.job, task: task.id, epoch: 1, permit: Amounts::one(Counter::URLS, 1) };
    commit(store, async |tx| tx.add_unknown(&permit).await).await;
    check_refused(store, async |tx| tx.add_unknown(&permit).await).await;
}

pub async fn a_message_comes_out_as_it_was_put(store: &dyn JobStore) {
    let task = some_tasks(1).remove(0);
    let row = OutboxRow { envelope: (0..=255).collect(), ..message(&task, u32::MAX, at(5)) };
    put(store, from_ref(&row)).await;
    assert_eq!(claim(store, 5, 10, 1).await, from_ref(&row));
    // a claim is no change of the message
    assert_eq!(claim(store, 10, 20, 1).await, [row]);
}

pub async fn a_message_is_put_once_for_an_epoch(store: &dyn JobStore) {
    let task = some_tasks(1).remove(0);
    put(store, &[message(&task, 1, at(0)), message(&task, 2, at(0))]).await;
    check_refused(store, async |tx| tx.put_outbox(&message(&task, 1, at(9))).await).await;
}

pub async fn due_messages_are_claimed_oldest_first(store: &dyn JobStore) {
    let tasks = some_tasks(5);
    let due = [30, 10, 20, 10, 31];
    let rows: Vec<OutboxRow> = tasks.iter().zip(due).map(|(task, due)| message(task, 1, at(due))).collect();
    put(store, &rows).await;
    assert!(claim(store, 9, 100, 10).await.is_empty());
    assert!(claim(store, 30, 100, 0).await.is_empty());
    // among equals those put first
    assert_eq!(claim(store, 30, 100, 3).await, [rows[1].clone(), rows[3].clone(), rows[2].clone()]);
    assert_eq!(claim(store, 30, 100, 3).await, [rows[0].clone()]);
}

pub async fn no_claim_takes_a_claimed_message(store: &dyn JobStore) {
    let tasks = some_tasks(3);
    let rows: Vec<OutboxRow> = tasks.iter().map(|task| message(task, 1, at(0))).collect();
    put(store, &rows).await;
    assert_eq!(claim(store, 0, 50, 2).await, rows[..2]);
    assert_eq!(claim(store, 0, 60, 10).await, rows[2..]);
    assert!(claim(store, 49, 100, 10).await.is_empty());
    // each claim ends on its own
    assert_eq!(claim(store, 50, 100, 10).await, rows[..2]);
    assert_eq!(claim(store, 60, 100, 10).await, rows[2..]);
}

pub async fn claimers_side_by_side_share_without_doubling(store: &dyn JobStore) {
    let tasks = some_tasks(40);
    let rows: Vec<OutboxRow> = tasks.iter().map(|task| message(task, 1, at(0))).collect();
    put(store, &rows).await;
    let claims = join_all((0..8).map(|_| claim(store, 0, 50, 10))).await;
    let mut claimed: Vec<TaskId> = claims.into_iter().flatten().map(|row| row.task).collect();
    claimed.sort();
    let mut all: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    all.sort();
    assert_eq!(claimed, all);
}

pub async fn a_sent_message_is_gone(store: &dyn JobStore) {
    let tasks = some_tasks(2);
    let rows = [message(&tasks[0], 1, at(0)), message(&tasks[0], 2, at(0)), message(&tasks[1], 1, at(0))];
    put(store, &rows).await;
    claim(store, 0, 50, 10).await;
    let sent = [(tasks[0].id, 1), (tasks[1].id, 1), (tasks[1].id, 9)];
    commit(store, async |tx| tx.delete_outbox(&sent).await).await;
    commit(store, async |tx| tx.delete_outbox(&[]).await).await;
    assert_eq!(claim(store, 50, 100, 10).await, rows[1..2]);
    // its place is free again
    put(store, &rows[..1]).await;
}

pub async fn the_next_message_is_due_by_its_time_or_its_claim(store: &dyn JobStore) {
    let tasks = some_tasks(2);
    put(store, &[message(&tasks[0], 1, at(10)), message(&tasks[1], 1, at(20))]).await;
    assert_eq!(look(store, async |tx| tx.next_outbox().await).await, Some(at(10)));
    claim(store, 10, 15, 10).await;
    assert_eq!(look(store, async |tx| tx.next_outbox().await).await, Some(at(15)));
    claim(store, 15, 90, 10).await;
    assert_eq!(look(store, async |tx| tx.next_outbox().await).await, Some(at(20)));
    commit(store, async |tx| tx.delete_outbox(&[(tasks[1].id, 1)]).await).await;
    assert_eq!(look(store, async |tx| tx.next_outbox().await).await, Some(at(90)));
}

pub async fn released_messages_may_be_claimed_at_once(store: &dyn JobStore) {
    let tasks = some_tasks(3);
    let rows = [message(&tasks[0], 1, at(0)), message(&tasks[1], 1, at(5)), message(&tasks[2], 1, at(90))];
    put(store, &rows).await;
    assert_eq!(claim(store, 10, 500, 10).await, rows[..2]);
    assert_eq!(commit(store, async |tx| tx.release_outbox().await).await, 2);
    // what was not due is not due
    assert_eq!(claim(store, 10, 500, 10).await, rows[..2]);
    assert_eq!(claim(store, 90, 500, 10).await, rows[2..]);
}
