//! Queues in this process: the transport of an embedded run, and the double of a broker.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{Clock, SystemClock};
use async_trait::async_trait;
use gleaner_contract::{Envelope, Queue};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{Consumer, Death, Delivery, Passage, PublishError, Settle, Transport};

#[cfg(test)]
mod tests;

/// Messages a queue holds at most; a publish beyond that is refused as `Full`.
const DEFAULT_CAPACITY: usize = 10_000;

/// In-process queues. Clones share them.
#[derive(Clone)]
pub struct InProcess {
    shared: Arc<Shared>,
}

struct Shared {
    queues: Mutex<HashMap<Queue, Arc<QueueState>>>,
    max_length: usize,
}

#[derive(Default)]
struct QueueState {
    ready: Mutex<VecDeque<(Envelope, Passage)>>,
    arrived: Notify,
    prefetch: AtomicUsize,
}

impl InProcess {
    pub fn new() -> Self {
        Self::with_max_length(DEFAULT_CAPACITY)
    }

    /// Queues of at most `max_length` ready messages.
    pub fn with_max_length(max_length: usize) -> Self {
        Self { shared: Arc::new(Shared { queues: Mutex::default(), max_length }) }
    }

    /// Ready messages in this queue, without those delivered and not settled.
    pub fn depth(&self, queue: Queue) -> usize {
        lock(&self.queue(queue).ready).len()
    }

    /// Puts what is ready in one queue into another, with all that is known of its way.
    #[cfg(any(test, feature = "doubles"))]
    pub fn carry(&self, from: Queue, to: Queue) {
        let ready = std::mem::take(&mut *lock(&self.queue(from).ready));
        let to = self.queue(to);
        lock(&to.ready).extend(ready);
        to.arrived.notify_one();
    }

    fn queue(&self, queue: Queue) -> Arc<QueueState> {
        lock(&self.shared.queues).entry(queue).or_default().clone()
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

/// A poisoned lock only means that a holder panicked between two whole operations.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Transport for InProcess {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        let state = self.queue(queue);
        {
            let mut ready = lock(&state.ready);
            if ready.len() >= self.shared.max_length {
                return Err(PublishError::Full);
            }
            let passage = Passage { sent_at: Some(SystemClock.now()), ..Passage::default() };
            ready.push_back((envelope, passage));
        }
        state.arrived.notify_one();
        Ok(())
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        let state = self.queue(queue);
        state.prefetch.fetch_add(prefetch, Ordering::Relaxed);
        Ok(Box::new(InProcessConsumer {
            transport: self.clone(),
            queue,
            state,
            slots: Arc::new(Semaphore::new(prefetch)),
            prefetch,
        }))
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        Ok(self.queue(queue).prefetch.load(Ordering::Relaxed))
    }
}

struct InProcessConsumer {
    transport: InProcess,
    queue: Queue,
    state: Arc<QueueState>,
    slots: Arc<Semaphore>,
    prefetch: usize,
}

impl fmt::Debug for InProcessConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessConsumer").field("prefetch", &self.prefetch).finish_non_exhaustive()
    }
}

#[async_trait]
impl Consumer for InProcessConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let slot = self.slots.clone().acquire_owned().await.ok()?;
        loop {
            let arrived = self.state.arrived.notified();
            if let Some((envelope, passage)) = lock(&self.state.ready).pop_front() {
                // more may be waiting, and one notification may have stood for several messages
                self.state.arrived.notify_one();
                let settle = InProcessSettle {
                    transport: self.transport.clone(),
                    queue: self.queue,
                    passage: passage.clone(),
                    state: self.state.clone(),
                    envelope: envelope.clone(),
                    _slot: slot,
                };
                return Some(Delivery::new(envelope, passage, Box::new(settle)));
            }
            arrived.await;
        }
    }
}

impl Drop for InProcessConsumer {
    fn drop(&mut self) {
        self.state.prefetch.fetch_sub(self.prefetch, Ordering::Relaxed);
        // a notification that this consumer took and did not use belongs to the others
        self.state.arrived.notify_one();
    }
}

struct InProcessSettle {
    transport: InProcess,
    queue: Queue,
    passage: Passage,
    state: Arc<QueueState>,
    envelope: Envelope,
    _slot: OwnedSemaphorePermit,
}

impl fmt::Debug for InProcessSettle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessSettle").finish_non_exhaustive()
    }
}

#[async_trait]
impl Settle for InProcessSettle {
    async fn ack(self: Box<Self>) {}

    async fn reject(self: Box<Self>) {
        let dead = self.transport.queue(Queue::Dead);
        let death = Death { reason: "rejected".to_owned(), queue: self.queue.to_string() };
        let passage = Passage { returned: 0, sent_at: self.passage.sent_at, death: Some(death) };
        lock(&dead.ready).push_back((self.envelope.clone(), passage));
        dead.arrived.notify_one();
    }

    fn give_back(self: Box<Self>) {
        let mut passage = self.passage.clone();
        passage.returned += 1;
        lock(&self.state.ready).push_front((self.envelope.clone(), passage));
        self.state.arrived.notify_one();
    }
}
