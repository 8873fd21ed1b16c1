//! A record can be checked by anyone, and one flipped byte fails.

use crate::harness::{Bench, product};

async fn bundle(bench: &Bench) -> std::path::PathBuf {
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let out = bench.path("out");
    let url = bench.site.url("/drill");
    let ran = bench.run(&[&url, "--as", "product", "--out", &out.display().to_string()]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_leaves_verifies() {
    let bench = Bench::new().await;
    let out = bundle(&bench).await;
    let ran = bench.verify(&out).await;
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("0 failed"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_record_is_refused() {
    let bench = Bench::new().await;
    let out = bundle(&bench).await;
    let path = out.join("records.jsonl");
    let records = std::fs::read_to_string(&path).expect("records.jsonl is left");
    for (from, to) in [
        ("\"price\":\"129.00\"", "\"price\":\"128.00\""),
        ("\"quote\":\"129.00\"", "\"quote\":\"128.00\""),
        ("\"name\":\"Drill\"", "\"name\":\"drill\""),
        ("\"start\":", "\"start\":1"),
        ("\"capture\":\"blake3:", "\"capture\":\"blake3:00"),
        ("/drill\",\"capture\"", "/saw\",\"capture\""),
    ] {
        assert!(records.contains(from), "{from} is in {records}");
        std::fs::write(&path, records.replacen(from, to, 1)).expect("records.jsonl is writable");
        let ran = bench.verify(&out).await;
        assert_ne!(ran.code, 0, "{from} became {to} and nobody saw: {}", ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_lost_its_records_is_not_called_good() {
    let bench = Bench::new().await;
    let out = bundle(&bench).await;
    std::fs::write(out.join("records.jsonl"), "").expect("records.jsonl is writable");
    let ran = bench.verify(&out).await;
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("nothing was checked"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_source_is_refused() {
    let bench = Bench::new().await;
    let out = bundle(&bench).await;
    let sources = std::fs::read_dir(out.join("sources")).expect("sources are left");
    let page = sources
        .map(|entry| entry.expect("the directory is readable").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .expect("a page was cited");
    let mut body = std::fs::read(&page).expect("the page is readable");
    body[40] ^= 1;
    std::fs::write(&page, body).expect("the page is writable");
    let ran = bench.verify(&out).await;
    assert_eq!(ran.code, 1, "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_hold_what_the_run_printed() {
    let bench = Bench::new().await;
    let out = bundle(&bench).await;
    let state = bench.path("state").display().to_string();
    let printed = std::fs::read_to_string(out.join("records.jsonl")).expect("records.jsonl is left");
    let sources = bench.path("sources").display().to_string();
    let jsonl = bench.gleaner(&["export", "--state", &state, "--bundle", &sources]).await;
    assert_eq!(jsonl.stdout, printed);
    let csv = bench.gleaner(&["export", "--state", &state, "--format", "csv"]).await;
    let header = csv.stdout.lines().next().unwrap_or_default().to_owned();
    for column in ["price", "price.state", "price.quote", "price.url"] {
        assert!(header.split(',').any(|name| name == column), "{column} is in {header}");
    }
    let record = bench.gleaner(&["record", &bench.site.url("/drill"), "--state", &state]).await;
    let shown: serde_json::Value = serde_json::from_str(&record.stdout).expect("a record");
    assert_eq!(shown["data"]["price"], "129.00");
    let html = bench.gleaner(&["export", "--state", &state, "--format", "html"]).await;
    assert!(html.stdout.contains("<mark>129.00</mark>"));
}
