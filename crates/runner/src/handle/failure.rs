//! What ends a chain where the stage does not: why, and what is told of it.

use gleaner_contract::{
    Amounts, ErrorClass, Headers, HostAdvice, Links, Message, PageOutcome, Report, Stage, SubjectMatch,
    Ticket, Timestamp, UrlReason, wire::WireError,
};
use gleaner_ports::StageError;

use crate::events;

/// Why there is no output of the stage's own.
#[derive(Debug)]
pub(super) enum Failure {
    Stage(StageError),
    /// What the stage returned is no message: too large.
    Unsendable(WireError),
    Panic,
    Deadline,
    /// It came after its deadline, and the page was not asked for.
    Unasked,
    /// An earlier delivery did not come to its end, and it is not run again.
    Lost {
        crashes: u32,
    },
}

impl Failure {
    pub(super) fn log(&self, headers: &Headers) {
        match self {
            Self::Stage(error) => events::stage_failed(headers, error),
            Self::Unsendable(error) => events::stage_failed(headers, error),
            Self::Panic => events::stage_panicked(headers),
            Self::Deadline | Self::Unasked => events::dropped_late(headers),
            Self::Lost { crashes } => events::not_run_again(headers, *crashes),
        }
    }

    fn outcome(&self) -> PageOutcome {
        let failed =
            |reason, class, detail: String| PageOutcome::Failed { reason, class, status: None, detail };
        match self {
            Self::Unasked => PageOutcome::Snoozed { after_ms: 0 },
            Self::Lost { crashes } => PageOutcome::Lost { crashes: *crashes },
            Self::Stage(StageError::Snooze { after }) => {
                PageOutcome::Snoozed { after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX) }
            }
            Self::Stage(StageError::Transient(detail)) => {
                failed(UrlReason::Internal, ErrorClass::Transient, detail.clone())
            }
            Self::Stage(error) => failed(UrlReason::Internal, ErrorClass::Bug, error.to_string()),
            Self::Unsendable(error) => failed(UrlReason::Internal, ErrorClass::Bug, error.to_string()),
            Self::Panic => failed(UrlReason::Internal, ErrorClass::Bug, "the stage panicked".into()),
            Self::Deadline => {
                failed(UrlReason::Timeout, ErrorClass::Transient, "the deadline of the work passed".into())
            }
        }
    }
}

/// What a report needs to know of the message that led to it.
pub(super) struct Origin {
    ticket: Ticket,
    pub(super) url: String,
    depth: u16,
    usage: Amounts,
    host: Option<HostAdvice>,
}

impl Origin {
    pub(super) fn of(message: &Message) -> Option<Self> {
        let ticket = message.ticket().clone();
        let plain = |url: &str, depth| Self {
            ticket: ticket.clone(),
            url: url.to_owned(),
            depth,
            usage: Amounts::none(),
            host: None,
        };
        match message {
            Message::Crawl(task) => Some(plain(&task.url, task.depth)),
            Message::Render(task) => Some(Self {
                usage: task.usage.clone(),
                host: task.host.clone(),
                ..plain(&task.url, task.depth)
            }),
            Message::Extract(task) => Some(Self {
                usage: task.usage.clone(),
                host: task.host.clone(),
                ..plain(&task.page.url, task.depth)
            }),
            Message::Llm(task) | Message::Deep(task) => Some(plain(&task.page.url, task.depth)),
            Message::Report(_) => None,
        }
    }

    pub(super) fn report(self, stage: Stage, failure: &Failure, at: Timestamp) -> Message {
        Message::Report(Report {
            ticket: self.ticket,
            stage,
            url: self.url,
            depth: self.depth,
            outcome: failure.outcome(),
            usage: self.usage,
            host: self.host,
            links: Links::default(),
            findings: Vec::new(),
            subject: SubjectMatch::Unknown,
            main_entity: None,
            at,
        })
    }
}
