//! What really happened, written down outside of the product: requests, chains, what was reported and acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gleaner_contract::{
    Counter, CrawlTask, Envelope, JobId, Message, PageOutcome, Report, TaskId, UrlOutcome, UrlReason,
};

use gleaner_ports::Clock;

/// One try of a task.
pub(crate) type Chain = (TaskId, u32);

/// What a chain told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Told {
    /// How the URL ends by it; none for what only puts it off.
    pub(crate) end: Option<(UrlOutcome, UrlReason)>,
    /// The page was asked for, as far as the report says.
    pub(crate) asked: bool,
    pub(crate) bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) job_of: BTreeMap<TaskId, JobId>,
    /// How often the crawl message of a chain was delivered.
    pub(crate) delivered: BTreeMap<Chain, u32>,
    /// How often it was run.
    pub(crate) runs: BTreeMap<Chain, u32>,
    /// Requests for pages.
    pub(crate) fetches: BTreeMap<Chain, u32>,
    /// Body bytes of the largest answer to a chain: what it spends, once.
    pub(crate) bytes: BTreeMap<Chain, u64>,
    pub(crate) reports: BTreeMap<Chain, BTreeSet<Told>>,
    /// Reports that a coordinator said it was done with.
    pub(crate) acked: BTreeSet<(Chain, Told)>,
    /// Chains of which such a report came before their lease had passed.
    pub(crate) in_time: BTreeSet<Chain>,
    pub(crate) kills: u32,
    pub(crate) wipes: u32,
}

/// Clones share the entries.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    entries: Arc<Mutex<Entries>>,
    clock: Arc<dyn Clock>,
    lease_margin: Duration,
}

impl Journal {
    pub(crate) fn new(clock: Arc<dyn Clock>, lease_margin: Duration) -> Self {
        Self { entries: Arc::default(), clock, lease_margin }
    }

    pub(crate) fn read(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn chain_run(&self, task: &CrawlTask) {
        let mut entries = self.read();
        entries.job_of.insert(task.ticket.task, task.ticket.job);
        *entries.runs.entry((task.ticket.task, task.ticket.epoch)).or_default() += 1;
    }

    pub(crate) fn delivered(&self, chain: Chain) {
        *self.read().delivered.entry(chain).or_default() += 1;
    }

    pub(crate) fn requested(&self, chain: Chain) {
        *self.read().fetches.entry(chain).or_default() += 1;
    }

    pub(crate) fn came(&self, chain: Chain, bytes: u64) {
        let mut entries = self.read();
        let largest = entries.bytes.entry(chain).or_default();
        *largest = bytes.max(*largest);
    }

    pub(crate) fn reported(&self, envelope: &Envelope) {
        if let Some((chain, told)) = told(envelope) {
            self.read().reports.entry(chain).or_default().insert(told);
        }
    }

    pub(crate) fn acked(&self, envelope: &Envelope) {
        let Some(told) = told(envelope) else { return };
        let in_time = self.clock.now() < envelope.headers.deadline.after(self.lease_margin);
        let mut entries = self.read();
        entries.acked.insert(told);
        if in_time {
            entries.in_time.insert(told.0);
        }
    }

    pub(crate) fn killed(&self) {
        self.read().kills += 1;
    }

    pub(crate) fn wiped(&self) {
        self.read().wipes += 1;
    }
}

fn told(envelope: &Envelope) -> Option<(Chain, Told)> {
    let Ok(Message::Report(report)) = Message::from_envelope(envelope) else { return None };
    // that a delivery was lost tells nothing of the chain
    let known = !matches!(report.outcome, PageOutcome::Lost { .. });
    known.then(|| ((report.ticket.task, report.ticket.epoch), of(&report)))
}

fn of(report: &Report) -> Told {
    let (end, asked) = match &report.outcome {
        PageOutcome::Read { outcome, reason, .. } => (Some((*outcome, *reason)), true),
        PageOutcome::Failed { reason, .. } => (Some((UrlOutcome::Failed, *reason)), true),
        PageOutcome::Skipped { reason, .. } => (Some((UrlOutcome::Skipped, *reason)), false),
        PageOutcome::Snoozed { .. } | PageOutcome::Lost { .. } => (None, false),
        PageOutcome::EvidenceExpired => (Some((UrlOutcome::Failed, UrlReason::EvidenceExpired)), true),
    };
    let bytes = u64::try_from(report.usage.get(&Counter::BYTES)).unwrap_or(u64::MAX);
    Told { end, asked, bytes }
}
