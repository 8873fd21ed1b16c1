//! The coordinator's mechanisms with the real stages over a real site: fair turns, a poisoned report, a swallowed message.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use gleaner::{Config, Embedded};
use gleaner_contract::{
    Budget, Envelope, JobStatus, Lane, Message, Queue, Record, Schema, Scope, Stage, Submission,
    SubmissionId, Target, Tenant, wire,
};
use gleaner_ports::{
    Consumer, PublishError, Transport,
    jobs::{JobRow, SubmissionRow},
    transport::InProcess,
};
use gleaner_testkit::Site;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::harness::{company, product};

/// Long enough for any machine: what is waited for comes in moments.
const PATIENCE: Duration = Duration::from_secs(120);

/// Queues that do with what is published as told.
#[derive(Debug, Default)]
struct Wire {
    inner: InProcess,
    /// Swallow the first extract message, or the first report, of a URL with this ending.
    swallow: Mutex<Vec<(Stage, &'static str)>>,
    /// Hold reports back.
    held: Mutex<Option<Vec<Envelope>>>,
}

/// A panic elsewhere leaves the lists whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    fn swallows(&self, envelope: &Envelope) -> bool {
        let (stage, url) = match Message::from_envelope(envelope) {
            Ok(Message::Extract(task)) => (Stage::Crawl, task.page.url),
            Ok(Message::Report(report)) => (report.stage, report.url),
            _ => return false,
        };
        let mut swallow = lock(&self.swallow);
        let found = swallow.iter().position(|(from, ending)| *from == stage && url.ends_with(ending));
        found.map(|at| swallow.remove(at)).is_some()
    }

    fn held(&self) -> usize {
        lock(&self.held).as_ref().map_or(0, Vec::len)
    }

    async fn release(&self) {
        let held = lock(&self.held).take();
        for envelope in held.into_iter().flatten() {
            self.inner.publish(Queue::Report, envelope).await.expect("the queue has room");
        }
    }
}

#[async_trait]
impl Transport for Wire {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        if self.swallows(&envelope) {
            return Ok(());
        }
        if queue == Queue::Report
            && let Some(held) = &mut *lock(&self.held)
        {
            held.push(envelope);
            return Ok(());
        }
        self.inner.publish(queue, envelope).await
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        self.inner.consume(queue, prefetch).await
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        self.inner.capacity(queue).await
    }
}

struct Bench {
    site: Site,
    dir: TempDir,
    config: Config,
}

impl Bench {
    async fn new() -> Self {
        let site = Site::start().await.expect("a loopback port is free");
        let dir = tempfile::tempdir().expect("the system has a temporary directory");
        let mut config = Config::default();
        config.egress.crawl_allow.push(format!("127.0.0.1/32:{}", site.port()).parse().expect("a rule"));
        config.crawl.host_delay = Duration::ZERO;
        config.coordinator.reap_every = Duration::from_millis(100);
        Self { site, dir, config }
    }

    fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn target(&self, schema: &str, path: &str) -> Target {
        Target {
            id: path.to_owned(),
            name: None,
            urls: vec![self.site.url(path)],
            known: Default::default(),
            country: None,
            currency: None,
            scope: Scope::default(),
            schema: Schema::built_in(schema).expect("a built-in schema"),
            budget: Budget::unlimited(),
            extra: Default::default(),
        }
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

async fn until(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !reached().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_job_beside_a_giant_one_on_the_same_host_ends_long_before_it() {
    const GIANT: usize = 200;
    let mut bench = Bench::new().await;
    bench.config.crawl.per_host = NonZeroU32::new(2).expect("not zero");
    bench.config.crawl.concurrency = NonZeroUsize::new(4).expect("not zero");
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
    let embedded = Embedded::start(&bench.config, bench.dir()).await.expect("it starts");
    let giant = submit(&embedded, vec![bench.target("company", "/giant")]).await;
    until("the giant is under way", async || bench.site.hits().len() > 10).await;
    let small = submit(&embedded, vec![bench.target("company", "/small")]).await;
    until("the small job ends", async || row(&embedded, small).await.ended == 1).await;
    assert_eq!(row(&embedded, giant).await.ended, 0);

    let hits = bench.site.hits();
    let of = |name: &str| -> Vec<usize> {
        let ours = |path: &str| path.split(['/', '-']).any(|part| part == name);
        hits.iter().enumerate().filter(|(_, hit)| ours(&hit.path)).map(|(at, _)| at).collect()
    };
    let (small, giant) = (of("small"), of("giant"));
    assert_eq!(small.len(), 5);
    let between = giant.iter().filter(|at| (small[0]..small[4]).contains(at)).count();
    assert!(
        (1..=20).contains(&between),
        "the giant's {between} pages between the small job's five: {hits:?}"
    );
    embedded.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_report_among_fifty_is_filed_and_the_others_are_committed() {
    const JOBS: usize = 50;
    let mut bench = Bench::new().await;
    bench.config.crawl.per_host = NonZeroU32::new(50).expect("not zero");
    bench.config.coordinator.batch_wait = Duration::from_millis(200);
    let mut targets = Vec::new();
    for item in 0..JOBS {
        let path = format!("/item-{item}");
        bench.site.set(&path, product(&format!("Item{item}"), "12.50", ""));
        targets.push(bench.target("product", &path));
    }
    let transport = Arc::new(Wire { held: Mutex::new(Some(Vec::new())), ..Wire::default() });
    let embedded =
        Embedded::start_over(&bench.config, bench.dir(), transport.clone()).await.expect("it starts");
    let id = submit(&embedded, targets).await;
    until("every report is under way", async || transport.held() == JOBS).await;

    let poisoned = jobs(&embedded, id).await.swap_remove(21);
    let mut tx = embedded.store.begin().await.expect("the store is there");
    tx.save_job(&JobRow { state: b"no state".to_vec(), ..poisoned.clone() }).await.expect("it is saved");
    tx.commit().await.expect("the store is there");
    transport.release().await;

    until("forty-nine are committed and one is filed", async || {
        let filed = embedded.store.begin().await.expect("the store is there").dead(10).await;
        row(&embedded, id).await.ended == 49 && filed.expect("the store is there").len() == 1
    })
    .await;
    let dead = embedded.store.begin().await.expect("the store is there").dead(10).await;
    let dead = dead.expect("the store is there").swap_remove(0);
    assert_eq!((dead.job, dead.class.as_str()), (poisoned.id, "poison"));
    let envelope: Envelope = wire::decode(&dead.envelope).expect("an envelope");
    assert_eq!(envelope.headers.job, poisoned.id);
    for job in jobs(&embedded, id).await.iter().filter(|job| job.id != poisoned.id) {
        assert_eq!(record(&embedded, job).await.data["price"], "12.50");
    }
    assert_eq!(bench.site.hits().len(), JOBS);
    embedded.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_message_is_made_good_after_its_lease_without_a_second_fetch() {
    let mut bench = Bench::new().await;
    bench.config.crawl.chain_timeout = Duration::from_secs(3);
    bench.config.crawl.lease_margin = Duration::from_millis(500);
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.set("/saw", product("Saw", "89.50", ""));
    let swallow = vec![(Stage::Crawl, "/drill"), (Stage::Extract, "/saw")];
    let transport = Arc::new(Wire { swallow: Mutex::new(swallow), ..Wire::default() });
    let embedded =
        Embedded::start_over(&bench.config, bench.dir(), transport.clone()).await.expect("it starts");
    let id =
        submit(&embedded, vec![bench.target("product", "/drill"), bench.target("product", "/saw")]).await;
    until("both jobs end", async || row(&embedded, id).await.ended == 2).await;

    assert_eq!(*lock(&transport.swallow), [], "a message to the extractor and a report are lost");
    let jobs = jobs(&embedded, id).await;
    for (job, price) in jobs.iter().zip(["129.00", "89.50"]) {
        let record = record(&embedded, job).await;
        assert_eq!((record.status, &record.data["price"]), (JobStatus::Completed, &price.into()));
        let mut tx = embedded.store.begin().await.expect("the store is there");
        let tasks = tx.tasks_of(job.id).await.expect("the store is there");
        assert_eq!(tasks[0].crashes, 1, "reissued once");
    }
    assert_eq!((bench.site.hits_of("/drill"), bench.site.hits_of("/saw")), (1, 1));
    embedded.stop(Duration::from_secs(10)).await;
}
