//! Redis: whether it lets us in, whether it may give leases away, and its clock.

use gleaner_config::Config;
use gleaner_redis::{Redis, RedisError};

use super::{Check, Section, answer, clock, in_time, late};

const NAME: &str = "redis";
const EVICTION: &str = "redis.eviction";
const CLOCK: &str = "redis.clock";
const REACH: &str = "is it up, and its address right (redis.url)?";

pub(super) async fn examine(config: &Config) -> Section {
    let why = match in_time(Redis::connect(&config.redis, config.retention.captures)).await {
        Some(Ok(redis)) => {
            let (eviction, clock) = tokio::join!(eviction(&redis), clock::examine(CLOCK, redis.time()));
            let checks = vec![Check::ok(NAME, "lets us in"), eviction, clock];
            return Section { checks, unusable: false };
        }
        Some(Err(error)) => {
            let hint = match &error {
                RedisError::Login { .. } => "is redis.password (or its file) the server's?",
                RedisError::Url => "for example redis://127.0.0.1:6379",
                RedisError::Unreachable { .. } => REACH,
            };
            Check::bad(NAME, error, hint)
        }
        None => Check::bad(NAME, late(), REACH),
    };
    Section::unusable(NAME, why, &[EVICTION, CLOCK])
}

async fn eviction(redis: &Redis) -> Check {
    match answer(redis.evicts_leases()).await {
        Ok(None) => Check::ok(EVICTION, "leases are never evicted"),
        Ok(Some(policy)) => Check::warn(
            EVICTION,
            format!("maxmemory-policy is {policy}: leases may be evicted"),
            "set maxmemory-policy volatile-lru; until then two crawlers may fetch one page at once",
        ),
        Err(why) => Check::note(EVICTION, format!("not told: {why}")),
    }
}
