//! Submissions: accepted whole, resumed when they were accepted before and are not finished.

use std::sync::Arc;

use gleaner_contract::{ContentHash, JobId, JobStatus, Lane, Submission, SubmissionId, Target, Tenant};
use gleaner_flow::{Event, Group, JobSpec, JobState};
use gleaner_ports::{
    Clock, JobStore,
    jobs::{JobRow, SubmissionRow},
};

use crate::{
    config::CoordinatorConfig,
    coordinator::Progress,
    events,
    rows::encode,
    unit::{CommitError, Unit, wake},
};

/// Jobs inserted by one transaction.
const CHUNK: usize = 200;

/// Jobs woken by one transaction.
const WAKE_AT_ONCE: u32 = 500;

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    pub id: SubmissionId,
    /// It was accepted before and is carried on with.
    pub resumed: bool,
}

/// Creates jobs, cancels them and takes them up again: all that may be done to them from outside. A coordinator that runs, here or elsewhere, does
/// the rest. Clones share everything.
#[derive(Debug, Clone)]
pub struct Admissions {
    config: Arc<CoordinatorConfig>,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Admissions {
    pub fn new(config: Arc<CoordinatorConfig>, store: Arc<dyn JobStore>, clock: Arc<dyn Clock>) -> Self {
        Self { config, store, clock }
    }

    pub(crate) async fn begin(&self) -> Result<Unit<'_>, CommitError> {
        Ok(Unit::new(self.store.begin().await?, self.clock.now(), &self.config))
    }

    /// Ends a job now. What is under way may still report, and settles its permit then. Whether it was under way.
    pub async fn cancel(&self, job: JobId) -> Result<bool, CommitError> {
        Ok(!self.cancel_telling(job).await?.is_empty())
    }

    pub(crate) async fn cancel_telling(&self, job: JobId) -> Result<Vec<Progress>, CommitError> {
        let mut unit = self.begin().await?;
        unit.load(&[job], &[]).await?;
        if unit.job(job).is_none_or(|job| job.state.status.is_terminal()) {
            return Ok(Vec::new());
        }
        unit.apply(job, Event::Cancelled).await?;
        unit.commit().await
    }

    /// Accepts a submission: every target gets a job. One that was accepted before and is not finished is carried on
    /// with; a finished one is done anew, as a new revision of its records.
    pub async fn submit(
        &self,
        tenant: &Tenant,
        lane: Lane,
        submission: &Submission,
    ) -> Result<Submitted, CommitError> {
        self.submit_telling(tenant, lane, submission, |_| ()).await
    }

    /// The same, telling of the jobs as they are accepted.
    pub(crate) async fn submit_telling(
        &self,
        tenant: &Tenant,
        lane: Lane,
        submission: &Submission,
        mut tell: impl FnMut(Vec<Progress>),
    ) -> Result<Submitted, CommitError> {
        let content = submission.content_hash();
        let mut tx = self.store.begin().await?;
        let known = tx.submission_of(tenant, &content).await?.filter(|row| row.ended < row.jobs);
        let (row, resumed) = match known {
            Some(row) => (row, true),
            None => {
                let now = self.clock.now();
                let row = SubmissionRow {
                    id: SubmissionId::derive(now, &[tenant.0.as_bytes(), content.as_bytes()]),
                    tenant: tenant.clone(),
                    content,
                    created_at: now,
                    jobs: u32::try_from(submission.targets.len()).unwrap_or(u32::MAX),
                    ended: 0,
                    account: encode(&Group::new(submission.total.clone()))?,
                };
                tx.insert_submission(&row).await?;
                (row, false)
            }
        };
        tx.commit().await?;
        for (chunk, targets) in submission.targets.chunks(CHUNK).enumerate() {
            tell(self.insert_jobs(&row, chunk * CHUNK, targets, lane, submission.offline).await?);
        }
        events::submitted(row.id, submission.targets.len());
        if resumed {
            self.wake_all(row.id).await?;
        }
        Ok(Submitted { id: row.id, resumed })
    }

    /// Inserts those jobs of the chunk that are not there: an earlier try may have been cut short.
    async fn insert_jobs(
        &self,
        submission: &SubmissionRow,
        first: usize,
        targets: &[Target],
        lane: Lane,
        offline: bool,
    ) -> Result<Vec<Progress>, CommitError> {
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        let rows: Vec<(JobRow, JobSpec)> = (first..)
            .zip(targets)
            .map(|(position, target)| new_job(submission, position, target, lane, offline))
            .collect::<Result<_, _>>()?;
        let ids: Vec<JobId> = rows.iter().map(|(row, _)| row.id).collect();
        let mut unit = self.begin().await?;
        let present: Vec<JobId> = unit.tx.jobs(&ids).await?.into_iter().map(|row| row.id).collect();
        let missing: Vec<JobId> = ids.into_iter().filter(|id| !present.contains(id)).collect();
        for (row, _) in rows.iter().filter(|(row, _)| missing.contains(&row.id)) {
            unit.tx.insert_job(row).await?;
        }
        unit.load(&missing, &[]).await?;
        for job in &missing {
            unit.apply(*job, Event::Accepted).await?;
        }
        unit.commit().await
    }

    /// Lets the dispatcher look at every unfinished job of this submission, once: it may put one to rest again meanwhile.
    async fn wake_all(&self, submission: SubmissionId) -> Result<(), CommitError> {
        let mut from = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let page = tx.jobs_of(submission, from, WAKE_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            from = last.position.saturating_add(1);
            for job in page.iter().filter(|job| job.ended_at.is_none() && job.next_due.is_none()) {
                wake(&mut tx, job.id, self.clock.now()).await?;
            }
            tx.commit().await?;
        }
    }
}

fn new_job(
    submission: &SubmissionRow,
    position: u32,
    target: &Target,
    lane: Lane,
    offline: bool,
) -> Result<(JobRow, JobSpec), CommitError> {
    let id = JobId::derive(
        submission.created_at,
        &[submission.id.to_string().as_bytes(), &position.to_le_bytes()],
    );
    let spec = JobSpec {
        job: id,
        submission: submission.id,
        tenant: submission.tenant.clone(),
        target: target.clone(),
        offline,
        created_at: submission.created_at,
    };
    let row = JobRow {
        id,
        submission: submission.id,
        tenant: submission.tenant.clone(),
        position,
        target: target.id.clone(),
        record_key: record_key(&submission.tenant, target),
        lane,
        status: JobStatus::Queued,
        spec: encode(&spec)?,
        state: encode(&JobState::new(&spec))?,
        next_due: None,
        deadline: None,
        served: 0,
        created_at: submission.created_at,
        ended_at: None,
    };
    Ok((row, spec))
}

/// What revisions of one record have in common: who asked, and for what thing under which schema's name. Its fields and
/// budget may change from one revision to the next.
fn record_key(tenant: &Tenant, target: &Target) -> ContentHash {
    let mut parts: Vec<&[u8]> =
        vec![tenant.0.as_bytes(), target.schema.name.as_bytes(), target.id.as_bytes()];
    parts.extend(target.urls.iter().map(String::as_bytes));
    ContentHash::of_parts(parts)
}
