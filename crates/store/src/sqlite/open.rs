//! Opening a database file: one writer, write-ahead log, migrations, and no file from a newer version.

use std::{path::Path, time::Duration};

use sqlx::{
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("`{file}` was written by a newer version of gleaner")]
    Newer { file: String },
    #[error("could not open `{file}`")]
    Database { file: String, source: sqlx::Error },
    #[error("could not bring `{file}` up to date")]
    Migration { file: String, source: MigrateError },
}

/// Transactions wait for each other this long.
const WAIT: Duration = Duration::from_secs(60);

pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // a killed process loses nothing; a machine that loses power may lose the last transactions, whole
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
}

/// A pool of `connections`: with one, transactions queue for it instead of failing as busy.
pub(crate) async fn pool(
    path: &Path,
    connections: u32,
    migrator: &Migrator,
) -> Result<SqlitePool, OpenError> {
    let file = || path.display().to_string();
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options(path))
        .await
        .map_err(|source| OpenError::Database { file: file(), source })?;
    match migrator.run(&pool).await {
        Ok(()) => Ok(pool),
        Err(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_)) => {
            Err(OpenError::Newer { file: file() })
        }
        Err(source) => Err(OpenError::Migration { file: file(), source }),
    }
}

/// One connection that writes nothing.
pub(crate) async fn reader(path: &Path) -> Result<SqlitePool, OpenError> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options(path).create_if_missing(false).read_only(true))
        .await
        .map_err(|source| OpenError::Database { file: path.display().to_string(), source })
}
