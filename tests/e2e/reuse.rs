//! Unchanged pages cost nothing, changed pages little, and a stale value is never served.

use gleaner_testkit::Page;

use crate::harness::{Bench, product, reason_of};

async fn first_run(bench: &Bench) -> Vec<&'static str> {
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.set("/saw", product("Saw", "89.50", ""));
    let args = vec!["--as", "product", "--quiet"];
    let ran = bench.run(&[&[&*bench.site.url("/drill"), &bench.site.url("/saw")], &args[..]].concat()).await;
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    bench.site.clear_hits();
    args
}

async fn again(bench: &Bench, args: &[&str]) -> crate::harness::Ran {
    bench.run(&[&[&*bench.site.url("/drill"), &bench.site.url("/saw")], args].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_over_unchanged_pages_asks_conditionally_and_extracts_nothing() {
    let mut bench = Bench::new().await;
    let args = first_run(&bench).await;
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "debug");
    let ran = again(&bench, &args).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let hits = bench.site.all_hits();
    assert_eq!(hits.len(), 2, "{hits:?}");
    assert!(hits.iter().all(|hit| hit.conditional && hit.status == 304), "{hits:?}");
    assert!(!ran.stderr.contains("gleaner_extractor"), "no extraction ran: {}", ran.stderr);
    let record = ran.record(&bench.site.url("/drill"));
    assert_eq!(record.data["price"], "129.00");
    assert_eq!(record.revision, 2);
    assert_eq!(record.changes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_nonce_leaves_the_text_and_its_reading_as_they_were() {
    let mut bench = Bench::new().await;
    let with_nonce = |nonce: &str| {
        product("Drill", "129.00", &format!("<script nonce=\"{nonce}\">run('{nonce}')</script>"))
    };
    bench.site.set("/drill", with_nonce("a1"));
    let url = bench.site.url("/drill");
    let before = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(before.code, 0, "{}", before.stderr);
    bench.site.set("/drill", with_nonce("b2"));
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "debug");
    let out = bench.path("out");
    let after = bench.run(&[&url, "--as", "product", "--out", &out.display().to_string()]).await;
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "fetched same_text");
    assert!(after.stderr.contains("text is known, earlier reading is used"), "{}", after.stderr);
    assert_eq!(before.record(&url).data, after.record(&url).data);
    // the new capture is cited, and its quotes hold
    let verified = bench.verify(&out).await;
    assert_eq!(verified.code, 0, "{}", verified.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_clock_runs_the_rules_again_and_gives_the_same_values() {
    let bench = Bench::new().await;
    let with_clock = |clock: &str| product("Drill", "129.00", &format!("<footer>Served at {clock}</footer>"));
    bench.site.set("/drill", with_clock("10:00"));
    let url = bench.site.url("/drill");
    let before = bench.run(&[&url, "--as", "product"]).await;
    bench.site.set("/drill", with_clock("11:30"));
    let after = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "fetched changed");
    assert_eq!(before.record(&url).data, after.record(&url).data);
    assert_eq!(after.record(&url).changes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_price_outside_the_main_text_is_the_new_price_and_told_as_a_change() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    bench.run(&[&url, "--as", "product"]).await;
    let page = String::from_utf8(product("Drill", "129.00", "").body).expect("our own page is UTF-8");
    // only the structured data changes; the visible text stays
    bench.site.set(
        "/drill",
        Page::html(
            page.replace("\"price\":\"129.00\"", "\"price\":\"119.00\"").replace("<p>€129.00</p>", ""),
        ),
    );
    let after = bench.run(&[&url, "--as", "product"]).await.record(&url);
    assert_eq!(after.data["price"], "119.00");
    assert_eq!(after.changes.len(), 1, "{:?}", after.changes);
    assert_eq!(after.changes[0].field, "/price");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_was_away_in_between_hides_no_change_and_makes_none() {
    let bench = Bench::new().await;
    let at = |price: &str| product("Drill", price, "");
    let url = bench.site.url("/drill");
    let run = async || bench.run(&[&url, "--as", "product"]).await.record(&url);
    bench.site.set("/drill", at("129.00"));
    run().await;
    bench.site.set("/drill", Page::status(404));
    let away = run().await;
    assert_eq!((away.revision, away.status.as_str(), &*away.changes), (2, "failed", &[][..]));
    bench.site.set("/drill", at("119.00"));
    let back = run().await;
    let told: Vec<_> = back.changes.iter().map(|change| (&*change.field, &change.from, &change.to)).collect();
    assert_eq!((back.revision, told), (3, vec![("/price", &"129.00".into(), &"119.00".into())]));
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_reads_stored_pages_for_other_fields_without_a_request() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    bench.run(&[&url, "--as", "product"]).await;
    bench.site.clear_hits();
    let targets = format!(
        "schema = \"product\"\nfields.weight = {{ type = \"number\", unit = \"kg\" }}\n[[targets]]\nid = \"d\"\nurls = [\"{url}\"]\n"
    );
    let file = bench.write("targets.toml", &targets);
    let ran = bench.run(&[&file, "--offline"]).await;
    let record = ran.record("d");
    assert_eq!(record.data["weight"], 1.4, "{}", ran.stdout);
    assert_eq!(bench.site.all_hits(), []);
    assert_eq!(reason_of(&bench.ledger("d").await, &url), "reused offline");

    let missing = bench.run(&[&bench.site.url("/never"), "--as", "product", "--offline"]).await;
    assert_eq!(missing.code, 4, "{}", missing.stderr);
    assert_eq!(bench.site.all_hits(), []);
}
