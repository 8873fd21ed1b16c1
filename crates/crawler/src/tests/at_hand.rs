//! What is at hand is used, and what is stale is asked for conditionally.

use gleaner_contract::{SimHash, TextHash, UrlEntry};

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
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(PAGE, None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::NotModified));
    assert_eq!(bytes_of(&next.usage), 0);
    assert_eq!(next.page.fetched_at, rig.clock.now(), "the server confirmed it just now");
    assert_eq!(rig.asked()[1].validators.etag.as_deref(), Some("\"1\""));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_moved_is_asked_for_without_conditions() {
    let rig = Rig::new();
    let elsewhere = "https://acme.example/moved";
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), redirect(elsewhere)]);
    rig.answers(elsewhere, [body_at(elsewhere, "text/html", "<h1>Saw</h1>", None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::Changed));
    assert_eq!(next.page.content_hash, ContentHash::of(b"<h1>Saw</h1>"));
    // the first is not where the capture came from any more, but may well be
    assert_eq!(rig.asked()[1].validators.etag.as_deref(), Some("\"1\""));
    assert_eq!(rig.asked()[2].validators, Validators::default());
}

#[tokio::test(start_paused = true)]
async fn conditions_go_to_where_the_capture_came_from_alone() {
    let rig = Rig::new();
    let moved = "https://www.acme.example/drill";
    rig.answers(PAGE, [redirect(moved), redirect(moved)]);
    rig.answers(moved, [body_at(moved, "text/html", BODY, Some("\"1\"")), not_modified(moved, None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::NotModified));
    let conditional: Vec<bool> =
        rig.asked()[2..].iter().map(|request| request.validators != Validators::default()).collect();
    assert_eq!(conditional, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_304_for_another_address_is_not_taken_for_this_capture() {
    let rig = Rig::new();
    let elsewhere = "https://acme.example/moved";
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(elsewhere, None), body("<h1>Saw</h1>", None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::Changed));
    assert_eq!(rig.asked()[2].validators, Validators::default());
}

/// What follows when a page with this ETag is answered 304 with that one: whether it counts as unchanged.
async fn check_304(stored: Option<&str>, told: Option<&str>, unchanged: bool) {
    let rig = Rig::new();
    let mut known = body(BODY, stored);
    if let Ok(Fetched::Body { validators, .. }) = &mut known {
        // without an ETag there is still something to ask by
        validators.last_modified = Some("Sun, 06 Nov 1994 08:49:37 GMT".into());
    }
    let other = body("<h1>Saw</h1>", told);
    rig.answers(PAGE, [known, not_modified(PAGE, told), other]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let next = rig.extract(&rig.task("second")).await;
    let expected = if unchanged { UrlReason::NotModified } else { UrlReason::Changed };
    assert_eq!(next.reason, expected, "{stored:?} {told:?}");
    if !unchanged {
        assert_eq!(rig.asked()[2].validators, Validators::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_304_that_names_another_version_is_not_taken_for_this_capture() {
    check_304(Some("\"1\""), Some("\"1\""), true).await;
    check_304(Some("\"1\""), Some("W/\"1\""), true).await;
    check_304(Some("\"1\""), None, true).await;
    check_304(None, Some("\"1\""), true).await;
    check_304(Some("\"1\""), Some("\"2\""), false).await;
    check_304(Some("W/\"1\""), Some("\"2\""), false).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_request_has_the_time_that_is_left() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(PAGE, Some("\"2\"")), body(BODY, None)]);
    rig.run(&rig.task("first")).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    rig.script.takes(Duration::from_secs(20));
    let mut task = rig.task("second");
    task.ticket.deadline = rig.clock.now().after(Duration::from_secs(40));
    rig.run(&task).await;
    let asked = rig.asked();
    assert_eq!(asked[1].timeout, Duration::from_secs(30));
    assert_eq!(asked[2].timeout, Duration::from_secs(18));
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

/// Leaves what the extractor leaves when it has found the page of this task to be no content.
async fn mark(rig: &Rig, task: &CrawlTask) {
    let entry = rig.store.url_entry(&task.ticket.tenant, &task.url).await.expect("the cache is there");
    let entry = entry.expect("the page was kept");
    let marked = UrlEntry { not_content: Some(UrlReason::Challenge), etag: None, ..entry };
    rig.store.put_url_entry(&task.ticket.tenant, &marked).await.expect("the cache is there");
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_is_no_content_is_fetched_again_by_the_same_task_and_by_others() {
    let rig = Rig::new();
    let challenge = "<title>Just a moment...</title>";
    rig.answers(
        PAGE,
        [body(challenge, Some("\"1\"")), body(challenge, Some("\"1\"")), body(BODY, Some("\"2\""))],
    );
    let first = rig.task("first");
    rig.extract(&first).await;
    mark(&rig, &first).await;
    // neither waits until it is stale, nor asks whether it still is what it was
    let mut again = first.clone();
    again.ticket.attempt = 2;
    let next = rig.extract(&again).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::SameBytes));
    assert_eq!(bytes_of(&next.usage), challenge.len() as u64);
    mark(&rig, &again).await;
    let other = CrawlTask { fresh_after: first.fresh_after, ..rig.task("other") };
    let next = rig.extract(&other).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Fetched, UrlReason::Changed));
    assert!(rig.asked().iter().all(|request| request.validators == Validators::default()));
    assert_eq!(rig.asked().len(), 3);

    // what came now is not marked, and serves
    let next = rig.extract(&CrawlTask { fresh_after: first.fresh_after, ..rig.task("third") }).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::Fresh));
    assert_eq!(rig.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn offline_a_capture_that_is_no_content_is_handed_on_to_be_judged() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let first = rig.task("first");
    rig.run(&first).await;
    mark(&rig, &first).await;
    let next = rig.extract(&CrawlTask { offline: true, ..rig.task("second") }).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::Offline));
}
const LIKENESS: SimHash = SimHash::from_bits(0b1011);

/// Leaves what the extractor leaves when it has read the page of this task.
async fn read(rig: &Rig, task: &CrawlTask) -> TextHash {
    let text = TextHash::of(b"drill");
    let entry = rig.store.url_entry(&task.ticket.tenant, &task.url).await.expect("the cache is there");
    let mut entry = entry.expect("the page was kept");
    entry.text_hash = Some(text);
    rig.store.put_url_entry(&task.ticket.tenant, &entry).await.expect("the cache is there");
    let reading = StoredReading { simhash: Some(LIKENESS), ..StoredReading::default() };
    rig.store.put_reading(&text, "1", &task.reading_key(), &reading).await.expect("the cache is there");
    text
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_text_was_read_before_goes_straight_to_the_report() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, Some("\"1\"")), not_modified(PAGE, None), not_modified(PAGE, None)]);
    let first = rig.task("first");
    rig.run(&first).await;
    let text = read(&rig, &first).await;

    tokio::time::advance(Duration::from_secs(5)).await;
    let report = rig.report(&rig.task("second")).await;
    let PageOutcome::Read { text_hash, simhash, .. } = report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!((text_hash, simhash), (text, Some(LIKENESS)));

    // a chain that found the cache incomplete takes no shortcut
    tokio::time::advance(Duration::from_secs(5)).await;
    rig.extract(&CrawlTask { thorough: true, ..rig.task("third") }).await;
}

#[tokio::test(start_paused = true)]
async fn the_same_bytes_are_read_again_when_their_charset_or_address_is_another() {
    let moved = "https://acme.example/x/drill";
    let same = || body(BODY, None);
    let answers = [same(), body_at(PAGE, "text/html; charset=utf-8", BODY, None), redirect(moved)];
    let rig = Rig::new();
    rig.answers(PAGE, answers);
    rig.answers(moved, [body_at(moved, "text/html; charset=utf-8", BODY, None)]);
    for name in ["first", "other charset", "other address"] {
        let task = rig.task(name);
        let next = rig.extract(&task).await;
        assert_eq!(next.reason == UrlReason::SameBytes, name != "first");
        read(&rig, &task).await;
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    rig.answers(PAGE, [redirect(moved)]);
    rig.answers(moved, [body_at(moved, "text/html; charset=utf-8", BODY, None)]);
    let report = rig.report(&rig.task("all as before")).await;
    assert!(matches!(report.outcome, PageOutcome::Read { reason: UrlReason::SameBytes, .. }));
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
