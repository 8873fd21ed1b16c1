//! The evidence cache on SQLite: readers beside one writer.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_ports::{Cache, CacheKey, Clock, EvidenceError, SystemClock};
use sqlx::{migrate::Migrator, sqlite::SqlitePool};

use crate::sqlite::open::{OpenError, pool};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/evidence");

/// Connections that read while one writes.
const READERS: u32 = 4;

/// Entries deleted by one statement, so that pruning never holds the writer for long.
const PRUNE_AT_ONCE: i64 = 500;

/// Bytes under names, in one file.
#[derive(Debug, Clone)]
pub struct SqliteCache {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteCache {
    /// Opens or creates the file.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let writer = pool(path, 1, &MIGRATIONS).await?;
        let readers = pool(path, READERS, &MIGRATIONS).await?;
        Ok(Self { writer, readers })
    }

    /// Forgets what was last stored longer than `age` ago; returns how many entries that were.
    pub async fn prune(&self, age: Duration) -> Result<u64, EvidenceError> {
        let now = SystemClock.now().as_millis();
        let before = now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let mut forgotten = 0;
        loop {
            let done = sqlx::query(
                "DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE stored_at < ?1 LIMIT ?2)",
            )
            .bind(before)
            .bind(PRUNE_AT_ONCE)
            .execute(&self.writer)
            .await
            .map_err(away)?;
            forgotten += done.rows_affected();
            if done.rows_affected() == 0 {
                return Ok(forgotten);
            }
        }
    }
}

#[async_trait]
impl Cache for SqliteCache {
    async fn get(&self, key: &CacheKey) -> Result<Option<Bytes>, EvidenceError> {
        let found: Option<(Vec<u8>,)> = sqlx::query_as("SELECT value FROM entries WHERE key = ?1")
            .bind(key.name())
            .fetch_optional(&self.readers)
            .await
            .map_err(away)?;
        Ok(found.map(|(value,)| value.into()))
    }

    async fn put(&self, entries: Vec<(CacheKey, Bytes)>) -> Result<(), EvidenceError> {
        let now = SystemClock.now().as_millis();
        let mut tx = self.writer.begin().await.map_err(away)?;
        for (key, value) in entries {
            sqlx::query(
                "INSERT INTO entries (key, value, stored_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, stored_at = excluded.stored_at",
            )
            .bind(key.name())
            .bind(&value[..])
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(away)?;
        }
        tx.commit().await.map_err(away)
    }
}

fn away(error: sqlx::Error) -> EvidenceError {
    EvidenceError::Unavailable(error.to_string())
}
