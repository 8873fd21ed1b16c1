//! Redis: the evidence cache that all workers share, leases among them, and marks of paid work.
//!
//! It may forget at any moment. Evidence has a time to live and may be evicted; leases, marks and the generation have none,
//! so that a full cache never gives a lease away (`maxmemory-policy volatile-lru`).

mod cache;
mod config;
mod events;
mod held;
mod leases;
mod marks;
mod server;

pub use config::{RedisConfig, RedisError};
pub use server::Redis;

#[cfg(test)]
mod tests;
