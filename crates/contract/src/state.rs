//! The closed lists of states.

use crate::closed::closed_list;

closed_list!(
    /// Where a job stands. The last four are terminal; a job reaches exactly one of them, once.
    JobStatus {
        Queued = "queued",
        Running = "running",
        /// Every field is resolved, or there was nothing left to read.
        Completed = "completed",
        /// A budget or deadline stopped it.
        Partial = "partial",
        /// No page could be read.
        Failed = "failed",
        Cancelled = "cancelled",
    }
);

impl JobStatus {
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

closed_list!(
    /// What became of a wanted field.
    FieldState {
        /// Published, with at least one verified quote.
        Supported = "supported",
        /// Equally good sources disagree; both quotes are kept, the value is null.
        Conflict = "conflict",
        /// A candidate whose evidence could not be confirmed.
        Unverified = "unverified",
        /// Found, but about something else than the target.
        OtherSubject = "other_subject",
        NotFound = "not_found",
        /// Never looked for: no tier that could fill it was allowed or configured.
        Skipped = "skipped",
    }
);

closed_list!(
    /// What became of a URL that a job saw: the terms of the URL equation.
    UrlOutcome {
        /// Its body came over the network for this job.
        Fetched = "fetched",
        /// Its stored capture served: not modified, or still fresh.
        Reused = "reused",
        Failed = "failed",
        Skipped = "skipped",
        /// Admitted or under way; none once the job ended.
        Open = "open",
    }
);
