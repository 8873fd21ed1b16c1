//! The services that workers lean on: connected before any work, and all that is wrong with them told at once.

use std::{fmt, time::Duration};

use gleaner_contract::Queue;
use gleaner_rabbitmq::{RabbitError, RabbitTransport};
use gleaner_redis::{Redis, RedisError};
use gleaner_store::{ConnectError, PostgresConfig, PostgresJobs};
use tokio::time::{Instant, sleep};

use super::{Process, events};
use crate::assembly;

/// Between two tries.
const AGAIN: Duration = Duration::from_millis(500);

/// Services that cannot be used, each with why.
#[derive(Debug)]
pub struct ServicesError(Vec<String>);

impl fmt::Display for ServicesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ServicesError {}

/// Why one service cannot be used.
pub(super) struct Problem(String);

/// Both, or what is wrong with either.
pub(super) fn both<A, B>(a: Result<A, Problem>, b: Result<B, Problem>) -> Result<(A, B), ServicesError> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(ServicesError(a.err().into_iter().chain(b.err()).map(|Problem(what)| what).collect())),
    }
}

/// All three, or what is wrong with any.
pub(super) fn all<A, B, C>(
    a: Result<A, Problem>,
    b: Result<B, Problem>,
    c: Result<C, Problem>,
) -> Result<(A, B, C), ServicesError> {
    match (a, b, c) {
        (Ok(a), Ok(b), Ok(c)) => Ok((a, b, c)),
        (a, b, c) => {
            let problems = a.err().into_iter().chain(b.err()).chain(c.err());
            Err(ServicesError(problems.map(|Problem(what)| what).collect()))
        }
    }
}

impl From<Problem> for ServicesError {
    fn from(Problem(what): Problem) -> Self {
        Self(vec![what])
    }
}

/// An error of connecting to a service.
trait Passing: std::error::Error {
    /// Whether the same may succeed later.
    fn is_passing(&self) -> bool;
}

impl Passing for RabbitError {
    fn is_passing(&self) -> bool {
        self.is_passing()
    }
}

impl Passing for RedisError {
    fn is_passing(&self) -> bool {
        self.is_passing()
    }
}

impl Passing for ConnectError {
    fn is_passing(&self) -> bool {
        self.is_passing()
    }
}

impl Process {
    pub(super) async fn broker(&self) -> Result<RabbitTransport, Problem> {
        let connect = async || {
            let config = self.config.clone();
            let prefetch = move |queue: Queue| assembly::prefetch(&config, queue);
            RabbitTransport::connect(&self.config.rabbitmq, &format!("gleaner-{}", self.name), prefetch).await
        };
        let transport = self.patiently("rabbitmq", connect).await?;
        let asked = transport.clone();
        self.health.needs("rabbitmq", move || {
            let asked = asked.clone();
            async move { asked.ping().await.map_err(|error| error.to_string()) }
        });
        Ok(transport)
    }

    pub(super) async fn cache(&self) -> Result<Redis, Problem> {
        let connect = async || Redis::connect(&self.config.redis, self.config.retention.captures).await;
        let redis = self.patiently("redis", connect).await?;
        let asked = redis.clone();
        self.health.needs("redis", move || {
            let asked = asked.clone();
            async move { asked.ping().await.map_err(|error| error.to_string()) }
        });
        Ok(redis)
    }

    /// The database, with its tables up to date.
    pub(super) async fn database(&self) -> Result<PostgresJobs, Problem> {
        self.database_within(self.config.postgres.connect_timeout).await
    }

    /// The same, for those who had rather hear that it is away than wait for longer.
    pub(super) async fn database_within(&self, patience: Duration) -> Result<PostgresJobs, Problem> {
        let config = PostgresConfig {
            connect_timeout: patience.min(self.config.postgres.connect_timeout),
            ..self.config.postgres.clone()
        };
        let connect = async || {
            let jobs = PostgresJobs::connect(&config).await?;
            jobs.migrate().await?;
            Ok::<_, ConnectError>(jobs)
        };
        let jobs = self.patiently("postgres", connect).await?;
        let asked = jobs.clone();
        self.health.needs("postgres", move || {
            let asked = asked.clone();
            async move { asked.ping().await.map_err(|error| error.to_string()) }
        });
        Ok(jobs)
    }

    /// Connects, waiting for a service that does not answer yet, and not for one that refuses.
    async fn patiently<T, E: Passing>(
        &self,
        service: &'static str,
        connect: impl AsyncFn() -> Result<T, E>,
    ) -> Result<T, Problem> {
        let until = Instant::now() + self.config.worker.patience;
        loop {
            match connect().await {
                Ok(connected) => return Ok(connected),
                Err(error)
                    if error.is_passing() && Instant::now() < until && !self.shutdown.is_cancelled() =>
                {
                    events::service_awaited(&error);
                    sleep(AGAIN).await;
                }
                Err(error) => return Err(Problem(format!("{service}: {}", chain(&error)))),
            }
        }
    }
}

/// The error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}
