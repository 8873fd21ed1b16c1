//! A consumer's session: what it holds, and how it ends.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::FutureExt;
use gleaner_contract::{Envelope, Queue, Stage};
use gleaner_ports::{Consumer, Delivery, transport::Settle};
use tokio_util::sync::CancellationToken;

use super::Wire;
use crate::options::Sabotage;

/// Deliveries that a consumer has not settled yet.
#[derive(Debug, Default)]
pub(super) struct Session {
    over: CancellationToken,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    deliveries: BTreeMap<u64, Delivery>,
}

impl Session {
    /// The broker gives what is held to others at once; who holds it still cannot settle it any more.
    pub(super) fn end(&self) {
        self.over.cancel();
        // the last one first, since each goes to the front of its queue
        for (_, delivery) in self.take_all().into_iter().rev() {
            drop(delivery);
        }
    }

    /// The session ends, and nobody gets what is held.
    pub(super) fn forget(&self) {
        self.over.cancel();
        for (_, delivery) in self.take_all() {
            // queues in this process acknowledge without a wait
            let _ = delivery.ack().now_or_never();
        }
    }

    pub(super) fn held(&self) -> usize {
        self.locked().deliveries.len()
    }

    fn hold(&self, delivery: Delivery) -> u64 {
        let mut held = self.locked();
        let id = held.next;
        held.next += 1;
        held.deliveries.insert(id, delivery);
        id
    }

    fn take(&self, id: u64) -> Option<Delivery> {
        self.locked().deliveries.remove(&id)
    }

    fn take_all(&self) -> BTreeMap<u64, Delivery> {
        std::mem::take(&mut self.locked().deliveries)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A consumer.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) wire: Wire,
    pub(super) queue: Queue,
    pub(super) inner: Box<dyn Consumer>,
    pub(super) session: Arc<Session>,
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.session.end();
    }
}

#[async_trait]
impl Consumer for Inbox {
    async fn next(&mut self) -> Option<Delivery> {
        if self.wire.happens(|rates| rates.session_over) {
            self.session.end();
        }
        let inner = tokio::select! {
            biased;
            () = self.session.over.cancelled() => return None,
            inner = self.inner.next() => inner?,
        };
        let envelope = self.wire.delivered(self.queue, inner.envelope.clone());
        let passage = inner.passage.clone();
        let reports = self.queue == Queue::Report;
        if reports && self.wire.shared.options.sabotage == Some(Sabotage::AckedEarly) {
            self.wire.shared.journal.acked(&envelope);
            inner.ack().await;
            return Some(Delivery::new(envelope, passage, Box::new(Nothing)));
        }
        if matches!(self.queue, Queue::Work(Stage::Crawl, _)) {
            self.wire.shared.journal.delivered((envelope.headers.task, envelope.headers.epoch));
        }
        let id = self.session.hold(inner);
        let settle = Handed {
            wire: self.wire.clone(),
            session: self.session.clone(),
            id,
            report: reports.then(|| envelope.clone()),
        };
        Some(Delivery::new(envelope, passage, Box::new(settle)))
    }
}

struct Handed {
    wire: Wire,
    session: Arc<Session>,
    id: u64,
    report: Option<Envelope>,
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handed").field("id", &self.id).finish_non_exhaustive()
    }
}

#[async_trait]
impl Settle for Handed {
    async fn ack(self: Box<Self>) {
        if let Some(report) = &self.report {
            self.wire.shared.journal.acked(report);
        }
        let Some(delivery) = self.session.take(self.id) else { return };
        if self.wire.happens(|rates| rates.ack_lost) {
            // delivered again
            drop(delivery);
        } else {
            delivery.ack().await;
        }
    }

    async fn reject(self: Box<Self>) {
        if let Some(delivery) = self.session.take(self.id) {
            delivery.reject().await;
        }
    }

    fn give_back(self: Box<Self>) {
        drop(self.session.take(self.id));
    }
}

/// Settled before it was handed out.
#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Settle for Nothing {
    async fn ack(self: Box<Self>) {}

    async fn reject(self: Box<Self>) {}

    fn give_back(self: Box<Self>) {}
}
