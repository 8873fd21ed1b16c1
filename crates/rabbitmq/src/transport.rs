//! The transport itself: who publishes, who consumes, and how many consume elsewhere.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use gleaner_contract::{Envelope, Queue};
use gleaner_ports::{Consumer, PublishError, Transport};
use lapin::{
    Channel, Connection,
    options::{BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout},
};
use tokio_util::task::TaskTracker;

use crate::{
    config::RabbitConfig,
    connect::{Connector, RabbitError},
    consume::RabbitConsumer,
    events,
    publish::Publisher,
};

/// How old a count of consumers may be.
const COUNT_AGE: Duration = Duration::from_millis(500);

/// How long is waited for what was given back to be told, at the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// For settlements that the broker has and its queue has not.
const TURN: Duration = Duration::from_millis(200);

/// What one consumer of a queue holds at most, the same for every replica.
type Prefetch = dyn Fn(Queue) -> usize + Send + Sync;

/// RabbitMQ. Clones share the connections.
#[derive(Clone)]
pub struct RabbitTransport {
    inner: Arc<Inner>,
}

struct Inner {
    config: RabbitConfig,
    connector: Connector,
    publisher: Publisher,
    /// The connection that consumes, and counts consumers.
    consuming: Mutex<Option<Connection>>,
    /// Of consumers, and of deliveries that outlive theirs.
    channels: std::sync::Mutex<Vec<Arc<Channel>>>,
    counting: Mutex<Counts>,
    prefetch: Box<Prefetch>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Counts {
    channel: Option<Channel>,
    known: HashMap<Queue, (Instant, usize)>,
}

impl fmt::Debug for RabbitTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitTransport").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl RabbitTransport {
    /// Connects and declares the topology, which tells whether the broker lets us in. `name` shows in the broker's
    /// management; `prefetch` is what one consumer of a queue holds at most, for telling the capacity of all.
    pub async fn connect(
        config: &RabbitConfig,
        name: &str,
        prefetch: impl Fn(Queue) -> usize + Send + Sync + 'static,
    ) -> Result<Self, RabbitError> {
        let connector = Connector::new(config.clone(), name);
        let consuming = connector.connect("consumes").await?;
        let channels = config.publish_channels.get();
        let publisher =
            Publisher::new(connector.clone(), connector.pool()?, channels, config.confirm_timeout);
        let inner = Inner {
            config: config.clone(),
            connector,
            publisher,
            consuming: Mutex::new(Some(consuming)),
            channels: std::sync::Mutex::default(),
            counting: Mutex::default(),
            prefetch: Box::new(prefetch),
            tasks: TaskTracker::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether the broker answers.
    pub async fn ping(&self) -> Result<(), PublishError> {
        self.count(Queue::Report).await.map(drop)
    }

    /// Waits for what is under way, then closes the connections. Messages that are delivered and not settled go back.
    pub async fn close(&self) {
        self.inner.publisher.close(self.inner.config.publish_channels.get()).await;
        self.inner.tasks.close();
        let _ = timeout(LAST_WORDS, self.inner.tasks.wait()).await;
        let channels = std::mem::take(&mut *self.channels());
        for channel in channels.iter().filter(|channel| channel.status().connected()) {
            // a call that is answered: what was settled on the channel before it has arrived
            let _ = timeout(LAST_WORDS, channel.basic_qos(1, BasicQosOptions::default())).await;
        }
        // a quorum queue takes settlements by 32, and a channel that closes forgets those that still wait for their turn
        sleep(TURN).await;
        for channel in channels.iter().filter(|channel| channel.status().connected()) {
            let _ = timeout(LAST_WORDS, channel.close(200, "done".into())).await;
        }
        if let Some(connection) = self.inner.consuming.lock().await.take() {
            let _ = timeout(LAST_WORDS, connection.close(200, "done".into())).await;
        }
    }

    fn channels(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Channel>>> {
        // a poisoned lock only means that a holder panicked between two whole operations
        self.inner.channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A new channel on the connection that consumes, which is made anew when it is dead.
    async fn channel(&self) -> Result<Channel, PublishError> {
        let mut consuming = self.inner.consuming.lock().await;
        if consuming.as_ref().is_none_or(|connection| !connection.status().connected()) {
            if self.inner.tasks.is_closed() {
                return Err(PublishError::Closed);
            }
            *consuming = None;
            match self.inner.connector.connect("consumes").await {
                Ok(connection) => *consuming = Some(connection),
                Err(error) => {
                    events::not_connected(&error);
                    return Err(PublishError::Unknown);
                }
            }
        }
        let Some(connection) = consuming.as_ref() else { return Err(PublishError::Closed) };
        answered(self.inner.config.connect_timeout, connection.create_channel()).await
    }

    /// How many consumers the queue has.
    async fn count(&self, queue: Queue) -> Result<usize, PublishError> {
        let mut counts = self.inner.counting.lock().await;
        if let Some((at, count)) = counts.known.get(&queue)
            && at.elapsed() < COUNT_AGE
        {
            return Ok(*count);
        }
        let channel = match counts.channel.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => self.channel().await?,
        };
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        let name = queue.to_string();
        let asking = channel.queue_declare(name.as_str().into(), passive, FieldTable::default());
        let found = answered(self.inner.config.connect_timeout, asking).await?;
        let count = found.consumer_count() as usize;
        counts.known.insert(queue, (Instant::now(), count));
        counts.channel = Some(channel);
        Ok(count)
    }
}

#[async_trait]
impl Transport for RabbitTransport {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        self.inner.publisher.publish(queue, &envelope).await
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        match self.try_consume(queue, prefetch).await {
            // it may have been deleted
            Err(PublishError::Unknown) => {
                self.declare_again().await?;
                self.try_consume(queue, prefetch).await
            }
            done => done,
        }
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        Ok(self.count(queue).await? * (self.inner.prefetch)(queue))
    }
}

impl RabbitTransport {
    async fn declare_again(&self) -> Result<(), PublishError> {
        // one that is made anew declares everything by itself
        drop(self.channel().await?);
        let consuming = self.inner.consuming.lock().await;
        let Some(connection) = consuming.as_ref() else { return Err(PublishError::Closed) };
        self.inner.connector.declare_again(connection).await.map_err(|error| {
            events::not_connected(&error);
            PublishError::Unknown
        })
    }

    async fn try_consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        let channel = self.channel().await?;
        let patience = self.inner.config.connect_timeout;
        let prefetch = u16::try_from(prefetch).unwrap_or(u16::MAX);
        answered(patience, channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        let name = queue.to_string();
        let consume = || {
            channel.basic_consume(
                name.as_str().into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
        };
        let deliveries = answered(patience, consume()).await?;
        let channel = Arc::new(channel);
        {
            let mut channels = self.channels();
            channels.retain(|channel| channel.status().connected());
            channels.push(channel.clone());
        }
        Ok(Box::new(RabbitConsumer {
            queue,
            channel,
            deliveries,
            tasks: self.inner.tasks.clone(),
            over: false,
        }))
    }
}

/// Whatever goes wrong on the way, the session is over or about to be.
async fn answered<T>(
    patience: Duration,
    asking: impl Future<Output = lapin::Result<T>>,
) -> Result<T, PublishError> {
    match timeout(patience, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) | Err(_) => Err(PublishError::Unknown),
    }
}
