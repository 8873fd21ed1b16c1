//! Reports that no honest worker sends: a worker reads what strangers write, and may be led astray.

use std::collections::BTreeMap;

use gleaner_contract::{
    Amounts, Budget, ContentHash, Counter, FoundLink, HostAdvice, JobStatus, Links, Message, PageOutcome,
    Report, Target, UrlReason,
};
use rust_decimal::Decimal;

use super::{
    bench::{Bench, target, targets, urls},
    reports::{advising, answered, ends_as, keep, name_found, read, read_with_links},
};

fn spending(report: Report, counter: Counter, amount: Decimal) -> Report {
    Report { usage: Amounts::one(counter, amount), ..report }
}

#[tokio::test]
async fn usage_below_zero_gives_no_budget_back() {
    let mut bench = Bench::new(4).await;
    let budget = Budget::unlimited().with(Counter::BYTES, 100_000).with(Counter::URLS, 1);
    let links = ["http://one.example/2".to_owned()];
    let job = bench.job(Target { budget, ..target("one", ["http://one.example/"]) }).await;
    let sent = bench.dispatch_one().await;
    let mut report = spending(read_with_links(&sent, links), Counter::BYTES, Decimal::from(-5_000_000));
    report.usage.set(Counter::URLS, Decimal::from(-3));
    bench.report([report]).await;
    let account = bench.state(job).await.account;
    assert_eq!(account.settled, Amounts::one(Counter::URLS, 1));
    assert_eq!(bench.dispatch().await, []);
    assert_eq!(bench.state(job).await.status, JobStatus::Partial);
}

#[tokio::test]
async fn usage_beyond_the_permit_is_booked_at_the_permit() {
    let mut bench = Bench::new(4).await;
    let budget = Budget::unlimited().with(Counter::BYTES, 100_000);
    let job = bench.job(Target { budget, ..target("one", ["http://one.example/"]) }).await;
    let sent = bench.dispatch_one().await;
    bench.report([spending(read(&sent), Counter::BYTES, Decimal::MAX)]).await;
    assert_eq!(bench.state(job).await.account.settled.get(&Counter::BYTES), 100_000.into());
}

#[tokio::test]
async fn usage_beyond_all_measure_spoils_no_later_report() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(3)).await;
    let sent = bench.dispatch().await;
    for task in &sent {
        bench.report([spending(read(task), Counter::TOKENS, Decimal::MAX)]).await;
    }
    assert_eq!(bench.dead().await, []);
    assert_eq!(bench.submission(submitted.id).await.ended, 3);
}

#[tokio::test]
async fn a_report_of_more_links_than_a_message_holds_cannot_be_sent() {
    let mut bench = Bench::new(4).await;
    bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    let links = (0..100_000).map(|page| format!("http://one.example/{page}"));
    let report = Message::Report(read_with_links(&sent, links));
    report.to_envelope(None, None).unwrap_err();
}

#[tokio::test]
async fn counted_links_do_not_close_the_frontier() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    let found = vec![FoundLink { url: "http://one.example/about".to_owned(), score: 5, promises: 0 }];
    let dropped = BTreeMap::from([(UrlReason::OutOfScope, u32::MAX), (UrlReason::NotAPage, u32::MAX)]);
    bench.report([Report { links: Links { found, dropped }, ..read(&sent) }]).await;
    let about = bench.dispatch_one().await;
    assert_eq!(about.url, "http://one.example/about");
    bench.report([read(&about)]).await;
    let state = bench.state(job).await;
    assert_eq!(state.status, JobStatus::Completed);
    assert!(state.counts.balances());
}

#[tokio::test]
async fn a_report_speaks_for_its_own_task_whatever_url_and_job_it_names() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(2)).await;
    let sent = bench.dispatch().await;
    // another URL than its task's
    bench.report([Report { url: "http://elsewhere.example/".to_owned(), ..read(&sent[0]) }]).await;
    assert_eq!(bench.state(sent[0].ticket.job).await.status, JobStatus::Completed);
    // the other job's task under the ended job's id, and a job that nobody knows
    for job in [sent[0].ticket.job, gleaner_contract::JobId::derive(sent[0].fresh_after, &[b"nobody"])] {
        let mut report = read(&sent[1]);
        report.ticket.job = job;
        bench.report([report]).await;
        assert_eq!(bench.state(sent[1].ticket.job).await.pages_read, 0);
    }
    assert_eq!(bench.dead().await, []);
    bench.report([read(&sent[1])]).await;
    assert_eq!(bench.submission(submitted.id).await.ended, 2);
}

#[tokio::test]
async fn a_finding_that_cites_another_page_than_the_report_is_dropped() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    keep(&bench, &sent).await;
    let mut elsewhere = name_found(&sent);
    elsewhere.evidence.capture = ContentHash::of(b"a page that nobody keeps");
    bench.report([Report { findings: vec![elsewhere], ..answered(&sent) }]).await;
    assert_eq!(bench.record(job).await.unwrap().data["name"], serde_json::Value::Null);
}

#[tokio::test]
async fn findings_of_fields_that_nobody_wants_and_of_pages_not_read_are_dropped() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(2)).await;
    let sent = bench.dispatch().await;
    keep(&bench, &sent[0]).await;
    let mut unwanted = name_found(&sent[0]);
    unwanted.field = "password".to_owned();
    let skipped = PageOutcome::Skipped { reason: UrlReason::Robots, detail: String::new() };
    bench
        .report([
            Report { findings: vec![unwanted], ..read(&sent[0]) },
            Report { findings: vec![name_found(&sent[1])], ..ends_as(&sent[1], skipped) },
        ])
        .await;
    for job in bench.jobs(submitted.id).await {
        let record = bench.record(job.id).await.unwrap();
        assert_eq!(serde_json::to_value(&record.data).unwrap(), serde_json::json!({ "name": null }));
    }
}

#[tokio::test]
async fn nobody_can_put_a_page_off_for_ever() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(2)).await;
    let sent = bench.dispatch().await;
    let snoozed = ends_as(&sent[0], PageOutcome::Snoozed { after_ms: u64::MAX });
    let failed = super::reports::failed(&sent[1], gleaner_contract::ErrorClass::Transient);
    bench.report([snoozed, advising(failed, Some(u64::MAX), Some(u64::MAX))]).await;
    assert_eq!(bench.dispatch().await, []);
    bench.seconds(24 * 3600);
    let again = bench.dispatch().await;
    assert_eq!(again.len(), 2);
    bench.report(again.iter().map(read)).await;
    assert_eq!(bench.submission(submitted.id).await.ended, 2);
}

#[tokio::test]
async fn a_report_holds_no_other_host_than_its_own() {
    let mut bench = Bench::new(4).await;
    bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    let advice = HostAdvice {
        host: "rival.example".to_owned(),
        crawl_delay_ms: Some(300_000),
        retry_after_ms: Some(80_000_000),
        pushback: true,
        answered: Some(false),
    };
    bench.report([Report { host: Some(advice), ..read(&sent) }]).await;
    bench.job(target("rival", ["http://rival.example/1", "http://rival.example/2"])).await;
    let mut sent = bench.dispatch().await;
    sent.sort_by(|one, other| one.url.cmp(&other.url));
    assert_eq!(urls(&sent), ["http://rival.example/1", "http://rival.example/2"]);
}
