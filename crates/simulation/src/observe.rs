//! The observer: what must hold of every world at its end, told from rows and from what really happened.

use std::collections::BTreeMap;

use gleaner_contract::{
    Amounts, ContentHash, Counter, JobStatus, LedgerKind, LedgerRow, Record, SubmissionId, TaskId,
    UrlOutcome, wire,
};
use gleaner_coordinator::read_state;
use gleaner_flow::{Account, Group, JobState};
use gleaner_ports::{
    StoreError,
    jobs::{JobRow, SubmissionRow, TaskRow, UnknownPermit},
};

use crate::{summary::Summary, world::World};

mod budgets;
mod chains;
mod leavings;

/// One job, with all that is stored of it.
struct Seen {
    row: JobRow,
    state: JobState,
    tasks: Vec<TaskRow>,
    /// Ledger rows of URLs that are only counted.
    folded: Vec<LedgerRow>,
    record: Option<Record>,
    unknown: Vec<UnknownPermit>,
}

/// Everything that is stored.
struct View {
    submissions: Vec<(SubmissionRow, Group)>,
    jobs: Vec<Seen>,
    /// Tasks whose reports were filed as dead.
    dead: Vec<TaskId>,
}

impl View {
    async fn read(world: &World) -> Result<Self, StoreError> {
        let mut view = Self { submissions: Vec::new(), jobs: Vec::new(), dead: Vec::new() };
        for row in world.submissions().await? {
            for job in world.jobs_of(row.id).await? {
                view.jobs.push(Seen::read(world, job).await?);
            }
            let group = wire::decode(&row.account).map_err(|error| StoreError::Broken(error.to_string()))?;
            view.submissions.push((row, group));
        }
        let dead = world.truth.begin().await?.dead(0, 10_000).await?;
        // a dead letter of a chain that is over tells nothing of a report
        let reports = dead.into_iter().filter(|filed| filed.row.class == "poison");
        view.dead = reports.map(|filed| filed.row.task).collect();
        Ok(view)
    }

    fn of(&self, submission: SubmissionId) -> impl Iterator<Item = &Seen> {
        self.jobs.iter().filter(move |job| job.row.submission == submission)
    }
}

impl Seen {
    async fn read(world: &World, row: JobRow) -> Result<Self, StoreError> {
        let mut tx = world.truth.begin().await?;
        let tasks = tx.tasks_of(row.id).await?;
        let ledger = tx.ledger(row.id).await?;
        let folded = ledger.into_iter().filter(|row| row.kind == LedgerKind::Url).collect();
        let record = tx.record_of(row.id).await?;
        let mut unknown = Vec::new();
        for task in &tasks {
            for epoch in 0..=task.epoch {
                // taken in a transaction that is dropped
                unknown.extend(tx.take_unknown(task.id, epoch).await?);
            }
        }
        Ok(Self { state: read_state(&row)?, row, tasks, folded, record, unknown })
    }

    fn name(&self) -> String {
        format!("job {} ({})", self.row.target, self.row.id)
    }
}

/// What did not hold, one line each.
pub(crate) async fn observe(world: &World) -> Result<Vec<String>, StoreError> {
    let view = View::read(world).await?;
    let mut broke = Vec::new();
    for job in &view.jobs {
        ended_once(job, &mut broke);
        counts_balance(job, &mut broke);
        budgets::of_job(world, job, &mut broke);
    }
    for (row, group) in &view.submissions {
        if u64::from(row.ended) != u64::from(row.jobs) || view.of(row.id).count() != row.jobs as usize {
            broke.push(format!("submission {}: {} of {} jobs ended", row.id, row.ended, row.jobs));
        }
        budgets::of_submission(world, &view, row.id, group, &mut broke);
    }
    chains::check(world, &view, &mut broke);
    leavings::check(world, &view, &mut broke).await?;
    Ok(broke)
}

fn ended_once(job: &Seen, broke: &mut Vec<String>) {
    let name = job.name();
    match &job.record {
        None => broke.push(format!("{name}: no record")),
        Some(record) if record.job != job.row.id || record.status != job.row.status => {
            broke.push(format!("{name}: {:?}, and its record says {:?}", job.row.status, record.status));
        }
        Some(_) => {}
    }
    if !job.row.status.is_terminal() || job.row.ended_at.is_none() || job.state.status != job.row.status {
        broke.push(format!("{name}: {:?}, ended {:?}", job.row.status, job.row.ended_at));
    }
}

/// discovered = fetched + reused + failed + skipped, in the state and by its rows.
fn counts_balance(job: &Seen, broke: &mut Vec<String>) {
    let (name, counts) = (job.name(), &job.state.counts);
    if !counts.balances() || counts.open != 0 || job.state.open != 0 {
        broke.push(format!("{name}: counts do not balance: {counts:?}, {} open", job.state.open));
    }
    let ended = |outcome| {
        let tasks = job.tasks.iter().filter(|task| task.outcome.is_some_and(|(end, _)| end == outcome));
        tasks.count() as u64
    };
    let folded: u64 = job.folded.iter().map(|row| u64::from(row.count)).sum();
    let rows = [
        ended(UrlOutcome::Fetched),
        ended(UrlOutcome::Reused),
        ended(UrlOutcome::Failed),
        ended(UrlOutcome::Skipped) + folded,
    ];
    let told = [counts.fetched, counts.reused, counts.failed, counts.skipped];
    if rows != told {
        broke.push(format!("{name}: counts {told:?}, rows {rows:?}"));
    }
    if job.tasks.len() as u64 + folded != counts.discovered {
        broke.push(format!("{name}: {} discovered, {} rows", counts.discovered, job.tasks.len()));
    }
    for task in job.tasks.iter().filter(|task| task.ended_at.is_none() || !task.permit.is_empty()) {
        broke.push(format!("{name}: {} is {:?} and holds {:?}", task.url, task.state, task.permit));
    }
}

/// Settled and unknown of one account within its budget, and nothing reserved.
fn within(name: &str, account: &Account, broke: &mut Vec<String>) {
    if !account.reserved.is_empty() {
        broke.push(format!("{name}: still reserved: {:?}", account.reserved));
    }
    for (counter, limit) in account.budget.iter().filter(|(counter, _)| **counter != Counter::SECONDS) {
        let spent = account.settled.get(counter) + account.unknown.get(counter);
        if spent > limit || account.unknown.get(counter).is_sign_negative() {
            broke.push(format!("{name}: {spent} {counter} of {limit}"));
        }
    }
}

fn sum<'a>(amounts: impl Iterator<Item = &'a Amounts>) -> Amounts {
    let mut total = Amounts::none();
    amounts.for_each(|amount| total.add(amount));
    total
}

/// The open ones, for people.
pub(crate) async fn describe_unfinished(world: &World) -> Result<Vec<String>, StoreError> {
    let view = View::read(world).await?;
    let mut told = Vec::new();
    for job in view.jobs.iter().filter(|job| job.row.ended_at.is_none()) {
        told.push(format!("{}: next due {:?}, {:?}", job.name(), job.row.next_due, job.state));
        let open = job.tasks.iter().filter(|task| task.ended_at.is_none());
        told.extend(open.map(|task| format!("  {task:?}")));
    }
    for (row, group) in &view.submissions {
        told.push(format!("submission {}: {} of {} ended, {group:?}", row.id, row.ended, row.jobs));
    }
    Ok(told)
}

/// What the world came to.
pub(crate) async fn summarize(seed: u64, world: &World) -> Result<Summary, StoreError> {
    let view = View::read(world).await?;
    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    let mut ends = Vec::new();
    for job in &view.jobs {
        *by_status.entry(job.row.status.as_str()).or_default() += 1;
        let tasks: Vec<String> =
            job.tasks.iter().map(|task| format!("{} {:?} {}", task.url, task.outcome, task.epoch)).collect();
        ends.push(format!("{:?} {tasks:?}", job.record));
    }
    let of = |status: JobStatus| by_status.get(status.as_str()).copied().unwrap_or(0);
    let reissues =
        view.jobs.iter().flat_map(|job| &job.tasks).map(|task| u64::from(task.epoch.saturating_sub(1)));
    let journal = world.journal.read();
    Ok(Summary {
        seed,
        jobs: view.jobs.len() as u64,
        completed: of(JobStatus::Completed),
        partial: of(JobStatus::Partial),
        failed: of(JobStatus::Failed),
        cancelled: of(JobStatus::Cancelled),
        runs: journal.runs.values().map(|count| u64::from(*count)).sum(),
        fetches: journal.fetches.values().map(|count| u64::from(*count)).sum(),
        reissues: reissues.sum(),
        unknown: view.jobs.iter().map(|job| job.unknown.len() as u64).sum(),
        kills: journal.kills,
        wipes: journal.wipes,
        took_ms: world.millis(),
        digest: ContentHash::of_parts(ends.iter().map(String::as_bytes)),
    })
}
