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
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::{events, message};

/// On a connection that breaks in the same moment, a settlement may wait for ever: nobody will take it, and whoever holds
/// the delivery is held up with it.
const SETTLED: Duration = Duration::from_secs(5);

/// Deliveries of one queue. Dropped, it gives back what it did not hand out; what it did can still be settled, since
/// each delivery keeps the channel open.
pub(crate) struct RabbitConsumer {
    pub(crate) queue: Queue,
    pub(crate) channel: Arc<Channel>,
    pub(crate) deliveries: lapin::Consumer,
    /// Where what must be told to the broker from a `Drop` is done.
    pub(crate) tasks: TaskTracker,
    pub(crate) over: bool,
}

impl std::fmt::Debug for RabbitConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitConsumer").field("queue", &self.queue).finish_non_exhaustive()
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        while !self.over {
            match self.deliveries.next().await {
                Some(Ok(delivery)) => {
                    let settle = Settling {
                        queue: self.queue,
                        acker: delivery.acker,
                        channel: self.channel.clone(),
                        tasks: self.tasks.clone(),
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
