//! The state machine's surroundings, as hostile as a network may be: tasks, messages under way, reports, and what was really
//! spent.

use std::collections::BTreeMap;

use gleaner_contract::{
    Budget, Confidence, ContentHash, Currency, ErrorClass, Evidence, EvidenceKind, FieldSpec, Finding, Lane,
    Layer, Links, Money, Page, PageOutcome, Schema, Scope, Stage, TextHash, Ticket, Tier,
};
use rust_decimal::Decimal;
use serde_json::json;

use super::super::*;

pub(super) const PAGE_BYTES: u64 = 40_000;

/// A task as the store would hold it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) facts: TaskFacts,
    pub(super) depth: u16,
    pub(super) not_before: Timestamp,
    pub(super) lease_until: Timestamp,
    pub(super) outcome: Option<UrlOutcome>,
}

/// A message under way, or its report.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) ticket: Ticket,
    pub(super) url: String,
    pub(super) depth: u16,
}

pub(super) struct World {
    pub(super) spec: JobSpec,
    pub(super) policy: Policy,
    pub(super) state: JobState,
    pub(super) group: Group,
    pub(super) now: Timestamp,
    pub(super) tasks: BTreeMap<TaskId, Row>,
    pub(super) unknown: BTreeMap<(TaskId, u32), Amounts>,
    pub(super) flights: Vec<Flight>,
    pub(super) reports: Vec<Report>,
    /// What was really spent, whatever became of the reports.
    pub(super) bill: Amounts,
    pub(super) asked: std::collections::BTreeSet<TaskId>,
    pub(super) ends: u32,
    pub(super) skipped_rows: u64,
    pub(super) site: Site,
}

/// Pages `0..pages`; each links to some others; `broken` fail, `alike` say the same, `answer` holds the wanted field.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) pages: u16,
    pub(super) fanout: u16,
    pub(super) broken: u16,
    pub(super) answer: u16,
    pub(super) alike: u16,
}

pub(super) fn spec(budget: Budget) -> JobSpec {
    let created_at = Timestamp::from_millis(1_000_000);
    let submission = SubmissionId::derive(created_at, &[b"s"]);
    JobSpec {
        job: JobId::derive(created_at, &[b"j"]),
        submission,
        tenant: Tenant::local(),
        target: Target {
            id: "1".into(),
            name: None,
            urls: vec![url(0)],
            known: BTreeMap::new(),
            country: None,
            currency: None,
            scope: Scope::default(),
            schema: Schema { name: "s".into(), fields: vec![FieldSpec::named("name")] },
            budget,
            extra: BTreeMap::new(),
        },
        offline: false,
        created_at,
    }
}

/// Of asking for a page.
pub(super) fn price() -> Decimal {
    Decimal::new(2, 3)
}

pub(super) fn url(page: u16) -> String {
    format!("https://site.example/{page}")
}

pub(super) fn page_of(url: &str) -> u16 {
    url.rsplit('/').next().and_then(|page| page.parse().ok()).unwrap_or(0)
}

impl World {
    pub(super) fn new(budget: Budget, total: Budget, site: Site) -> Self {
        let spec = spec(budget);
        let mut world = Self {
            state: JobState::new(&spec),
            policy: Policy {
                page_bytes: PAGE_BYTES,
                max_depth: 50,
                page_price: Some(Money::new(price(), Currency::USD)),
                ..Policy::default()
            },
            group: Group::new(total),
            now: spec.created_at,
            spec,
            tasks: BTreeMap::new(),
            unknown: BTreeMap::new(),
            flights: Vec::new(),
            reports: Vec::new(),
            bill: Amounts::none(),
            asked: std::collections::BTreeSet::new(),
            ends: 0,
            skipped_rows: 0,
            site,
        };
        world.apply(|_| Event::Accepted);
        world
    }

    pub(super) fn apply<'a>(&mut self, event: impl FnOnce(&'a ()) -> Event<'a>) {
        self.apply_event(event(&()));
    }

    pub(super) fn apply_event(&mut self, event: Event<'_>) {
        let mut context =
            Context { spec: &self.spec, policy: &self.policy, group: &mut self.group, now: self.now };
        let effects = self.state.apply(&mut context, event);
        for effect in effects {
            self.carry_out(effect);
        }
        self.check();
    }

    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::AddTasks(tasks) => {
                for task in tasks {
                    let facts = TaskFacts {
                        id: task.id,
                        url: task.url,
                        phase: TaskPhase::Found,
                        epoch: 0,
                        attempt: 0,
                        crashes: 0,
                        permit: Amounts::none(),
                        fresh_after: None,
                    };
                    let row = Row {
                        facts,
                        depth: task.depth,
                        not_before: Timestamp::default(),
                        lease_until: Timestamp::default(),
                        outcome: None,
                    };
                    assert!(self.tasks.insert(task.id, row).is_none(), "a task was added twice");
                }
            }
            Effect::SkipLinks { count, .. } => self.skipped_rows += u64::from(count),
            Effect::Dispatch { task, epoch, attempt, permit, deadline, lease_until, .. } => {
                let row = self.tasks.get_mut(&task).expect("dispatched tasks exist");
                assert!(deadline < lease_until);
                row.facts.phase = TaskPhase::Open;
                row.facts.epoch = epoch;
                row.facts.attempt = attempt;
                row.facts.permit = permit.clone();
                row.lease_until = lease_until;
                let ticket = Ticket {
                    tenant: Tenant::local(),
                    job: self.spec.job,
                    task,
                    epoch,
                    attempt,
                    lane: Lane::Lo,
                    deadline,
                    permit,
                    quarantined: false,
                };
                self.flights.push(Flight { ticket, url: row.facts.url.clone(), depth: row.depth });
            }
            Effect::Hold { .. } => {}
            Effect::Retry { task, epoch, attempt, crashes, not_before, permit } => {
                let row = self.tasks.get_mut(&task).expect("retried tasks exist");
                row.facts.epoch = epoch;
                row.facts.phase = TaskPhase::Waiting;
                row.facts.attempt = attempt;
                row.facts.crashes = crashes;
                row.facts.permit = permit;
                row.not_before = not_before;
            }
            Effect::Finish { task, outcome, .. } => {
                let row = self.tasks.get_mut(&task).expect("finished tasks exist");
                assert!(row.outcome.is_none(), "a task finished twice");
                row.facts.phase = TaskPhase::Done;
                row.facts.permit = Amounts::none();
                row.outcome = Some(outcome);
            }
            Effect::Lose { task, epoch, permit } => {
                assert!(self.unknown.insert((task, epoch), permit).is_none(), "a permit was lost twice");
            }
            Effect::Close { idle, open, .. } => {
                let (mut found_idle, mut found_open) = (0, 0);
                for row in self.tasks.values_mut() {
                    match row.facts.phase {
                        TaskPhase::Done => continue,
                        TaskPhase::Open => found_open += 1,
                        TaskPhase::Found | TaskPhase::Waiting => found_idle += 1,
                    }
                    if !row.facts.permit.is_empty() {
                        let key = (row.facts.id, row.facts.epoch);
                        assert!(self.unknown.insert(key, row.facts.permit.clone()).is_none());
                    }
                    row.facts.phase = TaskPhase::Done;
                    row.outcome = Some(UrlOutcome::Skipped);
                }
                assert_eq!(
                    (idle, open),
                    (found_idle, found_open),
                    "what is told closed is what was not done"
                );
            }
            Effect::End => self.ends += 1,
        }
    }

    /// What must hold after every event.
    pub(super) fn check(&self) {
        assert!(self.state.account.holds(), "the job's budget is a wall: {:?}", self.state.account);
        assert!(self.group.account.holds(), "the total budget is a wall: {:?}", self.group.account);
        assert!(self.state.counts.balances(), "{:?}", self.state.counts);
        let open = self.tasks.values().filter(|row| row.facts.phase != TaskPhase::Done).count() as u64;
        assert_eq!(self.state.counts.open, open);
        let discovered = self.tasks.len() as u64 + self.skipped_rows;
        assert_eq!(self.state.counts.discovered, discovered);
        for outcome in [UrlOutcome::Fetched, UrlOutcome::Reused, UrlOutcome::Failed] {
            let rows = self.tasks.values().filter(|row| row.outcome == Some(outcome)).count() as u64;
            let mut counted = UrlCounts::default();
            counted.add(outcome, rows);
            let told = match outcome {
                UrlOutcome::Fetched => self.state.counts.fetched,
                UrlOutcome::Reused => self.state.counts.reused,
                _ => self.state.counts.failed,
            };
            assert_eq!(told, rows, "{outcome:?}");
        }
        assert!(self.ends <= 1, "a job ends once");
        assert_eq!(self.ends == 1, self.state.status.is_terminal());
        for counter in [Counter::URLS, Counter::BYTES, Counter::MONEY] {
            let account = &self.state.account;
            let (settled, unknown) = (account.settled.get(&counter), account.unknown.get(&counter));
            let bill = self.bill.get(&counter);
            assert!(settled <= bill, "{counter}: settled {settled} is more than the bill {bill}");
            let known = settled + unknown + account.reserved.get(&counter);
            let limited = [account, &self.group.account].iter().any(|a| a.budget.limit(&counter).is_some());
            // what nobody limited is not reserved, only told
            assert!(
                bill <= known || !limited,
                "{counter}: the bill {bill} is more than is accounted for, {known}"
            );
            let lost: Decimal = self.unknown.values().map(|permit| permit.get(&counter)).sum();
            assert_eq!(lost, unknown, "every unknown amount belongs to a permit");
        }
    }

    pub(super) fn offer(&mut self, choice: usize) {
        let ready: Vec<TaskFacts> = self
            .tasks
            .values()
            .filter(|row| matches!(row.facts.phase, TaskPhase::Found | TaskPhase::Waiting))
            .filter(|row| row.not_before <= self.now)
            .map(|row| row.facts.clone())
            .collect();
        if !ready.is_empty() {
            let task = &ready[choice % ready.len()];
            self.apply_event(Event::Offered { task });
        }
    }

    /// A worker runs a message: once for each (task, epoch), which is all that the fence promises.
    pub(super) fn run(&mut self, choice: usize, mood: u8) {
        if self.flights.is_empty() {
            return;
        }
        let flight = self.flights.remove(choice % self.flights.len());
        if flight.ticket.deadline <= self.now {
            return;
        }
        let page = page_of(&flight.url);
        let permitted = flight.ticket.permit.get(&Counter::BYTES);
        let bytes = Decimal::from(1_000 + u64::from(page) * 1_500);
        let bytes = if permitted.is_zero() { bytes } else { bytes.min(permitted) };
        let failing = page < self.site.broken && page != 0;
        let outcome = match mood % 8 {
            0 => PageOutcome::Snoozed { after_ms: 500 },
            1 => PageOutcome::Skipped { reason: UrlReason::Robots, detail: String::new() },
            2 => PageOutcome::EvidenceExpired,
            _ if failing => PageOutcome::Failed {
                reason: UrlReason::Timeout,
                class: if mood.is_multiple_of(2) { ErrorClass::Transient } else { ErrorClass::Permanent },
                status: choice.is_multiple_of(2).then_some(503),
                detail: String::new(),
            },
            _ => self.read_outcome(&flight.url),
        };
        let read = matches!(outcome, PageOutcome::Read { .. });
        let mut usage = Amounts::none();
        if read {
            usage.set(Counter::BYTES, bytes);
            self.bill.add(&usage);
        }
        if !matches!(outcome, PageOutcome::Snoozed { .. } | PageOutcome::Skipped { .. }) {
            self.pay(flight.ticket.task);
            // where no answer came, nobody knows whether it was served
            if !matches!(outcome, PageOutcome::Failed { status: None, .. }) {
                usage.set(Counter::MONEY, price());
            }
        }
        let found = (0..self.site.fanout)
            .map(|at| (page * self.site.fanout + at + 1) % self.site.pages.max(1))
            .map(|page| FoundLink { url: url(page), score: page, promises: 0 })
            .collect();
        self.reports.push(Report {
            ticket: flight.ticket,
            stage: Stage::Extract,
            url: flight.url.clone(),
            depth: flight.depth,
            outcome,
            usage,
            host: None,
            links: if read {
                Links { found, dropped: BTreeMap::from([(UrlReason::NotAPage, 2)]) }
            } else {
                Links::default()
            },
            findings: if read && page == self.site.answer { vec![finding(&flight.url)] } else { Vec::new() },
            subject: SubjectMatch::Likely,
            main_entity: None,
            at: self.now,
        });
    }

    fn read_outcome(&self, url: &str) -> PageOutcome {
        let page = page_of(url);
        let mut outcome = read_outcome(url);
        if let PageOutcome::Read { simhash, .. } = &mut outcome {
            let bits =
                if page < self.site.alike { 0 } else { u64::from(page).wrapping_mul(0x9e37_79b9_7f4a_7c15) };
            *simhash = Some(gleaner_contract::SimHash::from_bits(bits));
        }
        outcome
    }

    /// The page was asked for: each time costs money, and the first time a url.
    pub(super) fn pay(&mut self, task: TaskId) {
        self.bill.add(&Amounts::one(Counter::MONEY, price()));
        if self.asked.insert(task) {
            self.bill.add(&one_url());
        }
    }

    /// A worker goes away with a message, whatever it has spent by then; the next one tells, or its queue gives it up.
    pub(super) fn crash(&mut self, choice: usize) {
        if self.flights.is_empty() {
            return;
        }
        let flight = self.flights.remove(choice % self.flights.len());
        if choice.is_multiple_of(2) {
            self.pay(flight.ticket.task);
            let bytes = flight.ticket.permit.get(&Counter::BYTES);
            self.bill.add(&Amounts::one(Counter::BYTES, bytes));
        }
        let crashes = u32::try_from(choice % 3).unwrap_or(0);
        let task = self.tasks[&flight.ticket.task].facts.clone();
        if choice.is_multiple_of(5) {
            let waits = task.phase == TaskPhase::Open && task.epoch == flight.ticket.epoch;
            if waits && !self.state.status.is_terminal() {
                self.apply_event(Event::Crashed { task: &task, times: 1 });
            }
            return;
        }
        self.reports.push(Report {
            ticket: flight.ticket,
            stage: Stage::Crawl,
            url: flight.url,
            depth: flight.depth,
            outcome: PageOutcome::Lost { crashes },
            usage: Amounts::none(),
            host: None,
            links: Links::default(),
            findings: Vec::new(),
            subject: SubjectMatch::Unknown,
            main_entity: None,
            at: self.now,
        });
    }

    /// The coordinator's fence, then the event.
    pub(super) fn deliver(&mut self, choice: usize, copies: bool) {
        if self.reports.is_empty() {
            return;
        }
        let at = choice % self.reports.len();
        let report = if copies { self.reports[at].clone() } else { self.reports.remove(at) };
        let key = (report.ticket.task, report.ticket.epoch);
        let task = self.tasks[&report.ticket.task].facts.clone();
        if task.phase == TaskPhase::Open
            && task.epoch == report.ticket.epoch
            && !self.state.status.is_terminal()
        {
            let mut fresh: Vec<FoundLink> = Vec::new();
            for link in &report.links.found {
                let known = self.tasks.values().any(|row| row.facts.url == link.url);
                if !known && fresh.iter().all(|new| new.url != link.url) {
                    fresh.push(link.clone());
                }
            }
            self.apply_event(Event::Reported { task: &task, report: &report, fresh, same_pages: 0 });
        } else if !matches!(report.outcome, PageOutcome::Lost { .. })
            && let Some(permit) = self.unknown.remove(&key)
        {
            self.apply_event(Event::ReportedLate { permit: &permit, report: &report });
        }
    }

    pub(super) fn lapse(&mut self) {
        let now = self.now;
        let lapsed: Vec<TaskFacts> = self
            .tasks
            .values()
            .filter(|row| row.facts.phase == TaskPhase::Open && row.lease_until <= now)
            .map(|row| row.facts.clone())
            .collect();
        for task in lapsed {
            // ended meanwhile by the lapse of a sibling
            if self.tasks[&task.id].facts.phase == TaskPhase::Open {
                self.apply_event(Event::Lapsed { task: &task });
            }
        }
        self.apply_event(Event::Ticked);
    }

    pub(super) fn restart(&mut self) {
        self.flights.clear();
        let open: Vec<TaskFacts> = self
            .tasks
            .values()
            .filter(|row| row.facts.phase == TaskPhase::Open)
            .map(|r| r.facts.clone())
            .collect();
        for task in open {
            if self.tasks[&task.id].facts.phase == TaskPhase::Open {
                self.apply_event(Event::Restarted { task: &task });
            }
        }
    }

    pub(super) fn act(&mut self, action: (u8, u16)) {
        let (kind, choice) = (action.0, usize::from(action.1));
        match kind % 16 {
            0..=4 => self.offer(choice),
            5..=8 => self.run(choice, (choice >> 4) as u8),
            9..=11 => self.deliver(choice, false),
            12 => self.deliver(choice, true),
            13 => {
                // a message or a report is lost
                if choice % 2 == 0 && !self.flights.is_empty() {
                    self.flights.remove(choice % self.flights.len());
                } else if !self.reports.is_empty() {
                    self.reports.remove(choice % self.reports.len());
                }
            }
            14 => {
                self.now = self.now.after(std::time::Duration::from_millis(u64::from(action.1) * 3));
                self.lapse();
            }
            _ if choice % 5 == 0 => self.restart(),
            _ if choice % 5 < 3 => self.crash(choice / 5),
            _ if choice % 97 == 0 => self.apply(|_| Event::Cancelled),
            _ => {}
        }
    }

    /// From here on the network is kind, and the job must come to its end.
    pub(super) fn drain(&mut self) {
        for step in 0..5_000 {
            if self.state.status.is_terminal() {
                return;
            }
            self.offer(step);
            self.run(step, 7);
            self.deliver(step, false);
            if step % 7 == 0 {
                self.now = self.now.after(std::time::Duration::from_secs(5));
                self.lapse();
            }
        }
        panic!("the job never ended: {:?}", self.state);
    }
}

pub(super) fn read_outcome(url: &str) -> PageOutcome {
    PageOutcome::Read {
        outcome: UrlOutcome::Fetched,
        reason: UrlReason::New,
        page: Page {
            url: url.to_owned(),
            final_url: url.to_owned(),
            status: 200,
            content_hash: ContentHash::of(url.as_bytes()),
            content_type: None,
            bytes: 1,
            fetched_at: Timestamp::default(),
        },
        text_hash: TextHash::of(url.as_bytes()),
        simhash: None,
    }
}

pub(super) fn finding(url: &str) -> Finding {
    Finding {
        field: "name".into(),
        value: json!("Drill"),
        unit: None,
        tier: Tier::Rules,
        confidence: Confidence::hundredths(90),
        subject: SubjectMatch::Likely,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: "Drill".into(),
            url: url.to_owned(),
            capture: ContentHash::of(url.as_bytes()),
            layer: Layer::Visible,
            block: None,
            page: None,
            start: 0,
            end: 5,
            fetched_at: Timestamp::default(),
        },
    }
}
