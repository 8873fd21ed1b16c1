//! One unit of work: jobs, tasks and accounts loaded, events applied, everything written and committed together.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use gleaner_contract::{
    Amounts, Cost, JobId, LedgerKind, LedgerRow, StopReason, SubmissionId, TaskId, Timestamp, UrlOutcome,
    UrlReason,
};
use gleaner_flow::{Before, Context, Effect, Event, Group, JobSpec, JobState, build_record};
use gleaner_ports::{
    JobTx, StoreError,
    jobs::{JobRow, SubmissionRow, TaskRow, TaskState, UnknownPermit},
};

use crate::{
    config::CoordinatorConfig,
    coordinator::Progress,
    events,
    rows::{encode, facts, found_task, read_group, read_spec, read_state},
};

/// How many waiting jobs are woken at once when a shared budget gets room.
const WAKE_AT_ONCE: u32 = 1_000;

/// Why nothing of a unit took effect.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event that the state machine cannot bear.
    #[error("event cannot be applied: {0}")]
    Poison(String),
}

impl CommitError {
    /// Whether the same unit may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_) | StoreError::CommitUnknown(_)))
    }
}

pub(crate) struct Job {
    pub(crate) row: JobRow,
    /// As it was loaded: what is as it was need not be written.
    stored: JobRow,
    pub(crate) spec: JobSpec,
    pub(crate) state: JobState,
}

struct Shared {
    row: SubmissionRow,
    /// How many jobs had ended when it was loaded.
    ended: u32,
    group: Group,
}

pub(crate) struct Unit<'c> {
    pub(crate) tx: Box<dyn JobTx>,
    pub(crate) now: Timestamp,
    config: &'c CoordinatorConfig,
    jobs: BTreeMap<JobId, Job>,
    shared: BTreeMap<SubmissionId, Shared>,
    tasks: BTreeMap<TaskId, TaskRow>,
    /// When a job wants to be looked at again, where that is not simply its next ready task.
    due: BTreeMap<JobId, Option<Timestamp>>,
    /// Jobs that end with this unit.
    ended: Vec<JobId>,
}

impl<'c> Unit<'c> {
    pub(crate) fn new(tx: Box<dyn JobTx>, now: Timestamp, config: &'c CoordinatorConfig) -> Self {
        Self {
            tx,
            now,
            config,
            jobs: BTreeMap::new(),
            shared: BTreeMap::new(),
            tasks: BTreeMap::new(),
            due: BTreeMap::new(),
            ended: Vec::new(),
        }
    }

    /// Locks jobs, then tasks, then the submissions of the jobs.
    pub(crate) async fn load(&mut self, jobs: &[JobId], tasks: &[TaskId]) -> Result<(), CommitError> {
        for row in self.tx.jobs(jobs).await? {
            let (spec, state) = (read_spec(&row)?, read_state(&row)?);
            self.jobs.insert(row.id, Job { stored: row.clone(), row, spec, state });
        }
        for row in self.tx.tasks(tasks).await? {
            self.tasks.insert(row.id, row);
        }
        let submissions: Vec<SubmissionId> = self.jobs.values().map(|job| job.row.submission).collect();
        for id in submissions {
            if !self.shared.contains_key(&id) {
                let row = self
                    .tx
                    .submission(id)
                    .await?
                    .ok_or_else(|| StoreError::Broken(format!("submission {id} is missing")))?;
                let group = read_group(&row)?;
                self.shared.insert(id, Shared { ended: row.ended, row, group });
            }
        }
        Ok(())
    }

    pub(crate) fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(&id)
    }

    pub(crate) fn task(&self, id: TaskId) -> Option<&TaskRow> {
        self.tasks.get(&id)
    }

    pub(crate) fn keep_task(&mut self, row: TaskRow) {
        self.tasks.insert(row.id, row);
    }

    pub(crate) fn set_due(&mut self, job: JobId, due: Option<Timestamp>) {
        self.due.insert(job, due);
    }

    pub(crate) fn set_served(&mut self, job: JobId, round: i64) {
        if let Some(job) = self.jobs.get_mut(&job) {
            job.row.served = round;
        }
    }

    /// Counts the end of a chain as a crash, where its task still waits for it; tells whether it did.
    pub(crate) async fn crash(&mut self, job: JobId, task: TaskId, epoch: u32) -> Result<bool, CommitError> {
        self.load(&[job], &[task]).await?;
        let waits = |row: &&TaskRow| row.job == job && row.state == TaskState::Open && row.epoch == epoch;
        let goes_on = self.job(job).is_some_and(|job| !job.state.status.is_terminal());
        let Some(task) = self.task(task).filter(waits).filter(|_| goes_on).map(facts) else {
            return Ok(false);
        };
        self.apply(job, Event::Crashed { task: &task, times: 1 }).await?;
        Ok(true)
    }

    /// Applies one event to a loaded job and carries out what follows. Dispatches and holds are the caller's to carry
    /// out, and returned.
    pub(crate) async fn apply(&mut self, job: JobId, event: Event<'_>) -> Result<Vec<Effect>, CommitError> {
        let effects = {
            let Some(Job { row, spec, state, .. }) = self.jobs.get_mut(&job) else {
                return Err(StoreError::Broken(format!("job {job} is not loaded")).into());
            };
            let Some(shared) = self.shared.get_mut(&row.submission) else {
                return Err(StoreError::Broken(format!("submission {} is not loaded", row.submission)).into());
            };
            let policy = &self.config.policy;
            let mut context = Context { spec, policy, group: &mut shared.group, now: self.now };
            // a panic leaves the job's state half changed, but the whole unit is thrown away with it
            catch_unwind(AssertUnwindSafe(|| state.apply(&mut context, event)))
                .map_err(|panic| CommitError::Poison(panic_text(&*panic)))?
        };
        let mut left = Vec::new();
        for effect in effects {
            match effect {
                Effect::Dispatch { .. } | Effect::Hold { .. } => left.push(effect),
                other => self.carry_out(job, other).await?,
            }
        }
        Ok(left)
    }

    async fn carry_out(&mut self, job: JobId, effect: Effect) -> Result<(), CommitError> {
        match effect {
            Effect::AddTasks(tasks) => {
                let Some(owner) = self.jobs.get(&job) else { return Ok(()) };
                let rows: Vec<TaskRow> = tasks.into_iter().map(|task| found_task(&owner.row, task)).collect();
                let added = self.tx.insert_tasks(&rows).await?;
                if added.len() != rows.len() {
                    // the job would wait for tasks that are not there, and never end
                    let (told, found) = (rows.len(), added.len());
                    return Err(CommitError::Poison(format!("{told} tasks to add, {found} of them new")));
                }
            }
            Effect::SkipLinks { page, reason, count } => {
                let row = LedgerRow {
                    job,
                    kind: LedgerKind::Url,
                    subject: format!("+{count} links of {page}"),
                    outcome: UrlOutcome::Skipped.as_str().to_owned(),
                    reason: reason.as_str().to_owned(),
                    detail: String::new(),
                    at: self.now,
                    cost: Cost::new(),
                    count,
                };
                self.tx.append_ledger(&[row]).await?;
            }
            Effect::Retry { task, epoch, attempt, crashes, not_before, permit } => {
                self.change_task(task, |row| {
                    row.state = TaskState::Waiting;
                    row.epoch = epoch;
                    row.attempt = attempt;
                    row.crashes = crashes;
                    row.not_before = not_before;
                    row.lease_until = None;
                    row.permit = permit;
                })
                .await?;
            }
            Effect::Finish { task, outcome, reason, detail, cost } => {
                let now = self.now;
                if let Some(row) = self.tasks.get(&task).cloned() {
                    self.file_poison(&row, reason).await?;
                }
                self.change_task(task, |row| {
                    row.state = TaskState::Done;
                    row.outcome = Some((outcome, reason));
                    row.detail = detail;
                    row.ended_at = Some(now);
                    row.lease_until = None;
                    row.permit = Amounts::none();
                    row.cost = cost;
                })
                .await?;
            }
            Effect::Lose { task, epoch, permit } => {
                self.tx.add_unknown(&UnknownPermit { job, task, epoch, permit }).await?;
            }
            Effect::Close { reason, idle, open } => self.close(job, reason, idle + open).await?,
            Effect::End => self.end(job).await?,
            Effect::Dispatch { .. } | Effect::Hold { .. } => {}
        }
        Ok(())
    }

    pub(crate) async fn change_task(
        &mut self,
        task: TaskId,
        change: impl FnOnce(&mut TaskRow),
    ) -> Result<(), CommitError> {
        let row = self
            .tasks
            .get_mut(&task)
            .ok_or_else(|| StoreError::Broken(format!("task {task} is not loaded")))?;
        change(row);
        self.tx.save_task(row).await?;
        Ok(())
    }

    async fn close(&mut self, job: JobId, reason: UrlReason, told: u64) -> Result<(), CommitError> {
        let closed = self.tx.close_tasks(job, reason, self.now).await?;
        let found = u64::from(closed.idle) + u64::from(closed.open);
        if found != told {
            events::ledger_mismatch(job, "closed tasks", told, found);
        }
        events::closed(job, reason, found);
        Ok(())
    }

    /// The job is terminal: its record, its fields' ledger rows and what it spent are written with it.
    async fn end(&mut self, job: JobId) -> Result<(), CommitError> {
        let Some(ended) = self.jobs.get(&job) else { return Ok(()) };
        let last = self.tx.latest_record(&ended.row.record_key).await?;
        let read = self.tx.latest_read(&ended.row.record_key).await?;
        let before =
            Before { revision: last.map_or(0, |record| record.revision), data: read.map(|r| r.data) };
        let record = build_record(&ended.spec, &ended.state, &before, &self.config.extractor);
        let mut rows: Vec<LedgerRow> = record
            .fields
            .iter()
            .map(|(pointer, field)| LedgerRow {
                job,
                kind: LedgerKind::Field,
                subject: pointer.clone(),
                outcome: field.state.as_str().to_owned(),
                reason: field.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
                detail: String::new(),
                at: self.now,
                cost: Cost::new(),
                count: 1,
            })
            .collect();
        let account = &ended.state.account;
        for (what, amounts) in [("settled", &account.settled), ("unknown", &account.unknown)] {
            rows.extend(amounts.iter().map(|(counter, amount)| LedgerRow {
                job,
                kind: LedgerKind::Spend,
                subject: counter.to_string(),
                outcome: what.to_owned(),
                reason: ended.state.stop.as_ref().map(StopReason::to_string).unwrap_or_default(),
                detail: String::new(),
                at: self.now,
                cost: Amounts::one(counter.clone(), amount).told(account.budget.currency()),
                count: 1,
            }));
        }
        self.tx.append_ledger(&rows).await?;
        self.tx.insert_record(&ended.row.record_key, ended.row.submission, &record).await?;
        if let Some(shared) = self.shared.get_mut(&ended.row.submission) {
            shared.row.ended += 1;
        }
        self.ended.push(job);
        Ok(())
    }

    /// Writes every job and account back and commits. What changed is told for those who watch.
    pub(crate) async fn commit(mut self) -> Result<Vec<Progress>, CommitError> {
        let mut told = Vec::new();
        for (id, due) in &mut self.due {
            let shared = self.jobs.get(id).and_then(|job| self.shared.get(&job.row.submission));
            if due.is_none() && shared.is_some_and(|shared| shared.group.freed) {
                // what it waits for came within this very unit
                *due = Some(self.now);
            }
        }
        for (id, job) in &mut self.jobs {
            job.row.next_due = if !job.state.wants_dispatch() {
                None
            } else if let Some(due) = self.due.get(id) {
                *due
            } else {
                self.tx.next_ready(*id).await?
            };
            job.row.state = encode(&job.state)?;
            job.row.status = job.state.status;
            job.row.deadline = job.state.deadline;
            job.row.ended_at = job.state.ended_at;
            if job.row == job.stored {
                continue;
            }
            self.tx.save_job(&job.row).await?;
            told.push(Progress {
                submission: job.row.submission,
                job: *id,
                position: job.row.position,
                status: job.state.status,
                counts: job.state.counts,
                pages_read: job.state.pages_read,
            });
        }
        for (id, shared) in &mut self.shared {
            if shared.group.freed && shared.group.waiters > 0 {
                let waiting = self.tx.idle_jobs(*id, WAKE_AT_ONCE).await?;
                // those beyond are woken by what these give back
                shared.group.waiters = u32::from(waiting.len() >= WAKE_AT_ONCE as usize);
                for job in waiting {
                    // a job of this unit has its due time already
                    if !self.jobs.contains_key(&job) {
                        wake(&mut self.tx, job, self.now).await?;
                    }
                }
            }
            shared.group.freed = false;
            let before = (std::mem::replace(&mut shared.row.account, encode(&shared.group)?), shared.ended);
            if (&before.0, before.1) != (&shared.row.account, shared.row.ended) {
                self.tx.save_submission(&shared.row).await?;
            }
        }
        self.tx.commit().await?;
        for job in self.ended.iter().filter_map(|id| self.jobs.get(id)) {
            events::job_ended(&job.spec, &job.state);
        }
        Ok(told)
    }
}

/// Lets the dispatcher look at this job.
pub(crate) async fn wake(tx: &mut Box<dyn JobTx>, job: JobId, now: Timestamp) -> Result<(), StoreError> {
    for mut row in tx.jobs(&[job]).await? {
        row.next_due = Some(now);
        tx.save_job(&row).await?;
    }
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}
