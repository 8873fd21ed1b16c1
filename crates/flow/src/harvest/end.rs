//! How a job ends: once, with every URL accounted for.

use gleaner_contract::{JobStatus, StopReason, UrlReason};

use super::{Context, Effect, JobState};

impl JobState {
    /// Decides whether the job stops, and ends it once nothing is under way.
    pub(super) fn conclude(&mut self, context: &mut Context<'_>, effects: &mut Vec<Effect>) {
        if self.status.is_terminal() {
            return;
        }
        self.is_overdue(context);
        if self.stop.is_none() {
            self.stop = self.reason_to_stop(context);
        }
        if let Some(stop) = self.stop.clone()
            && self.open == 0
        {
            self.end(context, &stop, effects);
        }
    }

    fn reason_to_stop(&self, context: &Context<'_>) -> Option<StopReason> {
        if self.is_resolved(context) {
            Some(StopReason::FieldsResolved)
        } else if self.counts.open > 0 {
            None
        } else if self.pages_read > 0 {
            Some(StopReason::FrontierExhausted)
        } else if context.spec.target.urls.is_empty() {
            Some(StopReason::NoSeed)
        } else {
            Some(StopReason::NoPageRead)
        }
    }

    /// At once: what is under way may still report, and settles its permit then.
    pub(super) fn cancel(&mut self, context: &mut Context<'_>, effects: &mut Vec<Effect>) {
        self.stop = Some(StopReason::Cancelled);
        self.end(context, &StopReason::Cancelled, effects);
    }

    fn end(&mut self, context: &mut Context<'_>, stop: &StopReason, effects: &mut Vec<Effect>) {
        let idle = self.idle();
        if self.counts.open > 0 {
            effects.push(Effect::Close { reason: closing_reason(stop), idle, open: self.open });
        }
        self.counts.skipped += self.counts.open;
        self.counts.open = 0;
        // what is reserved is held by chains under way, and by URLs that wait after one: either may have been spent
        let held = self.account.reserved.clone();
        self.account.lose(&held);
        context.group.account.lose(&held);
        context.group.freed = true;
        self.open = 0;
        self.status = match stop {
            StopReason::FieldsResolved | StopReason::FrontierExhausted => JobStatus::Completed,
            StopReason::NoPageRead | StopReason::NoSeed => JobStatus::Failed,
            StopReason::Cancelled => JobStatus::Cancelled,
            StopReason::Budget(_) | StopReason::Total(_) => JobStatus::Partial,
        };
        self.ended_at = Some(context.now);
        effects.push(Effect::End);
    }
}

fn closing_reason(stop: &StopReason) -> UrlReason {
    match stop {
        StopReason::Cancelled => UrlReason::Cancelled,
        StopReason::Budget(counter) | StopReason::Total(counter) => match counter.as_str() {
            "urls" => UrlReason::BudgetUrls,
            "bytes" => UrlReason::BudgetBytes,
            "seconds" => UrlReason::BudgetSeconds,
            _ => UrlReason::BudgetOther,
        },
        StopReason::FieldsResolved
        | StopReason::FrontierExhausted
        | StopReason::NoPageRead
        | StopReason::NoSeed => UrlReason::FieldsResolved,
    }
}
