use std::time::Duration;

use bytes::Bytes;
use gleaner_contract::ContentHash;
use gleaner_ports::{Cache, CacheKey};
use tokio::task::JoinSet;

use super::{connect, fresh_cache, run};
use crate::SqliteCache;

const DAY: Duration = Duration::from_secs(86_400);

fn key(n: u32) -> CacheKey {
    CacheKey::Capture(ContentHash::of(&n.to_le_bytes()))
}

async fn put(cache: &SqliteCache, keys: std::ops::Range<u32>) {
    let entries = keys.map(|n| (key(n), Bytes::from_static(b"page"))).collect();
    cache.put(entries).await.unwrap();
}

async fn has(cache: &SqliteCache, n: u32) -> bool {
    cache.get(&key(n)).await.unwrap().is_some()
}

#[tokio::test]
async fn pruning_forgets_only_what_is_old() {
    let (cache, dir) = fresh_cache().await;
    // more than one statement deletes
    put(&cache, 0..1_200).await;
    let mut connection = connect(&dir.path().join("evidence.sqlite")).await;
    run(&mut connection, &format!("UPDATE entries SET stored_at = stored_at - {}", 2 * DAY.as_millis()))
        .await;
    put(&cache, 1_200..1_210).await;
    // stored again, it is as good as new
    put(&cache, 7..8).await;

    assert_eq!(cache.prune(3 * DAY).await.unwrap(), 0);
    assert_eq!(cache.prune(Duration::MAX).await.unwrap(), 0);
    assert_eq!(cache.prune(DAY).await.unwrap(), 1_199);
    assert!(!has(&cache, 0).await);
    assert!(has(&cache, 7).await);
    assert!(has(&cache, 1_205).await);
    assert_eq!(cache.prune(DAY).await.unwrap(), 0);
}

#[tokio::test]
async fn evidence_outlives_a_cache_that_was_never_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("evidence.sqlite");
    put(&SqliteCache::open(&path).await.unwrap(), 0..1).await;
    assert!(has(&SqliteCache::open(&path).await.unwrap(), 0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_writers_on_many_threads_do_not_fail_as_busy() {
    let (cache, _dir) = fresh_cache().await;
    let mut workers = JoinSet::new();
    for worker in 0..8 {
        let cache = cache.clone();
        workers.spawn(async move {
            for n in 0..20 {
                put(&cache, n..n + 2).await;
                assert!(has(&cache, n).await);
                if worker == 0 {
                    cache.prune(DAY).await.unwrap();
                }
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
}
