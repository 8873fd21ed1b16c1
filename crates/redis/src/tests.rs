//! Against real servers: one that all tests share, and some of a test's own to be flushed, filled and killed.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use bytes::Bytes;
use gleaner_contract::{ContentHash, TaskId, Tenant, Timestamp};
use gleaner_ports::{Cache, CacheKey, Clock, Lease, Leases, Mark, MarkRequest, SpendMarks, SystemClock};
use gleaner_testkit::{OwnServices, services};
use tokio::time::{sleep, timeout};

use crate::{Redis, RedisConfig, RedisError};

const SOON: Duration = Duration::from_secs(20);
const RETENTION: Duration = Duration::from_secs(1_000);

struct Own {
    services: OwnServices,
    config: RedisConfig,
}

impl Own {
    async fn start() -> Self {
        let services = tokio::task::spawn_blocking(|| OwnServices::start(&["redis"])).await.unwrap();
        let config = RedisConfig {
            url: services.address("GLEANER_TEST_REDIS").to_owned(),
            response_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            ..RedisConfig::default()
        };
        Self { services, config }
    }

    async fn connect(&self) -> Redis {
        Redis::connect(&self.config, RETENTION).await.unwrap()
    }
}

async fn fresh() -> (Redis, Own) {
    let own = Own::start().await;
    (own.connect().await, own)
}

/// A corner of the server that all tests share.
async fn corner() -> (Redis, ()) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("t{}-{}:", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let config = RedisConfig { url: services::redis(), prefix, ..RedisConfig::default() };
    (Redis::connect(&config, RETENTION).await.unwrap(), ())
}

mod cache_conformance {
    use super::corner;

    gleaner_ports::cache_conformance!(corner);
}

mod leases_conformance {
    use super::corner;

    gleaner_ports::leases_conformance!(corner);
}

mod marks_conformance {
    use super::corner;

    gleaner_ports::marks_conformance!(corner);
}

#[tokio::test]
async fn what_was_published_before_everything_was_forgotten_is_not_run() {
    let (redis, own) = fresh().await;
    let task = TaskId::derive(Timestamp::from_millis(1), &[b"a"]);
    let now = SystemClock.now();
    let take = async |nonce: &str, epoch: u32, sent_at: Option<Timestamp>| {
        let deadline = now.after(RETENTION);
        redis.take(MarkRequest { task, epoch, nonce, sent_at, deadline }).await.unwrap()
    };
    let (long_ago, later) = (Timestamp::from_millis(1_000), now.after(Duration::from_secs(5)));
    assert_eq!(take("one", 1, Some(long_ago)).await, Mark::Spent, "older than all that is known");
    assert_eq!(take("one", 1, None).await, Mark::Spent, "of unknown age");
    assert_eq!(take("one", 1, Some(later)).await, Mark::Taken);
    // the same after a flush: whoever took the mark is forgotten, and so is the time before
    let _: () = ask(&redis, &["FLUSHALL"]).await;
    assert_eq!(take("two", 1, Some(now)).await, Mark::Spent);
    assert_eq!(take("two", 2, Some(later)).await, Mark::Taken, "what comes after is not held up");
    drop(own);
}

fn capture(name: &str) -> CacheKey {
    CacheKey::Capture(ContentHash::of(name.as_bytes()))
}

async fn ask<T: redis::FromRedisValue>(redis: &Redis, command: &[&str]) -> T {
    let mut connection = redis.connection.clone();
    let mut asked = redis::cmd(command[0]);
    command[1..].iter().for_each(|argument| {
        asked.arg(*argument);
    });
    asked.query_async(&mut connection).await.unwrap()
}

#[tokio::test]
async fn evidence_has_a_time_to_live_and_leases_have_none() {
    let (redis, _own) = fresh().await;
    let robots = CacheKey::Robots { tenant: Tenant::local(), origin: "https://site.example:443".into() };
    let entries = vec![(capture("page"), Bytes::from_static(b"x")), (robots, Bytes::from_static(b"y"))];
    redis.put(entries).await.unwrap();
    redis.acquire("page", "a", SOON).await.unwrap();
    let task = TaskId::derive(Timestamp::from_millis(1), &[b"a"]);
    let later = SystemClock.now().after(SOON);
    let request = MarkRequest { task, epoch: 1, nonce: "a", sent_at: Some(later), deadline: later };
    redis.take(request).await.unwrap();
    let keys: Vec<String> = ask(&redis, &["KEYS", "*"]).await;
    let mut kept = Vec::new();
    for key in &keys {
        assert!(key.starts_with("gleaner:"), "{key}");
        let left: i64 = ask(&redis, &["TTL", key]).await;
        if left < 0 {
            kept.push(key.as_str());
        } else {
            assert!((1..=1_000).contains(&left), "{key}: {left}");
        }
    }
    kept.sort_unstable();
    let names =
        ["generation", "generation:born", "leases:ends", "leases:holders", "marks:ends", "marks:holders"];
    assert_eq!(kept, names.map(|name| format!("gleaner:{name}")));
}

#[tokio::test]
async fn a_full_cache_gives_up_evidence_and_no_lease() {
    let (redis, _own) = fresh().await;
    redis.acquire("page", "a", SOON * 10).await.unwrap();
    let generation = redis.generation().await.unwrap();
    let () = ask(&redis, &["CONFIG", "SET", "maxmemory", "4mb"]).await;
    for n in 0..200 {
        redis.put(vec![(capture(&n.to_string()), vec![7; 100_000].into())]).await.unwrap();
    }
    assert_eq!(redis.get(&capture("0")).await.unwrap(), None, "nothing was evicted");
    assert!(matches!(redis.acquire("page", "b", SOON).await.unwrap(), Lease::Held(_)));
    assert_eq!(redis.generation().await.unwrap(), generation);
}

#[tokio::test]
async fn after_a_flush_it_is_another_generation() {
    let (redis, own) = fresh().await;
    let before = redis.generation().await.unwrap();
    assert_eq!(own.connect().await.generation().await.unwrap(), before, "the same for everybody");
    let () = ask(&redis, &["FLUSHALL"]).await;
    redis.ping().await.unwrap();
    assert_ne!(redis.generation().await.unwrap(), before);
}

#[tokio::test]
async fn a_server_that_dies_is_told_as_away_and_works_again_when_it_is_back() {
    let (redis, own) = fresh().await;
    redis.put(vec![(capture("page"), Bytes::from_static(b"x"))]).await.unwrap();
    let own = tokio::task::spawn_blocking(move || {
        own.services.kill("redis");
        own
    })
    .await
    .unwrap();
    let told = timeout(SOON, redis.get(&capture("page"))).await.expect("it does not hang");
    assert!(told.is_err(), "{told:?}");
    assert!(timeout(SOON, redis.ping()).await.expect("it does not hang").is_err());
    let _own = tokio::task::spawn_blocking(move || {
        own.services.again();
        own
    })
    .await
    .unwrap();
    let back = async {
        while redis.ping().await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, back).await.expect("it works again");
    redis.put(vec![(capture("page"), Bytes::from_static(b"y"))]).await.unwrap();
    assert_eq!(redis.get(&capture("page")).await.unwrap().as_deref(), Some(&b"y"[..]));
}

#[tokio::test]
async fn a_wrong_password_and_a_server_that_is_away_are_told_apart() {
    let (redis, own) = fresh().await;
    let () = ask(&redis, &["CONFIG", "SET", "requirepass", "right"]).await;
    for password in [None, Some("hunter2")] {
        let password = password.map(|password| password.to_owned().into());
        let config = RedisConfig { password, ..own.config.clone() };
        let error = Redis::connect(&config, RETENTION).await.expect_err("refused");
        assert!(matches!(error, RedisError::Login { .. }) && !error.is_passing(), "{error:?}");
        assert!(!format!("{error} {error:?} {config:?}").contains("hunter2"));
    }
    let right = RedisConfig { password: Some("right".to_owned().into()), ..own.config.clone() };
    Redis::connect(&right, RETENTION).await.unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let away = RedisConfig { url: format!("redis://127.0.0.1:{port}"), ..right };
    let error = Redis::connect(&away, RETENTION).await.expect_err("nobody is there");
    assert!(matches!(error, RedisError::Unreachable { .. }) && error.is_passing(), "{error:?}");
}
