//! The embedded assembly: coordinator and stages in this process, queues in memory, truth and evidence in two SQLite
//! files. The same parts as a deployment runs; only the adapters differ.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use gleaner_config::Config;
use gleaner_contract::Stage;
use gleaner_coordinator::{Coordinator, CoordinatorConfig};
use gleaner_crawler::{CrawlConfig, CrawlStage};
use gleaner_extractor::{EXTRACTOR_VERSION, ExtractStage};
use gleaner_fetch::{Gate, HopLimits, HttpFetcher, Purpose};
use gleaner_flow::Policy;
use gleaner_ports::{Clock, EvidenceStore, JobStore, StageRun, SystemClock, Transport, transport::InProcess};
use gleaner_runner::{Worker, WorkerOptions};
use gleaner_store::{SqliteCache, SqliteJobs, StateDir};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::events;

/// How long a worker lets running pages go on once the run is over.
const DRAIN: Duration = Duration::from_secs(5);

/// What an embedded run is made of.
#[derive(Debug)]
pub struct Embedded {
    pub coordinator: Coordinator,
    pub store: Arc<dyn JobStore>,
    pub evidence: EvidenceStore,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    // holds the lock on the directory
    _state: StateDir,
}

impl Embedded {
    /// Opens the state directory, puts back what an earlier run left, and starts every worker.
    pub async fn start(config: &Config, dir: &Path) -> anyhow::Result<Self> {
        Self::start_over(config, dir, Arc::new(InProcess::new())).await
    }

    /// The same over queues of the caller's own.
    pub async fn start_over(
        config: &Config,
        dir: &Path,
        transport: Arc<dyn Transport>,
    ) -> anyhow::Result<Self> {
        let state = StateDir::open(dir)?;
        let jobs = SqliteJobs::open(&state.truth()).await.context("could not open the job store")?;
        let cache =
            SqliteCache::open(&state.evidence()).await.context("could not open the evidence store")?;
        cache.prune(config.retention.captures).await.context("could not prune the evidence store")?;
        let store: Arc<dyn JobStore> = Arc::new(jobs);
        let evidence = EvidenceStore::new(Arc::new(cache));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let coordinator = Coordinator::new(
            coordinator_config(config),
            store.clone(),
            evidence.clone(),
            transport.clone(),
            clock.clone(),
        );
        coordinator.recover().await.context("could not recover the job store")?;

        let gate = Gate::new(Purpose::Crawl, &config.egress);
        let fetcher = HttpFetcher::new(config.fetch.clone(), gate).context("could not build the fetcher")?;
        let crawl = CrawlStage::new(
            CrawlConfig {
                agent: config.fetch.product_token().to_owned(),
                extractor: EXTRACTOR_VERSION.to_owned(),
                hops: HopLimits::from(&config.fetch),
            },
            Arc::new(fetcher),
            evidence.clone(),
            clock.clone(),
        );
        let extract = ExtractStage::new(evidence.clone(), clock.clone());
        let stages: [(Stage, Arc<dyn StageRun>, usize); 2] = [
            (Stage::Crawl, Arc::new(crawl), config.crawl.concurrency.get()),
            (Stage::Extract, Arc::new(extract), config.extract.concurrency().get()),
        ];
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        for (name, stage, prefetch) in stages {
            let options = WorkerOptions { grace: DRAIN, ..WorkerOptions::with_prefetch(prefetch) };
            let worker = Worker::new(name, stage, transport.clone(), clock.clone(), options);
            let session = worker.connect().await?;
            tasks.spawn(session.run(shutdown.clone()));
        }
        tasks.spawn({
            let (coordinator, shutdown) = (coordinator.clone(), shutdown.clone());
            async move {
                if let Err(error) = coordinator.run(shutdown).await {
                    events::coordinator_stopped(&error);
                }
            }
        });
        Ok(Self { coordinator, store, evidence, shutdown, tasks, _state: state })
    }

    /// Stops taking work and waits up to `grace` for running pages to be settled. What does not end in time is put back
    /// at the next start.
    pub async fn stop(self, grace: Duration) {
        self.shutdown.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(grace, self.tasks.wait()).await;
    }
}

fn coordinator_config(config: &Config) -> CoordinatorConfig {
    CoordinatorConfig {
        batch_max: config.coordinator.batch_max.get(),
        batch_wait: config.coordinator.batch_wait,
        window_factor: config.coordinator.window_factor.get(),
        per_host: config.crawl.per_host.get(),
        host_delay: config.crawl.host_delay,
        reap_every: config.coordinator.reap_every,
        policy: Policy {
            max_attempts: config.crawl.max_attempts.get(),
            backoff_base: config.crawl.backoff_base,
            backoff_cap: config.crawl.backoff_cap,
            chain_timeout: config.crawl.chain_timeout,
            lease_margin: config.crawl.lease_margin,
            max_depth: config.crawl.max_depth,
            page_bytes: config.fetch.max_body_bytes,
            ..Policy::default()
        },
        ..CoordinatorConfig::new(EXTRACTOR_VERSION)
    }
}
