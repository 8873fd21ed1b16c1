//! Leases: names that somebody holds for a while.

use std::time::Duration;

use async_trait::async_trait;
use gleaner_ports::{EvidenceError, Lease, Leases};
use redis::{Script, ScriptInvocation};

use crate::{
    held,
    server::{Redis, away},
};

/// 0 where it was taken, else for how many milliseconds it is held.
const ACQUIRE: &str = "
if holder and holder ~= ARGV[2] then
    local ends = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
    if ends > now then return ends - now end
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 0";

const RELEASE: &str = "
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('HDEL', KEYS[2], ARGV[1])
end
return 0";

impl Redis {
    async fn lease_script(
        &self,
        script: &Script,
        arguments: impl FnOnce(&mut ScriptInvocation<'_>),
    ) -> Result<u64, EvidenceError> {
        let mut invocation = script.prepare_invoke();
        invocation.key(self.key("leases:ends")).key(self.key("leases:holders"));
        arguments(&mut invocation);
        let mut connection = self.connection.clone();
        invocation.invoke_async(&mut connection).await.map_err(away)
    }
}

#[async_trait]
impl Leases for Redis {
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Lease, EvidenceError> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        let held = self
            .lease_script(&held::script(ACQUIRE), |script| {
                script.arg(name).arg(holder).arg(millis);
            })
            .await?;
        Ok(if held == 0 { Lease::Mine } else { Lease::Held(Duration::from_millis(held)) })
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), EvidenceError> {
        let script = Script::new(RELEASE);
        let released = self.lease_script(&script, |script| {
            script.arg(name).arg(holder);
        });
        released.await.map(drop)
    }
}
