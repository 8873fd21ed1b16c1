//! Where the server is, who we are there, and how long is waited for it.

use std::{path::PathBuf, str::FromStr, time::Duration};

use gleaner_contract::duration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::{
    PgPool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::dialect::is_passing;

/// The `postgres` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresConfig {
    /// `postgres://user@host:port/database`, with `?sslmode=require` where TLS is wanted.
    pub url: String,
    pub password: Option<SecretString>,
    /// A file that holds it; once loaded, it is in `password`.
    pub password_file: Option<PathBuf>,
    /// Of one process.
    pub max_connections: u32,
    /// For a connection, new or from the pool.
    #[serde(deserialize_with = "duration::deserialize")]
    pub connect_timeout: Duration,
    /// For one statement; the server breaks off a longer one, and a transaction that idles as long.
    #[serde(deserialize_with = "duration::deserialize")]
    pub statement_timeout: Duration,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            url: "postgres://gleaner@127.0.0.1:5432/gleaner".into(),
            password: None,
            password_file: None,
            max_connections: 10,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Why the database cannot be used. No message holds the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("`postgres.url` is not a postgres URL")]
    Url,
    #[error("`{place}` refused the login: {detail}")]
    Login { place: String, detail: String },
    #[error("no answer from `{place}`: {detail}")]
    Unreachable { place: String, detail: String },
    #[error("`{place}` cannot be used: {detail}")]
    Refused { place: String, detail: String },
    #[error("the database was written by a newer version of gleaner")]
    Newer,
    #[error("could not bring the database up to date")]
    Migration(#[source] MigrateError),
}

impl ConnectError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Migration(MigrateError::Execute(error)) => is_passing(error),
            _ => false,
        }
    }
}

impl PostgresConfig {
    /// How to connect, and where that is, for people.
    pub(super) fn options(&self) -> Result<(PgConnectOptions, String), ConnectError> {
        let mut options = PgConnectOptions::from_str(&self.url).map_err(|_| ConnectError::Url)?;
        if let Some(password) = &self.password {
            options = options.password(password.expose_secret());
        }
        let timeout = self.statement_timeout.as_millis().to_string();
        let options = options.application_name("gleaner").options([
            ("statement_timeout", timeout.as_str()),
            ("idle_in_transaction_session_timeout", timeout.as_str()),
        ]);
        let place = format!("{}:{}", options.get_host(), options.get_port());
        Ok((options, place))
    }

    pub(super) async fn pool(&self) -> Result<PgPool, ConnectError> {
        let (options, place) = self.options()?;
        let pool = PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.connect_timeout)
            .connect_lazy_with(options.clone());
        // the pool itself would go on trying, and tell nothing but that its time was over
        let probe = tokio::time::timeout(self.connect_timeout, sqlx::ConnectOptions::connect(&options)).await;
        let detail = match probe {
            Ok(Ok(connection)) => {
                let _ = sqlx::Connection::close(connection).await;
                return Ok(pool);
            }
            Err(_) => {
                return Err(ConnectError::Unreachable { place, detail: "no connection in time".into() });
            }
            Ok(Err(error)) => error,
        };
        let code = match &detail {
            sqlx::Error::Database(database) => database.code().unwrap_or_default().into_owned(),
            _ => String::new(),
        };
        let passing = is_passing(&detail);
        let detail = match &detail {
            sqlx::Error::Database(database) => database.message().to_owned(),
            other => other.to_string(),
        };
        Err(if code.starts_with("28") {
            ConnectError::Login { place, detail }
        } else if passing {
            ConnectError::Unreachable { place, detail }
        } else {
            ConnectError::Refused { place, detail }
        })
    }
}
