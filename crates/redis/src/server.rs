//! One server: connecting, and noticing that it has forgotten everything.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use gleaner_contract::{ContentHash, Timestamp};
use gleaner_ports::{Clock, EvidenceError, SystemClock};
use redis::{
    Client, ErrorKind, Script, ServerErrorKind,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{
    config::{RedisConfig, RedisError},
    events,
};

/// A cache that is away is told as away; whoever asked tries again by rules of its own.
const RECONNECTS: usize = 1;

/// The name of what is stored: another one after everything was forgotten.
const GENERATION: &str = "
local found = redis.call('GET', KEYS[1])
if not found then
    local time = redis.call('TIME')
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('SET', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000))
    found = ARGV[1]
end
return found";

/// Evidence and leases on one Redis. Clones share the connection, which is made anew when it breaks.
#[derive(Clone)]
pub struct Redis {
    pub(crate) connection: ConnectionManager,
    /// How long evidence is kept.
    pub(crate) retention: Duration,
    prefix: Arc<str>,
    seen: Arc<Mutex<Option<String>>>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("retention", &self.retention).finish_non_exhaustive()
    }
}

impl Redis {
    /// Connects, which tells whether the server lets us in. Evidence is kept for `retention`.
    pub async fn connect(config: &RedisConfig, retention: Duration) -> Result<Self, RedisError> {
        let address = config.address()?;
        let client = Client::open(address.with_password).map_err(|_| RedisError::Url)?;
        let manager = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(config.response_timeout))
            .set_number_of_retries(RECONNECTS);
        let place = address.place;
        let of = |error: redis::RedisError| match error.kind() {
            ErrorKind::AuthenticationFailed => RedisError::Login { place: place.clone() },
            ErrorKind::Server(ServerErrorKind::NoPerm) => RedisError::Login { place: place.clone() },
            _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => {
                RedisError::Login { place: place.clone() }
            }
            _ => RedisError::Unreachable { place: place.clone(), detail: error.to_string() },
        };
        let connection = ConnectionManager::new_with_config(client, manager).await.map_err(of)?;
        let prefix = config.prefix.as_str().into();
        let redis = Self { connection, retention, prefix, seen: Arc::default() };
        let seen = redis.generation().await.map_err(of)?;
        *redis.seen() = Some(seen);
        // a server that does not let us ask may be used as well
        if let Ok(Some(policy)) = redis.evicts_leases().await {
            events::evicts_leases(&policy);
        }
        Ok(redis)
    }

    /// Whether the server answers. Tells, once, when it has forgotten everything since the last time.
    pub async fn ping(&self) -> Result<(), EvidenceError> {
        let generation = self.generation().await.map_err(away)?;
        let before = self.seen().replace(generation.clone());
        if before.is_some_and(|before| before != generation) {
            events::emptied();
        }
        Ok(())
    }

    /// The name of what is stored.
    pub(crate) async fn generation(&self) -> redis::RedisResult<String> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemClock.now().as_millis().to_le_bytes();
        let (process, count) = (std::process::id().to_le_bytes(), COUNT.fetch_add(1, Ordering::Relaxed));
        let name = ContentHash::of_parts([&now[..], &process[..], &count.to_le_bytes()[..]]).hex();
        let mut connection = self.connection.clone();
        let script = Script::new(GENERATION);
        let mut script = script.key(self.key("generation"));
        script.key(self.key("generation:born")).arg(name).invoke_async(&mut connection).await
    }

    /// The whole name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // a poisoned lock only means that a holder panicked between two whole operations
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's clock.
    pub async fn time(&self) -> Result<Timestamp, EvidenceError> {
        let mut connection = self.connection.clone();
        let (seconds, micros): (i64, i64) =
            redis::cmd("TIME").query_async(&mut connection).await.map_err(away)?;
        Ok(Timestamp::from_millis(seconds * 1_000 + micros / 1_000))
    }

    /// The server's `maxmemory-policy` where it evicts keys without a time to live: leases, when memory is full.
    pub async fn evicts_leases(&self) -> Result<Option<String>, EvidenceError> {
        let mut connection = self.connection.clone();
        let info: String =
            redis::cmd("INFO").arg("memory").query_async(&mut connection).await.map_err(away)?;
        let policy = info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:"));
        Ok(policy.filter(|policy| policy.starts_with("allkeys")).map(str::to_owned))
    }
}

pub(crate) fn away(error: redis::RedisError) -> EvidenceError {
    EvidenceError::Unavailable(error.to_string())
}
