//! The embedded assembly: coordinator and stages in this process, queues in memory, truth and evidence in two SQLite
//! files. The same parts as a deployment runs; only the adapters differ.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use gleaner_config::Config;
use gleaner_contract::Stage;
use gleaner_coordinator::Coordinator;
use gleaner_ports::{
    Clock, EvidenceStore, InProcessLeases, InProcessMarks, JobStore, StageRun, SystemClock, Transport,
    transport::InProcess,
};
use gleaner_runner::{Worker, WorkerOptions};
use gleaner_store::{SqliteCache, SqliteJobs, StateDir};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{assembly, events};

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
        let evidence = assembly::evidence(config, Arc::new(cache))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let coordinator = Coordinator::new(
            assembly::coordinator_config(config),
            store.clone(),
            evidence.clone(),
            transport.clone(),
            clock.clone(),
        );
        coordinator.recover().await.context("could not recover the job store")?;

        let leases = Arc::new(InProcessLeases::new());
        let crawl = assembly::crawl_stage(config, evidence.clone(), leases, clock.clone())?;
        let extract = assembly::extract_stage(config, evidence.clone(), clock.clone());
        let stages: [(Stage, Arc<dyn StageRun>); 2] =
            [(Stage::Crawl, Arc::new(crawl)), (Stage::Extract, Arc::new(extract))];
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        for (name, stage) in stages {
            let prefetch = assembly::concurrency(config, name);
            let options = WorkerOptions { grace: DRAIN, ..WorkerOptions::with_prefetch(prefetch) };
            let mut worker = Worker::new(name, stage, transport.clone(), clock.clone(), options);
            if assembly::is_paid(config, name) {
                worker = worker.paid(Arc::new(InProcessMarks::new()));
            }
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
