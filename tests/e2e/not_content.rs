//! Pages that come with status 200 and are no content: told with their reasons, never read, and asked for again by rule.

use gleaner_contract::Counter;
use gleaner_testkit::Page;

use crate::harness::{Bench, product, reason_of, until};

const CHALLENGE: &str = "<html><head><title>Just a moment...</title></head><body><h1>Drill</h1><p>€1.00</p>\
     <a href=/contact>Contact</a><script>window._cf_chl_opt={cType:'managed'}</script></body></html>";

const GONE: &str = "<html><head><title>404 - Page not found | Fixture Tools</title></head><body><h1>Page not found</h1>\
     <p>Others bought: Saw, €89.00</p><a href=/saw>Saw</a></body></html>";

const LOGIN: &str = "<html><head><title>Log in | Fixture Tools</title></head><body><form><input name=user>\
     <input type=password><button>Log in</button></form><a href=/saw>Saw</a></body></html>";

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_asked_for_again_until_the_page_comes() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__CRAWL__MAX_ATTEMPTS", "1000");
    bench.site.set("/drill", Page::html(CHALLENGE));
    let url = bench.site.url("/drill");
    let run = bench.start_piped(&[&url, "--as", "product"]);
    until("it was asked for again", async || bench.site.hits_of("/drill") >= 2).await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let ran = bench.finished(run).await;
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(ran.record(&url).data["price"], "129.00");
    // whatever came before it, it is one page of the budget
    assert_eq!(ran.record(&url).cost[&Counter::URLS], 1);
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "fetched changed");
    assert!(bench.site.hits().iter().all(|hit| !hit.conditional), "{:?}", bench.site.hits());
    assert_eq!(bench.site.hits_of("/contact"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_stays_fails_after_its_attempts() {
    let bench = Bench::new().await;
    bench.site.set("/drill", Page::html(CHALLENGE));
    let url = bench.site.url("/drill");
    let ran = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(ran.code, 4, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(bench.site.hits_of("/drill"), 3);
    let rows = bench.ledger(&url).await;
    assert_eq!(reason_of(&rows, &url), "failed challenge");
    let row = rows.iter().find(|row| row.subject == url).expect("it was found a moment ago");
    assert_eq!(row.detail, "status 200: Cloudflare challenge");

    // and the stored page is no more content without the network
    let offline = bench.run(&[&url, "--as", "product", "--offline"]).await;
    assert_eq!(offline.code, 4, "{}", offline.stderr);
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "failed challenge");
    assert_eq!(bench.site.hits_of("/drill"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn error_pages_and_login_walls_are_asked_for_once_and_feed_nothing() {
    let bench = Bench::new().await;
    for (path, page, reason) in
        [("/gone", GONE, "failed soft_error"), ("/login-needed", LOGIN, "failed login_wall")]
    {
        bench.site.set(path, Page::html(page));
        let url = bench.site.url(path);
        let ran = bench.run(&[&url, "--as", "product"]).await;
        assert_eq!(ran.code, 4, "{}\n{}", ran.stdout, ran.stderr);
        let record = ran.record(&url);
        assert!(record.data.values().all(serde_json::Value::is_null), "{:?}", record.data);
        assert_eq!(record.stop_reason.to_string(), "no_page_read");
        let rows = bench.ledger(&url).await;
        assert_eq!(reason_of(&rows, &url), reason);
        // its links are no pages of the job
        assert_eq!(rows.iter().filter(|row| row.kind.to_string() == "url").count(), 1, "{rows:?}");
        assert_eq!(bench.site.hits_of(path), 1);
    }
    assert_eq!(bench.site.hits_of("/saw"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_hosts_that_the_operator_names_are_read_whatever_they_look_like() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__CRAWL__CONTENT_HOSTS", &bench.site.ip().to_string());
    bench.site.set("/gone", Page::html(GONE));
    let url = bench.site.url("/gone");
    bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "fetched new");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hooks_say_that_a_stored_page_is_no_content() {
    let mut bench = Bench::new().await;
    let file = bench.write("gone.html", GONE);
    let url = "https://shop.example/gone";
    let extract = ["extract", &file, "--url", url];
    let pack: serde_json::Value =
        serde_json::from_str(&bench.gleaner(&extract).await.stdout).expect("a pack is JSON");
    assert_eq!(
        (&pack["pageType"], &pack["notContent"]["reason"]),
        (&"not_content".into(), &"soft_error".into())
    );
    let read = bench.gleaner(&["read", &file, "--url", url, "--schema", "product"]).await;
    assert_eq!((read.code, &read.records()[0].status.to_string()[..]), (0, "failed"));
    assert!(read.records()[0].data.values().all(serde_json::Value::is_null));
    assert_eq!(read.stderr.trim(), "soft_error: says `page not found`");

    bench.set("GLEANER__CRAWL__CONTENT_HOSTS", "shop.example");
    let pack: serde_json::Value =
        serde_json::from_str(&bench.gleaner(&extract).await.stdout).expect("a pack is JSON");
    assert_eq!((&pack["pageType"], &pack["notContent"]), (&"other".into(), &serde_json::Value::Null));
}
