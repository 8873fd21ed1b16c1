//! Rows that this program did not write.

use gleaner_ports::{JobStore, JobTx, StoreError};

use super::{at, connect, fresh_jobs, job, run, seed, submission, task};

/// Reading what this statement damaged is refused as `Broken`.
async fn check(damage: &str, read: impl AsyncFnOnce(&mut dyn JobTx) -> Result<(), StoreError>) {
    let (store, dir) = fresh_jobs().await;
    seed(&store).await;
    let mut connection = connect(&dir.path().join("truth.sqlite")).await;
    run(&mut connection, "PRAGMA foreign_keys = off").await;
    run(&mut connection, damage).await;
    let mut tx = store.begin().await.unwrap();
    let outcome = read(&mut *tx).await;
    assert!(matches!(outcome, Err(StoreError::Broken(_))), "{damage}: {outcome:?}");
}

#[tokio::test]
async fn a_damaged_submission_is_told_as_broken() {
    for damage in
        ["content = 'blake3:12'", "jobs = -1", "ended = 'many'", "created_at = 'soon'", "account = 1.5"]
    {
        check(&format!("UPDATE submissions SET {damage}"), async |tx| {
            tx.submission(submission().id).await.map(drop)
        })
        .await;
    }
}

#[tokio::test]
async fn a_damaged_job_is_told_as_broken() {
    for damage in [
        "status = 'asleep'",
        "status = 'a\"b'",
        "lane = 2",
        "lane = 'hi'",
        "record_key = ''",
        "position = 4294967296",
        "submission = 'none'",
        "target = CAST(x'ff' AS TEXT)",
        "next_due = 'soon'",
    ] {
        check(&format!("UPDATE jobs SET {damage}"), async |tx| tx.jobs(&[job().id]).await.map(drop)).await;
    }
    for list in ["next_due = 1", "next_due = NULL", "deadline = 1"] {
        check(&format!("UPDATE jobs SET id = 'none', {list}"), async |tx| {
            let mut found = tx.due_jobs(at(1), 10).await?;
            found.extend(tx.idle_jobs(submission().id, 10).await?);
            found.extend(tx.overdue_jobs(at(1), 10).await?);
            assert!(found.is_empty(), "{found:?}");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_damaged_task_is_told_as_broken() {
    for damage in [
        "state = 9",
        "state = 'open'",
        "job = 'none'",
        "depth = 65536",
        "score = -1",
        "epoch = -1",
        "permit = 'urls'",
        "permit = '{\"urls\":\"many\"}'",
        "cost = x'00'",
        "outcome = 'eaten', reason = 'new'",
        "outcome = 'fetched', reason = 'no_reason'",
        "outcome = 'fetched'",
        "url = CAST(x'ff' AS TEXT)",
        "lease_until = 'soon'",
    ] {
        check(&format!("UPDATE tasks SET {damage}"), async |tx| tx.tasks(&[task().id]).await.map(drop)).await;
    }
}

#[tokio::test]
async fn damaged_messages_and_permits_are_told_as_broken() {
    for damage in ["task = 'none'", "epoch = -1", "not_before = 'soon'"] {
        check(&format!("UPDATE outbox SET {damage}"), async |tx| {
            tx.claim_outbox(at(1), at(2), 10).await.map(drop)
        })
        .await;
    }
    for (job, permit) in [("none", "{}"), (job().id.to_string().as_str(), "{")] {
        let id = task().id;
        let insert = format!(
            "INSERT INTO unknown_permits (task, epoch, job, permit) VALUES ('{id}', 1, '{job}', '{permit}')"
        );
        check(&insert, async |tx| tx.take_unknown(id, 1).await.map(drop)).await;
    }
}

#[tokio::test]
async fn damaged_leavings_are_told_as_broken() {
    let (job, key, hash) = (job().id, job().record_key, submission().content);
    let insert = format!("INSERT INTO records VALUES ('{job}', '{key}', '', 1, '{{}}')");
    check(&insert, async |tx| tx.record_of(job).await.map(drop)).await;
    check(&insert, async |tx| tx.latest_record(&key).await.map(drop)).await;
    let insert = format!("INSERT INTO ledger (job, row) VALUES ('{job}', 'no json')");
    check(&insert, async |tx| tx.ledger(job).await.map(drop)).await;
    let insert = format!("INSERT INTO cited_pages VALUES ('{hash}', NULL, CAST(x'ff' AS TEXT), x'', x'')");
    check(&insert, async |tx| tx.cited(&hash).await.map(drop)).await;
    let insert = "INSERT INTO dead (task, epoch, job, class, detail, envelope, at) VALUES ('none', 1, '', '', '', x'', 1)";
    check(insert, async |tx| tx.dead(0, 1).await.map(drop)).await;
}
