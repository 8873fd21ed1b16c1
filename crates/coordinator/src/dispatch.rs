//! Dispatching: due tasks become messages, under a window, fair between jobs, paced by host.
//!
//! The transport holds only what is due, so fairness and cancellation need nothing of it. Each round serves every due
//! job one task at a time, so that a giant job never holds up a small one beside it.

use std::{collections::VecDeque, sync::atomic::Ordering, time::Duration};

use gleaner_contract::{CrawlTask, JobId, Lane, Message, Queue, Stage, Ticket, Timestamp};
use gleaner_flow::{Effect, Event};
use gleaner_ports::{
    StoreError, faults,
    jobs::{JobRow, OutboxRow, TaskRow, TaskState},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    coordinator::{Coordinator, halves},
    events,
    pacing::{HasBegun, Pacer, Start, Starting, Turn},
    rows::{encode, facts},
    unit::{CommitError, Unit},
};

/// The longest that the loop sleeps without looking.
const IDLE_WAIT: Duration = Duration::from_secs(1);

/// Whoever served the quarantine this long ago is about to be started again: what brings workers down brings down those too.
const QUARANTINE_AWAY: Duration = Duration::from_secs(60);

/// When a job that waits for its own reservations is looked at again, should nothing wake it before.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The same of one that waits for its turn: it is called, unless the process that knew its place is gone.
const CALL_AGAIN: Duration = Duration::from_secs(60);

/// When a job that cannot be read or served is tried again.
const ASIDE: Duration = Duration::from_secs(60);

/// Jobs that one round serves, and tasks of each that it looks at: as many as the window has room for, but not so few
/// that a busy host hides what else is ready, nor so many that a round takes long.
const LEAST_LOOK: usize = 16;
const MOST_JOBS: usize = 256;
const MOST_TASKS: usize = 64;

/// A due job in a round.
struct Head {
    job: JobId,
    tasks: VecDeque<TaskRow>,
    /// A task was passed over, and the job waits for its turn: until then at most, should it never be called.
    passed_over: Option<Timestamp>,
    /// There was no room in a budget, whether the shared one or its own.
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
        // the whole chain goes there, so each stage of it must be served
        let mut quarantine = usize::MAX;
        for stage in [Stage::Crawl, Stage::Extract] {
            let served = self.shared.transport.capacity(Queue::Quarantine(stage)).await.unwrap_or(0);
            quarantine = quarantine.min(served);
        }
        if quarantine > 0 {
            self.shared.quarantine.store(self.now().as_millis(), Ordering::Relaxed);
        }
        let mut pacer = self.shared.pacer.lock().await;
        let (window, due) = self.due(&mut pacer, capacity * self.shared.config.window_factor).await?;
        let mut sent = 0;
        let mut parts = vec![due];
        while let Some(part) = parts.pop() {
            match self.serve(&mut pacer, &part, window - sent).await {
                Ok(more) => sent += more,
                Err(error) if error.is_passing() => return Err(error),
                Err(_) if part.len() > 1 => parts.extend(halves(part)),
                Err(error) => self.set_aside(part[0], &error).await?,
            }
        }
        let has_room = sent < window;
        let call = if has_room { pacer.next_call(&self.begun()) } else { None };
        drop(pacer);
        self.flush_outbox().await?;
        Ok(self.next_look(has_room).await?.into_iter().chain(call).min())
    }

    /// Whether the quarantine is served, or will be again.
    fn has_quarantine(&self) -> bool {
        let seen = Timestamp::from_millis(self.shared.quarantine.load(Ordering::Relaxed));
        self.now() < seen.after(QUARANTINE_AWAY)
    }

    /// How many chains may still be opened, and the jobs that have something to dispatch or whose turn it is.
    async fn due(&self, pacer: &mut Pacer, limit: usize) -> Result<(usize, Vec<JobId>), CommitError> {
        let mut unit = self.begin().await?;
        let under_way = unit.tx.open_by_resource().await?;
        let open: usize = under_way.iter().map(|(_, count)| *count as usize).sum();
        let window = limit.saturating_sub(open);
        if window == 0 {
            return Ok((0, Vec::new()));
        }
        pacer.begin_round(under_way, unit.now);
        let most = window.clamp(LEAST_LOOK, MOST_JOBS);
        let mut due = unit.tx.due_jobs(unit.now, u32::try_from(most).unwrap_or(u32::MAX)).await?;
        due.extend(pacer.called(unit.now, most, &self.begun()));
        due.sort();
        due.dedup();
        Ok((window, due))
    }

    /// Serves these jobs in one transaction. How many tasks went.
    async fn serve(&self, pacer: &mut Pacer, due: &[JobId], window: usize) -> Result<usize, CommitError> {
        if due.is_empty() || window == 0 {
            return Ok(0);
        }
        let mut unit = self.begin().await?;
        let under_way = unit.tx.open_by_resource().await?;
        let open: usize = under_way.iter().map(|(_, count)| *count as usize).sum();
        let round = pacer.begin_round(under_way, unit.now);
        let sent = serve(self, &mut unit, pacer, due, window, round).await?;
        events::dispatched(sent, open + sent);
        faults::at("dispatch", "reserved", "");
        self.commit_quietly(unit).await?;
        Ok(sent)
    }

    /// Keeps a job that cannot be served from holding up the others.
    async fn set_aside(&self, job: JobId, error: &CommitError) -> Result<(), CommitError> {
        events::set_aside(job, error);
        let mut tx = self.shared.store.begin().await?;
        for mut row in tx.jobs(&[job]).await? {
            row.next_due = Some(self.now().after(ASIDE));
            tx.save_job(&row).await?;
        }
        Ok(tx.commit().await?)
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
    coordinator: &Coordinator,
    unit: &mut Unit<'_>,
    pacer: &mut Pacer,
    due: &[JobId],
    mut window: usize,
    round: i64,
) -> Result<usize, CommitError> {
    unit.load(due, &[]).await?;
    let limit = u32::try_from(window.clamp(LEAST_LOOK, MOST_TASKS)).unwrap_or(u32::MAX);
    let mut heads = Vec::with_capacity(due.len());
    for job in in_order(unit, due) {
        if unit.job(job).is_some_and(|job| job.state.stop.is_some()) {
            // a restart put back what it waited for: it ends without a page's turn
            unit.apply(job, Event::Ticked).await?;
            continue;
        }
        let tasks = VecDeque::from(unit.tx.ready_tasks(job, unit.now, limit).await?);
        heads.push(Head { job, tasks, passed_over: None, held: None, exhausted: false });
    }
    let mut sent = 0;
    let mut moved = true;
    while window > 0 && moved {
        moved = false;
        for head in &mut heads {
            if window == 0 {
                break;
            }
            if serve_one(coordinator, unit, pacer, head).await? {
                // one that got nothing keeps its place before those that did
                unit.set_served(head.job, round);
                window -= 1;
                sent += 1;
                moved = true;
            }
        }
    }
    for head in &heads {
        settle_due(unit, head).await?;
    }
    Ok(sent)
}

/// Higher lane first, then least recently served, then oldest.
fn in_order(unit: &Unit<'_>, due: &[JobId]) -> Vec<JobId> {
    let mut rows: Vec<&JobRow> = due.iter().filter_map(|job| unit.job(*job)).map(|job| &job.row).collect();
    rows.sort_by_key(|row| (row.lane, row.served, row.created_at, row.id));
    rows.into_iter().map(|row| row.id).collect()
}

/// Dispatches the head's next task that may go. Whether one went.
async fn serve_one(
    coordinator: &Coordinator,
    unit: &mut Unit<'_>,
    pacer: &mut Pacer,
    head: &mut Head,
) -> Result<bool, CommitError> {
    let Some(job) = unit.job(head.job) else { return Ok(false) };
    // what is read from the store bothers no host
    let paced = !job.spec.offline;
    // one whose first dispatch was not committed is counted already, and must not wait for itself
    let began = job.state.started_at.is_some() || coordinator.begun().counts(head.job);
    let has_begun = if began { HasBegun::Yes } else { HasBegun::NotYet };
    while !head.exhausted {
        let Some(row) = head.tasks.pop_front() else {
            head.exhausted = true;
            break;
        };
        let mut turn = Turn::Go;
        if paced {
            turn = pacer.turn(&mut unit.tx, &row.resource, unit.now).await?;
            let room = pacer.room_to_begin(&row.resource, &coordinator.begun());
            if has_begun == HasBegun::NotYet && room == 0 {
                turn = Turn::Busy;
            }
        }
        if turn != Turn::Go {
            pacer.line_up(&row.resource, head.job, has_begun);
            let again = unit.now.after(CALL_AGAIN);
            let again = if let Turn::At(at) = turn { at.max(again) } else { again };
            head.passed_over = Some(head.passed_over.map_or(again, |known| known.min(again)));
            continue;
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
                Effect::Dispatch { task, epoch, lease_until, .. } => {
                    let mut start = Start::Plain;
                    if paced {
                        let chain = Starting { task, epoch, lease_until };
                        start = pacer.started(&mut unit.tx, &resource, chain, unit.now).await?;
                        coordinator.begun().began(head.job, &resource);
                    }
                    send(coordinator, unit, head.job, effect, start).await?;
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
async fn settle_due(unit: &mut Unit<'_>, head: &Head) -> Result<(), CommitError> {
    let due = match head.held {
        // what its own tasks hold between two tries nobody else gives back
        Some(true) => next_try(unit, head.job).await?,
        Some(false) => Some(unit.now.after(LOOK_AGAIN)),
        None => match head.passed_over {
            Some(again) if head.exhausted => Some(again),
            // tasks left because the window is full, or none left: its next ready task tells
            _ => return Ok(()),
        },
    };
    unit.set_due(head.job, due);
    Ok(())
}

/// When the next task that waits between two tries may go.
async fn next_try(unit: &mut Unit<'_>, job: JobId) -> Result<Option<Timestamp>, CommitError> {
    let limit = u32::try_from(MOST_TASKS).unwrap_or(u32::MAX);
    // those that wait come first
    let tasks = unit.tx.ready_tasks(job, Timestamp::from_millis(i64::MAX), limit).await?;
    let tries = tasks.iter().filter(|task| task.state == TaskState::Waiting).map(|task| task.not_before);
    Ok(tries.filter(|at| *at > unit.now).min())
}

/// Opens the task and writes its message to the outbox, both in the transaction that reserved for it.
async fn send(
    coordinator: &Coordinator,
    unit: &mut Unit<'_>,
    job: JobId,
    effect: Effect,
    start: Start,
) -> Result<(), CommitError> {
    let Effect::Dispatch { task, epoch, attempt, permit, deadline, lease_until, fresh_after } = effect else {
        return Ok(());
    };
    let Some(owner) = unit.job(job) else { return Ok(()) };
    let Some(row) = unit.task(task) else { return Ok(()) };
    // where nobody serves the quarantine, it is tried among the others
    let quarantined =
        row.crashes >= coordinator.shared.config.policy.quarantine_after && coordinator.has_quarantine();
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
            quarantined,
        },
        url: row.url.clone(),
        depth: row.depth,
        fresh_after,
        offline: owner.spec.offline,
        // a probe trusts nobody's memory of the host
        thorough: row.crashes > 0 || start == Start::Probe,
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
