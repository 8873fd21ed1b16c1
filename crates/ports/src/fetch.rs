//! The fetcher: one page over the network, through the egress gate.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_contract::{ErrorClass, UrlReason};
use url::Url;

/// What a server said of a page before, for a conditional request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    pub url: Url,
    pub validators: Validators,
    /// Sent to the first host only: dropped when a redirect leaves scheme, host or port.
    pub headers: Vec<(String, String)>,
    /// Cap on decoded body bytes; the fetcher's own cap holds too.
    pub max_bytes: u64,
    /// For everything: resolving, all hops, the whole body.
    pub timeout: Duration,
    /// Follow redirects to other hosts. Off, such a redirect is an error (`OutOfScope`).
    pub follow_off_host: bool,
}

/// A page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    Body {
        final_url: Url,
        /// 2xx.
        status: u16,
        content_type: Option<String>,
        validators: Validators,
        /// Decoded from the transfer (gzip, brotli, …), not from the charset.
        body: Bytes,
        /// Value of `X-Robots-Tag`, where sent.
        robots_tag: Option<String>,
        /// Requests made, redirects included.
        requests: u32,
    },
    /// 304 to a conditional request.
    NotModified { final_url: Url, validators: Validators, requests: u32 },
}

/// Why a page did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct FetchError {
    pub reason: UrlReason,
    pub class: ErrorClass,
    pub status: Option<u16>,
    /// A stated wait: Retry-After as seconds or date.
    pub retry_after: Option<Duration>,
    pub requests: u32,
    /// At most a line, for people; no credentials, no query values.
    pub detail: String,
}

/// Fetches pages. The only way from a stage to the network.
///
/// What every fetcher keeps to:
/// - a body is whole, decoded from the transfer, and at most `max_bytes` and the fetcher's own cap; beyond that the fetch
///   fails as `BodyTooLarge` and nothing is handed out;
/// - `NotModified` answers a request with validators only;
/// - a status that is neither 2xx nor such a 304 is an error (`HttpStatus`) that tells the status;
/// - it ends within `timeout`, as an error (`Timeout`, transient) if need be;
/// - credentials in `headers` reach the first origin alone, and details hold neither them nor query values;
/// - `requests` counts what was sent, also when the fetch failed.
#[async_trait]
pub trait Fetcher: Send + Sync + Debug {
    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError>;
}
