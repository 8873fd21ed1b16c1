//! The job store on SQLite: one connection, so that transactions queue for it in order and never meet.

use std::path::Path;

use async_trait::async_trait;
use gleaner_ports::{JobStore, JobTx, StoreError};
use sqlx::{migrate::Migrator, sqlite::SqlitePool};

mod dialect;
pub(crate) mod open;
#[path = "sql/mod.rs"]
mod sql;
#[cfg(test)]
mod tests;

use dialect::failed;
use open::{OpenError, pool, reader};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Jobs in one file.
#[derive(Debug, Clone)]
pub struct SqliteJobs {
    pool: SqlitePool,
}

impl SqliteJobs {
    /// Opens or creates the file, and brings it up to date.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { pool: pool(path, 1, &MIGRATIONS).await? })
    }

    /// Reads beside the process that holds the directory: as it is, without bringing the file up to date.
    pub async fn beside(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { pool: reader(path).await? })
    }

    #[cfg(test)]
    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }
}

#[async_trait]
impl JobStore for SqliteJobs {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        Ok(Box::new(sql::Tx { tx: self.pool.begin().await.map_err(failed)? }))
    }
}
