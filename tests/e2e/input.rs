//! Bad input: each a clear message with what to do about it, and the other targets unharmed.

use gleaner_testkit::Page;

use crate::harness::{Bench, product, reason_of, shut_port, until};

async fn check_refused(file: &str, text: &str, says: &[&str]) {
    let bench = Bench::new().await;
    let path = bench.write(file, text);
    let ran = bench.run(&[&path]).await;
    assert_eq!(ran.code, 2, "{}\n{}", ran.stdout, ran.stderr);
    for part in says {
        assert!(ran.stderr.contains(part), "`{part}` is missing in: {}", ran.stderr);
    }
    assert_eq!(bench.site.all_hits(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_file_is_told_with_its_line() {
    check_refused("targets.toml", "schema = \"product\"\n[[targets]\nid = 1\n", &["targets.toml:2"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_input_is_no_target() {
    let bench = Bench::new().await;
    let ran = bench.run(&["", "--as", "product"]).await;
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("an input is empty"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_told_with_the_nearest_known_one() {
    let text = "schema = \"product\"\nbugdet = { urls = 1 }\n[[targets]]\nid = \"1\"\nurls = [\"https://a.example/\"]\n";
    check_refused("targets.toml", text, &["bugdet", "budget"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_unit_is_told_with_a_hint() {
    let text = "schema = \"product\"\nfields.weight = { type = \"number\", unit = \"kgs2\" }\n[[targets]]\nid = \"1\"\nurls = [\"https://a.example/\"]\n";
    check_refused("targets.toml", text, &["kgs2", "unit"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_rejected_and_good_ones_run() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let good = bench.site.url("/drill");
    let csv = format!(
        "id,name,url,country,note\n1,Drill,{good},DE,=1+1\n2,Bad,ht!tp://,DE,x\n1,Again,{good},DE,x\n4,Drill,{good},DE,x,too,many\n5,Drill,{good},,x\n"
    );
    let file = bench.write("companies.csv", &csv);
    let out = bench.path("out");
    let ran = bench.run(&[&file, "--as", "product", "--out", &out.display().to_string()]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ids: Vec<String> = ran.records().into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["1", "5"]);
    assert_eq!(ran.record("1").extra["note"], "=1+1");
    let rejected = std::fs::read_to_string(out.join("rejected.csv")).expect("rejected.csv is left");
    assert_eq!(rejected.lines().count(), 4, "{rejected}");
    let records = std::fs::read_to_string(out.join("records.csv")).expect("records.csv is left");
    assert!(records.contains("'=1+1"), "cells are guarded against formulas: {records}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_no_message_can_carry_is_rejected_and_the_others_run() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let fields: Vec<String> =
        (0..250).map(|n| format!("\"f{n}\":{{\"description\":\"{}\"}}", "x".repeat(300))).collect();
    let lines = format!(
        "{{\"id\":\"big\",\"urls\":[\"{url}\"],\"fields\":{{{}}}}}\n{{\"id\":\"small\",\"urls\":[\"{url}\"]}}\n",
        fields.join(",")
    );
    let ran = bench.run(&[&bench.write("targets.jsonl", &lines), "--as", "product"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("bytes of a message, more than 24576"), "{}", ran.stderr);
    let ids: Vec<String> = ran.records().into_iter().map(|record| record.id).collect();
    assert_eq!(ids, ["small"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_beyond_all_measure_is_refused_wherever_it_is_written() {
    const SAYS: &str = "at most 315360000 (ten years), not 999999999999";
    let mut bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    for flag in ["--budget", "--total"] {
        let ran = bench.run(&[&url, "--as", "product", flag, "seconds=999999999999"]).await;
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(SAYS), "{}", ran.stderr);
    }
    let lines = format!(
        "{{\"id\":\"1\",\"urls\":[\"{url}\"],\"budget\":{{\"seconds\":999999999999}}}}\n{{\"id\":\"2\",\"urls\":[\"{url}\"],\"budget\":{{\"seconds\":315360000}}}}\n"
    );
    let file = bench.write("targets.jsonl", &lines);
    // twice on one state directory: nothing in it is beyond reading
    for _ in 0..2 {
        let ran = bench.run(&[&file, "--as", "product"]).await;
        assert_eq!((ran.code, ran.records().len()), (0, 1), "{}", ran.stderr);
        assert!(ran.stderr.contains(SAYS), "{}", ran.stderr);
    }
    bench.set("GLEANER__BUDGET__SECONDS", "999999999999");
    let ran = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains(SAYS), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_in_another_currency_is_rejected_alone() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let lines = format!(
        "{{\"id\":\"odd\",\"urls\":[\"{url}\"],\"budget\":{{\"money\":\"1 EUR\"}}}}\n{{\"id\":\"even\",\"urls\":[\"{url}\"]}}\n"
    );
    let file = bench.write("targets.jsonl", &lines);
    let ran = bench.run(&[&file, "--as", "product", "--total", "money=5 USD"]).await;
    assert_eq!((ran.code, ran.records().len()), (0, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("`budget.money` is in EUR, but `total.money` is in USD"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_a_mapping_does_not_name_pass_through_whatever_they_are_called() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let csv = format!("crm_id,company,website,country\n1,Drill,{url},Germany\n2,Drill,{url},\n");
    bench.write("companies.csv", &csv);
    let targets = "schema = \"product\"\nfrom = { csv = \"companies.csv\", id = \"crm_id\", name = \"company\", url = \"website\" }\n";
    let ran = bench.run(&[&bench.write("targets.toml", targets)]).await;
    assert_eq!((ran.code, ran.records().len()), (0, 2), "{}", ran.stderr);
    assert_eq!(ran.record("1").extra["country"], "Germany");
    let plain = format!("id,url,country\n1,{url},Germany\n");
    let ran = bench.run(&[&bench.write("plain.csv", &plain), "--as", "product"]).await;
    assert_eq!((ran.code, ran.records().len()), (0, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: ") && ran.stderr.contains("Germany"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_no_host() {
    let bench = Bench::new().await;
    let here = bench.path(".").display().to_string();
    for (input, says) in [
        ("companies.xls", "companies.xls: could not read the file: no such file"),
        ("./missing.xlsx", "./missing.xlsx: could not read the file: no such file"),
        (here.as_str(), "is a directory"),
    ] {
        let ran = bench.run(&[input, "--as", "company"]).await;
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_this_runs_or_gone() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let out = bench.path("out");
    let shown = out.display().to_string();
    let good = format!("id,url\ngood,{}\n", bench.site.url("/drill"));
    let bad = format!("{good}{}", (0..12).map(|row| format!("{row},n/a\n")).collect::<String>());
    let bad = bench.write("bad.csv", &bad);
    let ran = bench.run(&[&bad, "--as", "product"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("… and 2 more; --out DIR leaves them all in rejected.csv"), "{}", ran.stderr);
    bench.run(&[&bad, "--as", "product", "--out", &shown]).await;
    assert!(out.join("rejected.csv").exists());
    let good = bench.write("good.csv", &good);
    assert_eq!(bench.run(&[&good, "--as", "product", "--out", &shown]).await.code, 0);
    assert!(!out.join("rejected.csv").exists(), "no row of this run was rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_cannot_be_read_fail_with_their_reason_and_harm_no_other() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__FETCH__MAX_BODY_BYTES", "100 KiB");
    bench.set("GLEANER__CRAWL__MAX_ATTEMPTS", "1");
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.set("/picture", Page::of_type("image/png", b"\x89PNG\r\n\x1a\n".to_vec()));
    bench.site.set("/huge", Page::html(vec![b'a'; 400 * 1024]));
    bench.site.set("/robots.txt", Page::text("User-agent: *\nDisallow: /private\n"));
    bench.site.set("/private", product("Secret", "1.00", ""));
    bench.site.set("/elsewhere", Page::redirect("http://127.0.0.1:9/"));
    let cases = [
        ("/missing", "failed http_status"),
        ("/picture", "failed unsupported_type"),
        ("/huge", "failed body_too_large"),
        ("/private", "skipped robots"),
        ("/elsewhere", "skipped refused_address"),
        ("/drill", "fetched new"),
    ];
    let urls: Vec<String> = cases.iter().map(|(path, _)| bench.site.url(path)).collect();
    let mut args: Vec<&str> = urls.iter().map(String::as_str).collect();
    args.extend(["--as", "product"]);
    let ran = bench.run(&args).await;
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for ((_, reason), url) in cases.iter().zip(&urls) {
        let told = reason_of(&bench.ledger(url).await, url);
        assert_eq!(told, *reason, "{url}");
    }
    assert_eq!(ran.record(&bench.site.url("/drill")).data["price"], "129.00");
    assert_eq!(bench.site.hits_of("/private"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_by_default_is_refused_with_its_reason() {
    let bench = Bench::new().await;
    let url = bench.site.url("/drill");
    let state = bench.path("state").display().to_string();
    let ran = bench.gleaner(&["run", &url, "--as", "product", "--state", &state]).await;
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(bench.site.all_hits(), []);
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "skipped refused_address");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_fails_after_its_tries() {
    let bench = Bench::new().await;
    let (_held, port) = shut_port();
    let (url, allow) = (format!("http://127.0.0.1:{port}/"), format!("127.0.0.1/32:{port}"));
    let ran = bench.run(&[&url, "--as", "product", "--allow-crawl", &allow]).await;
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(ran.record(&url).stop_reason.to_string(), "no_page_read");
    assert_eq!(reason_of(&bench.ledger(&url).await, &url), "failed connect");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_about_another_subject_publishes_nothing_of_it() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Jigsaw 650", "89.50", ""));
    let url = bench.site.url("/drill");
    let targets = format!(
        "schema = \"product\"\n[[targets]]\nid = \"1\"\nname = \"Belt Sander XL\"\nknown = {{ sku = \"BS-77\" }}\nurls = [\"{url}\"]\n"
    );
    let ran = bench.run(&[&bench.write("targets.toml", &targets)]).await;
    let record = ran.record("1");
    assert!(record.data.values().all(serde_json::Value::is_null), "{:?}", record.data);
    let states: Vec<&str> = record.fields.values().map(|field| field.state.as_str()).collect();
    assert!(states.contains(&"other_subject"), "{states:?}");
    assert!(!record.publishable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_a_link_led_to_never_speaks_for_the_product_that_was_named_by_its_address() {
    let bench = Bench::new().await;
    let link =
        |to: &str| format!("<h2>Brand and details</h2><a href=\"{to}\">Product details: brand, weight</a>");
    bench.site.set("/drill", product("Drill 18V", "129.00", &link("/saw")));
    bench.site.set("/saw", product("Saw 650", "129.00", &link("/drill")));
    let url = bench.site.url("/drill");
    let targets = format!(
        "schema = \"product\"\nfields.weight = {{ type = \"number\", unit = \"kg\" }}\nfields.voltage = {{ type = \"number\", unit = \"V\" }}\n[[targets]]\nid = \"1\"\nurls = [\"{url}\"]\n"
    );
    let record = bench.run(&[&bench.write("targets.toml", &targets)]).await.record("1");
    assert_eq!(bench.site.hits_of("/saw"), 1, "the link was worth following, or this test says nothing");
    assert_eq!((&record.data["name"], &record.data["price"]), (&"Drill 18V".into(), &"129.00".into()));
    for (field, entry) in &record.fields {
        for evidence in &entry.evidence {
            assert_eq!(evidence.url, url, "{field} cites another product's page");
        }
    }
}

/// A product's page without structured data, with a link.
fn plain(name: &str, price: &str, link: (&str, &str)) -> Page {
    let (to, text) = link;
    Page::html(format!(
        "<!doctype html><html lang=en><head><title>{name} | Fixture Tools</title></head><body><main><h1>{name}</h1>\
         <p class=price>€{price}</p><p><a href=\"{to}\">{text}: brand, SKU, details</a></p></main></body></html>"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_lacks_is_not_taken_from_another_product_that_it_links_to() {
    let bench = Bench::new().await;
    bench.site.set("/drill", plain("Fixture Drill 18V", "199.00", ("/saw", "Fixture Saw 500")));
    bench.site.set("/saw", product("Fixture Saw 500", "89.50", ""));
    let url = bench.site.url("/drill");
    let record = bench.run(&[&url, "--as", "product"]).await.record(&url);
    assert_eq!(record.data["name"], "Fixture Drill 18V");
    for (field, entry) in record.fields.iter().filter(|(_, entry)| entry.state.as_str() == "supported") {
        assert!(entry.evidence.iter().all(|evidence| evidence.url == url), "{field}: {entry:?}");
    }
    assert_eq!(record.data["sku"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accessory_of_the_named_product_is_another_product() {
    let bench = Bench::new().await;
    let accessory = "Battery for Fixture Drill 18V";
    bench.site.set("/drill", plain("Fixture Drill 18V", "199.00", ("/battery", accessory)));
    bench.site.set("/battery", product(accessory, "49.00", ""));
    let (drill, battery) = (bench.site.url("/drill"), bench.site.url("/battery"));
    let targets = format!(
        "schema = \"product\"\n[[targets]]\nid = \"1\"\nname = \"Fixture Drill 18V\"\nurls = [\"{drill}\", \"{battery}\"]\n"
    );
    let record = bench.run(&[&bench.write("targets.toml", &targets)]).await.record("1");
    assert_eq!(
        (&record.data["name"], &record.data["price"]),
        (&"Fixture Drill 18V".into(), &"199.00".into())
    );
    for field in ["sku", "availability"] {
        assert_eq!(record.data[field], serde_json::Value::Null, "{field} is the battery's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_is_told_all_at_once() {
    let bench = Bench::new().await;
    let file = bench.write("gleaner.toml", "[crawl]\nconcurency = 3\nper_host = 0\n");
    let ran = bench.run(&["https://a.example/", "--as", "product", "--config", &file]).await;
    assert_eq!(ran.code, 2);
    for part in ["concurency", "concurrency", "per_host"] {
        assert!(ran.stderr.contains(part), "`{part}` is missing in: {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_directory_in_use_is_told_with_what_to_do() {
    let bench = Bench::new().await;
    bench.site.set("/slow", product("Slow", "1.00", "").after(std::time::Duration::from_secs(20)));
    let url = bench.site.url("/slow");
    let mut first = bench.start(&[&url, "--as", "product"]);
    until("the first is at work", async || bench.site.hits_of("/slow") > 0).await;
    let second = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(second.code, 2);
    assert!(second.stderr.contains("--state"), "{}", second.stderr);
    first.kill().await.expect("the process was ours to kill");
}
