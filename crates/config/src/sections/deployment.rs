//! What only a deployment has: workers, the API, and who asks it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use gleaner_contract::duration;
use secrecy::SecretString;
use serde::Deserialize;

/// What every worker has.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSection {
    /// Where health and metrics are served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How long running work may go on once a stop was asked for.
    #[serde(deserialize_with = "duration::deserialize")]
    pub grace: Duration,
    /// How long a start waits for services that do not answer yet.
    #[serde(deserialize_with = "duration::deserialize")]
    pub patience: Duration,
    /// What a worker in quarantine may hold in memory, in bytes.
    pub quarantine_bytes: u64,
}

impl Default for WorkerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            grace: Duration::from_secs(45),
            patience: Duration::from_secs(30),
            quarantine_bytes: 512 << 20,
        }
    }
}

/// How much a stage does at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageSection {
    pub concurrency: NonZeroUsize,
}

impl Default for StageSection {
    fn default() -> Self {
        Self { concurrency: NonZeroUsize::new(4).expect("not zero") }
    }
}

/// The HTTP API.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiSection {
    pub listen: SocketAddr,
    /// Lines of `tenant name blake3:<hash of a key>`. Without it, only loopback is served.
    pub keys_file: Option<PathBuf>,
}

impl Default for ApiSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), keys_file: None }
    }
}

/// The deployment that the command line speaks to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSection {
    pub url: Option<String>,
    pub key: Option<SecretString>,
    /// A file that holds it; once loaded, it is in `key`.
    pub key_file: Option<PathBuf>,
}
