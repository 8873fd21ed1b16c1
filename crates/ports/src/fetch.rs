//! The fetcher: one page over the network, through the egress gate.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_contract::{ErrorClass, UrlReason};
use url::Url;

#[cfg(any(test, feature = "doubles"))]
pub mod scripted;

#[cfg(any(test, feature = "doubles"))]
pub use scripted::ScriptedFetcher;

/// What a server said of a page before, for a conditional request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    pub url: Url,
    /// What this very URL said before.
    pub validators: Validators,
    pub headers: Vec<(String, String)>,
    /// Cap on decoded body bytes; the fetcher's own cap holds too.
    pub max_bytes: u64,
    pub beyond: Beyond,
    /// For everything: resolving, connecting, the whole body.
    pub timeout: Duration,
}

/// What becomes of a body with more than `max_bytes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beyond {
    /// It is an error (`BodyTooLarge`).
    #[default]
    Refuse,
    /// It is cut there, and handed out as if it ended.
    Cut,
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
        /// Requests made.
        requests: u32,
    },
    /// 304 to a conditional request.
    NotModified { final_url: Url, validators: Validators, requests: u32 },
    /// The page is said to be elsewhere. Never followed: whether to ask there is for the caller.
    Redirect {
        /// Canonical.
        to: Url,
        requests: u32,
    },
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
    /// Requests that were sent; one whose host was dialled in vain counts.
    pub requests: u32,
    /// What came of a body before it was given up: bytes on the wire or decoded, whichever are more.
    pub bytes: u64,
    /// At most a line, for people; no credentials, no query values.
    pub detail: String,
}

/// Fetches pages, one request each. The only way from a stage to the network.
///
/// What every fetcher keeps to (see `conformance::fetcher`):
/// - a body is decoded from the transfer, and at most `max_bytes` and the fetcher's own cap; beyond that the fetch fails
///   as `BodyTooLarge` and nothing is handed out, unless the caller takes a cut body;
/// - `NotModified` answers a request with validators only;
/// - a redirect is handed back and never followed, so that headers and validators reach the URL asked for alone;
/// - a status that is neither 2xx but 206, nor a redirect, nor such a 304 is an error (`HttpStatus`) that tells the status;
/// - it ends within `timeout`, as an error (`Timeout`, transient) if need be;
/// - details hold neither credentials nor query values;
/// - `requests` and `bytes` tell what was sent and what came, also when the fetch failed or was cut off.
#[async_trait]
pub trait Fetcher: Send + Sync + Debug {
    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError>;
}
