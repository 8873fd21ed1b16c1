//! What went wrong, in the words of the port: a reason, and whether trying again may help.

use std::{error::Error, io, time::Duration};

use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::FetchError;
use hyper_util::client::legacy;

use super::{pool::ClientError, proxied::ProxyFault, refused};
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

    /// A URL by the rules of browsers that a request cannot carry.
    pub(super) fn unsendable() -> Self {
        Self { unsent: true, ..Self::permanent(UrlReason::BadUrl, "URL cannot be sent in a request") }
    }

    /// What reqwest says, or hyper, rustls or the gate below it.
    pub(super) fn of_request(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::unsendable();
        }
        Self::of(error, error.is_connect(), error.is_timeout())
    }

    /// What hyper says where a proxy is on the way.
    pub(super) fn of_proxied(error: &legacy::Error) -> Self {
        Self::of(error, error.is_connect(), false)
    }

    /// URLs stay out of the detail.
    fn of(error: &(dyn Error + 'static), connecting: bool, late: bool) -> Self {
        if let Some(gate) = find::<GateError>(error) {
            return match gate {
                GateError::Refused(refusal) => refused(*refusal),
                GateError::Unresolvable(source) => unresolvable(source),
            };
        }
        if let Some(proxy) = find::<ProxyFault>(error) {
            return of_proxy(proxy);
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::permanent(UrlReason::Tls, tls.to_string());
        }
        if late {
            let detail = if connecting { "no connection in time" } else { "no answer in time" };
            return Self::transient(UrlReason::Timeout, detail);
        }
        if connecting {
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

/// A proxy's failures pass, and are never the host's.
fn of_proxy(proxy: &ProxyFault) -> Fault {
    match proxy {
        ProxyFault::Away(_, source) => {
            let detail = format!("{proxy}: {}", root(&**source));
            Fault { unsent: true, ..Fault::transient(UrlReason::Connect, detail) }
        }
        // the host may have been dialled from there
        ProxyFault::NoTunnel { .. } => Fault::transient(UrlReason::Connect, proxy.to_string()),
        ProxyFault::Late(_) => Fault::transient(UrlReason::Timeout, proxy.to_string()),
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
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        cause = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => current.source(),
        };
    }
    None
}

fn root(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
