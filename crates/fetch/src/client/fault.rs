//! What went wrong, in the words of the port: a reason, and whether trying again may help.

use std::{error::Error, io, time::Duration};

use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::FetchError;

use super::{pool::ClientError, refused};
use crate::egress::GateError;

/// What a fetch has cost so far; it is told also when the fetch is cut off.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) requests: u32,
    pub(super) bytes: u64,
}

/// A [`FetchError`] in the making, without its cost.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) reason: UrlReason,
    pub(super) class: ErrorClass,
    pub(crate) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    pub(super) detail: String,
    /// No host was dialled: the gate said no, or the name has no address.
    pub(super) unsent: bool,
}

impl Fault {
    pub(super) fn permanent(reason: UrlReason, detail: impl Into<String>) -> Self {
        let (status, retry_after, unsent) = (None, None, false);
        Self { reason, class: ErrorClass::Permanent, status, retry_after, detail: detail.into(), unsent }
    }

    pub(super) fn transient(reason: UrlReason, detail: impl Into<String>) -> Self {
        Self { class: ErrorClass::Transient, ..Self::permanent(reason, detail) }
    }

    pub(super) fn after(self, spent: Spent) -> FetchError {
        let Self { reason, class, status, retry_after, detail, unsent: _ } = self;
        let Spent { requests, bytes } = spent;
        let detail = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        FetchError { reason, class, status, retry_after, requests, bytes, detail }
    }

    pub(super) fn of_client(source: &ClientError) -> Self {
        Self::permanent(UrlReason::Internal, source.to_string())
    }

    /// What reqwest, hyper, rustls or the gate below them say. URLs stay out of the detail.
    pub(super) fn of_request(error: &reqwest::Error) -> Self {
        if let Some(gate) = find::<GateError>(error) {
            return match gate {
                GateError::Refused(refusal) => refused(*refusal),
                GateError::Unresolvable(source) => unresolvable(source),
            };
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::permanent(UrlReason::Tls, tls.to_string());
        }
        if error.is_timeout() {
            let detail = if error.is_connect() { "no connection in time" } else { "no answer in time" };
            return Self::transient(UrlReason::Timeout, detail);
        }
        if error.is_connect() {
            return Self::transient(UrlReason::Connect, root(error));
        }
        if let Some(http) = find::<hyper::Error>(error) {
            if http.is_parse_too_large() {
                return Self::permanent(UrlReason::HeadersTooLarge, http.to_string());
            }
            if http.is_parse() {
                return Self::permanent(UrlReason::Protocol, http.to_string());
            }
        }
        // resets, and ends before the end
        Self::transient(UrlReason::Protocol, root(error))
    }
}

fn unresolvable(source: &io::Error) -> Fault {
    let detail = source.to_string();
    // getaddrinfo tells "there is no such name" from "nobody could be asked" by these words alone
    let no_such_name =
        ["Name or service not known", "No address associated", "nodename nor servname", "no address"];
    if no_such_name.iter().any(|words| detail.contains(words)) {
        return Fault { unsent: true, ..Fault::permanent(UrlReason::Dns, "the host has no address") };
    }
    Fault { unsent: true, ..Fault::transient(UrlReason::Dns, detail) }
}

/// The first cause of this type. An `io::Error` hides what it wraps from `source`, so it is opened.
fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        cause = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
