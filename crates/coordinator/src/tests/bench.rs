//! A coordinator over a real store and queues in this process. Nothing moves but by the test's own step.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gleaner_contract::{
    Budget, CrawlTask, FieldSpec, JobId, Lane, Message, Queue, Report, Schema, Scope, Stage, Submission,
    SubmissionId, Target, TaskId, Tenant, Timestamp,
};
use gleaner_flow::{Group, JobState};
use gleaner_ports::{
    Consumer, Delivery, EvidenceStore, JobStore, ManualClock, Transport,
    evidence::MemoryCache,
    jobs::{DeadRow, FaultyJobs, JobRow, SubmissionRow, TaskRow},
    transport::FaultyTransport,
};
use gleaner_store::SqliteJobs;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{Coordinator, CoordinatorConfig, read_state, rows::read_group, submit::Submitted};

pub(super) const EXTRACTOR: &str = "test";

pub(super) struct Bench {
    _dir: TempDir,
    pub(super) config: CoordinatorConfig,
    pub(super) store: Arc<dyn JobStore>,
    pub(super) faults: FaultyJobs,
    pub(super) wire: FaultyTransport,
    pub(super) cache: Arc<MemoryCache>,
    pub(super) clock: ManualClock,
    pub(super) coordinator: Coordinator,
    crawlers: Vec<(Queue, Box<dyn Consumer>)>,
    reports: Box<dyn Consumer>,
}

impl Bench {
    /// One crawler of this prefetch, and no pacing.
    pub(super) async fn new(prefetch: usize) -> Self {
        Self::with(prefetch, |_| {}).await
    }

    pub(super) async fn with(prefetch: usize, change: impl FnOnce(&mut CoordinatorConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let inner = Arc::new(SqliteJobs::open(&dir.path().join("truth.sqlite")).await.unwrap());
        let faults = FaultyJobs::over(inner);
        let store: Arc<dyn JobStore> = Arc::new(faults.clone());
        let mut config = CoordinatorConfig {
            per_host: 1_000,
            per_domain: 1_000,
            host_delay: Duration::ZERO,
            ..CoordinatorConfig::new(EXTRACTOR)
        };
        change(&mut config);
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_700_000_000_000));
        let cache = Arc::new(MemoryCache::new());
        let wire = FaultyTransport::default();
        let coordinator = Coordinator::new(
            config.clone(),
            store.clone(),
            EvidenceStore::new(cache.clone()),
            Arc::new(wire.clone()),
            Arc::new(clock.clone()),
        );
        let (crawlers, reports) = consumers(&wire, prefetch).await;
        Self { _dir: dir, config, store, faults, wire, cache, clock, coordinator, crawlers, reports }
    }

    /// The process dies and another starts over the same store. Every message is lost.
    pub(super) async fn restart(&mut self, prefetch: usize) {
        self.wire = FaultyTransport::default();
        (self.crawlers, self.reports) = consumers(&self.wire, prefetch).await;
        self.coordinator = Coordinator::new(
            self.config.clone(),
            self.store.clone(),
            self.evidence(),
            Arc::new(self.wire.clone()),
            Arc::new(self.clock.clone()),
        );
    }

    /// The same, and the other carries on with what the first left.
    pub(super) async fn take_over(&mut self, prefetch: usize) {
        self.restart(prefetch).await;
        self.coordinator.take_over().await.unwrap();
    }

    pub(super) fn evidence(&self) -> EvidenceStore {
        EvidenceStore::new(self.cache.clone())
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(super) fn seconds(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(super) async fn submit(&self, targets: Vec<Target>) -> Submitted {
        self.submit_under(targets, Budget::unlimited()).await
    }

    pub(super) async fn submit_under(&self, targets: Vec<Target>, total: Budget) -> Submitted {
        let submission = Submission { targets, total, offline: false };
        self.coordinator.submit(&Tenant::local(), Lane::Lo, &submission).await.unwrap()
    }

    /// One target; its job.
    pub(super) async fn job(&self, target: Target) -> JobId {
        let submitted = self.submit(vec![target]).await;
        self.jobs(submitted.id).await[0].id
    }

    /// One round of the dispatcher, and the messages that crawlers found in their queues, higher lane first.
    pub(super) async fn dispatch(&mut self) -> Vec<CrawlTask> {
        self.coordinator.dispatch_once().await.unwrap();
        self.arrived().await
    }

    pub(super) async fn arrived(&mut self) -> Vec<CrawlTask> {
        let mut tasks = Vec::new();
        for (queue, crawler) in &mut self.crawlers {
            while self.wire.inner.depth(*queue) > 0 {
                let delivery = crawler.next().await.unwrap();
                tasks.push(crawl_of(&delivery));
                delivery.ack().await;
            }
        }
        tasks
    }

    /// Dispatches, and the crawler rejects what it is given: the dead letter.
    pub(super) async fn dispatch_and_reject(&mut self) -> Delivery {
        self.coordinator.dispatch_once().await.unwrap();
        for (queue, crawler) in &mut self.crawlers {
            if self.wire.inner.depth(*queue) > 0 {
                crawler.next().await.unwrap().reject().await;
            }
        }
        let mut letters = self.wire.inner.consume(Queue::Dead, 10).await.unwrap();
        assert!(self.wire.inner.depth(Queue::Dead) > 0, "nothing was dispatched");
        letters.next().await.unwrap()
    }

    /// The only message of this round.
    pub(super) async fn dispatch_one(&mut self) -> CrawlTask {
        let mut tasks = self.dispatch().await;
        assert_eq!(tasks.len(), 1, "{:?}", urls(&tasks));
        tasks.remove(0)
    }

    /// These reports come in together.
    pub(super) async fn report(&mut self, reports: impl IntoIterator<Item = Report>) {
        for report in reports {
            self.send(report).await;
        }
        self.take_in().await;
    }

    pub(super) async fn send(&self, report: Report) {
        let envelope = Message::Report(report).to_envelope(None, None).unwrap();
        self.wire.inner.publish(Queue::Report, envelope).await.unwrap();
    }

    /// Takes in what lies in the report queue.
    pub(super) async fn take_in(&mut self) {
        while self.wire.inner.depth(Queue::Report) > 0 {
            self.take_in_until(&CancellationToken::new()).await;
        }
    }

    /// One batch, unless told to stop.
    pub(super) async fn take_in_until(&mut self, stop: &CancellationToken) {
        let batch = self.coordinator.gather(&mut self.reports).await.unwrap();
        self.coordinator.take_in(batch, stop).await;
    }

    pub(super) async fn reap(&self) {
        self.coordinator.reap_once().await.unwrap();
    }

    pub(super) async fn jobs(&self, submission: SubmissionId) -> Vec<JobRow> {
        self.store.begin().await.unwrap().jobs_of(submission, 0, 10_000).await.unwrap()
    }

    pub(super) async fn row(&self, job: JobId) -> JobRow {
        self.store.begin().await.unwrap().jobs(&[job]).await.unwrap().remove(0)
    }

    pub(super) async fn state(&self, job: JobId) -> JobState {
        read_state(&self.row(job).await).unwrap()
    }

    pub(super) async fn change_job(&self, job: JobId, change: impl FnOnce(&mut JobRow)) {
        let mut tx = self.store.begin().await.unwrap();
        let mut row = tx.jobs(&[job]).await.unwrap().remove(0);
        change(&mut row);
        tx.save_job(&row).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn submission(&self, id: SubmissionId) -> SubmissionRow {
        self.store.begin().await.unwrap().submission(id).await.unwrap().unwrap()
    }

    pub(super) async fn group(&self, id: SubmissionId) -> Group {
        read_group(&self.submission(id).await).unwrap()
    }

    pub(super) async fn task(&self, task: TaskId) -> TaskRow {
        self.store.begin().await.unwrap().tasks(&[task]).await.unwrap().remove(0)
    }

    pub(super) async fn dead(&self) -> Vec<DeadRow> {
        let filed = self.store.begin().await.unwrap().dead(0, 100).await.unwrap();
        filed.into_iter().map(|filed| filed.row).collect()
    }

    pub(super) async fn record(&self, job: JobId) -> Option<gleaner_contract::Record> {
        self.store.begin().await.unwrap().record_of(job).await.unwrap()
    }
}

async fn consumers(
    wire: &FaultyTransport,
    prefetch: usize,
) -> (Vec<(Queue, Box<dyn Consumer>)>, Box<dyn Consumer>) {
    let (hi, lo) = (Queue::Work(Stage::Crawl, Lane::Hi), Queue::Work(Stage::Crawl, Lane::Lo));
    let crawlers =
        vec![(hi, wire.consume(hi, 1).await.unwrap()), (lo, wire.consume(lo, prefetch - 1).await.unwrap())];
    (crawlers, wire.consume(Queue::Report, 1_000).await.unwrap())
}

/// A target that wants a name.
pub(super) fn target<U: Into<String>>(id: &str, urls: impl IntoIterator<Item = U>) -> Target {
    Target {
        id: id.to_owned(),
        name: None,
        urls: urls.into_iter().map(Into::into).collect(),
        known: BTreeMap::new(),
        country: None,
        currency: None,
        scope: Scope::default(),
        schema: Schema { name: "thing".to_owned(), fields: vec![FieldSpec::named("name")] },
        budget: Budget::unlimited(),
        extra: BTreeMap::new(),
    }
}

/// `count` targets of one page each, every one on a host of its own.
pub(super) fn targets(count: usize) -> Vec<Target> {
    (0..count).map(|at| target(&at.to_string(), [format!("http://site{at}.example/")])).collect()
}

pub(super) fn urls(tasks: &[CrawlTask]) -> Vec<&str> {
    tasks.iter().map(|task| task.url.as_str()).collect()
}

pub(super) fn crawl_of(delivery: &Delivery) -> CrawlTask {
    match Message::from_envelope(&delivery.envelope) {
        Ok(Message::Crawl(task)) => task,
        other => panic!("not a crawl message: {other:?}"),
    }
}
