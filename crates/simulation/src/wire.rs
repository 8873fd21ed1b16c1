//! A nasty transport: queues in this process that lose, double, delay, refuse, forget and break off, all by one seed.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use fastrand::Rng;
use futures::FutureExt;
use gleaner_contract::{Envelope, Message, Queue, TaskId};
use gleaner_ports::{Consumer, PublishError, Transport, transport::InProcess};
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    journal::Journal,
    options::{Options, Sabotage},
    plan::Rates,
};

mod session;

use session::{Inbox, Session};

/// The queues, and what goes wrong with them. Clones share everything but the process that they serve.
#[derive(Clone)]
pub(crate) struct Wire {
    inner: InProcess,
    shared: Arc<Shared>,
    /// Cancelled when the process that holds this end is killed: it publishes nothing from then on.
    killed: CancellationToken,
}

struct Shared {
    state: Mutex<State>,
    journal: Journal,
    options: Options,
    late: TaskTracker,
}

struct State {
    rng: Rng,
    rates: Rates,
    away: bool,
    /// Rises when everything is forgotten: what was sent before does not arrive any more.
    generation: u64,
    sessions: Vec<Weak<Session>>,
    /// Confirmed, and not there yet.
    under_way: usize,
    /// The newest epoch that was sent of each task.
    newest: BTreeMap<TaskId, u32>,
}

/// What becomes of one publish.
struct Fate {
    answer: Result<(), PublishError>,
    /// When each copy arrives.
    copies: Vec<Duration>,
}

impl Wire {
    pub(crate) fn new(rng: Rng, rates: Rates, journal: Journal, options: Options) -> Self {
        let state = State {
            rng,
            rates,
            away: false,
            generation: 0,
            sessions: Vec::new(),
            under_way: 0,
            newest: BTreeMap::new(),
        };
        let shared = Shared { state: Mutex::new(state), journal, options, late: TaskTracker::new() };
        Self { inner: InProcess::new(), shared: Arc::new(shared), killed: CancellationToken::new() }
    }

    /// The end of a process of its own.
    pub(crate) fn held_by(&self, killed: &CancellationToken) -> Self {
        Self { killed: killed.clone(), ..self.clone() }
    }

    /// No fault from now on.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        state.rates = Rates::default();
        state.away = false;
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.state().away = away;
    }

    /// Every consumer's session ends; what they hold goes back to its queue.
    pub(crate) fn end_sessions(&self) {
        for session in self.sessions() {
            session.end();
        }
    }

    /// Everything in every queue is gone, what is held with it.
    pub(crate) async fn wipe(&self) {
        self.state().generation += 1;
        for session in self.sessions() {
            session.forget();
        }
        for queue in Queue::all() {
            let mut left = self.inner.depth(queue);
            if left == 0 {
                continue;
            }
            let Ok(mut drain) = self.inner.consume(queue, left).await else { continue };
            while left > 0 {
                left -= 1;
                if let Some(Some(delivery)) = drain.next().now_or_never() {
                    delivery.ack().await;
                }
            }
        }
        self.shared.journal.wiped();
    }

    /// What is still on its way, lies in a queue, or is held by somebody.
    pub(crate) fn unsettled(&self) -> Vec<String> {
        let held: usize = self.sessions().iter().map(|session| session.held()).sum();
        let under_way = self.state().under_way;
        let depths = Queue::all().into_iter().map(|queue| (queue.to_string(), self.inner.depth(queue)));
        depths
            .chain([("held".to_owned(), held), ("under way".to_owned(), under_way)])
            .filter(|(_, count)| *count > 0)
            .map(|(place, count)| format!("{count} in {place}"))
            .collect()
    }

    fn sessions(&self) -> Vec<Arc<Session>> {
        let mut state = self.state();
        state.sessions.retain(|session| session.strong_count() > 0);
        state.sessions.iter().filter_map(Weak::upgrade).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of this rate, in a thousand, happens now.
    fn happens(&self, rate: impl Fn(&Rates) -> u32) -> bool {
        let mut state = self.state();
        let rate = rate(&state.rates);
        rate > 0 && state.rng.u32(0..1000) < rate
    }

    /// The envelope as it is delivered.
    fn delivered(&self, queue: Queue, envelope: Envelope) -> Envelope {
        if self.shared.options.sabotage != Some(Sabotage::ForgedEpochs) || queue != Queue::Report {
            return envelope;
        }
        let Ok(Message::Report(mut report)) = Message::from_envelope(&envelope) else { return envelope };
        if let Some(newest) = self.state().newest.get(&report.ticket.task) {
            report.ticket.epoch = *newest;
        }
        Message::Report(report).to_envelope(None, None).unwrap_or(envelope)
    }

    async fn arrive(&self, queue: Queue, envelope: Envelope, after: Duration) -> Result<(), PublishError> {
        if after.is_zero() {
            return self.inner.publish(queue, envelope).await;
        }
        let generation = {
            let mut state = self.state();
            state.under_way += 1;
            state.generation
        };
        let wire = self.clone();
        self.shared.late.spawn(async move {
            sleep(after).await;
            let still_known = {
                let mut state = wire.state();
                state.under_way -= 1;
                state.generation == generation
            };
            if still_known {
                // the queues of a simulation never fill up by themselves
                let _ = wire.inner.publish(queue, envelope).await;
            }
        });
        Ok(())
    }
}

impl State {
    fn fate(&mut self, options: &Options) -> Fate {
        let arrives = |copies| Fate { answer: Ok(()), copies };
        let refused = |error, copies| Fate { answer: Err(error), copies };
        if self.away {
            let error = if self.rng.bool() { PublishError::Closed } else { PublishError::Unknown };
            return refused(error, Vec::new());
        }
        let rates = self.rates;
        let mut roll = self.rng.u32(0..1000);
        let mut happens = |rate: u32| {
            let hit = roll < rate;
            roll = roll.wrapping_sub(rate);
            hit
        };
        if happens(rates.full) {
            return refused(PublishError::Full, Vec::new());
        }
        if happens(rates.closed) {
            return refused(PublishError::Closed, Vec::new());
        }
        if happens(rates.unknown) {
            let copies = if self.rng.bool() { vec![self.delay(options)] } else { Vec::new() };
            return refused(PublishError::Unknown, copies);
        }
        if happens(rates.lost) {
            return arrives(Vec::new());
        }
        let copies = if happens(rates.doubled) { self.rng.usize(2..=3) } else { 1 };
        arrives((0..copies).map(|_| self.delay(options)).collect())
    }

    fn delay(&mut self, options: &Options) -> Duration {
        if self.rng.u32(0..1000) >= self.rates.delayed {
            return Duration::ZERO;
        }
        let most = *self.rng.choice(&[200, 200, 5_000, 90_000]).unwrap_or(&200);
        options.pace.millis(self.rng.u64(1..most))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Wire {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        if self.killed.is_cancelled() {
            return futures::future::pending().await;
        }
        match queue {
            Queue::Report => self.shared.journal.reported(&envelope),
            _ => {
                let headers = &envelope.headers;
                let mut state = self.state();
                let newest = state.newest.entry(headers.task).or_default();
                *newest = headers.epoch.max(*newest);
            }
        }
        let fate = self.state().fate(&self.shared.options);
        for after in fate.copies {
            self.arrive(queue, envelope.clone(), after).await?;
        }
        fate.answer
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        if self.killed.is_cancelled() {
            return futures::future::pending().await;
        }
        if self.state().away || self.happens(|rates| rates.closed) {
            return Err(PublishError::Closed);
        }
        let inner = self.inner.consume(queue, prefetch).await?;
        let session = Arc::new(Session::default());
        self.state().sessions.push(Arc::downgrade(&session));
        Ok(Box::new(Inbox { wire: self.clone(), queue, inner, session }))
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        if self.state().away {
            return Err(PublishError::Closed);
        }
        self.inner.capacity(queue).await
    }
}
