//! Chains against rows: every end is one that was told, and everything that was heard has had its effect.

use gleaner_contract::{Counter, UrlOutcome, UrlReason};
use gleaner_ports::jobs::TaskRow;

use super::{Seen, View};
use crate::{
    journal::{Entries, Told},
    world::World,
};

pub(super) fn check(world: &World, view: &View, broke: &mut Vec<String>) {
    let journal = world.journal.read();
    for job in &view.jobs {
        for task in &job.tasks {
            was_told(&journal, job, task, broke);
            was_read_once(job, task, broke);
            was_tried_in_bounds(world, &journal, job, task, broke);
        }
        if !view.dead.is_empty() {
            // a report that was filed as dead had no effect
            continue;
        }
        for task in &job.tasks {
            lapsed_unheard(&journal, job, task, broke);
        }
        for permit in &job.unknown {
            let chain = (permit.task, permit.epoch);
            let heard = journal.acked.iter().filter(|(heard, _)| *heard == chain);
            // whoever did not ask cannot say what an earlier epoch did
            if let Some((_, told)) = heard.clone().find(|(_, told)| told.asked) {
                broke.push(format!("{}: {permit:?} is unknown, and was told: {told:?}", job.name()));
            }
            if heard.count() > 0 && !permit.permit.get(&Counter::BYTES).is_zero() {
                broke.push(format!("{}: bytes of {permit:?} are unknown, and were told", job.name()));
            }
        }
    }
}

/// A URL that ended by a report ended as a chain of its last epoch told.
fn was_told(journal: &Entries, job: &Seen, task: &TaskRow, broke: &mut Vec<String>) {
    let Some((outcome, reason)) = task.outcome else { return };
    let is_by_coordinator = matches!(reason, UrlReason::Lost | UrlReason::Poison | UrlReason::FieldsResolved)
        || matches!(reason, UrlReason::Cancelled | UrlReason::BudgetUrls | UrlReason::BudgetBytes)
        || matches!(reason, UrlReason::BudgetSeconds | UrlReason::BudgetOther)
        // only what nobody was ever asked for
        || reason == UrlReason::NearDuplicate && task.epoch == 0;
    let told = journal.reports.get(&(task.id, task.epoch));
    let told_so = told.is_some_and(|told| told.iter().any(|told| told.end == Some((outcome, reason))));
    // a page that is read may turn out to have left the cache when it is to be cited
    let left = reason == UrlReason::EvidenceExpired && told.is_some();
    if !is_by_coordinator && !told_so && !left {
        broke.push(format!(
            "{}: {} ended as {outcome:?}, {reason:?} under epoch {}, and its chain told {told:?}",
            job.name(),
            task.url,
            task.epoch
        ));
    }
}

/// A page that was read had its effect once, by a report of its last epoch.
fn was_read_once(job: &Seen, task: &TaskRow, broke: &mut Vec<String>) {
    let read = matches!(task.outcome, Some((UrlOutcome::Fetched | UrlOutcome::Reused, _)));
    let dropped = job.folded.iter().filter(|row| row.reason == UrlReason::OutOfScope.as_str());
    let by = dropped.filter(|row| row.subject.ends_with(&format!(" links of {}", task.url)));
    let by: Vec<u32> = by.map(|row| row.count).collect();
    let wanted = if read { vec![task.epoch] } else { Vec::new() };
    if by != wanted {
        let (name, url) = (job.name(), &task.url);
        broke.push(format!("{name}: {url} took effect by the epochs {by:?}, and should by {wanted:?}"));
    }
}

/// Nothing is held against a page whose chains were all heard in time.
fn lapsed_unheard(journal: &Entries, job: &Seen, task: &TaskRow, broke: &mut Vec<String>) {
    let chains = || (1..=task.epoch).map(|epoch| (task.id, epoch));
    let unheard = chains().filter(|chain| !journal.in_time.contains(chain)).count();
    // a page that was read and has left the cache counts as one
    let read = |told: &Told| {
        told.end.is_some_and(|(end, reason)| {
            matches!(end, UrlOutcome::Fetched | UrlOutcome::Reused) || reason == UrlReason::EvidenceExpired
        })
    };
    let may_expire =
        chains().any(|chain| journal.reports.get(&chain).is_some_and(|told| told.iter().any(read)));
    if task.crashes > 0 && unheard == 0 && !may_expire {
        let (name, url) = (job.name(), &task.url);
        broke.push(format!("{name}: {url} has {} crashes, and every chain was heard", task.crashes));
    }
}

/// Chains of one page whose messages are lost or late, in a world as short as these.
const VANISHED: u32 = 12;

/// No page is asked for more often than its chain was delivered, nor under more epochs than there were reasons for.
fn was_tried_in_bounds(
    world: &World,
    journal: &Entries,
    job: &Seen,
    task: &TaskRow,
    broke: &mut Vec<String>,
) {
    let chains = || (1..=task.epoch).map(|epoch| (task.id, epoch));
    for chain in chains() {
        let of = |counts: &std::collections::BTreeMap<_, u32>| counts.get(&chain).copied().unwrap_or(0);
        if of(&journal.fetches) > of(&journal.runs) {
            broke.push(format!("{}: {} was asked for without a chain", job.name(), task.url));
        }
    }
    let policy = &world.plan.config.policy;
    let put_off = chains().filter_map(|chain| journal.reports.get(&chain));
    let put_off = put_off.filter(|told| told.iter().any(|told| told.end.is_none())).count();
    let put_off = u32::try_from(put_off).unwrap_or(u32::MAX);
    // an epoch that waits when the job ends, an expired page, and each restart of an embedded run
    let most = 2 * (policy.max_attempts + policy.max_crashes + VANISHED + put_off + journal.kills + 2);
    if task.epoch > most {
        broke.push(format!("{}: {} has epoch {}, at most {most}", job.name(), task.url, task.epoch));
    }
}
