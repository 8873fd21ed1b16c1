//! What every evidence cache does while it forgets nothing.

use bytes::Bytes;
use futures::future::join_all;
use gleaner_contract::{ContentHash, Tenant, TextHash};

use crate::{Cache, CacheKey};

/// See [`crate::conformance`].
#[macro_export]
macro_rules! cache_conformance {
    ($make:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!($make, cache, [$($($options)*)?],
            a_missing_key_is_none
            what_was_put_comes_back
            a_second_put_replaces_the_first
            of_two_values_in_one_put_the_later_stays
            several_entries_are_put_at_once
            putting_nothing_is_fine
            an_empty_value_is_no_missing_key
            every_byte_survives
            a_big_value_comes_back_whole
            keys_of_different_kinds_do_not_meet
            tenants_do_not_meet
            parts_of_a_key_do_not_run_together
            puts_and_gets_side_by_side_all_succeed
        );
    };
}

fn capture(name: &str) -> CacheKey {
    CacheKey::Capture(ContentHash::of(name.as_bytes()))
}

async fn put(cache: &dyn Cache, key: &CacheKey, value: &[u8]) {
    cache.put(vec![(key.clone(), Bytes::copy_from_slice(value))]).await.unwrap();
}

async fn check(cache: &dyn Cache, key: &CacheKey, expected: Option<&[u8]>) {
    let found = cache.get(key).await.unwrap();
    // not `assert_eq`: nobody wants to read megabytes
    assert!(found.as_deref() == expected, "`{}` holds other bytes than expected", key.name());
}

pub async fn a_missing_key_is_none(cache: &dyn Cache) {
    check(cache, &capture("never put"), None).await;
}

pub async fn what_was_put_comes_back(cache: &dyn Cache) {
    put(cache, &capture("page"), b"<p>page").await;
    check(cache, &capture("page"), Some(b"<p>page")).await;
    check(cache, &capture("page"), Some(b"<p>page")).await;
}

pub async fn a_second_put_replaces_the_first(cache: &dyn Cache) {
    put(cache, &capture("page"), b"a longer value than the second").await;
    put(cache, &capture("page"), b"second").await;
    check(cache, &capture("page"), Some(b"second")).await;
}

pub async fn of_two_values_in_one_put_the_later_stays(cache: &dyn Cache) {
    let twice = ["first", "second"].map(|value| (capture("page"), Bytes::from_static(value.as_bytes())));
    cache.put(twice.into()).await.unwrap();
    check(cache, &capture("page"), Some(b"second")).await;
}

pub async fn several_entries_are_put_at_once(cache: &dyn Cache) {
    let names: Vec<String> = (0..100).map(|n| format!("page {n}")).collect();
    let entries = names.iter().map(|name| (capture(name), Bytes::from(name.clone()))).collect();
    cache.put(entries).await.unwrap();
    for name in &names {
        check(cache, &capture(name), Some(name.as_bytes())).await;
    }
}

pub async fn putting_nothing_is_fine(cache: &dyn Cache) {
    cache.put(Vec::new()).await.unwrap();
}

pub async fn an_empty_value_is_no_missing_key(cache: &dyn Cache) {
    put(cache, &capture("empty"), b"").await;
    check(cache, &capture("empty"), Some(b"")).await;
}

pub async fn every_byte_survives(cache: &dyn Cache) {
    let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    put(cache, &capture("bytes"), &bytes).await;
    check(cache, &capture("bytes"), Some(&bytes)).await;
}

pub async fn a_big_value_comes_back_whole(cache: &dyn Cache) {
    // no two of its chunks are alike
    let bytes: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    put(cache, &capture("big"), &bytes).await;
    check(cache, &capture("big"), Some(&bytes)).await;
}

pub async fn keys_of_different_kinds_do_not_meet(cache: &dyn Cache) {
    let same = "https://site.example/";
    let (tenant, text) = (Tenant::local(), TextHash::of(same.as_bytes()));
    let (content, extractor) = (ContentHash::of(same.as_bytes()), String::from("1"));
    check_distinct(
        cache,
        [
            CacheKey::Url { tenant: tenant.clone(), url: same.into() },
            CacheKey::Robots { tenant, origin: same.into() },
            CacheKey::Capture(content),
            CacheKey::Pack { text, extractor: extractor.clone() },
            CacheKey::Findings { text, extractor, brief: content },
        ],
    )
    .await;
}

pub async fn tenants_do_not_meet(cache: &dyn Cache) {
    let tenants = ["local", "other", "local:", "", ":"].map(|name| Tenant(name.into()));
    let urls = tenants.clone().map(|tenant| CacheKey::Url { tenant, url: "https://site.example/".into() });
    check_distinct(cache, urls).await;
    let robots = tenants.map(|tenant| CacheKey::Robots { tenant, origin: "https://site.example:443".into() });
    check_distinct(cache, robots).await;
}

pub async fn parts_of_a_key_do_not_run_together(cache: &dyn Cache) {
    let text = TextHash::of(b"text");
    let brief = ContentHash::of(b"brief");
    let versions = ["1", "1:2", "1.2", "2", ""].map(String::from);
    check_distinct(cache, versions.clone().map(|extractor| CacheKey::Pack { text, extractor })).await;
    check_distinct(cache, versions.map(|extractor| CacheKey::Findings { text, extractor, brief })).await;
    let other = ContentHash::of(b"another brief");
    let briefs = [brief, other].map(|brief| CacheKey::Findings { text, extractor: "1".into(), brief });
    check_distinct(cache, briefs).await;
}

/// Each of these keys keeps a value of its own.
async fn check_distinct<const N: usize>(cache: &dyn Cache, keys: [CacheKey; N]) {
    for (n, key) in keys.iter().enumerate() {
        put(cache, key, format!("value {n}").as_bytes()).await;
    }
    for (n, key) in keys.iter().enumerate() {
        check(cache, key, Some(format!("value {n}").as_bytes())).await;
    }
}

pub async fn puts_and_gets_side_by_side_all_succeed(cache: &dyn Cache) {
    join_all((0..50).map(|n| async move {
        let key = capture(&format!("page {}", n % 10));
        let value = format!("value {}", n % 10);
        put(cache, &key, value.as_bytes()).await;
        check(cache, &key, Some(value.as_bytes())).await;
    }))
    .await;
}
