//! What happens between us and Redis, told once.

use tracing::warn;

/// Nothing is lost by that but time: pages are fetched again.
pub(crate) fn emptied() {
    warn!("evidence cache came back empty");
}

pub(crate) fn evicts_leases(policy: &str) {
    warn!(
        redis.maxmemory_policy = policy,
        "redis may evict leases when it is full: set maxmemory-policy volatile-lru"
    );
}
