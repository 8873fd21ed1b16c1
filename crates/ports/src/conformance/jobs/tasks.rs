//! Tasks as rows, and how a frontier is closed.

use std::{collections::BTreeSet, slice::from_ref};

use gleaner_contract::{Amounts, Counter, UrlOutcome, UrlReason};

use super::{at, check_refused, commit, ids, job, look, open, seed, seed_job, seed_tasks, submission, task};
use crate::{
    JobStore,
    jobs::{Closed, JobRow, TaskRow, TaskState},
};

pub async fn a_task_comes_back_as_it_was_put(store: &dyn JobStore) {
    let job = seed_job(store).await;
    let rows = [
        TaskRow { score: u16::MAX, depth: u16::MAX, ..task(&job, "found") },
        TaskRow {
            state: TaskState::Waiting,
            epoch: 3,
            attempt: 2,
            crashes: 1,
            permit: Amounts::one(Counter::URLS, 1),
            detail: "HTTP 503 \"later\"\t\u{2713}".into(),
            ..task(&job, "waiting?q=%C3%A4&r='1'")
        },
        TaskRow {
            permit: Amounts::one(Counter::URLS, 1).with(Counter::BYTES, 8_000_000),
            fresh_after: Some(at(-5)),
            ..open(task(&job, "under way"), at(99))
        },
        TaskRow {
            state: TaskState::Done,
            epoch: u32::MAX,
            outcome: Some((UrlOutcome::Skipped, UrlReason::BudgetUrls)),
            ended_at: Some(at(7)),
            cost: Amounts::one(Counter::BYTES, 123),
            ..task(&job, "done")
        },
    ];
    seed_tasks(store, &rows).await;
    assert_eq!(look(store, async |tx| tx.tasks_of(job.id).await).await, rows);
}

pub async fn a_url_is_found_once_in_a_job(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let (a, b, c) = (task(&jobs[0], "a"), task(&jobs[0], "b"), task(&jobs[0], "c"));
    let batch = [a.clone(), b.clone(), TaskRow { score: 1, ..a.clone() }];
    let added = commit(store, async |tx| tx.insert_tasks(&batch).await).await;
    assert_eq!(BTreeSet::from_iter(added), BTreeSet::from([a.id, b.id]));

    let again = [TaskRow { score: 1, ..b.clone() }, c.clone()];
    assert_eq!(commit(store, async |tx| tx.insert_tasks(&again).await).await, [c.id]);
    assert_eq!(look(store, async |tx| tx.tasks_of(jobs[0].id).await).await, [a, b, c]);

    let elsewhere = task(&jobs[1], "a");
    assert_eq!(commit(store, async |tx| tx.insert_tasks(from_ref(&elsewhere)).await).await, [elsewhere.id]);
    assert!(commit(store, async |tx| tx.insert_tasks(&[]).await).await.is_empty());
}

pub async fn tasks_need_their_job(store: &dyn JobStore) {
    let orphan = task(&job(&submission("never put"), 0), "page");
    check_refused(store, async |tx| tx.insert_tasks(&[orphan]).await).await;
}

pub async fn a_page_of_links_is_inserted_at_once(store: &dyn JobStore) {
    let job = seed_job(store).await;
    let rows: Vec<TaskRow> = (0..2_000).map(|n| task(&job, &format!("page-{n}"))).collect();
    seed_tasks(store, &rows).await;
    assert_eq!(look(store, async |tx| tx.tasks_of(job.id).await).await, rows);
}

pub async fn urls_are_known_by_job(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let [a, b, other] = [task(&jobs[0], "a"), task(&jobs[0], "b"), task(&jobs[1], "other")];
    seed_tasks(store, &[a.clone(), b, other.clone()]).await;
    let asked = [other.url, "https://site.example/never".into(), a.url.clone(), a.url.clone()];
    let known = look(store, async |tx| tx.known_urls(jobs[0].id, &asked).await).await;
    assert_eq!(known, BTreeSet::from([a.url]));
    assert!(look(store, async |tx| tx.known_urls(jobs[0].id, &[]).await).await.is_empty());
}

pub async fn tasks_come_in_id_order_without_the_unknown(store: &dyn JobStore) {
    let job = seed_job(store).await;
    let mut rows: Vec<TaskRow> = (0..4).map(|n| task(&job, &format!("page-{n}"))).collect();
    seed_tasks(store, &rows).await;
    rows.sort_by_key(|row| row.id);
    let asked = [rows[2].id, task(&job, "never").id, rows[0].id, rows[2].id];
    let found = look(store, async |tx| tx.tasks(&asked).await).await;
    assert_eq!(found, [rows[0].clone(), rows[2].clone()]);
}

pub async fn tasks_of_a_job_come_in_the_order_they_were_found(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let pages = |job: &JobRow, names: [&str; 3]| names.map(|name| task(job, name));
    let (first, other, last) = (
        pages(&jobs[0], ["z", "a", "m"]),
        pages(&jobs[1], ["z", "b", "a"]),
        pages(&jobs[0], ["y", "b", "x"]),
    );
    for batch in [&first, &other, &last] {
        seed_tasks(store, batch).await;
    }
    // what changes later does not move
    commit(store, async |tx| tx.save_task(&open(first[1].clone(), at(9))).await).await;
    let found = look(store, async |tx| tx.tasks_of(jobs[0].id).await).await;
    assert_eq!(ids(&found), ids(&[first, last].concat()));
}

pub async fn saving_a_task_leaves_where_it_points(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let found = task(&jobs[0], "page");
    seed_tasks(store, from_ref(&found)).await;
    let changed = TaskRow {
        score: 7,
        crashes: 2,
        not_before: at(3),
        fresh_after: Some(at(4)),
        outcome: Some((UrlOutcome::Fetched, UrlReason::New)),
        detail: "detail".into(),
        ended_at: Some(at(5)),
        cost: Amounts::one(Counter::BYTES, 9),
        ..open(found.clone(), at(9))
    };
    let told = TaskRow {
        job: jobs[1].id,
        url: "https://other.example/".into(),
        depth: 9,
        resource: "other.example".into(),
        ..changed.clone()
    };
    commit(store, async |tx| tx.save_task(&told).await).await;
    assert_eq!(look(store, async |tx| tx.tasks(&[found.id]).await).await, [changed]);
    commit(store, async |tx| tx.save_task(&found).await).await;
    assert_eq!(look(store, async |tx| tx.tasks(&[found.id]).await).await, [found]);
}

pub async fn closing_ends_what_is_not_done(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let done = TaskRow {
        state: TaskState::Done,
        outcome: Some((UrlOutcome::Fetched, UrlReason::New)),
        ended_at: Some(at(1)),
        ..task(&jobs[0], "done")
    };
    let waiting = TaskRow { state: TaskState::Waiting, attempt: 2, ..task(&jobs[0], "waiting") };
    let rows = [task(&jobs[0], "found"), done.clone(), waiting, open(task(&jobs[0], "open"), at(99))];
    let other = task(&jobs[1], "another job's");
    seed_tasks(store, &rows).await;
    seed_tasks(store, from_ref(&other)).await;

    let closed =
        commit(store, async |tx| tx.close_tasks(jobs[0].id, UrlReason::BudgetUrls, at(50)).await).await;
    assert_eq!(closed, Closed { idle: 2, open: 1 });
    let expected = rows.map(|row| match row.state {
        TaskState::Done => row,
        _ => TaskRow {
            state: TaskState::Done,
            outcome: Some((UrlOutcome::Skipped, UrlReason::BudgetUrls)),
            ended_at: Some(at(50)),
            lease_until: None,
            permit: Amounts::none(),
            ..row
        },
    });
    look(store, async |tx| {
        assert_eq!(tx.tasks_of(jobs[0].id).await?, expected);
        assert_eq!(tx.tasks_of(jobs[1].id).await?, [other]);
        assert!(tx.open_by_resource().await?.is_empty());
        assert_eq!(tx.next_ready(jobs[0].id).await?, None);
        Ok(())
    })
    .await;
}

pub async fn closing_turns_permits_into_unknown_ones(store: &dyn JobStore) {
    let job = seed_job(store).await;
    let waiting = TaskRow {
        state: TaskState::Waiting,
        epoch: 4,
        permit: Amounts::one(Counter::URLS, 1),
        ..task(&job, "waiting")
    };
    let under_way = TaskRow {
        permit: Amounts::one(Counter::URLS, 1).with(Counter::BYTES, 500),
        ..open(task(&job, "open"), at(99))
    };
    let found = task(&job, "found");
    seed_tasks(store, &[waiting.clone(), under_way.clone(), found.clone()]).await;
    commit(store, async |tx| tx.close_tasks(job.id, UrlReason::Cancelled, at(50)).await).await;
    commit(store, async |tx| {
        for row in [waiting, under_way] {
            let taken = tx.take_unknown(row.id, row.epoch).await?.expect("its permit is unknown");
            assert_eq!((taken.job, taken.task, taken.epoch), (job.id, row.id, row.epoch));
            assert_eq!(taken.permit, row.permit);
            assert_eq!(tx.take_unknown(row.id, row.epoch).await?, None);
        }
        assert_eq!(tx.take_unknown(found.id, found.epoch).await?, None);
        Ok(())
    })
    .await;
}

pub async fn closing_again_finds_nothing(store: &dyn JobStore) {
    let job = seed_job(store).await;
    seed_tasks(store, &[task(&job, "found"), open(task(&job, "open"), at(99))]).await;
    commit(store, async |tx| tx.close_tasks(job.id, UrlReason::FieldsResolved, at(50)).await).await;
    let before = look(store, async |tx| tx.tasks_of(job.id).await).await;
    let closed = commit(store, async |tx| tx.close_tasks(job.id, UrlReason::Cancelled, at(60)).await).await;
    assert_eq!(closed, Closed::default());
    assert_eq!(look(store, async |tx| tx.tasks_of(job.id).await).await, before);
}
