//! Reasons in words, with what could be done about them.

use gleaner_contract::{FieldReason, FieldState, StopReason, UrlReason};

/// Why a field is null, and what could fill it.
pub(crate) fn field_reason(state: FieldState, reason: Option<FieldReason>) -> &'static str {
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

/// What to do about a URL that could not be read, where something can be done.
pub fn url_hint(reason: UrlReason) -> Option<&'static str> {
    Some(match reason {
        UrlReason::RefusedAddress => "let it in with --allow-crawl CIDR:PORT, if you trust it",
        UrlReason::RefusedPort => "let the port in with --allow-crawl CIDR:PORT, if you trust it",
        UrlReason::RefusedScheme => "only http and https are fetched",
        UrlReason::Robots => "ask the site to be let in",
        UrlReason::RobotsUnreachable => "try again later",
        UrlReason::Dns => "check the spelling of the host",
        UrlReason::Connect | UrlReason::Timeout | UrlReason::TooSlow => {
            "the site did not answer; try again later"
        }
        UrlReason::HttpStatus => {
            "the site has no such page, did not want to show it, or was busy; try again later"
        }
        UrlReason::UnsupportedType => "only HTML and text are read so far",
        UrlReason::BodyTooLarge => "raise fetch.max_body_bytes if it must be read",
        UrlReason::NotStored => "run once without --offline",
        UrlReason::NoProvider => "configure a model",
        UrlReason::NoBrowser => "configure a browser",
        _ => return None,
    })
}

/// Why a job stopped.
pub(crate) fn stop_reason(reason: &StopReason) -> String {
    match reason {
        StopReason::FieldsResolved => "every field is resolved".into(),
        StopReason::FrontierExhausted => "nothing more to read".into(),
        StopReason::NoPageRead => "no page could be read".into(),
        StopReason::NoSeed => "the target has no URL to begin with; give it one".into(),
        StopReason::Cancelled => "cancelled".into(),
        StopReason::Budget(counter) => format!("its budget of {counter} is spent"),
        StopReason::Total(counter) => format!("the total budget of {counter} is spent"),
    }
}
