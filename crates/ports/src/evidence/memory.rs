//! A cache in memory, which can be told to forget.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Cache, CacheKey, EvidenceError};

#[derive(Default)]
pub struct MemoryCache {
    entries: Mutex<HashMap<String, Bytes>>,
}

impl MemoryCache {
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything, as a flushed cache does.
    pub fn flush(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets one entry, as an eviction does. Whether it was there.
    pub fn evict(&self, key: &CacheKey) -> bool {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&key.name()).is_some()
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &CacheKey) -> Result<Option<Bytes>, EvidenceError> {
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(&key.name()).cloned())
    }

    async fn put(&self, entries: Vec<(CacheKey, Bytes)>) -> Result<(), EvidenceError> {
        let mut held = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, bytes) in entries {
            held.insert(key.name(), bytes);
        }
        Ok(())
    }
}
