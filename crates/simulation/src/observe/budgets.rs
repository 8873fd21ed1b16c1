//! Budgets against what was really asked for and received.

use std::collections::BTreeSet;

use gleaner_contract::{Counter, JobId, SubmissionId, TaskId};
use gleaner_flow::{Account, Group};
use rust_decimal::Decimal;

use super::{Seen, View, sum, within};
use crate::{journal::Chain, world::World};

pub(super) fn of_job(world: &World, job: &Seen, broke: &mut Vec<String>) {
    let (name, account) = (job.name(), &job.state.account);
    within(&name, account, broke);
    let unknown = sum(job.unknown.iter().map(|permit| &permit.permit));
    if unknown != account.unknown {
        broke.push(format!("{name}: unknown {:?}, and its permits {unknown:?}", account.unknown));
    }
    let spent = Spent::of(world, |owner| owner == job.row.id);
    spent.check(&name, account, broke);
    // told by the chains that a coordinator heard of, each once
    let settled = account.settled.get(&Counter::BYTES);
    if settled > Decimal::from(spent.told_bytes) {
        broke.push(format!("{name}: {settled} bytes settled, {} told", spent.told_bytes));
    }
    if account.settled.get(&Counter::URLS) > Decimal::from(spent.run.len()) {
        broke.push(format!("{name}: more urls settled than the {} that were run", spent.run.len()));
    }
}

pub(super) fn of_submission(
    world: &World,
    view: &View,
    submission: SubmissionId,
    group: &Group,
    broke: &mut Vec<String>,
) {
    let name = format!("submission {submission}");
    within(&name, &group.account, broke);
    let settled = sum(view.of(submission).map(|job| &job.state.account.settled));
    let unknown = sum(view.of(submission).map(|job| &job.state.account.unknown));
    if (&settled, &unknown) != (&group.account.settled, &group.account.unknown) {
        broke.push(format!(
            "{name}: jobs settled {settled:?} and unknown {unknown:?}, in all {:?}",
            group.account
        ));
    }
    let jobs: BTreeSet<JobId> = view.of(submission).map(|job| job.row.id).collect();
    Spent::of(world, |owner| jobs.contains(&owner)).check(&name, &group.account, broke);
}

/// What really happened under a budget.
struct Spent {
    /// Pages that a server was asked for.
    asked: BTreeSet<TaskId>,
    /// Pages whose chain was begun at all.
    run: BTreeSet<TaskId>,
    /// What came by chains whose message was delivered once. One that came twice may spend its bytes twice, and tells
    /// of them once: the crawler's captures keep that rare, and bytes are no money.
    bytes: u64,
    /// The most that each chain's reports say, together.
    told_bytes: u64,
}

impl Spent {
    fn of(world: &World, owned: impl Fn(JobId) -> bool) -> Self {
        let journal = world.journal.read();
        let of_these = |task: &TaskId| journal.job_of.get(task).is_some_and(|job| owned(*job));
        let asked = journal.fetches.keys().map(|(task, _)| *task).filter(of_these).collect();
        let run = journal.runs.keys().map(|(task, _)| *task).filter(of_these).collect();
        let once = |chain: &Chain| journal.delivered.get(chain) == Some(&1);
        let bytes = journal.bytes.iter().filter(|(chain, _)| of_these(&chain.0) && once(chain));
        let bytes = bytes.map(|(_, bytes)| bytes).sum();
        let told = journal.reports.iter().filter(|((task, _), _)| of_these(task));
        let told_bytes = told.map(|(_, told)| told.iter().map(|told| told.bytes).max().unwrap_or(0)).sum();
        Self { asked, run, bytes, told_bytes }
    }

    /// Nothing was spent that the account does not know of.
    fn check(&self, name: &str, account: &Account, broke: &mut Vec<String>) {
        let booked = |counter: &Counter| account.settled.get(counter) + account.unknown.get(counter);
        let asked = Decimal::from(self.asked.len());
        if asked > booked(&Counter::URLS) {
            broke.push(format!("{name}: {asked} pages asked for, {} booked", booked(&Counter::URLS)));
        }
        // bytes are reserved, and unknown, only where they are limited
        if account.budget.limit(&Counter::BYTES).is_some()
            && Decimal::from(self.bytes) > booked(&Counter::BYTES)
        {
            broke.push(format!("{name}: {} bytes came, {} booked", self.bytes, booked(&Counter::BYTES)));
        }
    }
}
