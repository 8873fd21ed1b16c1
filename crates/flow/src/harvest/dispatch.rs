//! Dispatching: reserve, then hand out a permit; and what follows when a chain vanishes.

use gleaner_contract::{Amounts, Counter, StopReason, Timestamp, UrlOutcome, UrlReason};
use rust_decimal::Decimal;

use super::{Context, Effect, JobState, TaskEnd, TaskFacts, TaskPhase, one_url, url_of};
use crate::account::NoRoom;

/// With less room than this for bytes a page is not worth asking for.
const LEAST_BYTES: u64 = 16 * 1024;

impl JobState {
    pub(super) fn offer(&mut self, context: &mut Context<'_>, task: &TaskFacts, effects: &mut Vec<Effect>) {
        if self.stop.is_some() || !matches!(task.phase, TaskPhase::Found | TaskPhase::Waiting) {
            return;
        }
        self.start_clock(context);
        if self.is_overdue(context) {
            return;
        }
        if self.has_lost_its_worth(context, task) {
            let reason = UrlReason::NearDuplicate;
            self.finish(task, TaskEnd::new(UrlOutcome::Skipped, reason, Amounts::none()), effects);
            return;
        }
        let permit = match self.price(context, task) {
            Ok(permit) => permit,
            Err((NoRoom::Wait(_), shared)) => {
                if shared {
                    context.group.waiters += 1;
                }
                effects.push(Effect::Hold { shared });
                return;
            }
            Err((NoRoom::Spent(counter), shared)) => {
                self.stop =
                    Some(if shared { StopReason::Total(counter) } else { StopReason::Budget(counter) });
                return;
            }
        };
        let mut extra = permit.clone();
        extra.sub(&task.permit);
        self.account.reserve(&extra);
        context.group.account.reserve(&extra);
        self.open += 1;
        let deadline = self.chain_deadline(context);
        effects.push(Effect::Dispatch {
            task: task.id,
            epoch: task.epoch + 1,
            attempt: task.attempt + 1,
            permit,
            deadline,
            lease_until: deadline.after(context.policy.lease_margin),
            fresh_after: task.fresh_after.unwrap_or(context.spec.created_at),
        });
    }

    /// What this dispatch must reserve in all, or why there is no room; the flag says whether the total is short.
    fn price(&self, context: &Context<'_>, task: &TaskFacts) -> Result<Amounts, (NoRoom, bool)> {
        let mut permit = task.permit.clone();
        if task.phase == TaskPhase::Found {
            for (account, shared) in [(&self.account, false), (&context.group.account, true)] {
                account.check(&Counter::URLS, Decimal::ONE).map_err(|no| (no, shared))?;
            }
            permit.add(&one_url());
        }
        let limits = [&self.account, &context.group.account].map(|account| account.room(&Counter::BYTES));
        if limits.iter().any(Option::is_some) {
            let least = Decimal::from(LEAST_BYTES.min(context.policy.page_bytes));
            for (account, shared) in [(&self.account, false), (&context.group.account, true)] {
                account.check(&Counter::BYTES, least).map_err(|no| (no, shared))?;
            }
            let room = limits.into_iter().flatten().min().unwrap_or_default();
            permit.set(Counter::BYTES, room.min(Decimal::from(context.policy.page_bytes)));
        }
        if let Some(price) = context.policy.page_price {
            for (account, shared) in [(&self.account, false), (&context.group.account, true)] {
                if account.room(&Counter::MONEY).is_none() {
                    continue;
                }
                if account.budget.currency() != price.currency {
                    // one cannot be told in the other: nothing is spent
                    return Err((NoRoom::Spent(Counter::MONEY), shared));
                }
                account.check(&Counter::MONEY, price.amount).map_err(|no| (no, shared))?;
                permit.set(Counter::MONEY, price.amount);
            }
        }
        Ok(permit)
    }

    /// The wall clock of the job, and of its submission, runs from the first dispatch.
    fn start_clock(&mut self, context: &mut Context<'_>) {
        if self.started_at.is_some() {
            return;
        }
        let group_start = *context.group.started_at.get_or_insert(context.now);
        self.started_at = Some(context.now);
        self.status = gleaner_contract::JobStatus::Running;
        let own = self.account.budget.limit(&Counter::SECONDS).map(|limit| after_seconds(context.now, limit));
        let shared = context
            .group
            .account
            .budget
            .limit(&Counter::SECONDS)
            .map(|limit| after_seconds(group_start, limit));
        self.deadline = own.into_iter().chain(shared).min();
    }

    /// Stops the job when its time is over.
    pub(super) fn is_overdue(&mut self, context: &Context<'_>) -> bool {
        let over = self.deadline.is_some_and(|deadline| deadline <= context.now);
        if over && self.stop.is_none() {
            let own = self.account.budget.limit(&Counter::SECONDS);
            let by_own =
                own.zip(self.started_at).is_some_and(|(limit, at)| after_seconds(at, limit) <= context.now);
            self.stop = Some(if by_own {
                StopReason::Budget(Counter::SECONDS)
            } else {
                StopReason::Total(Counter::SECONDS)
            });
        }
        over
    }

    fn chain_deadline(&self, context: &Context<'_>) -> Timestamp {
        let own = context.now.after(context.policy.chain_timeout);
        self.deadline.map_or(own, |deadline| deadline.min(own))
    }

    /// The chain vanished, for no known reason: a message was lost, or waits somewhere. That is no fault of the page.
    pub(super) fn lapse(&mut self, context: &mut Context<'_>, task: &TaskFacts, effects: &mut Vec<Effect>) {
        self.crash(context, task, 0, effects);
    }

    /// Its workers went away with it.
    pub(super) fn crash(
        &mut self,
        context: &mut Context<'_>,
        task: &TaskFacts,
        times: u32,
        effects: &mut Vec<Effect>,
    ) {
        if task.phase == TaskPhase::Open {
            self.open -= 1;
            let crashes = task.crashes.saturating_add(times).max(1);
            self.vanish(context, task, crashes, context.now, effects);
        }
    }

    /// What the chain may have spent beside its url is unknown from now on.
    pub(super) fn vanish(
        &mut self,
        context: &mut Context<'_>,
        task: &TaskFacts,
        crashes: u32,
        not_before: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.is_overdue(context);
        if self.stop.is_some() || crashes >= context.policy.max_crashes {
            if !task.permit.is_empty() {
                self.lose(context, task, &task.permit, effects);
            }
            let reason = if self.stop.is_some() { UrlReason::Lost } else { UrlReason::Poison };
            self.finish(task, TaskEnd::new(UrlOutcome::Failed, reason, Amounts::none()), effects);
        } else {
            self.put_back(context, task, crashes, not_before, effects);
        }
    }

    pub(super) fn restart(&mut self, context: &mut Context<'_>, task: &TaskFacts, effects: &mut Vec<Effect>) {
        if task.phase != TaskPhase::Open {
            return;
        }
        self.open -= 1;
        self.put_back(context, task, task.crashes, context.now, effects);
    }

    /// Keeps the url reserved, if it is; the rest of the permit is unknown. The try does not count against the page.
    fn put_back(
        &mut self,
        context: &mut Context<'_>,
        task: &TaskFacts,
        crashes: u32,
        not_before: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let mut rest = task.permit.clone();
        rest.sub(&url_of(task));
        if !rest.is_empty() {
            self.lose(context, task, &rest, effects);
        }
        let attempt = task.attempt.saturating_sub(1);
        self.wait(task, attempt, crashes, not_before, url_of(task), effects);
    }

    pub(super) fn wait(
        &mut self,
        task: &TaskFacts,
        attempt: u32,
        crashes: u32,
        not_before: Timestamp,
        permit: Amounts,
        effects: &mut Vec<Effect>,
    ) {
        effects.push(Effect::Retry {
            task: task.id,
            epoch: task.epoch + 1,
            attempt,
            crashes,
            not_before,
            permit,
        });
    }

    pub(super) fn lose(
        &mut self,
        context: &mut Context<'_>,
        task: &TaskFacts,
        permit: &Amounts,
        effects: &mut Vec<Effect>,
    ) {
        self.account.lose(permit);
        context.group.account.lose(permit);
        // no room came back, but who waits for these reservations waits in vain
        context.group.freed = true;
        effects.push(Effect::Lose { task: task.id, epoch: task.epoch, permit: permit.clone() });
    }
}

fn after_seconds(start: Timestamp, seconds: Decimal) -> Timestamp {
    let millis = seconds.saturating_mul(Decimal::from(1000)).trunc().try_into().unwrap_or(i64::MAX);
    Timestamp::from_millis(start.as_millis().saturating_add(millis))
}
