//! The command line itself: what ends with 2, what is logged, and what happens when nobody reads on.

use std::process::Stdio;

use crate::harness::{Bench, Ran, product};

/// Checks that these arguments of `run` end with 2 and a message, before anything is asked for.
async fn check_refused(bench: &Bench, args: &[&str], says: &str) {
    let ran = bench.run(&[&["https://a.example/", "--as", "product"], args].concat()).await;
    assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_bad_configuration() {
    let mut bench = Bench::new().await;
    let file = bench.write("a-file", "");
    check_refused(&bench, &["--log", "info,=x=["], "no log level").await;
    check_refused(&bench, &["--out", &file], "could not create the directory").await;
    check_refused(&bench, &["--config", "/no/such.toml"], "gleaner config > gleaner.toml").await;
    let ran = bench.gleaner(&["run", "https://a.example/", "--as", "product", "--state", &file]).await;
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    bench.set("GLEANER__TELEMETRY__ENDPOINT", "not a url");
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "info,=x=[");
    bench.set("GLEANER__TELEMETRY__PROTOCOL", "http/json");
    for says in ["telemetry.endpoint", "telemetry.log_level", "`http/json` is not supported"] {
        check_refused(&bench, &[], says).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_schema_says_where_it_was_looked_for() {
    let bench = Bench::new().await;
    let ran = bench.run(&["https://a.example/", "--schema", "missing.json"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("relative to the working directory"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_level_that_was_written_is_obeyed() {
    let mut bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let quiet = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "info");
    let told = bench.run(&[&url, "--as", "product"]).await;
    assert!(told.stderr.contains("INFO"), "{}", told.stderr);
}

/// Runs a command whose reader is gone before it starts.
async fn unread(bench: &Bench, args: &[&str]) -> Ran {
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("the system has pipes");
        drop(reader);
        Stdio::from(writer)
    };
    let child =
        bench.command(args).stdout(closed()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let ran = Ran::of(child.wait_with_output().await.expect("the binary ends"));
    let deaf =
        bench.command(args).stdout(closed()).stderr(closed()).status().await.expect("the binary starts");
    assert_eq!(deaf.code(), Some(ran.code), "{args:?}: nobody may read standard error either");
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_end_as_ever_when_nobody_reads_on() {
    let bench = Bench::new().await;
    let page = product("Drill", "129.00", "");
    let stored =
        bench.write("page.html", &String::from_utf8(page.body.clone()).expect("our own page is UTF-8"));
    bench.site.set("/drill", page);
    let url = bench.site.url("/drill");
    let csv = bench.write("targets.csv", &format!("id,url\n1,{url}\n2,n/a\n"));
    let robots = bench.write("robots.txt", "User-agent: *\nDisallow: /private\n");
    let entry = "<url><loc>https://a.example/1</loc></url>";
    let sitemap = format!(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{}</urlset>",
        entry.repeat(5_000)
    );
    let sitemap = bench.write("sitemap.xml", &sitemap);
    let (state, allow, out) = (bench.state(), bench.allow(), bench.path("out").display().to_string());
    let (records, sources) = (format!("{out}/records.jsonl"), format!("{out}/sources"));
    let run = ["run", &csv, "--as", "product", "--state", &state, "--allow-crawl", &allow, "--out", &out];
    let commands: &[&[&str]] = &[
        &run,
        &[&run[..], &["--format", "table"]].concat(),
        &["record", "1", "--state", &state],
        &["ledger", "1", "--state", &state],
        &["ledger", "1", "--format", "csv", "--state", &state],
        &["jobs", "--state", &state],
        &["jobs", "--json", "--state", &state],
        &["export", "--state", &state],
        &["export", "--format", "json", "--state", &state],
        &["export", "--format", "csv", "--state", &state],
        &["export", "--format", "html", "--state", &state],
        &["verify", &records, "--bundle", &sources],
        &["verify", &records, "--bundle", &sources, "--json"],
        &["config"],
        &["completions", "bash"],
        &["egress-check", "1.1.1.1"],
        &["canon", &url],
        &["robots-check", &robots, "gleaner", "https://a.example/"],
        &["sitemap", &sitemap],
        &["fetch", &url, "--allow-crawl", &allow],
        &["extract", &stored, "--url", &url],
        &["read", &stored, "--url", &url, "--schema", "product"],
    ];
    for args in commands {
        let ran = unread(&bench, args).await;
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
    let refused = unread(&bench, &["egress-check", "http://127.0.0.1/"]).await;
    assert_eq!(refused.code, 1, "a check says no whether or not its words are read");
}
