//! The harvest job: one target to one record.
//!
//! A URL is *found*, then *open* (admitted and dispatched), maybe *waiting* for another try, then *done*; it is admitted,
//! and its url reserved, when it is dispatched first. The job ends when every field is resolved, when nothing is left to
//! read, or when a budget leaves no room; it waits for what is open before it ends, except when it is cancelled.

use std::collections::BTreeMap;

use gleaner_contract::{
    Amounts, Brief, Counter, FoundLink, JobId, JobStatus, MainEntity, Report, StopReason, SubjectMatch,
    SubmissionId, Target, TaskId, Tenant, Timestamp, UrlCounts, UrlOutcome, UrlReason,
};
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, Group},
    fields::Fields,
    frontier::Frontier,
    policy::Policy,
};

mod dispatch;
mod end;
mod intake;
mod links;

use links::Offered;

/// What a job is about; never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpec {
    pub job: JobId,
    pub submission: SubmissionId,
    pub tenant: Tenant,
    pub target: Target,
    pub offline: bool,
    pub created_at: Timestamp,
}

impl JobSpec {
    /// What workers need to know of the target, before any page was read.
    pub fn brief(&self) -> Brief {
        Brief::of(&self.target)
    }

    pub(crate) fn names_subject(&self) -> bool {
        self.target.name.is_some() || !self.target.known.is_empty()
    }

    fn task_id(&self, url: &str) -> TaskId {
        TaskId::derive(self.created_at, &[self.job.to_string().as_bytes(), url.as_bytes()])
    }
}

/// What the state machine remembers of a job. Bounded: URLs are rows of their own, fields keep their best candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    pub status: JobStatus,
    /// Decided before the job ends: what is open may still come in.
    pub stop: Option<StopReason>,
    pub account: Account,
    pub counts: UrlCounts,
    /// URLs that are tasks; the other discovered ones are only counted.
    #[serde(default)]
    pub kept: u64,
    /// Dispatched chains.
    pub open: u64,
    pub pages_read: u32,
    pub subject: SubjectMatch,
    /// What the one seed of a target without name is about: the subject of every page after it.
    #[serde(default)]
    pub main_entity: Option<MainEntity>,
    pub fields: Fields,
    #[serde(default)]
    pub frontier: Frontier,
    pub started_at: Option<Timestamp>,
    pub deadline: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskPhase {
    Found,
    Waiting,
    Open,
    Done,
}

/// What an event says of the task that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFacts {
    pub id: TaskId,
    pub url: String,
    pub phase: TaskPhase,
    pub epoch: u32,
    pub attempt: u32,
    /// Times that its workers went away with it. One also where a chain vanished for no known reason.
    pub crashes: u32,
    /// What is reserved for it now.
    pub permit: Amounts,
    pub fresh_after: Option<Timestamp>,
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    Accepted,
    /// The dispatcher has room for this task.
    Offered {
        task: &'a TaskFacts,
    },
    /// A report of the task's own epoch. `fresh` are the links that the job has not seen; `same_pages` is how many more it
    /// has seen by their [plain](crate::frontier::plain) address.
    Reported {
        task: &'a TaskFacts,
        report: &'a Report,
        fresh: Vec<FoundLink>,
        same_pages: u32,
    },
    /// A report of an epoch whose permit was booked as unknown.
    ReportedLate {
        permit: &'a Amounts,
        report: &'a Report,
    },
    /// The lease passed without a report.
    Lapsed {
        task: &'a TaskFacts,
    },
    /// Its message died in the queue, as one does whose workers do.
    Crashed {
        task: &'a TaskFacts,
        times: u32,
    },
    /// The process that held the task is gone for certain; nothing is held against the task.
    Restarted {
        task: &'a TaskFacts,
    },
    /// Look at the clock.
    Ticked,
    Cancelled,
}

/// A URL that joins the frontier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    pub id: TaskId,
    pub url: String,
    pub depth: u16,
    pub score: u16,
    /// What its dispatch is paced by: host and port.
    pub resource: String,
}

/// What follows, to be carried out in the transaction that stores the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    AddTasks(Vec<NewTask>),
    /// Links that are not kept one by one: counted as discovered and skipped.
    SkipLinks {
        page: String,
        reason: UrlReason,
        count: u32,
    },
    Dispatch {
        task: TaskId,
        epoch: u32,
        attempt: u32,
        permit: Amounts,
        deadline: Timestamp,
        lease_until: Timestamp,
        fresh_after: Timestamp,
    },
    /// No room now: the task stays where it is, and the job is looked at again when room comes back.
    Hold {
        shared: bool,
    },
    /// The task waits for another try; `permit` is what stays reserved for it.
    Retry {
        task: TaskId,
        epoch: u32,
        attempt: u32,
        crashes: u32,
        not_before: Timestamp,
        permit: Amounts,
    },
    Finish {
        task: TaskId,
        outcome: UrlOutcome,
        reason: UrlReason,
        detail: String,
        cost: Amounts,
    },
    /// This permit's outcome is not known; its report may still come.
    Lose {
        task: TaskId,
        epoch: u32,
        permit: Amounts,
    },
    /// End every task that is not done, its permit unknown; `idle` and `open` are how many there must be.
    Close {
        reason: UrlReason,
        idle: u64,
        open: u64,
    },
    /// The job is terminal: its record is published.
    End,
}

/// What an event is judged by, beside the job itself.
#[derive(Debug)]
pub struct Context<'a> {
    pub spec: &'a JobSpec,
    pub policy: &'a Policy,
    pub group: &'a mut Group,
    pub now: Timestamp,
}

impl JobState {
    pub fn new(spec: &JobSpec) -> Self {
        Self {
            status: JobStatus::Queued,
            stop: None,
            account: Account::new(spec.target.budget.clone()),
            counts: UrlCounts::default(),
            kept: 0,
            open: 0,
            pages_read: 0,
            subject: SubjectMatch::Unknown,
            main_entity: None,
            fields: Fields::default(),
            frontier: Frontier::default(),
            started_at: None,
            deadline: None,
            ended_at: None,
        }
    }

    /// Applies one event. A terminal job changes in one way only: late reports settle what was unknown.
    pub fn apply(&mut self, context: &mut Context<'_>, event: Event<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Event::ReportedLate { permit, report } = event {
            self.settle_late(context, permit, report, &mut effects);
            return effects;
        }
        if self.status.is_terminal() {
            return effects;
        }
        match event {
            Event::Accepted => self.accept(context, &mut effects),
            Event::Offered { task } => self.offer(context, task, &mut effects),
            Event::Reported { task, report, fresh, same_pages } => {
                self.report(context, task, report, Offered { fresh, same_pages }, &mut effects)
            }
            Event::Lapsed { task } => self.lapse(context, task, &mut effects),
            Event::Crashed { task, times } => self.crash(context, task, times, &mut effects),
            Event::Restarted { task } => {
                self.restart(context, task, &mut effects);
                // whether its time is over is looked at when somebody carries on with it
                return effects;
            }
            Event::Cancelled => self.cancel(context, &mut effects),
            Event::Ticked | Event::ReportedLate { .. } => {}
        }
        self.conclude(context, &mut effects);
        effects
    }

    /// What workers need to know for a page at this depth.
    pub fn brief(&self, spec: &JobSpec, depth: u16) -> Brief {
        let mut brief = spec.brief();
        brief.subject.linked = depth > 0;
        if let Some(main) = &self.main_entity
            && depth > 0
        {
            brief.subject.name.clone_from(&main.name);
            brief.subject.known.clone_from(&main.known);
        }
        brief
    }

    /// Whether it is known what the target is about: said by the target, or by its one seed.
    pub(crate) fn names_subject(&self, spec: &JobSpec) -> bool {
        spec.names_subject() || self.main_entity.is_some()
    }

    /// URLs that are neither done nor under way.
    pub fn idle(&self) -> u64 {
        self.counts.open.saturating_sub(self.open)
    }

    /// Whether the dispatcher may find work here: pages to dispatch, or a stopped job that only has to be ended, since it
    /// was put back by a restart.
    pub fn wants_dispatch(&self) -> bool {
        let has_work = if self.stop.is_none() { self.idle() > 0 } else { self.open == 0 };
        !self.status.is_terminal() && has_work
    }

    fn accept(&mut self, context: &mut Context<'_>, effects: &mut Vec<Effect>) {
        let mut seeds = BTreeMap::new();
        for url in &context.spec.target.urls {
            seeds.entry(url.clone()).or_insert_with(|| NewTask {
                id: context.spec.task_id(url),
                url: url.clone(),
                depth: 0,
                score: u16::MAX,
                resource: resource_of(url),
            });
        }
        for url in seeds.keys() {
            self.frontier.name(url);
        }
        self.admit_to_frontier(seeds.into_values().collect(), effects);
    }

    fn admit_to_frontier(&mut self, tasks: Vec<NewTask>, effects: &mut Vec<Effect>) {
        if !tasks.is_empty() {
            self.counts.discovered += tasks.len() as u64;
            self.counts.open += tasks.len() as u64;
            self.kept += tasks.len() as u64;
            effects.push(Effect::AddTasks(tasks));
        }
    }

    fn finish(&mut self, task: &TaskFacts, end: TaskEnd, effects: &mut Vec<Effect>) {
        self.counts.open -= 1;
        self.counts.add(end.outcome, 1);
        let TaskEnd { outcome, reason, detail, cost } = end;
        effects.push(Effect::Finish { task: task.id, outcome, reason, detail, cost });
    }
}

/// How a task ends.
struct TaskEnd {
    outcome: UrlOutcome,
    reason: UrlReason,
    detail: String,
    cost: Amounts,
}

impl TaskEnd {
    fn new(outcome: UrlOutcome, reason: UrlReason, cost: Amounts) -> Self {
        Self { outcome, reason, detail: String::new(), cost }
    }
}

/// One url: what every admitted page reserves.
pub(crate) fn one_url() -> Amounts {
    Amounts::one(Counter::URLS, 1)
}

/// The url that a task holds reserved, unless an earlier try has settled it.
pub(crate) fn url_of(task: &TaskFacts) -> Amounts {
    Amounts::none().with(Counter::URLS, task.permit.get(&Counter::URLS))
}

/// Host and port of a canonical URL.
fn resource_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests;
