//! Where names are turned into addresses. Nothing here judges the answers; the gate does.

use std::{io, net::IpAddr};

use async_trait::async_trait;

/// Answers of one look-up, A and AAAA together.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver, with its hosts file and search domains.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut addresses: Vec<IpAddr> =
            tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect();
        addresses.dedup();
        Ok(addresses)
    }
}
