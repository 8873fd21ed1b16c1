//! Reasons in words, with what could be done about them.

use gleaner_contract::{FieldReason, FieldState, StopReason};

/// Why a field is null, and what could fill it.
pub fn field_reason(state: FieldState, reason: Option<FieldReason>) -> &'static str {
    match reason {
        Some(FieldReason::NoCandidate) => "no page that was read says it; name a page that does",
        Some(FieldReason::NoPageRead) => "no page could be read",
        Some(FieldReason::NoModel) => "needs a model, and none is configured",
        Some(FieldReason::Disagreement) => "sources disagree; both quotes are in the record",
        Some(FieldReason::OtherSubject) => "found, but about something else; check name and known",
        Some(FieldReason::SubjectUnknown) => {
            "found on a page that does not show whether it is about the target"
        }
        Some(FieldReason::QuoteNotVerified) => "a candidate's quote did not hold",
        Some(FieldReason::Budget) => "the budget ended first; raise it",
        Some(FieldReason::Cancelled) => "cancelled",
        None => state.as_str(),
    }
}

/// Why a job stopped.
pub fn stop_reason(reason: &StopReason) -> String {
    match reason {
        StopReason::FieldsResolved => "every field is resolved".into(),
        StopReason::FrontierExhausted => "nothing more to read".into(),
        StopReason::NoPageRead => "no page could be read".into(),
        StopReason::NoSeed => "the target has no URL to begin with".into(),
        StopReason::Cancelled => "cancelled".into(),
        StopReason::Budget(counter) => format!("its budget of {counter} is spent"),
        StopReason::Total(counter) => format!("the total budget of {counter} is spent"),
    }
}
