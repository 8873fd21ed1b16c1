//! A stage whose means are not configured: it says so, and holds nobody up.

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, ErrorClass, Links, Message, PageOutcome, Report, Stage, SubjectMatch, UrlReason,
};
use gleaner_ports::{Clock, StageError, StageRun};
use std::sync::Arc;

/// Ends every chain with the reason that it cannot go on.
#[derive(Debug)]
pub(super) struct Unprovided {
    pub(super) stage: Stage,
    pub(super) reason: UrlReason,
    /// For people.
    pub(super) detail: &'static str,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl StageRun for Unprovided {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let (url, depth, usage, host) = match (self.stage, &message) {
            (Stage::Render, Message::Render(task)) => {
                (task.url.clone(), task.depth, task.usage.clone(), task.host.clone())
            }
            (Stage::Llm, Message::Llm(task)) | (Stage::Deep, Message::Deep(task)) => {
                (task.page.url.clone(), task.depth, Amounts::none(), None)
            }
            _ => return Err(StageError::NotMine(message.type_name())),
        };
        Ok(vec![Message::Report(Report {
            ticket: message.ticket().clone(),
            stage: self.stage,
            url,
            depth,
            outcome: PageOutcome::Failed {
                reason: self.reason,
                class: ErrorClass::Permanent,
                status: None,
                detail: self.detail.to_owned(),
            },
            usage,
            host,
            links: Links::default(),
            findings: Vec::new(),
            subject: SubjectMatch::Unknown,
            main_entity: None,
            at: self.clock.now(),
        })])
    }
}

#[cfg(test)]
mod tests;
