//! Exit codes: 0 all completed · 3 some partial · 4 some failed · 2 bad input or configuration · 5 a service that a worker
//! or an operator needs cannot be used · 1 our own fault, or a check that a command makes has failed.

use std::{fmt, process::ExitCode};

use gleaner_api::ClientError;
use gleaner_contract::JobStatus;
use gleaner_store::{ConnectError, OpenError, StateDirError};
use gleaner_telemetry::TelemetryError;

use crate::{doctor::hint_of_database, worker::ServicesError};

/// How a command ended, when it did not fail on our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Completed,
    /// Some jobs stopped at a budget, or were cancelled.
    Partial,
    /// Some jobs failed.
    Failed,
    /// A verification or check said no.
    Refused,
    /// A service that a worker needs cannot be used.
    Unusable,
    /// A signal of this number ended it in good order.
    Interrupted(u8),
}

impl Outcome {
    /// The worst of these statuses.
    pub fn of(statuses: impl IntoIterator<Item = JobStatus>) -> Self {
        statuses
            .into_iter()
            .map(|status| match status {
                JobStatus::Completed => Self::Completed,
                JobStatus::Failed => Self::Failed,
                _ => Self::Partial,
            })
            .max()
            .unwrap_or(Self::Completed)
    }

    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Interrupted(signal) => 128 + signal,
            Self::Completed => 0,
            Self::Partial => 3,
            Self::Failed => 4,
            Self::Refused => 1,
            Self::Unusable => 5,
        })
    }
}

/// The code of a command that failed.
pub(crate) fn code_of(error: &anyhow::Error) -> ExitCode {
    let bad_input = error.chain().any(|cause| {
        let of_telemetry = cause.downcast_ref::<TelemetryError>();
        cause.is::<BadInput>()
            || cause.is::<StateDirError>()
            || matches!(cause.downcast_ref(), Some(OpenError::Newer { .. }))
            || matches!(cause.downcast_ref(), Some(ConnectError::Url))
            || matches!(cause.downcast_ref(), Some(ClientError::Url(_) | ClientError::Key))
            || matches!(cause.downcast_ref(), Some(ClientError::Refused { status: 400..=499, .. }))
            || of_telemetry.is_some_and(|error| !matches!(error, TelemetryError::Started(_)))
    });
    let unusable = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<ServicesError>()
            || cause.downcast_ref().is_some_and(|error| !matches!(error, ConnectError::Url))
    };
    if error.chain().any(unusable) {
        return ExitCode::from(5);
    }
    ExitCode::from(if bad_input { 2 } else { 1 })
}

/// What to do about an error of a library, where the command line has a way.
pub(crate) fn hint_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(ClientError::Key) => {
            Some("set GLEANER_API_KEY, or client.key_file; `docker compose run --rm secrets show` prints the first key".into())
        }
        Some(ClientError::Unreachable(_)) => Some("is the deployment up, and its address right?".into()),
        Some(ClientError::Refused { hint, .. }) => hint.clone(),
        _ => hint_of_state(cause).or_else(|| cause.downcast_ref().map(hint_of_database)).map(str::to_owned),
    })
}

fn hint_of_state(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if matches!(cause.downcast_ref(), Some(StateDirError::Held { .. })) {
        Some("wait for it to end, or give this run a directory of its own with --state DIR")
    } else if matches!(cause.downcast_ref(), Some(OpenError::Newer { .. })) {
        Some("use that version, or another directory with --state DIR")
    } else {
        None
    }
}

/// What was asked for rightly, but cannot be done as things are: exit code 1.
pub(crate) fn refused(why: impl fmt::Display, hint: impl fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{why}\nhint: {hint}")
}

/// Input or configuration that cannot be used: exit code 2, and a message that says what to do.
#[derive(Debug)]
pub(crate) struct BadInput {
    message: String,
    hint: Option<String>,
}

impl BadInput {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// What could not be used, and why, down to the last cause.
    pub(crate) fn because(what: impl fmt::Display, error: impl Into<anyhow::Error>) -> Self {
        Self::new(format!("{what}: {:#}", error.into()))
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for BadInput {}

#[cfg(test)]
mod tests;
