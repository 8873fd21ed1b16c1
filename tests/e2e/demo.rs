//! The bundled site, as the demo runs it.

use std::process::Stdio;

use gleaner_records::ledger::url_counts;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn every_target_of_the_bundled_site_gets_its_record_and_a_second_run_reuses_everything() {
    let bench = Bench::new().await;
    let targets = bench.path("targets.toml").display().to_string();
    let mut site = bench
        .command(&["demo-site", "--targets", &targets])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(site.stdout.take().expect("its output is piped")).lines();
    let url = lines.next_line().await.expect("it prints").expect("its address");
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap_or_default().to_owned();
    let allow = format!("127.0.0.1/32:{port}");
    let run = ["--allow-crawl", &allow];
    let first = bench.run(&[&[targets.as_str()], &run[..]].concat()).await;
    assert_eq!(first.code, 0, "{}\n{}", first.stdout, first.stderr);
    let drill = first.record("drill");
    assert_eq!((&drill.data["price"], &drill.data["weight"]), (&"129.00".into(), &1.4.into()));
    assert_eq!(first.record("jigsaw").data["availability"], "OutOfStock");
    assert_eq!(first.record("jigsaw").data["weight"], 2.35);
    assert_eq!(first.record("northwind").data["vatId"], "DE123456788");
    let second = bench.run(&[&[targets.as_str()], &run[..]].concat()).await;
    for record in second.records() {
        assert_eq!(record.changes, [], "{}", record.id);
        assert_eq!(record.revision, 2);
        let rows = bench.ledger(&record.id).await;
        assert_eq!(url_counts(&rows).fetched, 0, "{rows:?}");
    }
    site.kill().await.expect("it was ours to kill");
}
