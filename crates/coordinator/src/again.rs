//! What operators take up again: jobs that wait or have ended, and filed dead letters.

use gleaner_contract::{Envelope, JobId, Message, Queue, Submission, SubmissionId, wire};
use gleaner_ports::{
    StoreError,
    jobs::{JobRow, OutboxRow, TaskState},
};

use crate::{
    events,
    rows::{read_group, read_spec, read_state},
    submit::Admissions,
    unit::CommitError,
};

/// A job that was taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requeued {
    pub submission: SubmissionId,
    /// The job that does the work from here on: another than was asked for, where that one had ended.
    pub job: JobId,
    /// The job had ended, and its target was submitted again.
    pub anew: bool,
    /// Tasks that need not wait for their next try any longer.
    pub woken: u32,
}

/// What became of a dead letter that was replayed. Either way it is out of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// Its task waits for it still: it will be published again.
    Sent { job: JobId, queue: Queue },
    /// The job that it was of had ended, and the target was submitted again.
    Anew { of: JobId, requeued: Requeued },
}

/// Why a dead letter was not replayed. It stays in the table.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there is no dead letter {0}")]
    Unknown(i64),
    #[error("dead letter {0} belongs to no job that is known here")]
    Nobodys(i64),
    /// Its task ended, or was dispatched again, while its job goes on.
    #[error("the job of dead letter {0} goes on without it")]
    Overtaken(i64),
    #[error("dead letter {0} waits in the outbox already")]
    Waits(i64),
    /// Its task waits for it, but nobody could read it.
    #[error("dead letter {0} cannot be read; its task is dispatched anew once its lease is over")]
    Unreadable(i64),
    #[error(transparent)]
    Failed(#[from] CommitError),
}

impl From<StoreError> for ReplayError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Admissions {
    /// Takes a job up again: one under way, and its waiting tasks, are due now; the target of one that has ended is
    /// submitted again, and makes a new revision of its record. `None` where there is no such job.
    pub async fn requeue(&self, job: JobId) -> Result<Option<Requeued>, CommitError> {
        let mut tx = self.store.begin().await?;
        let Some(mut row) = tx.jobs(&[job]).await?.pop() else { return Ok(None) };
        if row.status.is_terminal() {
            // a store may have room for one transaction alone
            drop(tx);
            return self.anew(&row).await.map(Some);
        }
        let (now, mut woken) = (self.clock.now(), 0);
        for mut task in tx.tasks_of(job).await? {
            if task.state == TaskState::Waiting && task.not_before > now {
                task.not_before = now;
                tx.save_task(&task).await?;
                woken += 1;
            }
        }
        if read_state(&row)?.wants_dispatch() {
            row.next_due = Some(now);
            tx.save_job(&row).await?;
        }
        tx.commit().await?;
        events::requeued(job, woken);
        Ok(Some(Requeued { submission: row.submission, job, anew: false, woken }))
    }

    /// Submits the target of an ended job again, by itself, under the same bounds.
    async fn anew(&self, row: &JobRow) -> Result<Requeued, CommitError> {
        let spec = read_spec(row)?;
        let mut tx = self.store.begin().await?;
        let group = tx.submission(row.submission).await?.as_ref().map(read_group).transpose()?;
        drop(tx);
        let total = group.map(|group| group.account.budget).unwrap_or_default();
        let submission = Submission { targets: vec![spec.target], total, offline: spec.offline };
        let submitted = self.submit(&row.tenant, row.lane, &submission).await?;
        let mut jobs = self.store.begin().await?.jobs_of(submitted.id, 0, 1).await?;
        let job = jobs.pop().ok_or_else(|| StoreError::Broken(format!("{} has no job", submitted.id)))?;
        Ok(Requeued { submission: submitted.id, job: job.id, anew: true, woken: 0 })
    }

    /// Sends a filed dead letter on its way again, where its task waits for it; where its job has ended, submits the
    /// target again.
    pub async fn replay(&self, number: i64) -> Result<Replayed, ReplayError> {
        let mut tx = self.store.begin().await?;
        let dead = tx.take_dead(number).await?.ok_or(ReplayError::Unknown(number))?;
        let job = tx.jobs(&[dead.job]).await?.pop().ok_or(ReplayError::Nobodys(number))?;
        if job.status.is_terminal() {
            drop(tx);
            // in this order: the same once more carries on with the same submission
            let requeued = self.anew(&job).await?;
            let mut tx = self.store.begin().await?;
            tx.take_dead(number).await?;
            tx.commit().await?;
            return Ok(Replayed::Anew { of: job.id, requeued });
        }
        let waits =
            tx.tasks(&[dead.task]).await?.into_iter().any(|task| {
                task.job == dead.job && task.state == TaskState::Open && task.epoch == dead.epoch
            });
        if !waits {
            return Err(ReplayError::Overtaken(number));
        }
        let message = wire::decode::<Envelope>(&dead.envelope).and_then(|it| Message::from_envelope(&it));
        let queue = message.map_err(|_| ReplayError::Unreadable(number))?.queue();
        let row = OutboxRow {
            task: dead.task,
            epoch: dead.epoch,
            not_before: self.clock.now(),
            envelope: dead.envelope,
        };
        match tx.put_outbox(&row).await {
            Err(StoreError::Broken(_)) => return Err(ReplayError::Waits(number)),
            put => put?,
        }
        tx.commit().await?;
        events::replayed(dead.job, dead.task, dead.epoch, queue);
        Ok(Replayed::Sent { job: dead.job, queue })
    }
}
