//! Everything that a world consists of, but for its processes.

use std::sync::{Arc, Mutex};

use fastrand::Rng;
use gleaner_contract::{JobId, SubmissionId, Tenant, Timestamp};
use gleaner_coordinator::Admissions;
use gleaner_ports::{
    Clock, EvidenceStore, JobStore, StoreError,
    clock::RuntimeClock,
    evidence::MemoryCache,
    jobs::{FaultyJobs, JobRow, SubmissionRow},
};

use crate::{journal::Journal, options::Options, plan::Plan, stages::Shop, wire::Wire};

/// The first instant of every world.
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Submissions and jobs that an observer reads at most: more than a world has.
const ALL: u32 = 10_000;

pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) plan: Plan,
    /// Without faults: what the observer reads.
    pub(crate) truth: Arc<dyn JobStore>,
    pub(crate) faults: FaultyJobs,
    pub(crate) wire: Wire,
    pub(crate) cache: Arc<MemoryCache>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Journal,
    pub(crate) shop: Arc<Shop>,
    pub(crate) admissions: Admissions,
}

impl World {
    /// Must be made inside its runtime.
    pub(crate) fn new(seed: u64, options: Options, truth: Arc<dyn JobStore>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::draw(&mut rng, options.pace);
        let clock: Arc<dyn Clock> = Arc::new(RuntimeClock::starting_at(START));
        let journal = Journal::new(clock.clone(), plan.config.policy.lease_margin);
        let cache = Arc::new(MemoryCache::new());
        let faults = FaultyJobs::over(truth.clone());
        let wire = Wire::new(rng.fork(), plan.rates, journal.clone(), options);
        let shop = Shop {
            site: plan.site.clone(),
            evidence: EvidenceStore::new(cache.clone()),
            journal: journal.clone(),
            clock: clock.clone(),
            options,
            tries: Mutex::default(),
        };
        let admissions =
            Admissions::new(Arc::new(plan.config.clone()), Arc::new(faults.clone()), clock.clone());
        Self { options, plan, truth, faults, wire, cache, clock, journal, shop: Arc::new(shop), admissions }
    }

    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::local()
    }

    pub(crate) fn millis(&self) -> i64 {
        self.clock.now().as_millis() - START.as_millis()
    }

    pub(crate) async fn submissions(&self) -> Result<Vec<SubmissionRow>, StoreError> {
        let mut rows = self.truth.begin().await?.submissions(&self.tenant(), ALL).await?;
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(rows)
    }

    pub(crate) async fn jobs_of(&self, submission: SubmissionId) -> Result<Vec<JobRow>, StoreError> {
        self.truth.begin().await?.jobs_of(submission, 0, ALL).await
    }

    /// Jobs that have not ended.
    pub(crate) async fn unfinished(&self) -> Result<Vec<JobId>, StoreError> {
        let mut left = Vec::new();
        for submission in self.submissions().await? {
            let jobs = self.jobs_of(submission.id).await?;
            left.extend(jobs.iter().filter(|job| job.ended_at.is_none()).map(|job| job.id));
        }
        Ok(left)
    }
}
