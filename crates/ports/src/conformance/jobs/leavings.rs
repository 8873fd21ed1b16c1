//! What jobs leave, and how resources are paced.

use std::collections::BTreeMap;

use gleaner_contract::{
    Amounts, Change, Confidence, ContentHash, Counter, Currency, Evidence, EvidenceKind, FieldReason,
    FieldRecord, FieldState, JobStatus, Layer, LedgerKind, LedgerRow, Record, StopReason, SubjectMatch, Tier,
};

use super::{at, check_refused, commit, job, look, submission, task};
use crate::{
    JobStore,
    jobs::{CitedPage, DeadRow, JobRow, ResourceRow},
};

/// Leavings ask for no rows of the job's.
fn some_job(position: u32) -> JobRow {
    job(&submission("submission"), position)
}

pub(super) fn record(job: &JobRow, revision: u32) -> Record {
    let supported = FieldRecord {
        state: FieldState::Supported,
        reason: None,
        unit: Some("kg".into()),
        tier: Some(Tier::Rules),
        confidence: Some(Confidence::hundredths(29)),
        evidence: vec![Evidence {
            kind: EvidenceKind::Quote,
            quote: "Weight:\u{a0}1,5\u{202f}kg \u{201c}net\u{201d}".into(),
            url: "https://site.example/page".into(),
            capture: ContentHash::of(b"page"),
            layer: Layer::Visible,
            block: None,
            page: None,
            start: 3,
            end: 21,
            fetched_at: at(1),
        }],
        pages_read: None,
    };
    let missing = FieldRecord {
        state: FieldState::NotFound,
        reason: Some(FieldReason::NoCandidate),
        unit: None,
        tier: None,
        confidence: None,
        evidence: Vec::new(),
        pages_read: Some(4),
    };
    let mut record = Record {
        id: job.target.clone(),
        job: job.id,
        schema: "product".into(),
        status: JobStatus::Partial,
        stop_reason: StopReason::Budget(Counter::URLS),
        subject: SubjectMatch::Exact,
        revision,
        publishable: true,
        data: Default::default(),
        fields: BTreeMap::from([("/weight".into(), supported), ("/colour".into(), missing)]),
        cost: BTreeMap::from([(Counter::URLS, 4.into()), (Counter::MONEY, "0.0000 USD".into())]),
        changes: vec![Change { field: "/weight".into(), from: 1.into(), to: 1.5.into() }],
        extra: BTreeMap::from([("note".into(), "as given".into())]),
        created_at: at(2),
        extractor: "1".into(),
        degraded: false,
    };
    // in the order of the schema, which is not the alphabet's
    record.data.insert("weight".into(), 1.5.into());
    record.data.insert("colour".into(), None::<String>.into());
    record.data.insert("\u{e4}nother".into(), "\"quoted\" \u{1f34e}".into());
    record
}

pub async fn a_record_comes_back_as_it_was_put(store: &dyn JobStore) {
    let job = some_job(0);
    let record = record(&job, 1);
    commit(store, async |tx| tx.insert_record(&job.record_key, job.submission, &record).await).await;
    let found = look(store, async |tx| tx.record_of(job.id).await).await.expect("it was put");
    assert_eq!(found, record);
    assert_eq!(Vec::from_iter(found.data.keys()), ["weight", "colour", "\u{e4}nother"]);
    assert_eq!(look(store, async |tx| tx.latest_record(&job.record_key).await).await, Some(record));
}

pub async fn a_job_has_one_record(store: &dyn JobStore) {
    let job = some_job(0);
    commit(store, async |tx| tx.insert_record(&job.record_key, job.submission, &record(&job, 1)).await).await;
    check_refused(store, async |tx| {
        tx.insert_record(&job.record_key, job.submission, &record(&job, 2)).await
    })
    .await;
}

pub async fn the_latest_record_is_the_highest_revision_of_its_key(store: &dyn JobStore) {
    let key = ContentHash::of(b"key");
    let other = ContentHash::of(b"another key");
    let revisions = [(0, key, 2), (1, key, 10), (2, key, 9), (3, other, 11)];
    commit(store, async |tx| {
        for (position, key, revision) in revisions {
            let job = some_job(position);
            tx.insert_record(&key, job.submission, &record(&job, revision)).await?;
        }
        Ok(())
    })
    .await;
    let latest = look(store, async |tx| tx.latest_record(&key).await).await;
    assert_eq!(latest, Some(record(&some_job(1), 10)));
}

pub async fn the_latest_read_record_is_the_newest_that_did_not_fail(store: &dyn JobStore) {
    let key = ContentHash::of(b"key");
    assert_eq!(look(store, async |tx| tx.latest_read(&key).await).await, None);
    let statuses = [JobStatus::Completed, JobStatus::Partial, JobStatus::Failed];
    commit(store, async |tx| {
        for (position, status) in (0..).zip(statuses) {
            let job = some_job(position);
            let record = Record { status, ..record(&job, position + 1) };
            tx.insert_record(&key, job.submission, &record).await?;
        }
        Ok(())
    })
    .await;
    let found = look(store, async |tx| tx.latest_read(&key).await).await;
    assert_eq!(found.map(|record| (record.revision, record.status)), Some((2, JobStatus::Partial)));
}

pub async fn a_cited_page_stays_as_it_was_kept_first(store: &dyn JobStore) {
    let page = CitedPage {
        content_hash: ContentHash::of(b"page"),
        content_type: Some("text/html; charset=utf-8".into()),
        url: "https://site.example/page".into(),
        text: (0..=255).collect(),
        body: Vec::new(),
    };
    let bare = CitedPage { content_hash: ContentHash::of(b"bare"), content_type: None, ..page.clone() };
    let later = CitedPage { url: "https://site.example/copy".into(), text: Vec::new(), ..page.clone() };
    commit(store, async |tx| {
        tx.put_cited(&page).await?;
        tx.put_cited(&bare).await
    })
    .await;
    commit(store, async |tx| tx.put_cited(&later).await).await;
    look(store, async |tx| {
        assert!(tx.has_cited(&page.content_hash).await?);
        assert_eq!(tx.cited(&page.content_hash).await?, Some(page));
        assert_eq!(tx.cited(&bare.content_hash).await?, Some(bare));
        Ok(())
    })
    .await;
}

pub async fn the_ledger_keeps_its_order(store: &dyn JobStore) {
    let row = |job: &JobRow, subject: &str| LedgerRow {
        job: job.id,
        kind: LedgerKind::Spend,
        subject: subject.into(),
        outcome: "settled".into(),
        reason: "budget.urls".into(),
        detail: String::new(),
        at: at(1),
        cost: Amounts::one(Counter::URLS, 3).told(Currency::USD),
        count: 1,
    };
    let (first, second) = (some_job(0), some_job(1));
    let folded = LedgerRow {
        kind: LedgerKind::Url,
        detail: "a \"detail\"".into(),
        cost: Default::default(),
        count: 40,
        ..row(&first, "+40 links of https://site.example/")
    };
    commit(store, async |tx| {
        tx.append_ledger(&[row(&first, "z"), row(&second, "other"), row(&first, "a")]).await?;
        tx.append_ledger(&[]).await
    })
    .await;
    commit(store, async |tx| tx.append_ledger(&[folded.clone(), row(&first, "z")]).await).await;
    look(store, async |tx| {
        let expected = [row(&first, "z"), row(&first, "a"), folded, row(&first, "z")];
        assert_eq!(tx.ledger(first.id).await?, expected);
        assert_eq!(tx.ledger(second.id).await?, [row(&second, "other")]);
        Ok(())
    })
    .await;
}

pub async fn dead_rows_come_as_they_were_filed(store: &dyn JobStore) {
    let job = some_job(0);
    let rows = ["z", "a", "z"].map(|page| DeadRow {
        task: task(&job, page).id,
        epoch: 2,
        job: job.id,
        class: "poison".into(),
        detail: "event cannot be applied: \u{2026}".into(),
        queue: "gleaner.v1.report".into(),
        envelope: (0..=255).collect(),
        at: at(3),
    });
    commit(store, async |tx| {
        for row in &rows {
            tx.file_dead(row).await?;
        }
        Ok(())
    })
    .await;
    let filed = look(store, async |tx| tx.dead(0, 10).await).await;
    assert_eq!(filed.iter().map(|filed| filed.row.clone()).collect::<Vec<_>>(), rows);
    assert!(filed.is_sorted_by(|a, b| 0 < a.number && a.number < b.number), "{filed:?}");
    assert_eq!(look(store, async |tx| tx.dead(0, 2).await).await, filed[..2]);
    assert_eq!(look(store, async |tx| tx.dead(filed[0].number, 9).await).await, filed[1..]);
}

pub async fn a_dead_row_is_taken_once(store: &dyn JobStore) {
    let job = some_job(0);
    let row = |page: &str| DeadRow {
        task: task(&job, page).id,
        epoch: 1,
        job: job.id,
        class: "rejected".into(),
        detail: String::new(),
        queue: String::new(),
        envelope: vec![1],
        at: at(3),
    };
    commit(store, async |tx| {
        tx.file_dead(&row("a")).await?;
        tx.file_dead(&row("b")).await
    })
    .await;
    let filed = look(store, async |tx| tx.dead(0, 10).await).await;
    let take = async |number| commit(store, async |tx| tx.take_dead(number).await).await;
    assert_eq!(take(filed[0].number).await, Some(row("a")));
    assert_eq!(take(filed[0].number).await, None);
    assert_eq!(take(filed[1].number + 7).await, None);
    assert_eq!(look(store, async |tx| tx.dead(0, 10).await).await, filed[1..]);
}

pub async fn a_resource_is_saved_over(store: &dyn JobStore) {
    let host = |name: &str, next: i64, delay_ms: u64| ResourceRow {
        name: name.into(),
        next_at: at(next),
        delay_ms,
        health: vec![0; usize::try_from(delay_ms / 500).unwrap()],
    };
    commit(store, async |tx| {
        tx.save_resource(&host("site.example", 10, 500)).await?;
        tx.save_resource(&host("other.example", 20, 0)).await
    })
    .await;
    commit(store, async |tx| tx.save_resource(&host("site.example", 30, 2_000)).await).await;
    look(store, async |tx| {
        assert_eq!(tx.resource("site.example").await?, Some(host("site.example", 30, 2_000)));
        assert_eq!(tx.resource("other.example").await?, Some(host("other.example", 20, 0)));
        assert_eq!(tx.resource("example").await?, None);
        Ok(())
    })
    .await;
}
