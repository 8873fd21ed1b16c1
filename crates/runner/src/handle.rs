//! One delivery, from decoding to settling.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use gleaner_contract::{
    Amounts, ContentHash, Envelope, ErrorClass, Headers, Links, Message, PageOutcome, Queue, Report, Shown,
    Stage, SubjectMatch, Timestamp, UrlReason, wire::WireError,
};
use gleaner_ports::{
    Clock, Delivery, Mark, MarkRequest, Passage, PublishError, SpendMarks, StageError, StageRun, Transport,
    faults,
};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span};

use crate::events;

/// Between two tries to publish into a full queue.
const FULL_WAIT: Duration = Duration::from_millis(50);

/// A message that came back so often is not run again but told of: it may be what its workers died of.
const MOST_RETURNS: u32 = 2;

/// Before a message of a newer version is sent again: who can read it may be about to start.
const NOT_YET_MS: u64 = 5_000;

/// Between two tries to take a mark while their keeper is away.
const MARKS_AWAY: Duration = Duration::from_millis(500);

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

    /// Whether a delivery may be run: not what may have brought its workers down, and nothing paid for a second time.
    async fn admit(&self, headers: &Headers, passage: &Passage) -> Result<(), Failure> {
        if let Some(marks) = self.marks.as_ref().filter(|_| !faults::skips("runner.mark")) {
            let nonce = nonce(headers, self.clock.now());
            let request = MarkRequest {
                task: headers.task,
                epoch: headers.epoch,
                nonce: &nonce,
                sent_at: passage.sent_at,
                deadline: headers.deadline,
            };
            loop {
                let error = match marks.take(request).await {
                    Ok(Mark::Taken) => break,
                    // once for each epoch, however often it came back
                    Ok(Mark::Spent) => return Err(Failure::Lost { crashes: passage.returned.min(1) }),
                    Err(error) => error,
                };
                if self.clock.now() >= headers.deadline {
                    // another delivery may have begun it: that nothing was spent is more than is known
                    return Err(Failure::Lost { crashes: 0 });
                }
                events::marks_away(headers, &error);
                sleep(MARKS_AWAY).await;
            }
        }
        if passage.returned >= MOST_RETURNS {
            return Err(Failure::Lost { crashes: passage.returned });
        }
        if passage.returned > 0 && self.clock.now() >= headers.deadline {
            return Err(Failure::Lost { crashes: 0 });
        }
        Ok(())
    }

    /// Leaves a message to those who can read it.
    async fn put_off(&self, headers: &Headers, delivery: Delivery) {
        let outcome = PageOutcome::Snoozed { after_ms: NOT_YET_MS };
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
                        PublishError::Full => sleep(FULL_WAIT).await,
                        other => return Err(other),
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

/// A name of this delivery that no other has.
fn nonce(headers: &Headers, now: Timestamp) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let (now, process) = (now.as_millis().to_le_bytes(), std::process::id().to_le_bytes());
    ContentHash::of_parts([headers.task.to_bytes().as_slice(), &now, &process, &count.to_le_bytes()]).hex()
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

/// Why there is no output of the stage's own.
#[derive(Debug)]
enum Failure {
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
    fn log(&self, headers: &Headers) {
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
struct Origin {
    ticket: gleaner_contract::Ticket,
    url: String,
    depth: u16,
    usage: Amounts,
    host: Option<gleaner_contract::HostAdvice>,
}

impl Origin {
    fn of(message: &Message) -> Option<Self> {
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

    fn report(self, stage: Stage, failure: &Failure, at: Timestamp) -> Message {
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
