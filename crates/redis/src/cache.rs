//! The evidence cache: each entry with a time to live.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_ports::{Cache, CacheKey, EvidenceError};

use crate::server::{Redis, away};

/// robots.txt is asked for again after a day at the latest (RFC 9309, section 2.4).
const ROBOTS: Duration = Duration::from_secs(24 * 3600);

impl Redis {
    fn time_to_live(&self, key: &CacheKey) -> u64 {
        let time = match key {
            CacheKey::Robots { .. } => ROBOTS.min(self.retention),
            _ => self.retention,
        };
        time.as_secs().max(1)
    }
}

#[async_trait]
impl Cache for Redis {
    async fn get(&self, key: &CacheKey) -> Result<Option<Bytes>, EvidenceError> {
        let mut connection = self.connection.clone();
        let found: Option<Vec<u8>> =
            redis::cmd("GET").arg(self.key(&key.name())).query_async(&mut connection).await.map_err(away)?;
        Ok(found.map(Bytes::from))
    }

    async fn put(&self, entries: Vec<(CacheKey, Bytes)>) -> Result<(), EvidenceError> {
        if entries.is_empty() {
            return Ok(());
        }
        // a capture and what is remembered of its URL appear together
        let mut all = redis::pipe();
        all.atomic();
        for (key, value) in &entries {
            let set = all.cmd("SET").arg(self.key(&key.name())).arg(&value[..]);
            set.arg("EX").arg(self.time_to_live(key)).ignore();
        }
        let mut connection = self.connection.clone();
        all.query_async(&mut connection).await.map_err(away)
    }
}
