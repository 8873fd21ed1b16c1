//! The transport: named queues of envelopes, each delivery settled once.

use std::fmt::Debug;

use async_trait::async_trait;
use gleaner_contract::{Envelope, Queue, Timestamp};

mod backoff;
#[cfg(any(test, feature = "doubles"))]
mod faulty;
mod in_process;

pub use backoff::Backoff;
#[cfg(any(test, feature = "doubles"))]
pub use faulty::{Fate, FaultyTransport};
pub use in_process::InProcess;

/// Why a publish is not known to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The queue is full: hold the message and try again.
    #[error("queue is full")]
    Full,
    /// The message may or may not have arrived.
    #[error("publish was not confirmed in time")]
    Unknown,
    #[error("transport is closed")]
    Closed,
}

/// Carries envelopes. Delivers at least once: a message may come twice, or out of order.
#[async_trait]
pub trait Transport: Send + Sync + Debug {
    /// Returns once the queue holds the message.
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError>;

    /// Starts a consumer that holds at most `prefetch` unsettled deliveries. It fails while a broker is away: wait, and
    /// try again.
    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError>;

    /// The sum of the prefetch of all consumers of this queue, in this process or any other; told within seconds.
    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError>;
}

/// One consumer of one queue.
#[async_trait]
pub trait Consumer: Send + Debug {
    /// The next delivery; `None` once the session is over. Cancel-safe.
    async fn next(&mut self) -> Option<Delivery>;
}

/// What a transport knows of a delivery beside its message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// How often it came back unsettled: from who gave it back, or went away with it.
    pub returned: u32,
    /// When it was published, to the second at worst.
    pub sent_at: Option<Timestamp>,
    /// Of a dead letter: how it became one.
    pub death: Option<Death>,
}

/// Why a message is a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    /// `rejected`, `delivery_limit`, `expired`, `maxlen`, or what else a broker says.
    pub reason: String,
    /// The queue that it was in.
    pub queue: String,
}

/// One delivered message. Dropped unsettled, it goes back to its queue.
#[derive(Debug)]
pub struct Delivery {
    pub envelope: Envelope,
    pub passage: Passage,
    settle: Option<Box<dyn Settle>>,
}

/// What an adapter does when a delivery is settled.
#[async_trait]
pub trait Settle: Send + Sync + Debug {
    async fn ack(self: Box<Self>);
    /// To the dead letters.
    async fn reject(self: Box<Self>);
    /// Back to the queue; called from `Drop`, so it must not block.
    fn give_back(self: Box<Self>);
}

impl Delivery {
    pub fn new(envelope: Envelope, passage: Passage, settle: Box<dyn Settle>) -> Self {
        Self { envelope, passage, settle: Some(settle) }
    }

    /// Done: its effects are durable.
    pub async fn ack(mut self) {
        if let Some(settle) = self.settle.take() {
            settle.ack().await;
        }
    }

    /// Nobody will ever understand it: to the dead letters.
    pub async fn reject(mut self) {
        if let Some(settle) = self.settle.take() {
            settle.reject().await;
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(settle) = self.settle.take() {
            settle.give_back();
        }
    }
}
