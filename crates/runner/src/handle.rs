//! One delivery, from decoding to settling.

use std::{sync::Arc, time::Duration};

use gleaner_contract::{
    Envelope, Headers, Message, PageOutcome, Queue, Report, Shown, Stage, wire::WireError,
};
use gleaner_ports::{Clock, Delivery, PublishError, SpendMarks, StageError, StageRun, Transport, faults};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use crate::events;

mod admit;
mod failure;

use failure::{Failure, Origin};

/// Between two tries to publish into a full queue.
const FULL_WAIT: Duration = Duration::from_millis(50);

/// Before a message of a newer version is sent again: who can read it may be about to start.
const NOT_YET_MS: u64 = 5_000;

/// Publishing may go on this long after the deadline of the work itself: a finished report is worth the wait.
const PUBLISH_GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub(crate) struct Handler {
    pub(crate) stage_name: Stage,
    pub(crate) stage: Arc<dyn StageRun>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the stage's work is paid for.
    pub(crate) marks: Option<Arc<dyn SpendMarks>>,
    /// A message that came back so often is not run again but told of: it may be what its workers died of.
    pub(crate) most_returns: u32,
}

impl Handler {
    pub(crate) async fn handle(self, queue: Queue, delivery: Delivery) {
        let headers = delivery.envelope.headers.clone();
        let span = tracing::info_span!(
            "stage",
            otel.name = format!("{} process", self.stage_name.as_str()),
            otel.kind = "consumer",
            messaging.destination.name = %queue,
            messaging.operation.name = "process",
            job.id = %headers.job,
            task.id = %headers.task,
            task.epoch = headers.epoch,
            url.full = tracing::field::Empty,
        );
        gleaner_telemetry::set_parent(&span, headers.traceparent.as_deref(), headers.tracestate.as_deref());
        self.run(headers, delivery).instrument(span).await;
    }

    async fn run(self, headers: Headers, delivery: Delivery) {
        let message = match Message::from_envelope(&delivery.envelope) {
            Ok(message) => message,
            Err(WireError::Newer(_)) => {
                events::newer(&headers);
                self.put_off(&headers, delivery).await;
                return;
            }
            Err(error) => {
                events::undecodable(&headers, &error);
                delivery.reject().await;
                return;
            }
        };
        let origin = Origin::of(&message);
        let url = origin.as_ref().map(|origin| origin.url.clone()).unwrap_or_default();
        Span::current().record("url.full", tracing::field::display(Shown(&url)));
        let stage = self.stage_name.as_str();
        faults::at(stage, "delivered", &url);
        let admitted = self.admit(&headers, &delivery.passage).await;
        let left = self.clock.now().until(headers.deadline);
        let result = match admitted {
            Err(refused) => Err(refused),
            // told, so that nobody waits for the lease; under an epoch that is over, it changes nothing
            Ok(()) if left.is_zero() && matches!(message, Message::Crawl(_)) => Err(Failure::Unasked),
            Ok(()) if left.is_zero() => Err(Failure::Deadline),
            Ok(()) => {
                faults::at(stage, "received", &url);
                self.run_measured(message, left, url.clone()).await
            }
        };
        faults::at(stage, "ran", &url);
        let outputs = match result {
            Ok(outputs) => outputs,
            Err(Failure::Stage(StageError::NotMine(name))) => {
                events::undecodable(&headers, &StageError::NotMine(name));
                delivery.reject().await;
                return;
            }
            Err(failure) => {
                failure.log(&headers);
                let report = origin.map(|origin| origin.report(self.stage_name, &failure, self.clock.now()));
                match enveloped(report.as_slice()) {
                    Ok(outputs) => outputs,
                    Err(error) => {
                        events::undecodable(&headers, &error);
                        delivery.reject().await;
                        return;
                    }
                }
            }
        };
        match self.publish_all(outputs, left + PUBLISH_GRACE).await {
            Ok(()) => {
                faults::at(stage, "published", &url);
                delivery.ack().await;
            }
            // dropped unsettled, the delivery goes back to its queue
            Err(error) => events::output_kept_back(&headers, error),
        }
    }

    /// Leaves a message to those who can read it.
    async fn put_off(&self, headers: &Headers, delivery: Delivery) {
        // only of a chain that nobody began is it known that nothing was spent
        let unbegun = self.stage_name == Stage::Crawl && delivery.passage.returned == 0;
        let outcome = match unbegun {
            true => PageOutcome::Snoozed { after_ms: NOT_YET_MS },
            false => PageOutcome::Lost { crashes: 0 },
        };
        let report = Report::of_unread(headers, self.stage_name, outcome, self.clock.now());
        let told = async {
            let outputs = enveloped(&[Message::Report(report)]).ok()?;
            self.publish_all(outputs, PUBLISH_GRACE).await.ok()
        };
        if told.await.is_some() {
            delivery.ack().await;
        }
    }

    async fn run_measured(
        &self,
        message: Message,
        left: Duration,
        url: String,
    ) -> Result<Vec<(Queue, Envelope)>, Failure> {
        let stage = self.stage_name.as_str();
        let started = tokio::time::Instant::now();
        gleaner_telemetry::meters().stage_started(stage);
        let result = self.run_stage(message, left, url).await;
        let result = result.and_then(|outputs| enveloped(&outputs).map_err(Failure::Unsendable));
        gleaner_telemetry::meters().stage_ended(stage, outcome_of(&result), started.elapsed());
        result
    }

    /// Runs the stage in a task of its own, so that a panic stays there and the deadline ends it.
    async fn run_stage(
        &self,
        message: Message,
        left: Duration,
        url: String,
    ) -> Result<Vec<Message>, Failure> {
        let (stage, name) = (self.stage.clone(), self.stage_name.as_str());
        let mut running = tokio::task::JoinSet::new();
        let run = async move {
            faults::at(name, "run", &url);
            stage.run(message).await
        };
        running.spawn(run.in_current_span());
        match timeout(left, running.join_next()).await {
            Ok(Some(Ok(result))) => result.map_err(Failure::Stage),
            Ok(Some(Err(_)) | None) => Err(Failure::Panic),
            Err(_) => Err(Failure::Deadline),
        }
    }

    async fn publish_all(
        &self,
        outputs: Vec<(Queue, Envelope)>,
        patience: Duration,
    ) -> Result<(), PublishError> {
        let publish = async {
            for (queue, envelope) in outputs {
                while let Err(error) = self.transport.publish(queue, envelope.clone()).await {
                    match error {
                        // twice at worst: giving the message back would do the work again
                        PublishError::Full | PublishError::Unknown => sleep(FULL_WAIT).await,
                        PublishError::Closed => return Err(error),
                    }
                }
            }
            Ok(())
        };
        timeout(patience, publish).await.unwrap_or(Err(PublishError::Full))
    }
}

/// The messages as they are published. One that no queue would take is found here, before any is.
fn enveloped(messages: &[Message]) -> Result<Vec<(Queue, Envelope)>, WireError> {
    let envelope = |message: &Message| {
        let parent = gleaner_telemetry::current_traceparent();
        Ok((message.queue(), message.to_envelope(parent, None)?))
    };
    messages.iter().map(envelope).collect()
}

fn outcome_of<T>(result: &Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Failure::Stage(_) | Failure::Unsendable(_)) => "error",
        Err(Failure::Panic) => "panic",
        Err(Failure::Deadline | Failure::Unasked) => "deadline",
        Err(Failure::Lost { .. }) => "lost",
    }
}
