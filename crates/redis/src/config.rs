//! Where the server is, who we are there, and how long is waited for it.

use std::{path::PathBuf, time::Duration};

use gleaner_contract::duration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

/// The `redis` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://host:port/database`. There is no TLS here: keep the way to it private.
    pub url: String,
    pub password: Option<SecretString>,
    /// A file that holds it; once loaded, it is in `password`.
    pub password_file: Option<PathBuf>,
    /// What every key begins with.
    pub prefix: String,
    #[serde(deserialize_with = "duration::deserialize")]
    pub connect_timeout: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    pub response_timeout: Duration,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".into(),
            password: None,
            password_file: None,
            prefix: "gleaner:".into(),
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(5),
        }
    }
}

/// Why the server cannot be used. No message holds the password.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    #[error("`redis.url` is not a redis URL")]
    Url,
    #[error("`{place}` refused the login")]
    Login { place: String },
    #[error("no answer from `{place}`: {detail}")]
    Unreachable { place: String, detail: String },
}

impl RedisError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// An address with its password in it: never shown.
pub(crate) struct Address {
    pub(crate) with_password: String,
    /// For people.
    pub(crate) place: String,
}

impl RedisConfig {
    pub(crate) fn address(&self) -> Result<Address, RedisError> {
        let mut url = Url::parse(&self.url).map_err(|_| RedisError::Url)?;
        if url.scheme() != "redis" || !url.has_host() {
            return Err(RedisError::Url);
        }
        let place = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(6_379));
        if let Some(password) = &self.password {
            url.set_password(Some(password.expose_secret())).map_err(|()| RedisError::Url)?;
        }
        Ok(Address { with_password: url.into(), place })
    }
}
