//! The coordinator's loops, and what others may ask of it.

use std::sync::{Arc, MutexGuard, PoisonError, atomic::AtomicI64};

use gleaner_contract::{
    JobId, JobStatus, Lane, Queue, Submission, SubmissionId, Tenant, Timestamp, UrlCounts,
};
use gleaner_ports::{Clock, EvidenceStore, JobStore, PublishError, Transport};
use tokio::sync::{Mutex, Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::{
    again::Requeued,
    begun::Begun,
    config::CoordinatorConfig,
    events,
    pacing::Pacer,
    submit::{Admissions, Submitted},
    unit::{CommitError, Unit},
};

/// Progress events that a slow watcher may lag behind before it misses some.
const PROGRESS_BACKLOG: usize = 4_096;

/// Where a job stands after a commit.
#[derive(Debug, Clone)]
pub struct Progress {
    pub submission: SubmissionId,
    pub job: JobId,
    pub position: u32,
    pub status: JobStatus,
    pub counts: UrlCounts,
    pub pages_read: u32,
}

/// The coordinator. Clones share everything.
#[derive(Debug, Clone)]
pub struct Coordinator {
    pub(crate) shared: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Arc<CoordinatorConfig>,
    admissions: Admissions,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) evidence: EvidenceStore,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pacer: Mutex<Pacer>,
    begun: std::sync::Mutex<Begun>,
    /// When somebody was last seen to serve the quarantine, in ms; 0 for never.
    pub(crate) quarantine: AtomicI64,
    /// Something may have become dispatchable.
    pub(crate) work: Notify,
    pub(crate) progress: broadcast::Sender<Progress>,
}

impl Coordinator {
    pub fn new(
        config: CoordinatorConfig,
        store: Arc<dyn JobStore>,
        evidence: EvidenceStore,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let pacer = Mutex::new(Pacer::new(&config));
        let (progress, _) = broadcast::channel(PROGRESS_BACKLOG);
        let (work, begun, quarantine) = (Notify::new(), std::sync::Mutex::default(), AtomicI64::new(0));
        let config = Arc::new(config);
        let admissions = Admissions::new(config.clone(), store.clone(), clock.clone());
        let inner = Inner {
            config,
            admissions,
            store,
            evidence,
            transport,
            clock,
            pacer,
            begun,
            quarantine,
            work,
            progress,
        };
        Self { shared: Arc::new(inner) }
    }

    /// Progress from now on.
    pub fn watch(&self) -> broadcast::Receiver<Progress> {
        self.shared.progress.subscribe()
    }

    /// Runs until `shutdown`: takes reports, dispatches, reaps.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), PublishError> {
        let reports = self.shared.transport.consume(Queue::Report, self.shared.config.batch_max * 2).await?;
        tokio::join!(
            self.take_reports(reports, shutdown.clone()),
            self.dispatch_loop(shutdown.clone()),
            self.reap_loop(shutdown.clone()),
            self.forget_loop(shutdown.clone()),
            self.bury_loop(shutdown),
        );
        Ok(())
    }

    /// Takes over from one who led before and is gone: what it had claimed to publish is free again, and whoever waited
    /// for a turn that only it knew of lines up anew.
    pub async fn take_over(&self) -> Result<(), CommitError> {
        let mut tx = self.shared.store.begin().await?;
        let released = tx.release_outbox().await?;
        let woken = tx.wake_waiting(self.now()).await?;
        tx.commit().await?;
        events::took_over(released, woken);
        self.shared.work.notify_one();
        Ok(())
    }

    /// See [`Admissions::submit`].
    pub async fn submit(
        &self,
        tenant: &Tenant,
        lane: Lane,
        submission: &Submission,
    ) -> Result<Submitted, CommitError> {
        let tell = |told| self.tell(told);
        let submitted = self.shared.admissions.submit_telling(tenant, lane, submission, tell).await?;
        self.shared.work.notify_one();
        Ok(submitted)
    }

    /// See [`Admissions::cancel`].
    pub async fn cancel(&self, job: JobId) -> Result<(), CommitError> {
        self.tell(self.shared.admissions.cancel_telling(job).await?);
        self.shared.work.notify_one();
        Ok(())
    }

    /// See [`Admissions::requeue`].
    pub async fn requeue(&self, job: JobId) -> Result<Option<Requeued>, CommitError> {
        let requeued = self.shared.admissions.requeue(job).await?;
        self.shared.work.notify_one();
        Ok(requeued)
    }

    /// Held for moments, never across a wait.
    pub(crate) fn begun(&self) -> MutexGuard<'_, Begun> {
        // a panic elsewhere leaves it whole
        self.shared.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) async fn begin(&self) -> Result<Unit<'_>, CommitError> {
        self.shared.admissions.begin().await
    }

    /// Commits, tells those who watch, and lets the dispatcher look again.
    pub(crate) async fn commit(&self, unit: Unit<'_>) -> Result<(), CommitError> {
        self.commit_quietly(unit).await?;
        self.shared.work.notify_one();
        Ok(())
    }

    /// The same for the dispatcher itself, who need not be woken.
    pub(crate) async fn commit_quietly(&self, unit: Unit<'_>) -> Result<(), CommitError> {
        self.tell(unit.commit().await?);
        Ok(())
    }

    fn tell(&self, told: Vec<Progress>) {
        for progress in told {
            if progress.status.is_terminal() {
                self.begun().ended(progress.job);
            }
            // nobody watching is fine
            let _ = self.shared.progress.send(progress);
        }
    }
}

/// The halves of what could not be committed whole, the first one last: that is where a stack of parts goes on.
pub(crate) fn halves<T>(mut part: Vec<T>) -> [Vec<T>; 2] {
    let second = part.split_off(part.len() / 2);
    [second, part]
}
