//! The database as it is, beside what it should be. Nothing is written.

use gleaner_contract::Timestamp;
use gleaner_ports::StoreError;

use super::{
    MIGRATIONS, PostgresJobs,
    dialect::{failed, lock_key},
};

/// How the database's tables stand to those of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There are none yet.
    Absent,
    /// The same, by the number of the last migration.
    Current(i64),
    /// Whoever starts next with this version brings them up to date.
    Older { found: i64, ours: i64 },
    /// Written by a newer version.
    Newer { found: i64, ours: i64 },
    /// This migration was broken off, or was another one under the same number.
    Damaged(i64),
}

/// Who holds a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// Where it connects from; `None` over a local socket, or where the server does not show it.
    pub address: Option<String>,
    /// Since when its session lasts.
    pub since: Option<Timestamp>,
}

/// What has not been sent though it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub rows: u64,
    /// When the oldest became due. A claim on it does not change that.
    pub since: Option<Timestamp>,
}

impl PostgresJobs {
    /// The server's clock.
    pub async fn time(&self) -> Result<Timestamp, StoreError> {
        let (millis,): (i64,) =
            sqlx::query_as("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
        Ok(Timestamp::from_millis(millis))
    }

    /// Whose tables these are.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let (there,): (bool,) = sqlx::query_as("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        if !there {
            return Ok(Schema::Absent);
        }
        let applied: Vec<(i64, bool, Vec<u8>)> =
            sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")
                .fetch_all(&self.pool)
                .await
                .map_err(failed)?;
        let ours = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
        let Some(found) = applied.last().map(|(version, ..)| *version) else { return Ok(Schema::Absent) };
        for (version, whole, checksum) in &applied {
            let known = MIGRATIONS.iter().find(|migration| migration.version == *version);
            if !whole || known.is_some_and(|known| *known.checksum != **checksum) {
                return Ok(Schema::Damaged(*version));
            }
        }
        Ok(match found.cmp(&ours) {
            std::cmp::Ordering::Less => Schema::Older { found, ours },
            std::cmp::Ordering::Equal => Schema::Current(found),
            std::cmp::Ordering::Greater => Schema::Newer { found, ours },
        })
    }

    /// Who leads in `name`, if anybody does.
    pub async fn leader(&self, name: &str) -> Result<Option<Leader>, StoreError> {
        // a key of 64 bits is shown as two halves, which are unsigned
        let held: Option<(Option<String>, Option<i64>)> = sqlx::query_as(
            "SELECT host(activity.client_addr), (extract(epoch FROM activity.backend_start) * 1000)::bigint
             FROM pg_locks AS held LEFT JOIN pg_stat_activity AS activity USING (pid)
             WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
               AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (held.classid::bigint << 32 | held.objid::bigint) = $1",
        )
        .bind(lock_key("lead", name))
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        Ok(held.map(|(address, since)| Leader { address, since: since.map(Timestamp::from_millis) }))
    }

    /// What of the outbox is due at `now`.
    pub async fn waiting(&self, now: Timestamp) -> Result<Waiting, StoreError> {
        let (rows, since): (i64, Option<i64>) =
            sqlx::query_as("SELECT count(*), MIN(not_before) FROM outbox WHERE not_before <= $1")
                .bind(now.as_millis())
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
        let rows = u64::try_from(rows).unwrap_or_default();
        Ok(Waiting { rows, since: since.map(Timestamp::from_millis) })
    }

    /// How many reports and messages are filed as dead.
    pub async fn dead_rows(&self) -> Result<u64, StoreError> {
        let (rows,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM dead").fetch_one(&self.pool).await.map_err(failed)?;
        Ok(u64::try_from(rows).unwrap_or_default())
    }
}
