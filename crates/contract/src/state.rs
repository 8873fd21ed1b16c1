//! The closed lists of states.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a job stands. The last four are terminal; a job reaches exactly one of them, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    Queued,
    Running,
    /// Every field is resolved, or there was nothing left to read.
    Completed,
    /// A budget or deadline stopped it.
    Partial,
    /// No page could be read.
    Failed,
    Cancelled,
}

impl JobStatus {
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of a wanted field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldState {
    /// Published, with at least one verified quote.
    Supported,
    /// Equally good sources disagree; both quotes are kept, the value is null.
    Conflict,
    /// A candidate whose evidence could not be confirmed.
    Unverified,
    /// Found, but about something else than the target.
    OtherSubject,
    NotFound,
    /// Never looked for: no tier that could fill it was allowed or configured.
    Skipped,
}

impl FieldState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Conflict => "conflict",
            Self::Unverified => "unverified",
            Self::OtherSubject => "other_subject",
            Self::NotFound => "not_found",
            Self::Skipped => "skipped",
        }
    }
}

/// What became of a URL that a job saw: the terms of the URL equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UrlOutcome {
    /// Its body came over the network for this job.
    Fetched,
    /// Its stored capture served: not modified, or still fresh.
    Reused,
    Failed,
    Skipped,
    /// Admitted or under way; none once the job ended.
    Open,
}

impl UrlOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Reused => "reused",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Open => "open",
        }
    }
}
