use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_contract::{
    Amounts, Brief, ContentHash, Counter, CrawlTask, ErrorClass, ExtractTask, JobId, Lane, Message, Money,
    PageOutcome, Report, Scope, TaskId, Tenant, Ticket, Timestamp, UrlOutcome, UrlReason,
};
use gleaner_fetch::HopLimits;
use gleaner_ports::{
    Cache, CacheKey, Clock, EvidenceError, EvidenceStore, FetchError, FetchRequest, Fetched, InProcessLeases,
    StageError, StageRun, Validators,
    clock::RuntimeClock,
    evidence::{MemoryCache, StoredReading},
    fetch::{
        ScriptedFetcher,
        scripted::{Answer, failure as error},
    },
};
use url::Url;

use crate::{CrawlConfig, CrawlStage};

mod advice;
mod alone;
mod at_hand;
mod hops;
mod logs;
mod priced;
mod robots;

const PAGE: &str = "https://acme.example/drill";
const ROBOTS: &str = "https://acme.example/robots.txt";
const BODY: &str = "<h1>Drill</h1>";

fn body(text: &str, etag: Option<&str>) -> Answer {
    body_at(PAGE, "text/html", text, etag)
}

fn body_at(final_url: &str, content_type: &str, text: &str, etag: Option<&str>) -> Answer {
    Ok(Fetched::Body {
        final_url: Url::parse(final_url).expect("a URL"),
        status: 200,
        content_type: Some(content_type.into()),
        validators: Validators { etag: etag.map(str::to_owned), last_modified: None },
        body: Bytes::copy_from_slice(text.as_bytes()),
        requests: 1,
    })
}

fn redirect(to: &str) -> Answer {
    Ok(Fetched::Redirect { to: Url::parse(to).expect("a URL"), requests: 1 })
}

fn not_modified(final_url: &str, etag: Option<&str>) -> Answer {
    Ok(Fetched::NotModified {
        final_url: Url::parse(final_url).expect("a URL"),
        validators: Validators { etag: etag.map(str::to_owned), last_modified: None },
        requests: 1,
    })
}

/// A crawl stage over a scripted network.
struct Rig {
    stage: CrawlStage,
    script: Arc<ScriptedFetcher>,
    cache: Arc<MemoryCache>,
    store: EvidenceStore,
    clock: RuntimeClock,
    leases: Arc<InProcessLeases>,
}

impl Rig {
    fn new() -> Self {
        let cache = Arc::new(MemoryCache::new());
        Self::over(cache.clone(), cache)
    }

    /// Where each page costs a cent.
    fn paid() -> Self {
        let cache = Arc::new(MemoryCache::new());
        Self::priced(cache.clone(), cache, Some("0.01 USD".parse().expect("a price")))
    }

    fn over(cache: Arc<MemoryCache>, asked: Arc<dyn Cache>) -> Self {
        Self::priced(cache, asked, None)
    }

    fn priced(cache: Arc<MemoryCache>, asked: Arc<dyn Cache>, page_price: Option<Money>) -> Self {
        let script = Arc::new(ScriptedFetcher::default());
        let store = EvidenceStore::new(asked);
        let leases = Arc::new(InProcessLeases::new());
        let clock = RuntimeClock::starting_at(Timestamp::from_millis(1_000_000));
        let config = CrawlConfig {
            agent: "gleaner".into(),
            extractor: "1".into(),
            page_price,
            hops: HopLimits { max_redirects: 20, total_timeout: Duration::from_secs(30) },
        };
        let stage = CrawlStage::new(config, script.clone(), store.clone(), leases.clone(), Arc::new(clock));
        Self { stage, script, cache, store, clock, leases }
    }

    fn answers(&self, url: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script.answers(url, answers);
    }

    /// Requests for pages, without those for robots.txt.
    fn asked(&self) -> Vec<FetchRequest> {
        let asked = self.script.asked().into_iter();
        asked.filter(|request| request.url.path() != "/robots.txt").collect()
    }

    /// The URLs of all requests, those for robots.txt included.
    fn urls(&self) -> Vec<String> {
        self.script.urls()
    }

    fn robots_asked(&self) -> usize {
        self.script.asked().iter().filter(|request| request.url.path() == "/robots.txt").count()
    }

    /// A task of its own that wants a capture from now on.
    fn task(&self, name: &str) -> CrawlTask {
        let now = self.clock.now();
        CrawlTask {
            ticket: Ticket {
                tenant: Tenant::local(),
                job: JobId::derive(now, &[b"job"]),
                task: TaskId::derive(now, &[name.as_bytes()]),
                epoch: 1,
                attempt: 1,
                lane: Lane::Lo,
                deadline: now.after(Duration::from_secs(60)),
                permit: Amounts::one(Counter::BYTES, 1_000_u64),
                quarantined: false,
            },
            url: PAGE.into(),
            depth: 0,
            fresh_after: now,
            offline: false,
            thorough: false,
            scope: Scope::default(),
            brief: Brief::default(),
        }
    }

    async fn run(&self, task: &CrawlTask) -> Message {
        let mut out = self.stage.run(Message::Crawl(task.clone())).await.expect("the stage does its work");
        assert_eq!(out.len(), 1, "a chain has one next step");
        out.remove(0)
    }

    async fn extract(&self, task: &CrawlTask) -> ExtractTask {
        match self.run(task).await {
            Message::Extract(next) => next,
            other => panic!("not handed to the extractor: {other:?}"),
        }
    }

    async fn skipped(&self, task: &CrawlTask) -> UrlReason {
        match self.report(task).await.outcome {
            PageOutcome::Skipped { reason, .. } => reason,
            other => panic!("not skipped: {other:?}"),
        }
    }

    async fn failed(&self, task: &CrawlTask) -> (UrlReason, ErrorClass) {
        match self.report(task).await.outcome {
            PageOutcome::Failed { reason, class, .. } => (reason, class),
            other => panic!("not failed: {other:?}"),
        }
    }

    async fn report(&self, task: &CrawlTask) -> Report {
        match self.run(task).await {
            Message::Report(report) => report,
            other => panic!("no report: {other:?}"),
        }
    }
}

fn bytes_of(usage: &Amounts) -> u64 {
    usage.get(&Counter::BYTES).try_into().expect("bytes are whole")
}

#[tokio::test(start_paused = true)]
async fn a_new_page_is_kept_and_handed_on() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\""))]);
    let next = rig.extract(&rig.task("a")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::New));
    assert_eq!(bytes_of(&next.usage), BODY.len() as u64);
    assert_eq!(next.page.content_hash, ContentHash::of(BODY.as_bytes()));
    let kept = rig.store.capture(&next.page.content_hash).await.expect("the cache is there");
    assert_eq!(kept.as_deref(), Some(BODY.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_no_larger_or_longer_than_its_task_allows() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let mut task = rig.task("a");
    task.ticket.deadline = rig.clock.now().after(Duration::from_secs(20));
    rig.run(&task).await;
    let asked = &rig.asked()[0];
    assert_eq!(asked.max_bytes, 1_000);
    // a second is left for telling how it went
    assert_eq!(asked.timeout, Duration::from_secs(19));
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_failure_is_paid_for_up_to_the_permit() {
    let rig = Rig::new();
    let large =
        |bytes| Err(FetchError { bytes, ..error(UrlReason::BodyTooLarge, ErrorClass::Permanent, Some(200)) });
    rig.answers(PAGE, [large(700), large(66_000)]);
    assert_eq!(bytes_of(&rig.report(&rig.task("a")).await.usage), 700);
    assert_eq!(bytes_of(&rig.report(&rig.task("b")).await.usage), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_reported_with_its_class_and_the_wait_that_the_server_asks_for() {
    let rig = Rig::new();
    let busy = FetchError {
        retry_after: Some(Duration::from_secs(7)),
        ..error(UrlReason::HttpStatus, ErrorClass::Transient, Some(503))
    };
    rig.answers(PAGE, [Err(busy)]);
    let report = rig.report(&rig.task("a")).await;
    assert!(matches!(
        report.outcome,
        PageOutcome::Failed { class: ErrorClass::Transient, status: Some(503), .. }
    ));
    let advice = report.host.expect("the host asked for a wait");
    assert_eq!((advice.host.as_str(), advice.retry_after_ms), ("acme.example", Some(7_000)));
}

#[tokio::test(start_paused = true)]
async fn what_the_gate_refuses_is_skipped_not_failed() {
    let rig = Rig::new();
    rig.answers(PAGE, [Err(error(UrlReason::RefusedAddress, ErrorClass::Permanent, None))]);
    let report = rig.report(&rig.task("a")).await;
    assert!(matches!(report.outcome, PageOutcome::Skipped { reason: UrlReason::RefusedAddress, .. }));
}

/// A cache that is away.
#[derive(Debug)]
struct Away;

#[async_trait]
impl Cache for Away {
    async fn get(&self, _: &CacheKey) -> Result<Option<Bytes>, EvidenceError> {
        Err(EvidenceError::Unavailable("as told".into()))
    }

    async fn put(&self, _: Vec<(CacheKey, Bytes)>) -> Result<(), EvidenceError> {
        Err(EvidenceError::Unavailable("as told".into()))
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_evidence_store_nothing_is_asked_of_the_site() {
    let rig = Rig::over(Arc::default(), Arc::new(Away));
    let failed = rig.stage.run(Message::Crawl(rig.task("a"))).await.expect_err("the store is away");
    assert!(matches!(failed, StageError::Transient(_)));
    assert_eq!(rig.asked(), []);
}
