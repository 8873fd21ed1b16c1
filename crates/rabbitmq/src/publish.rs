//! Publishing: one mandatory message under way on each channel, and its confirm awaited.

use std::{sync::Mutex, time::Duration};

use deadpool_lapin::Pool;
use gleaner_contract::{Envelope, Queue, Timestamp};
use gleaner_ports::{Clock, PublishError, SystemClock};
use lapin::{Channel, Confirmation, options::BasicPublishOptions};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    connect::{Connector, is_missing},
    events, message,
    topology::{WORK, routing_key},
};

/// Publishes over a few channels of one connection.
#[derive(Debug)]
pub(crate) struct Publisher {
    connector: Connector,
    pool: Pool,
    /// As many as there may be channels.
    turns: Semaphore,
    idle: Mutex<Vec<Channel>>,
    confirm_timeout: Duration,
}

/// What the broker said.
enum Answer {
    Held,
    Full,
    /// There is no such queue or exchange.
    Returned,
}

impl Publisher {
    pub(crate) fn new(connector: Connector, pool: Pool, channels: usize, confirm_timeout: Duration) -> Self {
        Self { connector, pool, turns: Semaphore::new(channels), idle: Mutex::default(), confirm_timeout }
    }

    pub(crate) async fn publish(&self, queue: Queue, envelope: &Envelope) -> Result<(), PublishError> {
        let Ok(_turn) = self.turns.acquire().await else { return Err(PublishError::Closed) };
        let id = message::message_id(&envelope.headers);
        let mut answer = self.try_publish(queue, envelope, &id).await;
        if matches!(answer, Ok(Answer::Returned)) {
            events::returned(queue, &id);
            answer = match self.declare_again().await {
                Ok(()) => self.try_publish(queue, envelope, &id).await,
                Err(why) => Err(why),
            };
        }
        let (told, result) = match &answer {
            Ok(Answer::Held) => ("held", Ok(())),
            Ok(Answer::Full) => ("full", Err(PublishError::Full)),
            Ok(Answer::Returned) => ("returned", Err(PublishError::Unknown)),
            Err(_) if self.turns.is_closed() => ("closed", Err(PublishError::Closed)),
            Err(_) => ("unknown", Err(PublishError::Unknown)),
        };
        if let Err(why) = &answer {
            events::publish_failed(queue, &id, why);
        }
        events::published(queue, told);
        result
    }

    async fn try_publish(&self, queue: Queue, envelope: &Envelope, id: &str) -> Result<Answer, String> {
        let idle = self.idle().pop().filter(|channel| channel.status().connected());
        let channel = match idle {
            Some(channel) => channel,
            None => self.connector.confirming(&self.pool).await?,
        };
        let now: Timestamp = SystemClock.now();
        let publishing = async {
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let properties = message::properties(queue, &envelope.headers, now);
            let key = routing_key(queue);
            channel
                .basic_publish(WORK.into(), key.as_str().into(), options, &envelope.body, properties)
                .await?
                .await
        };
        let confirmation = match timeout(self.confirm_timeout, publishing).await {
            Ok(Ok(confirmation)) => confirmation,
            // no such exchange: the channel is gone with it
            Ok(Err(error)) if is_missing(&error) => return Ok(Answer::Returned),
            Ok(Err(error)) => return Err(error.to_string()),
            // the channel is dropped: a confirm that comes late would be taken for another message's
            Err(_) => return Err("no confirm in time".to_owned()),
        };
        let answer = match confirmation {
            Confirmation::Ack(None) => Answer::Held,
            Confirmation::Nack(_) => Answer::Full,
            Confirmation::Ack(Some(returned)) => {
                let returned = returned.delivery.properties.message_id().clone();
                if returned.is_some_and(|returned| returned.as_str() == id) {
                    Answer::Returned
                } else {
                    return Err("another message was returned in its place".to_owned());
                }
            }
            Confirmation::NotRequested => return Err("the channel does not confirm".to_owned()),
        };
        self.idle().push(channel);
        Ok(answer)
    }

    async fn declare_again(&self) -> Result<(), String> {
        let connection = self.pool.get().await.map_err(|error| error.to_string())?;
        self.connector.declare_again(&connection).await.map_err(|error| error.to_string())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        // a poisoned lock only means that a holder panicked between two whole operations
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits for what is under way, and takes no more.
    pub(crate) async fn close(&self, channels: usize) {
        let all = u32::try_from(channels).unwrap_or(u32::MAX);
        // an open channel has its permit: with all of them here, nothing is under way
        drop(timeout(self.confirm_timeout, self.turns.acquire_many(all)).await);
        self.turns.close();
        self.idle().clear();
        if let Ok(connection) = self.pool.get().await {
            let _ = timeout(self.confirm_timeout, connection.close(200, "done".into())).await;
        }
        self.pool.close();
    }
}
