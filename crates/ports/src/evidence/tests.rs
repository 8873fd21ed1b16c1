use std::sync::Arc;

use bytes::Bytes;
use gleaner_contract::{
    CaptureMeta, ContentHash, EvidencePack, TaskId, Tenant, TextHash, Timestamp, UrlEntry,
    capture::{Arrival, MAX_KEPT_BYTES},
    pack::PageType,
};

use super::{Apart, Cache, CacheKey, EvidenceError, EvidenceStore, MemoryCache, StoredReading, StoredRobots};

async fn fresh() -> (MemoryCache, ()) {
    (MemoryCache::new(), ())
}

mod conformance {
    use super::fresh;

    crate::cache_conformance!(fresh);
}

fn store() -> (EvidenceStore, Arc<MemoryCache>) {
    let cache = Arc::new(MemoryCache::new());
    (EvidenceStore::new(cache.clone()), cache)
}

fn entry(body: &[u8]) -> UrlEntry {
    UrlEntry {
        url: "https://site.example/page".into(),
        final_url: "https://site.example/page/".into(),
        status: 200,
        etag: Some("\"1\"".into()),
        last_modified: None,
        capture: CaptureMeta {
            content_hash: ContentHash::of(body),
            content_type: Some("text/html".into()),
            bytes: body.len() as u64,
        },
        text_hash: None,
        not_content: None,
        fetched_at: Timestamp::from_millis(1),
        fetched_by: TaskId::derive(Timestamp::from_millis(1), &[]),
        arrival: Arrival::New,
    }
}

fn pack() -> EvidencePack {
    EvidencePack {
        extractor: "1".into(),
        text_hash: TextHash::of(b"text"),
        title: Some("title".into()),
        language: None,
        page_type: PageType::Other,
        canonical: None,
        nofollow: false,
        visible: "visible text\n".repeat(1_000),
        blocks: Vec::new(),
        tables: Vec::new(),
        pairs: Vec::new(),
        structured: Vec::new(),
        links: Vec::new(),
        truncated: false,
    }
}

fn pack_key() -> CacheKey {
    CacheKey::Pack { text: pack().text_hash, extractor: pack().extractor }
}

async fn overwrite(cache: &MemoryCache, key: CacheKey, bytes: &[u8]) {
    cache.put(vec![(key, Bytes::copy_from_slice(bytes))]).await.unwrap();
}

/// What a capture of `body` comes back as, once its stored bytes are these.
async fn capture_stored_as(body: &[u8], stored: &[u8]) -> Result<Option<Bytes>, EvidenceError> {
    let (store, cache) = store();
    let hash = ContentHash::of(body);
    overwrite(&cache, CacheKey::Capture(hash), stored).await;
    store.capture(&hash).await
}

#[track_caller]
fn check_damaged<T: std::fmt::Debug>(outcome: Result<T, EvidenceError>) {
    assert!(matches!(outcome, Err(EvidenceError::Damaged { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_page_is_kept_with_what_is_remembered_of_its_url() {
    let (store, _) = store();
    for body in [&b"<p>page"[..], b"", &[0; 100_000]] {
        let entry = entry(body);
        store.put_page(&Tenant::local(), &entry, body).await.unwrap();
        assert_eq!(store.url_entry(&Tenant::local(), &entry.url).await.unwrap(), Some(entry.clone()));
        assert_eq!(store.capture(&entry.capture.content_hash).await.unwrap().as_deref(), Some(body));
        assert_eq!(store.url_entry(&Tenant("other".into()), &entry.url).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_was_read_comes_back_under_its_text_version_and_brief() {
    let (store, _) = store();
    let (text, brief) = (pack().text_hash, ContentHash::of(b"brief"));
    store.put_pack(&pack()).await.unwrap();
    assert_eq!(store.pack(&text, "1").await.unwrap(), Some(pack()));
    assert_eq!(store.pack(&text, "2").await.unwrap(), None);

    let reading = StoredReading::default();
    store.put_reading(&text, "1", &brief, &reading).await.unwrap();
    assert_eq!(store.reading(&text, "1", &brief).await.unwrap(), Some(reading));
    assert_eq!(store.reading(&text, "2", &brief).await.unwrap(), None);
    assert_eq!(store.reading(&text, "1", &ContentHash::of(b"other")).await.unwrap(), None);
}

#[tokio::test]
async fn robots_are_kept_by_tenant_and_origin() {
    let (store, _) = store();
    let robots = StoredRobots { text: Some("User-agent: *".into()), fetched_at: Timestamp::default() };
    store.put_robots(&Tenant::local(), "https://site.example:443", &robots).await.unwrap();
    let found = async |origin| store.robots(&Tenant::local(), origin).await.unwrap();
    assert_eq!(found("https://site.example:443").await, Some(robots));
    assert_eq!(found("https://site.example:444").await, None);
}

#[tokio::test]
async fn forgotten_evidence_is_none() {
    let (store, cache) = store();
    let entry = entry(b"page");
    store.put_page(&Tenant::local(), &entry, b"page").await.unwrap();
    assert!(cache.evict(&CacheKey::Capture(entry.capture.content_hash)));
    assert!(!cache.evict(&CacheKey::Capture(entry.capture.content_hash)));
    assert_eq!(store.capture(&entry.capture.content_hash).await.unwrap(), None);
    assert!(store.url_entry(&Tenant::local(), &entry.url).await.unwrap().is_some());
    cache.flush();
    assert_eq!(store.url_entry(&Tenant::local(), &entry.url).await.unwrap(), None);
}

#[tokio::test]
async fn a_capture_cut_short_or_changed_is_damaged() {
    let body = b"a page of some length ".repeat(100);
    let whole = zstd::bulk::compress(&body, 1).unwrap();
    assert_eq!(capture_stored_as(&body, &whole).await.unwrap().as_deref(), Some(&body[..]));
    for length in 0..whole.len() {
        check_damaged(capture_stored_as(&body, &whole[..length]).await);
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x40;
        match capture_stored_as(&body, &changed).await {
            // a bit that does not matter to the bytes
            Ok(Some(read)) => assert_eq!(read, body),
            outcome => check_damaged(outcome),
        }
    }
}

#[tokio::test]
async fn the_bytes_of_another_page_are_damage() {
    let other = zstd::bulk::compress(b"another page", 1).unwrap();
    check_damaged(capture_stored_as(b"page", &other).await);
    check_damaged(capture_stored_as(b"page", b"page").await);
    check_damaged(capture_stored_as(b"page", b"").await);
}

/// A zstd frame of a few kilobytes that is said to hold `told` zeros and holds `held`, by blocks that repeat one byte.
fn bomb(told: u32, held: u32) -> Vec<u8> {
    const BLOCK: u32 = 128 * 1024;
    // magic number; a single segment whose size has four bytes
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend(told.to_le_bytes());
    let mut left = held;
    while left > 0 {
        let size = left.min(BLOCK);
        left -= size;
        let header = u32::from(left == 0) | 1 << 1 | size << 3;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

#[tokio::test]
async fn a_frame_that_unpacks_to_more_than_a_page_may_hold_is_damaged() {
    let (store, cache) = store();
    let most = u32::try_from(MAX_KEPT_BYTES).unwrap();
    // a pack, since nothing but the cap could call zeros damaged there
    overwrite(&cache, pack_key(), &bomb(1 << 20, 1 << 20)).await;
    let small = store.pack(&pack().text_hash, "1").await;
    assert!(matches!(small, Err(EvidenceError::Wire(_))), "{small:?}");
    overwrite(&cache, pack_key(), &bomb(most + 1, most + 1)).await;
    check_damaged(store.pack(&pack().text_hash, "1").await);
}

#[tokio::test]
async fn a_frame_that_holds_more_than_it_says_is_damaged() {
    let (store, cache) = store();
    overwrite(&cache, pack_key(), &bomb(1_000, 10 << 20)).await;
    check_damaged(store.pack(&pack().text_hash, "1").await);
}

#[tokio::test]
async fn an_entry_of_another_version_is_as_good_as_none() {
    let (store, cache) = store();
    let (tenant, url) = (Tenant::local(), entry(b"page").url);
    let (text, brief) = (pack().text_hash, ContentHash::of(b"brief"));
    overwrite(&cache, CacheKey::Url { tenant: tenant.clone(), url: url.clone() }, b"\x81\xa1a\x01").await;
    assert_eq!(store.url_entry(&tenant, &url).await.unwrap(), None);
    let findings = CacheKey::Findings { text, extractor: "1".into(), brief };
    overwrite(&cache, findings, b"\xc1").await;
    assert_eq!(store.reading(&text, "1", &brief).await.unwrap(), None);
    overwrite(&cache, CacheKey::Robots { tenant: tenant.clone(), origin: "o".into() }, b"").await;
    assert_eq!(store.robots(&tenant, "o").await.unwrap(), None);
}

/// URLs of one host are asked for with credentials of this name.
#[derive(Debug)]
struct LoggedIn(&'static str, &'static [u8]);

impl Apart for LoggedIn {
    fn apart(&self, url: &str) -> Option<ContentHash> {
        url.starts_with(self.0).then(|| ContentHash::of(self.1))
    }
}

#[tokio::test]
async fn what_came_by_credentials_is_remembered_by_those_who_ask_with_the_same_alone() {
    let (plain, _) = store();
    let site = "https://site.example";
    let robots = StoredRobots { text: None, fetched_at: Timestamp::default() };
    let mine = plain.clone().with_apart(Arc::new(LoggedIn(site, b"mine")));
    let others = plain.clone().with_apart(Arc::new(LoggedIn(site, b"others'")));
    let (tenant, entry) = (Tenant::local(), entry(b"private"));
    mine.put_page(&tenant, &entry, b"private").await.unwrap();
    mine.put_robots(&tenant, site, &robots).await.unwrap();
    for (store, knows) in [(&mine, true), (&others, false), (&plain, false)] {
        assert_eq!(store.url_entry(&tenant, &entry.url).await.unwrap().is_some(), knows);
        assert_eq!(store.robots(&tenant, site).await.unwrap().is_some(), knows);
    }
    // nor do they see what anybody gets
    plain.put_url_entry(&tenant, &UrlEntry { status: 203, ..entry.clone() }).await.unwrap();
    assert_eq!(others.url_entry(&tenant, &entry.url).await.unwrap(), None);
    assert_eq!(mine.url_entry(&tenant, &entry.url).await.unwrap(), Some(entry));
}

#[tokio::test]
async fn a_redirect_to_where_others_credentials_are_sent_is_not_remembered() {
    let (plain, _) = store();
    let store = plain.clone().with_apart(Arc::new(LoggedIn("https://login.example", b"mine")));
    let tenant = Tenant::local();
    let led = UrlEntry { final_url: "https://login.example/in".into(), ..entry(b"private") };
    let led_away = UrlEntry { url: "https://login.example/out".into(), ..entry(b"public") };
    for (entry, body) in [(led, &b"private"[..]), (led_away, b"public")] {
        store.put_page(&tenant, &entry, body).await.unwrap();
        store.put_url_entry(&tenant, &entry).await.unwrap();
        for store in [&store, &plain] {
            assert_eq!(store.url_entry(&tenant, &entry.url).await.unwrap(), None, "{}", entry.url);
        }
        // the chain under way finds what it fetched
        assert_eq!(store.capture(&entry.capture.content_hash).await.unwrap().as_deref(), Some(body));
    }
}
