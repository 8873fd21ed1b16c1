//! Connections, and why there is none.

use std::time::Duration;

use deadpool_lapin::{Manager, Pool, PoolError, Runtime, Timeouts};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::time::{sleep, timeout};

use crate::{config::RabbitConfig, topology::Topology};

const WAIT: Duration = Duration::from_secs(5);

/// Why the broker cannot be used. No message holds the password.
#[derive(Debug, thiserror::Error)]
pub enum RabbitError {
    #[error("`rabbitmq.url` is not an amqp or amqps URL")]
    Url,
    #[error("`{place}` refused the login")]
    Login { place: String },
    #[error("`{place}` refused the virtual host: {detail}")]
    VirtualHost { place: String, detail: String },
    #[error("no answer from `{place}`: {detail}")]
    Unreachable { place: String, detail: String },
    #[error("queues or exchanges could not be declared: {detail}")]
    Topology { detail: String },
}

impl RabbitError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    pub(crate) fn of(place: &str, error: &lapin::Error) -> Self {
        let place = place.to_owned();
        let ErrorKind::ProtocolError(amqp) = error.kind() else {
            return Self::Unreachable { place, detail: error.to_string() };
        };
        match amqp.get_id() {
            403 => Self::Login { place },
            530 => Self::VirtualHost { place, detail: amqp.get_message().to_string() },
            _ => Self::Unreachable { place, detail: amqp.get_message().to_string() },
        }
    }
}

/// Whether what was asked for is not declared: somebody deleted it.
pub(crate) fn is_missing(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(amqp) if amqp.get_id() == 404)
}

/// Within this time a queue that is being deleted is gone for good.
const DELETED: Duration = Duration::from_secs(1);

/// Makes connections, each with everything declared on it that messages need.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    config: RabbitConfig,
    name: String,
}

impl Connector {
    /// `name` shows in the broker's management.
    pub(crate) fn new(config: RabbitConfig, name: &str) -> Self {
        Self { config, name: name.to_owned() }
    }

    fn properties(&self, purpose: &str) -> ConnectionProperties {
        ConnectionProperties::default().with_connection_name(format!("{} {purpose}", self.name).into())
    }

    /// A connection outside of the pool.
    pub(crate) async fn connect(&self, purpose: &str) -> Result<Connection, RabbitError> {
        let connection = self.open(purpose).await?;
        self.declare(&connection).await?;
        Ok(connection)
    }

    /// A connection on which nothing is declared.
    pub(crate) async fn open(&self, purpose: &str) -> Result<Connection, RabbitError> {
        let address = self.config.address()?;
        let connecting = Connection::connect(&address.with_password, self.properties(purpose));
        match timeout(self.config.connect_timeout, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(RabbitError::of(&address.place, &error)),
            Err(_) => {
                Err(RabbitError::Unreachable { place: address.place, detail: "no connection in time".into() })
            }
        }
    }

    /// Declares what a broker may have lost, or never had.
    pub(crate) async fn declare(&self, connection: &Connection) -> Result<(), RabbitError> {
        let declaring = async {
            let channel = connection.create_channel().await?;
            Topology::current().declare(&channel).await?;
            channel.close(200, "declared".into()).await
        };
        let detail = match timeout(self.config.connect_timeout, declaring).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        Err(RabbitError::Topology { detail })
    }

    /// The same where something turned out to be missing. Not at once: whoever deleted it may not be through, and a queue
    /// that is there again too early forgets who consumes from it (seen with RabbitMQ 3.10).
    pub(crate) async fn declare_again(&self, connection: &Connection) -> Result<(), RabbitError> {
        sleep(DELETED).await;
        self.declare(connection).await
    }

    /// The pool of the one connection that publishes.
    pub(crate) fn pool(&self) -> Result<Pool, RabbitError> {
        let address = self.config.address()?;
        let runtime = lapin::runtime::default_runtime()
            .map_err(|error| RabbitError::Unreachable { place: address.place, detail: error.to_string() })?;
        let (this, timeouts) = (self.clone(), self.timeouts());
        let manager = Manager::new(address.with_password, move || this.properties("publishes"), runtime);
        let pool = Pool::builder(manager).max_size(1).timeouts(timeouts).runtime(Runtime::Tokio1).build();
        pool.map_err(|error| RabbitError::Topology { detail: error.to_string() })
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: Some(self.config.connect_timeout), wait: Some(WAIT), recycle: Some(WAIT) }
    }

    /// A channel that confirms, on the pool's connection.
    pub(crate) async fn confirming(&self, pool: &Pool) -> Result<Channel, String> {
        let connection = pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.to_string(),
            other => other.to_string(),
        })?;
        let opening = async {
            let channel = connection.create_channel().await?;
            channel.confirm_select(Default::default()).await?;
            Ok::<_, lapin::Error>(channel)
        };
        match timeout(self.config.connect_timeout, opening).await {
            Ok(opened) => opened.map_err(|error| error.to_string()),
            Err(_) => Err("no channel in time".to_owned()),
        }
    }
}
