//! Leadership: of several processes that could do a thing, one does.
//!
//! It is a lock of the session, so a process that dies gives it back. A process that was cut off may not have noticed yet
//! when another takes it: leading keeps two from stepping on each other's feet, it is not what correctness rests on.

use std::time::Duration;

use gleaner_ports::StoreError;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::time::{sleep, timeout};

use super::{
    PostgresJobs,
    dialect::{failed, lock_key},
};

/// Between two looks at whether the session lives.
const LOOK: Duration = Duration::from_secs(2);

/// Held until it is dropped or the session ends.
#[derive(Debug)]
pub struct Leadership {
    session: PgConnection,
    patience: Duration,
}

impl PostgresJobs {
    /// Takes the lead in `name`; `None` while somebody else has it.
    pub async fn lead(&self, name: &str) -> Result<Option<Leadership>, StoreError> {
        let patience = self.config.connect_timeout;
        let take = async {
            let (options, _) =
                self.config.options().map_err(|error| StoreError::Broken(error.to_string()))?;
            let mut session = options.connect().await.map_err(failed)?;
            let (taken,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)")
                .bind(lock_key("lead", name))
                .fetch_one(&mut session)
                .await
                .map_err(failed)?;
            Ok(taken.then_some(Leadership { session, patience }))
        };
        timeout(patience, take)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no connection in time".into())))
    }
}

impl Leadership {
    /// Comes back when the lead is lost.
    pub async fn lost(&mut self) {
        loop {
            sleep(LOOK).await;
            if !matches!(timeout(self.patience, self.session.ping()).await, Ok(Ok(()))) {
                return;
            }
        }
    }
}
