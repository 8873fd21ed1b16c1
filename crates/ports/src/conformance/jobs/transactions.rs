//! What a transaction promises.

use std::slice::from_ref;

use futures::future::join_all;
use gleaner_contract::{Amounts, ContentHash, Counter, LedgerKind, LedgerRow, TaskId, UrlReason};
use tokio::task::yield_now;

use super::{
    at, commit, job, leavings::record, look, message, open, seed, seed_job, seed_tasks, submission, task,
};
use crate::{
    JobStore, JobTx, StoreError,
    jobs::{CitedPage, DeadRow, JobRow, ResourceRow, UnknownPermit},
};

pub async fn a_transaction_sees_its_own_writes(store: &dyn JobStore) {
    look(store, async |tx| {
        write_everything(tx).await?;
        check_everything(tx, true).await
    })
    .await;
}

pub async fn a_commit_is_seen_by_the_next_transaction(store: &dyn JobStore) {
    commit(store, async |tx| write_everything(tx).await).await;
    look(store, async |tx| check_everything(tx, true).await).await;
}

pub async fn a_dropped_transaction_leaves_nothing(store: &dyn JobStore) {
    look(store, async |tx| write_everything(tx).await).await;
    look(store, async |tx| check_everything(tx, false).await).await;
    // nor is anything in the way of writing it again
    commit(store, async |tx| write_everything(tx).await).await;
    look(store, async |tx| check_everything(tx, true).await).await;
}

/// A row of every kind.
async fn write_everything(tx: &mut dyn JobTx) -> Result<(), StoreError> {
    let owner = submission("everything");
    let job = JobRow { next_due: Some(at(1)), ..job(&owner, 0) };
    let task = open(task(&job, "page"), at(2));
    tx.insert_submission(&owner).await?;
    tx.insert_job(&job).await?;
    tx.insert_tasks(from_ref(&task)).await?;
    tx.add_unknown(&unknown(task.id, &job)).await?;
    tx.put_outbox(&message(&task, 1, at(3))).await?;
    tx.insert_record(&job.record_key, owner.id, &record(&job, 1)).await?;
    tx.put_cited(&CitedPage {
        content_hash: ContentHash::of(b"everything"),
        content_type: None,
        url: task.url,
        text: Vec::new(),
        body: Vec::new(),
    })
    .await?;
    tx.append_ledger(&[LedgerRow {
        job: job.id,
        kind: LedgerKind::Field,
        subject: "/weight".into(),
        outcome: "supported".into(),
        reason: String::new(),
        detail: String::new(),
        at: at(4),
        cost: Default::default(),
        count: 1,
    }])
    .await?;
    tx.file_dead(&DeadRow {
        task: task.id,
        epoch: 1,
        job: job.id,
        class: "poison".into(),
        detail: String::new(),
        queue: String::new(),
        envelope: Vec::new(),
        at: at(5),
    })
    .await?;
    tx.save_resource(&host()).await
}

fn host() -> ResourceRow {
    ResourceRow { name: "site.example".into(), next_at: at(6), delay_ms: 1, health: b"slow".to_vec() }
}

fn unknown(task: TaskId, job: &JobRow) -> UnknownPermit {
    UnknownPermit { job: job.id, task, epoch: 7, permit: Amounts::one(Counter::URLS, 1) }
}

/// Whether each of what [`write_everything`] writes is `there`.
async fn check_everything(tx: &mut dyn JobTx, there: bool) -> Result<(), StoreError> {
    let owner = submission("everything");
    let job = job(&owner, 0);
    let task = task(&job, "page");
    let found = [
        ("submission", tx.submission(owner.id).await?.is_some()),
        ("submissions", !tx.submissions(&owner.tenant, 1).await?.is_empty()),
        ("job", !tx.jobs(&[job.id]).await?.is_empty()),
        ("jobs of the submission", !tx.jobs_of(owner.id, 0, 1).await?.is_empty()),
        ("due job", tx.next_due().await?.is_some()),
        ("task", !tx.tasks(&[task.id]).await?.is_empty()),
        ("tasks of the job", !tx.tasks_of(job.id).await?.is_empty()),
        ("known url", !tx.known_urls(job.id, from_ref(&task.url)).await?.is_empty()),
        ("open task", !tx.open_tasks(None, 1).await?.is_empty()),
        ("unknown permit", tx.take_unknown(task.id, 7).await?.is_some()),
        ("message", tx.next_outbox().await?.is_some()),
        ("record", tx.record_of(job.id).await?.is_some()),
        ("cited page", tx.has_cited(&ContentHash::of(b"everything")).await?),
        ("ledger", !tx.ledger(job.id).await?.is_empty()),
        ("dead row", !tx.dead(0, 1).await?.is_empty()),
        ("resource", tx.resource("site.example").await?.is_some()),
    ];
    for (what, found) in found {
        assert_eq!(found, there, "{what}");
    }
    Ok(())
}

pub async fn a_dropped_transaction_takes_its_changes_back(store: &dyn JobStore) {
    let job = seed_job(store).await;
    let (found, under_way) = (task(&job, "found"), open(task(&job, "open"), at(99)));
    seed_tasks(store, &[found.clone(), under_way.clone()]).await;
    let owner = look(store, async |tx| tx.submission(job.submission).await).await.expect("it was seeded");
    let host = host();
    commit(store, async |tx| {
        tx.add_unknown(&unknown(found.id, &job)).await?;
        tx.put_outbox(&message(&found, 1, at(0))).await?;
        tx.put_outbox(&message(&under_way, 1, at(0))).await?;
        tx.save_resource(&host).await
    })
    .await;

    look(store, async |tx| {
        let mut changed = owner.clone();
        (changed.ended, changed.account) = (9, Vec::new());
        tx.save_submission(&changed).await?;
        tx.save_job(&JobRow { next_due: Some(at(1)), served: 9, ..job.clone() }).await?;
        tx.close_tasks(job.id, UrlReason::Cancelled, at(50)).await?;
        assert!(tx.take_unknown(found.id, 7).await?.is_some());
        assert_eq!(tx.claim_outbox(at(0), at(90), 10).await?.len(), 2);
        tx.delete_outbox(&[(found.id, 1)]).await?;
        tx.save_resource(&ResourceRow {
            next_at: at(60),
            delay_ms: 9,
            health: b"down".to_vec(),
            ..host.clone()
        })
        .await
    })
    .await;

    look(store, async |tx| {
        assert_eq!(tx.submission(owner.id).await?, Some(owner));
        assert_eq!(tx.jobs(&[job.id]).await?, from_ref(&job));
        assert_eq!(tx.tasks_of(job.id).await?, [found.clone(), under_way.clone()]);
        assert_eq!(tx.take_unknown(under_way.id, 1).await?, None);
        assert_eq!(tx.take_unknown(found.id, 7).await?, Some(unknown(found.id, &job)));
        assert_eq!(tx.claim_outbox(at(0), at(90), 10).await?.len(), 2);
        assert_eq!(tx.resource("site.example").await?, Some(host));
        Ok(())
    })
    .await;
}

pub async fn a_refused_row_takes_its_transaction_with_it(store: &dyn JobStore) {
    let taken = seed_job(store).await;
    let late = submission("late");
    {
        let mut tx = store.begin().await.unwrap();
        tx.insert_submission(&late).await.unwrap();
        tx.insert_job(&job(&late, 0)).await.unwrap();
        tx.insert_job(&taken).await.unwrap_err();
    }
    look(store, async |tx| {
        assert_eq!(tx.submission(late.id).await?, None);
        assert!(tx.jobs_of(late.id, 0, 10).await?.is_empty());
        assert_eq!(tx.jobs(&[taken.id]).await?, [taken]);
        Ok(())
    })
    .await;
}

pub async fn nobody_sees_what_is_not_committed(store: &dyn JobStore) {
    let row = submission("not committed");
    let mut writer = store.begin().await.unwrap();
    writer.insert_submission(&row).await.unwrap();
    // a store with one writer lets the reader wait, any other shows it nothing
    let (seen, ()) = tokio::join!(look(store, async |tx| tx.submission(row.id).await), async {
        for _ in 0..100 {
            yield_now().await;
        }
        drop(writer);
    });
    assert_eq!(seen, None);
}

pub async fn changes_side_by_side_all_count(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    join_all((0..20).map(|n| {
        let id = jobs[n % 2].id;
        commit(store, async move |tx| {
            let mut rows = tx.jobs(&[id]).await?;
            yield_now().await;
            rows[0].served += 1;
            tx.save_job(&rows[0]).await?;
            let mut owner = tx.submission(rows[0].submission).await?.expect("it was seeded");
            yield_now().await;
            owner.ended += 1;
            tx.save_submission(&owner).await
        })
    }))
    .await;
    look(store, async |tx| {
        let served: Vec<i64> =
            tx.jobs_of(jobs[0].submission, 0, 2).await?.iter().map(|row| row.served).collect();
        assert_eq!(served, [10, 10]);
        let owner = tx.submission(jobs[0].submission).await?.expect("it was seeded");
        assert_eq!(owner.ended, 20);
        Ok(())
    })
    .await;
}

pub async fn a_begin_given_up_holds_nobody_up(store: &dyn JobStore) {
    let row = submission("first");
    let mut first = store.begin().await.unwrap();
    for _ in 0..10 {
        tokio::select! {
            biased;
            // with more than one writer it may get through
            second = store.begin() => drop(second.unwrap()),
            () = yield_now() => {}
        }
    }
    first.insert_submission(&row).await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(look(store, async |tx| tx.submission(row.id).await).await, Some(row));
}
