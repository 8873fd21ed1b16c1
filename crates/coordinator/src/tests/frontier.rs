//! What the frontier refuses after it was found, and what it takes for known.

use gleaner_contract::{CrawlTask, JobId, JobStatus, LedgerRow, PageOutcome, Report, SimHash, StopReason};

use super::{
    bench::{Bench, target},
    reports::{read, read_with_links},
};

/// Read, and saying what other pages say.
fn repeating(task: &CrawlTask) -> Report {
    let mut report = read(task);
    if let PageOutcome::Read { simhash, .. } = &mut report.outcome {
        *simhash = Some(SimHash::from_bits(7));
    }
    report
}

async fn ledger(bench: &Bench, job: JobId) -> Vec<LedgerRow> {
    bench.store.begin().await.unwrap().ledger(job).await.unwrap()
}

#[tokio::test]
async fn waiting_pages_of_a_path_that_repeats_itself_are_ended_by_the_dispatcher() {
    let mut bench = Bench::with(2, |config| config.window_factor = 1).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let seed = bench.dispatch_one().await;
    let links = (0..150).map(|page| format!("http://one.example/p/{page}"));
    bench.report([read_with_links(&seed, links)]).await;
    let mut read = 1;
    while !bench.state(job).await.status.is_terminal() {
        let sent = bench.dispatch().await;
        read += sent.len();
        bench.report(sent.iter().map(repeating)).await;
        assert!(read < 20, "the path is never left");
    }
    let state = bench.state(job).await;
    assert_eq!((state.status, state.stop), (JobStatus::Completed, Some(StopReason::FrontierExhausted)));
    assert!(state.counts.balances() && state.counts.open == 0);
    assert_eq!((state.counts.fetched, state.counts.skipped), (read as u64, 151 - read as u64));
    assert_eq!(state.account.reserved, gleaner_contract::Amounts::none());
    let mut tasks = Vec::new();
    for page in 0..150 {
        let url = format!("http://one.example/p/{page}");
        let id = gleaner_contract::TaskId::derive(
            bench.row(job).await.created_at,
            &[job.to_string().as_bytes(), url.as_bytes()],
        );
        tasks.push(bench.task(id).await);
    }
    let near =
        tasks.iter().filter(|row| row.outcome.is_some_and(|(_, reason)| reason.as_str() == "near_duplicate"));
    assert_eq!(near.count() as u64, state.counts.skipped);
}

#[tokio::test]
async fn a_link_to_a_known_page_by_a_noisy_address_is_counted_and_not_followed() {
    let mut bench = Bench::new(8).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let seed = bench.dispatch_one().await;
    let about = || ["http://one.example/about".to_owned()];
    bench.report([read_with_links(&seed, about())]).await;
    let sent = bench.dispatch_one().await;
    let links = [
        "about?utm_source=nav",
        "about;jsessionid=A1",
        "about",
        "?fbclid=1",
        "new?sessionid=1",
        "new?sessionid=2",
    ];
    bench.report([read_with_links(&sent, links.map(|link| format!("http://one.example/{link}")))]).await;
    let sent = bench.dispatch_one().await;
    assert_eq!(sent.url, "http://one.example/new?sessionid=1");
    bench.report([read(&sent)]).await;
    let state = bench.state(job).await;
    assert_eq!(state.status, JobStatus::Completed);
    // the seed's, the other page's and its own other addresses
    assert_eq!((state.counts.fetched, state.counts.skipped), (3, 4));
    let rows = ledger(&bench, job).await;
    let told: Vec<(&str, u32)> = rows
        .iter()
        .filter(|row| row.reason == "same_page")
        .map(|row| (row.outcome.as_str(), row.count))
        .collect();
    assert_eq!(told, [("skipped", 4)]);
}
