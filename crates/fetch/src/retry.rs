//! Whether and when a server wants to be asked again.

use std::time::{Duration, SystemTime};

use gleaner_contract::ErrorClass;

/// A server may not park us for longer.
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Which statuses may go away by themselves.
pub(crate) fn class_of_status(status: u16) -> ErrorClass {
    match status {
        // part of a page, unasked; some cache is broken
        206 => ErrorClass::Transient,
        408 | 425 | 429 | 500 | 502 | 503 | 504 => ErrorClass::Transient,
        // a network in front could not reach the site, or the site is overloaded
        520..=524 | 529 => ErrorClass::Transient,
        _ => ErrorClass::Permanent,
    }
}

/// The wait that a Retry-After asks for, as seconds or as a date (RFC 9110, 10.2.3); a date that has passed is no wait.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    retry_after_at(value, SystemTime::now())
}

fn retry_after_at(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.bytes().all(|byte| byte.is_ascii_digit()) {
        true if value.is_empty() => return None,
        // too many digits is a long wait, not none
        true => Duration::from_secs(value.parse().unwrap_or(u64::MAX)),
        false => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(MAX_WAIT))
}

#[cfg(test)]
mod tests;
