//! Reports: what a chain brought home.

use std::{borrow::Cow, time::Duration};

use gleaner_contract::{
    Amounts, Counter, ErrorClass, Finding, PageOutcome, Report, SubjectMatch, UrlOutcome, UrlReason,
};
use rust_decimal::Decimal;

use super::{Context, Effect, JobSpec, JobState, Offered, TaskEnd, TaskFacts, TaskPhase, one_url, url_of};
use crate::{account, backoff};

/// Before what nobody here could read is tried again: others may be under way to replace us.
const NOT_YET: Duration = Duration::from_secs(5);

/// Nobody may put a task off for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

impl JobState {
    pub(super) fn report(
        &mut self,
        context: &mut Context<'_>,
        task: &TaskFacts,
        report: &Report,
        offered: Offered,
        effects: &mut Vec<Effect>,
    ) {
        if task.phase != TaskPhase::Open || task.epoch != report.ticket.epoch {
            return;
        }
        self.open -= 1;
        let retry_after =
            report.host.as_ref().and_then(|host| host.retry_after_ms).map(Duration::from_millis);
        let retry_after = retry_after.map(|wait| wait.min(LONGEST_WAIT));
        match &report.outcome {
            PageOutcome::Read { outcome, reason, simhash, .. } => {
                self.pages_read += 1;
                self.subject = self.subject.max(report.subject);
                let findings = self.learn_subject(context.spec, report);
                self.fields.add(&context.spec.target.schema.fields, &findings);
                if let Some(likeness) = simhash {
                    self.frontier.learn(&context.policy.frontier, &task.url, *likeness);
                }
                self.settle(context, task, report, true);
                let outcome =
                    if *outcome == UrlOutcome::Reused { UrlOutcome::Reused } else { UrlOutcome::Fetched };
                self.finish(task, TaskEnd::new(outcome, *reason, cost(report, true)), effects);
                self.follow(context, report, offered, effects);
            }
            PageOutcome::Skipped { reason, detail } => {
                if task.epoch > 1 && !task.permit.get(&Counter::URLS).is_zero() {
                    // an earlier epoch may have asked for it, and its report has not come
                    self.settle_but_url(context, task, report);
                    self.lose(context, task, &one_url(), effects);
                } else {
                    self.settle(context, task, report, false);
                }
                let end = TaskEnd::new(UrlOutcome::Skipped, *reason, cost(report, false));
                self.finish(task, TaskEnd { detail: detail.clone(), ..end }, effects);
            }
            PageOutcome::Failed { reason, class, status, detail } => {
                let again = *class != ErrorClass::Permanent
                    && task.attempt < context.policy.max_attempts
                    && self.stop.is_none();
                // where no answer came, the page may have been served and paid for all the same
                let known = self.know_money(context, task, report, effects);
                self.settle(context, &known, report, true);
                if again {
                    // its url is spent now, so that later tries are free
                    let wait = backoff::delay(context.policy, task.id, task.attempt, retry_after);
                    let not_before = context.now.after(wait);
                    self.wait(task, task.attempt, task.crashes, not_before, Amounts::none(), effects);
                } else {
                    let end = TaskEnd::new(UrlOutcome::Failed, *reason, cost(report, true));
                    self.finish(task, TaskEnd { detail: told(*status, detail), ..end }, effects);
                }
            }
            PageOutcome::Snoozed { after_ms } => {
                let wait = Duration::from_millis(*after_ms).min(LONGEST_WAIT);
                let wait = wait.max(retry_after.unwrap_or_default());
                self.settle_but_url(context, task, report);
                let attempt = task.attempt.saturating_sub(1);
                self.wait(task, attempt, task.crashes, context.now.after(wait), url_of(task), effects);
            }
            PageOutcome::Lost { crashes } => {
                let after = if *crashes == 0 { NOT_YET } else { Duration::ZERO };
                let crashes = task.crashes.saturating_add(*crashes).max(1);
                self.vanish(context, task, crashes, context.now.after(after), effects);
            }
            PageOutcome::EvidenceExpired => {
                if task.attempt < context.policy.max_attempts && self.stop.is_none() {
                    self.settle_but_url(context, task, report);
                    // a chain that follows another trusts nothing stored
                    let crashes = task.crashes.max(1);
                    self.wait(task, task.attempt, crashes, context.now, url_of(task), effects);
                } else {
                    self.settle(context, task, report, true);
                    let reason = UrlReason::EvidenceExpired;
                    self.finish(task, TaskEnd::new(UrlOutcome::Failed, reason, cost(report, true)), effects);
                }
            }
        }
    }

    /// The one seed of a target without name says what the target is: what it tells of its main entity is about the
    /// subject, and later pages are held against it.
    fn learn_subject<'r>(&mut self, spec: &JobSpec, report: &'r Report) -> Cow<'r, [Finding]> {
        let is_seed = report.depth == 0 && spec.target.urls.len() == 1;
        let Some(main) = report.main_entity.as_ref().filter(|_| is_seed && !spec.names_subject()) else {
            return Cow::Borrowed(&report.findings);
        };
        self.main_entity = Some(main.clone());
        let mut findings = report.findings.clone();
        for finding in findings.iter_mut().filter(|finding| finding.subject == SubjectMatch::Likely) {
            finding.subject = SubjectMatch::Exact;
        }
        Cow::Owned(findings)
    }

    /// Settles the permit; its url counts as spent when the page was asked for.
    fn settle(&mut self, context: &mut Context<'_>, task: &TaskFacts, report: &Report, asked: bool) {
        let mut usage = cost(report, asked);
        if task.permit.get(&Counter::URLS).is_zero() {
            // settled by an earlier try
            usage.set(Counter::URLS, Decimal::ZERO);
        }
        self.account.settle(&task.permit, &usage);
        context.group.account.settle(&task.permit, &usage);
        context.group.freed = true;
    }

    /// The task as it is settled. Money whose spending is not known is booked so, and no longer part of its permit.
    fn know_money<'t>(
        &mut self,
        context: &mut Context<'_>,
        task: &'t TaskFacts,
        report: &Report,
        effects: &mut Vec<Effect>,
    ) -> Cow<'t, TaskFacts> {
        let reserved = task.permit.get(&Counter::MONEY);
        if reserved.is_zero() || tells_money(report) {
            return Cow::Borrowed(task);
        }
        let money = Amounts::one(Counter::MONEY, reserved);
        self.lose(context, task, &money, effects);
        let mut known = task.clone();
        known.permit.sub(&money);
        Cow::Owned(known)
    }

    fn settle_but_url(&mut self, context: &mut Context<'_>, task: &TaskFacts, report: &Report) {
        let mut permit = task.permit.clone();
        permit.sub(&url_of(task));
        let usage = cost(report, false);
        self.account.settle(&permit, &usage);
        context.group.account.settle(&permit, &usage);
        context.group.freed = true;
    }

    pub(super) fn settle_late(
        &mut self,
        context: &mut Context<'_>,
        permit: &Amounts,
        report: &Report,
        effects: &mut Vec<Effect>,
    ) {
        let put_off = matches!(report.outcome, PageOutcome::Snoozed { .. });
        let asked = !put_off && !matches!(report.outcome, PageOutcome::Skipped { .. });
        let taken = permit.clone();
        let mut permit = permit.clone();
        let mut unknown = Amounts::none();
        if !asked && (put_off || report.ticket.epoch > 1) {
            // an earlier epoch may have asked for the page, and so may an earlier run of a message that came twice, of
            // which one was put off: its url stays unknown
            unknown.set(Counter::URLS, permit.get(&Counter::URLS));
        }
        if put_off || !tells_money(report) {
            unknown.set(Counter::MONEY, permit.get(&Counter::MONEY));
        }
        if !unknown.is_empty() {
            permit.sub(&unknown);
            let (task, epoch) = (report.ticket.task, report.ticket.epoch);
            effects.push(Effect::Lose { task, epoch, permit: unknown.clone() });
        }
        // of what is not unknown any more, an earlier report has told
        let mut usage = Amounts::none();
        for (counter, spent) in cost(report, asked).iter() {
            if !taken.get(counter).is_zero() && unknown.get(counter).is_zero() {
                usage.set(counter.clone(), spent);
            }
        }
        self.account.settle_late(&permit, &usage);
        context.group.account.settle_late(&permit, &usage);
        context.group.freed = true;
    }

    /// Whether every wanted field is resolved.
    pub(super) fn is_resolved(&self, context: &Context<'_>) -> bool {
        let named = self.names_subject(context.spec);
        self.pages_read > 0
            && context.spec.target.schema.fields.iter().all(|spec| self.fields.is_resolved(spec, named))
    }
}

/// Whether the report knows what was paid. Where no answer came, a page may have been served all the same.
fn tells_money(report: &Report) -> bool {
    let unanswered = matches!(report.outcome, PageOutcome::Failed { status: None, .. });
    !unanswered || !report.usage.get(&Counter::MONEY).is_zero()
}

/// What the report spent; urls are counted here, not by workers.
fn cost(report: &Report, asked: bool) -> Amounts {
    let mut spent = account::plausible(&report.usage);
    spent.set(
        gleaner_contract::Counter::URLS,
        if asked { rust_decimal::Decimal::ONE } else { Default::default() },
    );
    spent
}

/// The status and the line for people.
fn told(status: Option<u16>, detail: &str) -> String {
    match status {
        Some(status) if detail.is_empty() => format!("status {status}"),
        Some(status) if !detail.contains(&status.to_string()) => format!("status {status}: {detail}"),
        _ => detail.to_owned(),
    }
}
