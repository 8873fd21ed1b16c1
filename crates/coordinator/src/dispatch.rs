//! Dispatching: due tasks become messages, under a window, fair between jobs, paced by host.
//!
//! The transport holds only what is due, so fairness and cancellation need nothing of it. Each round serves every due
//! job one task at a time, so that a giant job never holds up a small one beside it.

use std::{collections::VecDeque, time::Duration};

use gleaner_contract::{CrawlTask, JobId, Lane, Message, Queue, Stage, Ticket, Timestamp};
use gleaner_flow::{Effect, Event};
use gleaner_ports::{
    StoreError,
    jobs::{OutboxRow, TaskRow, TaskState},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    coordinator::Coordinator,
    events,
    pacing::{Pacer, Turn},
    rows::{encode, facts},
    unit::{CommitError, Unit},
};

/// The longest that the loop sleeps without looking.
const IDLE_WAIT: Duration = Duration::from_secs(1);

/// When a job that waits for its own reservations is looked at again, should no report wake it before.
const HOLD_WAIT: Duration = Duration::from_millis(250);

/// Jobs that one round serves at most.
const JOBS_A_ROUND: u32 = 256;

/// A due job in a round.
struct Head {
    job: JobId,
    tasks: VecDeque<TaskRow>,
    /// The earliest instant at which one of the tasks that were passed over may go.
    next_at: Option<Timestamp>,
    /// A task was passed over because its host is busy: a report will wake the dispatcher.
    busy: bool,
    held: Option<bool>,
    exhausted: bool,
}

impl Coordinator {
    pub(crate) async fn dispatch_loop(&self, shutdown: CancellationToken) {
        loop {
            let wait = match self.dispatch_once().await {
                Ok(next) => next.map_or(IDLE_WAIT, |next| self.now().until(next)).min(IDLE_WAIT),
                Err(error) => {
                    events::store_away(&error);
                    IDLE_WAIT
                }
            };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.shared.work.notified() => {}
                () = sleep(wait.max(Duration::from_millis(1))) => {}
            }
        }
    }

    /// One round: as many tasks as the window has room for. Returns when something will be due.
    pub(crate) async fn dispatch_once(&self) -> Result<Option<Timestamp>, CommitError> {
        let mut capacity = 0;
        for lane in Lane::ALL {
            capacity += self.shared.transport.capacity(Queue::Work(Stage::Crawl, lane)).await.unwrap_or(0);
        }
        let mut pacer = self.shared.pacer.lock().await;
        let mut unit = self.begin().await?;
        let under_way = unit.tx.open_by_resource().await?;
        let open: usize = under_way.iter().map(|(_, count)| *count as usize).sum();
        let window = (capacity * self.shared.config.window_factor).saturating_sub(open);
        let due = if window > 0 { unit.tx.due_jobs(unit.now, JOBS_A_ROUND).await? } else { Vec::new() };
        if due.is_empty() {
            drop(unit);
        } else {
            pacer.begin_round(under_way);
            let sent = serve(&mut unit, &mut pacer, &due, window).await?;
            events::dispatched(sent, open + sent);
            self.commit_quietly(unit).await?;
        }
        drop(pacer);
        self.flush_outbox().await?;
        self.next_look(window > due.len()).await
    }

    /// Commits without waking the dispatcher: it is the dispatcher who commits.
    async fn commit_quietly(&self, unit: Unit<'_>) -> Result<(), CommitError> {
        for progress in unit.commit().await? {
            let _ = self.shared.progress.send(progress);
        }
        Ok(())
    }

    /// When there will be something to do: the next outbox row, and the next due job where the window has room for it.
    /// With a full window, a report wakes the loop.
    async fn next_look(&self, has_room: bool) -> Result<Option<Timestamp>, CommitError> {
        let mut tx = self.shared.store.begin().await?;
        let row = tx.next_outbox().await?;
        let job = if has_room { tx.next_due().await? } else { None };
        Ok(job.into_iter().chain(row).min())
    }
}

/// Serves the due jobs round-robin, a task each, until the window is full or nothing may go.
async fn serve(
    unit: &mut Unit<'_>,
    pacer: &mut Pacer,
    due: &[JobId],
    mut window: usize,
) -> Result<usize, CommitError> {
    unit.load(due, &[]).await?;
    let round = unit.now.as_millis();
    let mut heads = Vec::with_capacity(due.len());
    for job in due {
        let limit = u32::try_from(window).unwrap_or(u32::MAX).min(64);
        let tasks = VecDeque::from(unit.tx.ready_tasks(*job, unit.now, limit).await?);
        unit.set_served(*job, round);
        heads.push(Head { job: *job, tasks, next_at: None, busy: false, held: None, exhausted: false });
    }
    let mut sent = 0;
    let mut moved = true;
    while window > 0 && moved {
        moved = false;
        for head in &mut heads {
            if window == 0 {
                break;
            }
            if serve_one(unit, pacer, head).await? {
                window -= 1;
                sent += 1;
                moved = true;
            }
        }
    }
    for head in &heads {
        settle_due(unit, head);
    }
    Ok(sent)
}

/// Dispatches the head's next task that may go. Whether one went.
async fn serve_one(unit: &mut Unit<'_>, pacer: &mut Pacer, head: &mut Head) -> Result<bool, CommitError> {
    while !head.exhausted {
        let Some(row) = head.tasks.pop_front() else {
            head.exhausted = true;
            break;
        };
        match pacer.turn(&mut unit.tx, &row.resource, unit.now).await? {
            Turn::Go => {}
            Turn::At(at) => {
                head.next_at = Some(head.next_at.map_or(at, |known| known.min(at)));
                continue;
            }
            Turn::Busy => {
                head.busy = true;
                continue;
            }
        }
        let resource = row.resource.clone();
        let facts = facts(&row);
        unit.keep_task(row);
        for effect in unit.apply(head.job, Event::Offered { task: &facts }).await? {
            match effect {
                Effect::Hold { shared } => {
                    head.held = Some(shared);
                    head.exhausted = true;
                }
                Effect::Dispatch { .. } => {
                    send(unit, head.job, effect).await?;
                    pacer.started(&mut unit.tx, &resource, unit.now).await?;
                    return Ok(true);
                }
                _ => {}
            }
        }
        if unit.job(head.job).is_none_or(|job| !job.state.wants_dispatch()) {
            head.exhausted = true;
        }
    }
    Ok(false)
}

/// When the job is looked at again.
fn settle_due(unit: &mut Unit<'_>, head: &Head) {
    let due = match head.held {
        Some(true) => Some(None),
        Some(false) => Some(Some(unit.now.after(HOLD_WAIT))),
        // tasks left because the window is full, or none left: its next ready task tells
        None if !head.exhausted || (!head.busy && head.next_at.is_none()) => None,
        None => Some(Some(head.next_at.unwrap_or_else(|| unit.now.after(HOLD_WAIT)))),
    };
    if let Some(due) = due {
        unit.set_due(head.job, due);
    }
}

/// Opens the task and writes its message to the outbox, both in the transaction that reserved for it.
async fn send(unit: &mut Unit<'_>, job: JobId, effect: Effect) -> Result<(), CommitError> {
    let Effect::Dispatch { task, epoch, attempt, permit, deadline, lease_until, fresh_after } = effect else {
        return Ok(());
    };
    let Some(owner) = unit.job(job) else { return Ok(()) };
    let Some(row) = unit.task(task) else { return Ok(()) };
    let message = Message::Crawl(CrawlTask {
        ticket: Ticket {
            tenant: owner.spec.tenant.clone(),
            job,
            task,
            epoch,
            attempt,
            lane: owner.row.lane,
            deadline,
            permit: permit.clone(),
        },
        url: row.url.clone(),
        depth: row.depth,
        fresh_after,
        offline: owner.spec.offline,
        thorough: row.crashes > 0,
        scope: owner.spec.target.scope.clone(),
        brief: owner.state.brief(&owner.spec, row.depth),
    });
    let traceparent = gleaner_telemetry::job_traceparent(job);
    let envelope = message
        .to_envelope(Some(traceparent), None)
        .map_err(|error| StoreError::Broken(format!("message cannot be written: {error}")))?;
    let not_before = unit.now;
    unit.tx.put_outbox(&OutboxRow { task, epoch, not_before, envelope: encode(&envelope)? }).await?;
    unit.change_task(task, |row| {
        row.state = TaskState::Open;
        row.epoch = epoch;
        row.attempt = attempt;
        row.permit = permit;
        row.lease_until = Some(lease_until);
        row.fresh_after = Some(fresh_after);
    })
    .await
}
