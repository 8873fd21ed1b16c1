//! A budget is a wall, and the ledger accounts for every URL.

use std::time::Duration;

use gleaner_records::ledger::url_counts;

use crate::harness::{Bench, company};

fn fill(bench: &Bench, pages: usize, delay: Duration) -> String {
    let links: Vec<String> = (0..pages).map(|page| format!("/contact/{page}")).collect();
    bench.site.set("/", company(&links, "<p>No telephone here.</p>"));
    for link in &links {
        bench.site.set(link, company(&[], &format!("<p>About {link}</p>")).after(delay));
    }
    bench.site.url("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_urls_stops_at_the_wall_and_the_ledger_says_what_was_skipped() {
    let bench = Bench::new().await;
    let url = fill(&bench, 20, Duration::ZERO);
    let ran = bench.run(&[&url, "--as", "company", "--budget", "urls=5"]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let record = ran.record(&url);
    assert_eq!(record.stop_reason.to_string(), "budget.urls");
    assert_eq!(record.cost[&gleaner_contract::Counter::URLS], 5);
    let rows = bench.ledger(&url).await;
    let counts = url_counts(&rows);
    assert!(counts.balances() && counts.open == 0, "{counts:?}");
    // each term against the site's own log
    let answered = |status: u16| bench.site.hits().iter().filter(|hit| hit.status == status).count() as u64;
    assert_eq!(counts.fetched, answered(200));
    assert_eq!((counts.reused, counts.failed), (answered(304), answered(404)));
    assert_eq!(counts.fetched, 5);
    assert_eq!(counts.skipped, 16, "{rows:?}");
    let unadmitted: Vec<_> = rows
        .iter()
        .filter(|row| row.reason == "budget.urls" && row.kind == gleaner_contract::LedgerKind::Url)
        .collect();
    assert_eq!(unadmitted.len(), 16, "{unadmitted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_budget_is_shared_by_all_targets() {
    let bench = Bench::new().await;
    let mut targets = String::from("schema = \"company\"\ntotal = { urls = 7 }\nbudget = { urls = 5 }\n");
    for target in 0..3 {
        let links: Vec<String> = (0..6).map(|page| format!("/{target}/contact/{page}")).collect();
        bench.site.set(&format!("/{target}"), company(&links, ""));
        for link in &links {
            bench.site.set(link, company(&[], ""));
        }
        let url = bench.site.url(&format!("/{target}"));
        targets.push_str(&format!("[[targets]]\nid = \"t{target}\"\nurls = [\"{url}\"]\n"));
    }
    let ran = bench.run(&[&bench.write("targets.toml", &targets)]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(bench.site.hits().len(), 7, "{:?}", bench.site.hits());
    assert!(
        ran.records().iter().any(|record| record.stop_reason.to_string() == "total.urls"),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_seconds_ends_the_job_as_partial() {
    let bench = Bench::new().await;
    let url = fill(&bench, 10, Duration::from_secs(30));
    // long enough for any machine to read the first page, and far from enough for the others
    let ran = bench.run(&[&url, "--as", "company", "--budget", "seconds=6"]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.record(&url).stop_reason.to_string(), "budget.seconds");
    let counts = url_counts(&bench.ledger(&url).await);
    assert!(counts.balances() && counts.open == 0, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_bytes_is_never_passed() {
    let bench = Bench::new().await;
    let links: Vec<String> = (0..8).map(|page| format!("/contact/{page}")).collect();
    bench.site.set("/", company(&links, ""));
    for link in &links {
        bench.site.set(link, company(&[], &"<p>We make tools.</p>".repeat(300)));
    }
    let url = bench.site.url("/");
    let ran = bench.run(&[&url, "--as", "company", "--budget", "bytes=20000"]).await;
    let record = ran.record(&url);
    let spent = record.cost[&gleaner_contract::Counter::BYTES].as_u64().expect("bytes are whole");
    assert!(spent <= 20_000, "{spent}");
    assert_eq!(record.stop_reason.to_string(), "budget.bytes");
}
