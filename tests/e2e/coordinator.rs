//! The coordinator's mechanisms with the real stages over a real site: fair turns, a poisoned report, a swallowed message.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use gleaner::Embedded;
use gleaner_contract::{
    Budget, Envelope, JobStatus, Lane, Message, Queue, Record, Stage, Submission, SubmissionId, Target,
    Tenant, wire,
};
use gleaner_ports::{
    jobs::{JobRow, SubmissionRow},
    transport::{Fate, FaultyTransport},
};

use crate::harness::{Bench, company, product, until};

/// Whether this message leaves `stage`, and is about a URL with this ending.
fn leaves(stage: Stage, ending: &str, envelope: &Envelope) -> bool {
    match Message::from_envelope(envelope) {
        Ok(Message::Extract(task)) => stage == Stage::Crawl && task.page.url.ends_with(ending),
        Ok(Message::Report(report)) => stage == report.stage && report.url.ends_with(ending),
        _ => false,
    }
}

async fn submit(embedded: &Embedded, targets: Vec<Target>) -> SubmissionId {
    let submission = Submission { targets, total: Budget::unlimited(), offline: false };
    let submitted = embedded.coordinator.submit(&Tenant::local(), Lane::Lo, &submission).await;
    submitted.expect("the store is there").id
}

async fn row(embedded: &Embedded, id: SubmissionId) -> SubmissionRow {
    let mut tx = embedded.store.begin().await.expect("the store is there");
    tx.submission(id).await.expect("the store is there").expect("it was submitted")
}

async fn jobs(embedded: &Embedded, id: SubmissionId) -> Vec<JobRow> {
    let mut tx = embedded.store.begin().await.expect("the store is there");
    tx.jobs_of(id, 0, 1_000).await.expect("the store is there")
}

async fn record(embedded: &Embedded, job: &JobRow) -> Record {
    let mut tx = embedded.store.begin().await.expect("the store is there");
    tx.record_of(job.id).await.expect("the store is there").expect("the job ended")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_job_beside_a_giant_one_on_the_same_host_ends_long_before_it() {
    const GIANT: usize = 200;
    let bench = Bench::new().await;
    let mut config = bench.config();
    config.crawl.per_host = NonZeroU32::new(2).expect("not zero");
    config.crawl.concurrency = NonZeroUsize::new(4).expect("not zero");
    let pages = |name: &str, count: usize| -> Vec<String> {
        (0..count).map(|page| format!("/contact-{name}-{page}")).collect()
    };
    for (name, count) in [("giant", GIANT), ("small", 4)] {
        let links = pages(name, count);
        bench.site.set(&format!("/{name}"), company(&links, ""));
        for link in &links {
            let page = company(&[], &format!("<p>This is {link}</p>"));
            bench.site.set(link, page.after(Duration::from_millis(20)));
        }
    }
    let embedded = Embedded::start(&config, &bench.path("state")).await.expect("it starts");
    // however long it takes to submit the other, most of the giant is left
    bench.site.answer_up_to(11);
    let giant = submit(&embedded, vec![bench.target("company", "/giant")]).await;
    until("the giant is under way", async || bench.site.arrived() > 11).await;
    let small = submit(&embedded, vec![bench.target("company", "/small")]).await;
    bench.site.answer_up_to(None);
    until("both jobs end", async || {
        row(&embedded, small).await.ended == 1 && row(&embedded, giant).await.ended == 1
    })
    .await;

    let hits = bench.site.hits();
    let of = |name: &str| -> Vec<usize> {
        let ours = |path: &str| path.split(['/', '-']).any(|part| part == name);
        hits.iter().enumerate().filter(|(_, hit)| ours(&hit.path)).map(|(at, _)| at).collect()
    };
    let (small, giant) = (of("small"), of("giant"));
    assert_eq!((small.len(), giant.len()), (5, GIANT + 1));
    // from the moment that its links are known, the small job has every other turn
    let between = giant.iter().filter(|at| (small[1]..small[4]).contains(at)).count();
    assert!((1..=20).contains(&between), "{between} of the giant's between the small job's four: {hits:?}");
    let after = giant.iter().filter(|at| **at > small[4]).count();
    assert!(after > GIANT / 4, "{after} of the giant's pages came after the small job's: {hits:?}");
    embedded.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_report_among_fifty_is_filed_and_the_others_are_committed() {
    const JOBS: usize = 50;
    let bench = Bench::new().await;
    let mut config = bench.config();
    config.crawl.per_host = NonZeroU32::new(50).expect("not zero");
    config.coordinator.batch_wait = Duration::from_millis(200);
    let mut targets = Vec::new();
    for item in 0..JOBS {
        let path = format!("/item-{item}");
        bench.site.set(&path, product(&format!("Item{item}"), "12.50", ""));
        targets.push(bench.target("product", &path));
    }
    let transport = FaultyTransport::default();
    transport.rule(|queue, _| if queue == Queue::Report { Fate::Held } else { Fate::Delivered });
    let embedded = Embedded::start_over(&config, &bench.path("state"), Arc::new(transport.clone()))
        .await
        .expect("it starts");
    let id = submit(&embedded, targets).await;
    until("every report is under way", async || transport.held() == JOBS).await;

    let poisoned = jobs(&embedded, id).await.swap_remove(21);
    let mut tx = embedded.store.begin().await.expect("the store is there");
    tx.save_job(&JobRow { state: b"no state".to_vec(), ..poisoned.clone() }).await.expect("it is saved");
    tx.commit().await.expect("the store is there");
    transport.release().await.expect("the queue has room");

    until("forty-nine are committed and one is filed", async || {
        let filed = embedded.store.begin().await.expect("the store is there").dead(0, 10).await;
        row(&embedded, id).await.ended == 49 && filed.expect("the store is there").len() == 1
    })
    .await;
    let dead = embedded.store.begin().await.expect("the store is there").dead(0, 10).await;
    let dead = dead.expect("the store is there").swap_remove(0);
    assert_eq!((dead.row.job, dead.row.class.as_str()), (poisoned.id, "poison"));
    let envelope: Envelope = wire::decode(&dead.row.envelope).expect("an envelope");
    assert_eq!(envelope.headers.job, poisoned.id);
    for job in jobs(&embedded, id).await.iter().filter(|job| job.id != poisoned.id) {
        assert_eq!(record(&embedded, job).await.data["price"], "12.50");
    }
    assert_eq!(bench.site.hits().len(), JOBS);
    embedded.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_message_is_made_good_after_its_lease_without_a_second_fetch() {
    let bench = Bench::new().await;
    let mut config = bench.config();
    config.crawl.chain_timeout = Duration::from_secs(10);
    config.crawl.lease_margin = Duration::from_millis(500);
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.set("/saw", product("Saw", "89.50", ""));
    let transport = FaultyTransport::default();
    let mut lost = vec![(Stage::Crawl, "/drill"), (Stage::Extract, "/saw")];
    transport.rule(move |_, envelope| {
        match lost.iter().position(|(stage, ending)| leaves(*stage, ending, envelope)) {
            Some(at) => {
                lost.swap_remove(at);
                Fate::Lost
            }
            None => Fate::Delivered,
        }
    });
    let embedded =
        Embedded::start_over(&config, &bench.path("state"), Arc::new(transport)).await.expect("it starts");
    let id =
        submit(&embedded, vec![bench.target("product", "/drill"), bench.target("product", "/saw")]).await;
    until("both jobs end", async || row(&embedded, id).await.ended == 2).await;

    let jobs = jobs(&embedded, id).await;
    for (job, price) in jobs.iter().zip(["129.00", "89.50"]) {
        let record = record(&embedded, job).await;
        assert_eq!((record.status, &record.data["price"]), (JobStatus::Completed, &price.into()));
        let mut tx = embedded.store.begin().await.expect("the store is there");
        let tasks = tx.tasks_of(job.id).await.expect("the store is there");
        assert!(tasks[0].crashes >= 1, "its chain was lost");
    }
    assert_eq!((bench.site.hits_of("/drill"), bench.site.hits_of("/saw")), (1, 1));
    embedded.stop(Duration::from_secs(10)).await;
}
