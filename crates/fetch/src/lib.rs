//! The egress gate and the fetcher behind it: everything that decides about a socket to a host outside.
//!
//! [`egress`] judges addresses, [`client`] fetches pages through it, [`hops`] follows redirects, [`robots`] says what a
//! site lets us read, [`sitemap`] what it offers, and [`canon`] gives URLs one spelling. Pacing, retries, caches and the
//! choice of pages are the crawler's. What the operator has sent to single hosts is in [`credentials`]. [`operator`] asks
//! servers that the operator named, and nothing that a page could name.

pub mod canon;
pub mod client;
pub mod config;
pub mod credentials;
pub mod egress;
mod events;
pub mod hops;
pub mod operator;
mod proxy;
mod retry;
pub mod robots;
pub mod sitemap;

pub use client::HttpFetcher;
pub use config::{EgressConfig, FetchConfig};
pub use credentials::{BadCredential, Credential, Credentials};
pub use egress::{AllowRule, Gate, Purpose};
pub use hops::{Anywhere, Failure, HopLimits, HopRule, Hops, NotCome};
pub use operator::{Ask, OperatorAnswer, OperatorClient, OperatorError};
pub use proxy::BadProxy;
