//! Captures: pages as they came, addressed by the hash of their bytes, and what is remembered of each URL.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    hash::{ContentHash, TextHash},
    ids::TaskId,
    reason::UrlReason,
    time::Timestamp,
};

/// Bytes of a page that is kept, or of what was read from it, at most: a guard against stores and bundles that lie.
pub const MAX_KEPT_BYTES: usize = 256 << 20;

/// What is needed to read a capture's bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureMeta {
    pub content_hash: ContentHash,
    /// The `Content-Type` header as sent; its charset decides over the page's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Decoded bytes.
    pub bytes: u64,
}

/// What a tenant remembers of a URL: validators, and which capture and text it last had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlEntry {
    /// The canonical URL asked for.
    pub url: String,
    /// Where the redirects led.
    pub final_url: String,
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    pub capture: CaptureMeta,
    /// Known once the page was extracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_hash: Option<TextHash>,
    /// Why the capture is no content, where it was extracted and found to be none: it never serves in place of a fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_content: Option<UrlReason>,
    /// When the server last confirmed this content: a body came, or a 304.
    pub fetched_at: Timestamp,
    /// The chain that fetched it, so that a chain run again after a crash knows its own work.
    pub fetched_by: TaskId,
    /// What that chain found against the capture before it.
    pub arrival: Arrival,
}

/// How a body compared with what was stored before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    New,
    /// Other bytes than the last capture's.
    OtherBytes,
    SameBytes,
    NotModified,
}
