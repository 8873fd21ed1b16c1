//! Where the broker is, who we are there, and how long is waited for it.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use gleaner_contract::duration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::connect::RabbitError;

/// The `rabbitmq` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RabbitConfig {
    /// `amqp://user@host:port/vhost`, or `amqps://…`.
    pub url: String,
    pub password: Option<SecretString>,
    /// A file that holds it; once loaded, it is in `password`.
    pub password_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration::deserialize")]
    pub connect_timeout: Duration,
    /// For the broker's word that it holds a message.
    #[serde(deserialize_with = "duration::deserialize")]
    pub confirm_timeout: Duration,
    /// A connection that is silent for twice this is dead.
    #[serde(deserialize_with = "duration::deserialize")]
    pub heartbeat: Duration,
    /// Messages under way to the broker at once.
    pub publish_channels: NonZeroUsize,
}

impl Default for RabbitConfig {
    fn default() -> Self {
        Self {
            url: "amqp://gleaner@127.0.0.1:5672/gleaner".into(),
            password: None,
            password_file: None,
            connect_timeout: Duration::from_secs(10),
            confirm_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            publish_channels: NonZeroUsize::new(8).expect("nothing could be published"),
        }
    }
}

/// An address with its password in it: never shown.
pub(crate) struct Address {
    pub(crate) with_password: String,
    /// For people.
    pub(crate) place: String,
}

impl RabbitConfig {
    pub(crate) fn address(&self) -> Result<Address, RabbitError> {
        let mut url = Url::parse(&self.url).map_err(|_| RabbitError::Url)?;
        if !matches!(url.scheme(), "amqp" | "amqps") || !url.has_host() {
            return Err(RabbitError::Url);
        }
        let default_port = if url.scheme() == "amqps" { 5671 } else { 5672 };
        let host = url.host_str().unwrap_or_default();
        let place = format!("{host}:{}", url.port().unwrap_or(default_port));
        if let Some(password) = &self.password {
            url.set_password(Some(password.expose_secret())).map_err(|()| RabbitError::Url)?;
        }
        url.query_pairs_mut().append_pair("heartbeat", &self.heartbeat.as_secs().max(1).to_string());
        Ok(Address { with_password: url.into(), place })
    }
}
