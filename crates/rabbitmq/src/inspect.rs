//! The broker as it is, beside what it should be. Nothing is made, changed or taken.

use std::{fmt, time::Duration};

use futures::StreamExt as _;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ErrorKind, Event,
    options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions},
};
use tokio::time::timeout;

use crate::{
    config::RabbitConfig,
    connect::{Connector, RabbitError},
    topology::{DURABLE, Exchange, QueueDeclaration, WORK},
};

/// A key of `gleaner.work` that leads to no queue: what is published under it is dropped.
const NOWHERE: &str = "nowhere";

const NOT_FOUND: u16 = 404;

/// How something that should be there was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    AsDeclared(T),
    Missing,
    /// It is there and cannot be used as declared; the broker's words.
    Otherwise(String),
}

/// How long a queue is, and how many take from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Ready for delivery; those under way are not counted.
    pub messages: u32,
    pub consumers: u32,
}

/// A connection that only looks. One that asked for [`Self::alarm`] may be blocked from then on.
pub struct Inspector {
    connection: Connection,
    place: String,
    patience: Duration,
}

impl fmt::Debug for Inspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Inspector {
    /// Connects, and declares nothing. `name` shows in the broker's management.
    pub async fn connect(config: &RabbitConfig, name: &str) -> Result<Self, RabbitError> {
        let place = config.address()?.place;
        let connection = Connector::new(config.clone(), name).open("looks").await?;
        Ok(Self { connection, place, patience: config.connect_timeout })
    }

    /// Host and port.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the exchange is there, and of its kind.
    pub async fn exchange(&self, exchange: &Exchange) -> Result<Found<()>, RabbitError> {
        let passive = ExchangeDeclareOptions { passive: true, ..DURABLE };
        self.look(async |channel| {
            exchange.declare(channel, passive).await?;
            // what is there is compared with what is declared, and not made
            exchange.declare(channel, DURABLE).await
        })
        .await
    }

    /// Whether the queue is there with its arguments, and how full it is.
    pub async fn queue(&self, queue: &QueueDeclaration) -> Result<Found<Depth>, RabbitError> {
        let durable = QueueDeclareOptions::durable();
        let passive = QueueDeclareOptions { passive: true, ..durable };
        self.look(async |channel| {
            let found = queue.declare(channel, passive).await?;
            // a passive declaration compares no arguments
            queue.declare(channel, durable).await?;
            Ok(Depth { messages: found.message_count(), consumers: found.consumer_count() })
        })
        .await
    }

    /// Why the broker holds back whoever publishes, in its words: a memory or disk alarm. It tells so only to those
    /// who publish, so an empty message is published to nowhere.
    pub async fn alarm(&self) -> Result<Option<String>, RabbitError> {
        let mut events = self.connection.events_listener();
        let publish = self.in_time(async {
            let channel = self.connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            let options = BasicPublishOptions::default();
            let properties = BasicProperties::default();
            let confirm =
                channel.basic_publish(WORK.into(), NOWHERE.into(), options, &[], properties).await?;
            let confirmed = confirm.await?;
            Ok(matches!(confirmed, Confirmation::Ack(_)))
        });
        let blocked = async {
            loop {
                match events.next().await {
                    Some(Event::ConnectionBlocked(reason)) => return reason,
                    Some(_) => {}
                    None => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            biased;
            reason = blocked => Ok(Some(reason)),
            published = publish => match published {
                Ok(true) => Ok(None),
                Ok(false) => Ok(Some("the broker takes no message".to_owned())),
                Err(_) if self.connection.status().blocked() => Ok(Some("the connection is blocked".to_owned())),
                Err(error) => Err(error),
            },
        }
    }

    /// Says farewell; a broker that does not answer is left without.
    pub async fn close(self) {
        let _ = timeout(Duration::from_millis(500), self.connection.close(200, "done".into())).await;
    }

    /// On a channel of its own, since the broker answers what it does not find by closing the channel.
    async fn look<T>(
        &self,
        asking: impl AsyncFnOnce(&Channel) -> lapin::Result<T>,
    ) -> Result<Found<T>, RabbitError> {
        let look = async {
            let channel = self.connection.create_channel().await?;
            match asking(&channel).await {
                Ok(found) => {
                    channel.close(200, "looked".into()).await?;
                    Ok(Found::AsDeclared(found))
                }
                Err(error) if !self.connection.status().connected() => Err(error),
                Err(error) => match error.kind() {
                    ErrorKind::ProtocolError(amqp) if amqp.get_id() == NOT_FOUND => Ok(Found::Missing),
                    ErrorKind::ProtocolError(amqp) => Ok(Found::Otherwise(amqp.get_message().to_string())),
                    _ => Err(error),
                },
            }
        };
        self.in_time(look).await
    }

    async fn in_time<T>(&self, asking: impl Future<Output = lapin::Result<T>>) -> Result<T, RabbitError> {
        match timeout(self.patience, asking).await {
            Ok(answer) => answer.map_err(|error| RabbitError::of(&self.place, &error)),
            Err(_) => Err(RabbitError::Unreachable {
                place: self.place.clone(),
                detail: "no answer in time".into(),
            }),
        }
    }
}
