//! The job store on Postgres: the truth of a deployment. Many processes read and write it; rows that a transaction is
//! about to change are locked in one order, so that units of work wait for each other instead of failing.

use async_trait::async_trait;
use gleaner_ports::{JobStore, JobTx, StoreError};
use sqlx::{
    PgPool,
    migrate::{MigrateError, Migrator},
};

mod config;
mod dialect;
mod inspect;
mod lead;
#[path = "sql/mod.rs"]
mod sql;
#[cfg(test)]
mod tests;

pub use config::{ConnectError, PostgresConfig};
use dialect::failed;
pub use inspect::{Leader, Schema, Waiting};
pub use lead::Leadership;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Jobs in one database. Clones share the connections.
#[derive(Debug, Clone)]
pub struct PostgresJobs {
    pool: PgPool,
    config: PostgresConfig,
}

impl PostgresJobs {
    /// Connects, which tells whether the server lets us in.
    pub async fn connect(config: &PostgresConfig) -> Result<Self, ConnectError> {
        Ok(Self { pool: config.pool().await?, config: config.clone() })
    }

    /// Brings the tables up to date. Several processes may do so at once: one does, the others wait.
    pub async fn migrate(&self) -> Result<(), ConnectError> {
        match MIGRATIONS.run(&self.pool).await {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_)) => {
                Err(ConnectError::Newer)
            }
            Err(error) => Err(ConnectError::Migration(error)),
        }
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop).map_err(failed)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl JobStore for PostgresJobs {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        Ok(Box::new(sql::Tx { tx: self.pool.begin().await.map_err(failed)? }))
    }
}
