//! The transport on RabbitMQ: durable quorum queues, every publish confirmed, every delivery settled once.
//!
//! One connection publishes (pooled, so that a dead one is replaced) and one consumes: a broker that holds back publishers
//! must not hold back acknowledgements. The client's own recovery is off: a connection that fails ends its consumers, and
//! whoever consumed begins a new session.

mod config;
mod connect;
mod consume;
mod events;
mod inspect;
mod message;
mod publish;
mod topology;
mod transport;

pub use config::RabbitConfig;
pub use connect::RabbitError;
pub use inspect::{Depth, Found, Inspector};
pub use topology::{Exchange, ExchangeKind, Policy, QueueDeclaration, Topology};
pub use transport::RabbitTransport;

#[cfg(test)]
mod tests;
