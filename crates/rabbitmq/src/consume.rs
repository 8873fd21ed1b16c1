//! Consuming: a channel for each consumer, whose prefetch is the consumer's cap.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::StreamExt;
use gleaner_contract::Queue;
use gleaner_ports::{Consumer, Delivery, transport::Settle};
use lapin::{
    Acker, Channel,
    options::{BasicAckOptions, BasicCancelOptions, BasicNackOptions, BasicRejectOptions},
};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::TaskTracker;

use crate::{events, message, transport::RabbitTransport};

/// On a connection that breaks in the same moment, a settlement may wait for ever: nobody will take it, and whoever holds
/// the delivery is held up with it.
const SETTLED: Duration = Duration::from_secs(5);

/// Deliveries of one queue. Dropped, it gives back what it did not hand out; what it did can still be settled, since
/// each delivery keeps the channel open.
pub(crate) struct RabbitConsumer {
    pub(crate) queue: Queue,
    pub(crate) transport: RabbitTransport,
    pub(crate) channel: Arc<Channel>,
    pub(crate) deliveries: lapin::Consumer,
    /// Where what must be told to the broker from a `Drop` is done.
    pub(crate) tasks: TaskTracker,
    /// Deliveries that were handed out and are not settled.
    pub(crate) held: Arc<()>,
    pub(crate) silence: Silence,
    pub(crate) over: bool,
}

/// How long nothing has come. A broker may forget a consumer without a word: RabbitMQ 3.10 does, where its queue is deleted
/// and declared again in one moment. So it is asked from time to time.
#[derive(Debug)]
pub(crate) struct Silence {
    ask_at: Instant,
    /// At the last look messages waited, though they could have come here.
    passed_over: bool,
}

impl Silence {
    pub(crate) fn begin() -> Self {
        Self { ask_at: Instant::now() + ASK_AFTER, passed_over: false }
    }
}

/// A consumer that hears nothing for so long asks whether it still is one.
const ASK_AFTER: Duration = Duration::from_secs(5);

impl std::fmt::Debug for RabbitConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitConsumer").field("queue", &self.queue).finish_non_exhaustive()
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        while !self.over {
            let heard = tokio::select! {
                biased;
                heard = self.deliveries.next() => heard,
                () = sleep_until(self.silence.ask_at) => {
                    if self.is_forgotten().await {
                        // dropped, it takes leave all the same
                        return None;
                    }
                    continue;
                }
            };
            match heard {
                Some(Ok(delivery)) => {
                    self.silence = Silence::begin();
                    let settle = Settling {
                        queue: self.queue,
                        acker: delivery.acker,
                        channel: self.channel.clone(),
                        tasks: self.tasks.clone(),
                        _held: self.held.clone(),
                    };
                    let passage = message::passage(&delivery.properties, delivery.redelivered);
                    // what nobody can read is told by whoever files the dead letters
                    let read = if self.queue == Queue::Dead { message::salvaged } else { message::envelope };
                    match read(&delivery.properties, delivery.data) {
                        Ok(envelope) => {
                            return Some(Delivery::new(envelope, passage, Box::new(settle)));
                        }
                        Err(error) => {
                            let id = delivery.properties.message_id().as_ref().map(ToString::to_string);
                            events::unreadable(self.queue, &id.unwrap_or_default(), &error);
                            Box::new(settle).reject().await;
                        }
                    }
                }
                Some(Err(error)) => {
                    events::consumer_failed(self.queue, &error);
                    self.over = true;
                }
                None => self.over = true,
            }
        }
        None
    }
}

impl RabbitConsumer {
    /// Whether the broker gives this consumer nothing any more. It is asked again before that is believed of one of many.
    async fn is_forgotten(&mut self) -> bool {
        self.silence.ask_at = Instant::now() + ASK_AFTER;
        // a broker that does not answer ends the connection in its own time
        let Ok(standing) = self.transport.standing(self.queue).await else { return false };
        let has_room = Arc::strong_count(&self.held) == 1;
        let passed_over = has_room && standing.ready > 0;
        let forgotten = standing.consumers == 0 || (passed_over && self.silence.passed_over);
        self.silence.passed_over = passed_over;
        if forgotten {
            events::consumer_forgotten(self.queue);
        }
        forgotten
    }
}

impl Drop for RabbitConsumer {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (channel, mut deliveries) = (self.channel.clone(), self.deliveries.clone());
        self.tasks.spawn(async move {
            // once the broker has agreed, no more can come
            let _ = channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default()).await;
            while let Some(Ok(delivery)) = deliveries.next().await {
                let _ = delivery.acker.nack(BasicNackOptions { requeue: true, multiple: false }).await;
            }
        });
    }
}

/// Settles one delivery.
struct Settling {
    queue: Queue,
    acker: Acker,
    /// Open as long as this delivery is not settled.
    channel: Arc<Channel>,
    tasks: TaskTracker,
    _held: Arc<()>,
}

impl std::fmt::Debug for Settling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settling").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Settling {
    fn told(&self, outcome: &'static str, result: lapin::Result<bool>) {
        match result {
            Ok(true) => events::settled(self.queue, outcome),
            Ok(false) | Err(_) => events::settled_in_vain(self.queue, outcome),
        }
    }
}

#[async_trait]
impl Settle for Settling {
    async fn ack(self: Box<Self>) {
        let done = timeout(SETTLED, self.acker.ack(BasicAckOptions::default())).await;
        self.told("ack", done.unwrap_or(Ok(false)));
    }

    async fn reject(self: Box<Self>) {
        let done = timeout(SETTLED, self.acker.reject(BasicRejectOptions { requeue: false })).await;
        self.told("reject", done.unwrap_or(Ok(false)));
    }

    fn give_back(self: Box<Self>) {
        // on a channel that is gone, the broker has taken it back by itself
        if self.channel.status().connected() {
            let tasks = self.tasks.clone();
            tasks.spawn(async move {
                let back = BasicNackOptions { requeue: true, multiple: false };
                let done = timeout(SETTLED, self.acker.nack(back)).await;
                self.told("given_back", done.unwrap_or(Ok(false)));
            });
        }
    }
}
