//! What is at hand is used, and what is stale is asked for conditionally.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_capture_that_is_fresh_enough_serves_without_a_request() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let first = rig.task("first");
    rig.run(&first).await;
    let next = rig.extract(&CrawlTask { fresh_after: first.fresh_after, ..rig.task("second") }).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::Fresh));
    assert_eq!(next.usage, Amounts::none());
    assert_eq!(rig.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_chain_run_again_counts_and_costs_what_it_did_without_asking_again() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let task = rig.task("a");
    let before = rig.extract(&task).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let again = CrawlTask { ticket: Ticket { epoch: 2, ..task.ticket.clone() }, ..task };
    let after = rig.extract(&again).await;
    assert_eq!((after.outcome, after.reason), (before.outcome, before.reason));
    assert_eq!((after.usage, after.page), (before.usage, before.page));
    assert_eq!(rig.asked().len(), 1);

    // never more than the permit at hand
    let mut smaller = again;
    smaller.ticket.permit = Amounts::one(Counter::BYTES, 3_u64);
    assert_eq!(bytes_of(&rig.extract(&smaller).await.usage), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stale_capture_is_asked_for_conditionally_and_costs_nothing_when_unchanged() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(PAGE)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::NotModified));
    assert_eq!(bytes_of(&next.usage), 0);
    assert_eq!(next.page.fetched_at, rig.clock.now(), "the server confirmed it just now");
    assert_eq!(rig.asked()[1].validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test(start_paused = true)]
async fn a_304_for_another_address_is_not_taken_for_this_capture() {
    let rig = Rig::new();
    let elsewhere = "https://acme.example/moved";
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(elsewhere), body("<h1>Saw</h1>", None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::Changed));
    assert_eq!(next.page.content_hash, ContentHash::of(b"<h1>Saw</h1>"));
    assert_eq!(rig.asked()[2].validators, Validators::default());
}

#[tokio::test(start_paused = true)]
async fn the_same_bytes_and_other_bytes_are_told_apart() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None), body(BODY, None), body("<h1>Saw</h1>", None)]);
    let mut reasons = Vec::new();
    for name in ["first", "second", "third"] {
        reasons.push(rig.extract(&rig.task(name)).await.reason);
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    assert_eq!(reasons, [UrlReason::New, UrlReason::SameBytes, UrlReason::Changed]);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_text_was_read_before_goes_straight_to_the_report() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(PAGE), not_modified(PAGE)]);
    let first = rig.task("first");
    rig.run(&first).await;
    let text = gleaner_contract::TextHash::of(b"drill");
    let mut entry = rig
        .store
        .url_entry(&first.ticket.tenant, PAGE)
        .await
        .expect("the cache is there")
        .expect("the page was kept");
    entry.text_hash = Some(text);
    rig.store.put_url_entry(&first.ticket.tenant, &entry).await.expect("the cache is there");
    let reading = StoredReading::default();
    rig.store.put_reading(&text, "1", &first.reading_key(), &reading).await.expect("the cache is there");

    tokio::time::advance(Duration::from_secs(5)).await;
    let report = rig.report(&rig.task("second")).await;
    assert!(matches!(report.outcome, PageOutcome::Read { text_hash, .. } if text_hash == text));

    // a chain that found the cache incomplete takes no shortcut
    tokio::time::advance(Duration::from_secs(5)).await;
    rig.extract(&CrawlTask { thorough: true, ..rig.task("third") }).await;
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_is_gone_is_fetched_whole() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), body(BODY, Some("\"1\""))]);
    let first = rig.task("first");
    rig.run(&first).await;
    assert!(rig.cache.evict(&CacheKey::Capture(ContentHash::of(BODY.as_bytes()))));
    let next = rig.extract(&CrawlTask { fresh_after: first.fresh_after, ..rig.task("second") }).await;
    assert_eq!(next.outcome, UrlOutcome::Fetched);
    assert_eq!(rig.asked()[1].validators, Validators::default());
}

#[tokio::test(start_paused = true)]
async fn offline_asks_for_nothing() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let missing = rig.report(&CrawlTask { offline: true, ..rig.task("none") }).await;
    assert!(matches!(missing.outcome, PageOutcome::Failed { reason: UrlReason::NotStored, .. }));
    assert_eq!(rig.asked(), []);

    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(86_400)).await;
    let next = rig.extract(&CrawlTask { offline: true, ..rig.task("second") }).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::Offline));
    assert_eq!(rig.asked().len(), 1);
}
