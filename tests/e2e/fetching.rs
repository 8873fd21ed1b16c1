//! What is asked of sites, where it is asked, and what becomes of the answers.

use std::net::TcpListener;

use gleaner_contract::Counter;
use gleaner_testkit::{Page, Site};

use crate::harness::{Bench, DATE, Ran, product, reason_of};

async fn run(bench: &Bench, url: &str) -> Ran {
    bench.run(&[url, "--as", "product", "--quiet"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_a_disallowed_page_is_not_followed() {
    let bench = Bench::new().await;
    bench.site.set("/robots.txt", Page::text("User-agent: *\nDisallow: /private\n"));
    bench.site.set("/go", Page::redirect("/private"));
    bench.site.set("/private", product("Secret", "1.00", ""));
    let url = bench.site.url("/go");
    assert_eq!(run(&bench, &url).await.code, 4);
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "skipped robots");
    assert_eq!(bench.site.hits_of("/private"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_robots_txt_of_the_site_that_a_page_moved_to_is_obeyed() {
    let bench = Bench::new().await;
    let other = Site::start().await.expect("a loopback port is free");
    other.set("/drill", product("Drill", "129.00", ""));
    other.set("/robots.txt", Page::text("User-agent: gleaner\nDisallow: /\n"));
    bench.site.set("/drill", Page::redirect(&other.url("/drill")));
    let (url, allow) = (bench.site.url("/drill"), format!("127.0.0.1/32:{}", other.port()));
    let args = [url.as_str(), "--as", "product", "--allow-crawl", &allow];
    assert_eq!(bench.run(&args).await.code, 4);
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "skipped robots");
    assert_eq!((other.hits_of("/robots.txt"), other.hits_of("/drill")), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_moved_is_confirmed_where_it_is_now() {
    let bench = Bench::new().await;
    bench.site.set("/old", Page::redirect("/drill"));
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/old");
    assert_eq!(run(&bench, &url).await.code, 0);
    bench.site.clear_hits();
    assert_eq!(run(&bench, &url).await.record(&url).data["price"], "129.00");
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "reused not_modified");
    let conditional: Vec<(String, bool)> =
        bench.site.hits().into_iter().map(|hit| (hit.path, hit.conditional)).collect();
    assert_eq!(conditional, [("/old".into(), false), ("/drill".into(), true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_by_the_date_alone_does_not_keep_yesterdays_price_alive() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", "").dated(DATE));
    let url = bench.site.url("/drill");
    assert_eq!(run(&bench, &url).await.record(&url).data["price"], "129.00");
    bench.site.set("/drill", product("Drill", "119.00", "").dated(DATE));
    assert_eq!(run(&bench, &url).await.record(&url).data["price"], "119.00");
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "fetched changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_a_date_alone_is_confirmed_by_it_and_a_compressed_one_is_read() {
    let bench = Bench::new().await;
    let page = product("Drill", "129.00", "").gzipped().without_validators().dated(DATE);
    bench.site.set("/drill", page);
    let url = bench.site.url("/drill");
    for reason in ["fetched new", "reused not_modified"] {
        assert_eq!(run(&bench, &url).await.record(&url).data["price"], "129.00");
        assert_eq!(reason_of(&bench.ledger(&url).await, &url), reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charset_that_was_put_right_is_read_anew_though_no_byte_changed() {
    let bench = Bench::new().await;
    let Page { body, .. } = product("Dr\u{fc}ll", "129.00", "");
    let url = bench.site.url("/drill");
    for (charset, name) in [("windows-1252", "Dr\u{c3}\u{bc}ll"), ("utf-8", "Dr\u{fc}ll")] {
        let page = Page::of_type(&format!("text/html; charset={charset}"), body.clone());
        bench.site.set("/drill", page.without_validators());
        assert_eq!(run(&bench, &url).await.record(&url).data["name"], name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_page_that_was_given_up_is_paid_for() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__FETCH__MAX_BODY_BYTES", "100 KiB");
    bench.site.set("/huge", Page::html(vec![b'a'; 400 * 1024]).gzipped());
    let url = bench.site.url("/huge");
    assert_eq!(run(&bench, &url).await.code, 4);
    let rows = bench.ledger(&url).await;
    assert_eq!(reason_of(&rows, &url), "failed body_too_large");
    let row = rows.iter().find(|row| row.subject == url).expect("its row was read just now");
    assert_eq!(row.cost[&Counter::BYTES], 100 * 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_that_the_environment_names_see_nothing() {
    let mut bench = Bench::new().await;
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    proxy.set_nonblocking(true).expect("the system can");
    let address = format!("http://{}", proxy.local_addr().expect("it is bound"));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        bench.set(name, &address);
    }
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    assert_eq!(run(&bench, &url).await.code, 0);
    let called = proxy.accept().expect_err("nobody calls the proxy");
    assert_eq!(called.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_query_are_in_no_log() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "debug");
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill?api_key=s3cret");
    let ran = run(&bench, &url).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("/drill?api_key=…"), "{}", ran.stderr);
    let telling: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("s3cret")).collect();
    assert_eq!(telling, [""; 0]);
}
