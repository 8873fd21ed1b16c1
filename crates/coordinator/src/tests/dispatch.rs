//! Who goes next: round-robin between jobs, lanes, and the window.

use gleaner_contract::{Budget, Counter, JobStatus, Lane, Submission, Tenant};

use super::{
    bench::{Bench, target, targets, urls},
    reports::{answered, keep, read, read_with_links},
};

fn pages(host: &str, count: usize) -> impl Iterator<Item = String> + use<> {
    let host = host.to_owned();
    (0..count).map(move |page| format!("http://{host}/{page}"))
}

/// The hosts of these URLs, without their ending.
fn hosts<'u>(urls: &[&'u str]) -> Vec<&'u str> {
    urls.iter().map(|url| url.trim_start_matches("http://").split('.').next().unwrap_or_default()).collect()
}

#[tokio::test]
async fn two_jobs_are_served_in_turns() {
    let mut bench = Bench::new(3).await;
    bench.job(target("giant", pages("giant.example", 200))).await;
    bench.job(target("small", pages("small.example", 5))).await;
    let sent = bench.dispatch().await;
    let mut hosts = hosts(&urls(&sent));
    assert_eq!(hosts.len(), 12);
    // whoever goes first: five pairs, then the giant's two
    let rest = hosts.split_off(10);
    assert_eq!(rest, ["giant", "giant"]);
    for pair in hosts.chunks(2) {
        assert_ne!(pair[0], pair[1], "{hosts:?}");
    }
}

#[tokio::test]
async fn a_small_job_ends_while_the_giant_that_fills_the_window_has_most_of_its_pages_left() {
    let mut bench = Bench::with(2, |config| config.policy.frontier.urls_per_prefix = 1_000).await;
    let giant = bench.job(target("giant", ["http://giant.example/"])).await;
    let seed = bench.dispatch_one().await;
    bench.report([read_with_links(&seed, pages("giant.example", 400))]).await;
    let mut queue = bench.dispatch().await;
    assert_eq!(queue.len(), 8, "the window is the giant's");

    let small = bench.job(target("small", ["http://small.example/"])).await;
    let mut giants_pages = 0;
    // the crawler answers one page at a time, so that there is room for one more at a time
    while !bench.state(small).await.status.is_terminal() {
        let task = queue.remove(0);
        let report = match task.url.as_str() {
            "http://small.example/" => read_with_links(&task, pages("small.example", 5)),
            _ => read(&task),
        };
        giants_pages += usize::from(task.ticket.job == giant);
        bench.report([report]).await;
        queue.extend(bench.dispatch().await);
        assert!(giants_pages < 60, "the small job starves");
    }
    assert_eq!(bench.state(small).await.status, JobStatus::Completed);
    assert_eq!(bench.state(small).await.pages_read, 6);
    assert!(bench.state(giant).await.idle() > 300);
}

#[tokio::test]
async fn with_room_for_one_the_job_that_waited_longest_is_served() {
    let mut bench = Bench::with(2, |config| config.window_factor = 1).await;
    for name in ["a", "b", "c"] {
        bench.job(target(name, pages(&format!("{name}.example"), 20))).await;
    }
    let mut queue = bench.dispatch().await;
    let mut order = Vec::new();
    for _ in 0..12 {
        let task = queue.remove(0);
        order.push(task.ticket.job);
        bench.report([read(&task)]).await;
        queue.extend(bench.dispatch().await);
    }
    for round in order.chunks(3) {
        let mut jobs = round.to_vec();
        jobs.sort();
        jobs.dedup();
        assert_eq!(jobs.len(), 3, "each of three jobs once in three turns: {order:?}");
    }
}

#[tokio::test]
async fn the_higher_lane_goes_first() {
    let mut bench = Bench::with(2, |config| config.window_factor = 1).await;
    bench.submit(vec![target("low", pages("low.example", 9))]).await;
    bench.dispatch().await;
    let urgent = Submission {
        targets: vec![target("high", pages("high.example", 2))],
        total: Budget::unlimited(),
        offline: false,
    };
    bench.coordinator.submit(&Tenant::local(), Lane::Hi, &urgent).await.unwrap();
    assert_eq!(bench.dispatch().await, [], "the window is full");
    let mut bench = Bench::with(2, |config| config.window_factor = 1).await;
    bench.submit(vec![target("low", pages("low.example", 9))]).await;
    bench.coordinator.submit(&Tenant::local(), Lane::Hi, &urgent).await.unwrap();
    let sent = bench.dispatch().await;
    assert_eq!(hosts(&urls(&sent)), ["high", "low"]);
    assert_eq!(sent[0].ticket.lane, Lane::Hi);
}

#[tokio::test]
async fn open_chains_never_exceed_the_window() {
    let mut bench = Bench::with(5, |config| config.window_factor = 3).await;
    bench.job(target("giant", pages("giant.example", 100))).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 15);
    assert_eq!(bench.dispatch().await, []);
    bench.report(sent[..4].iter().map(read)).await;
    assert_eq!(bench.dispatch().await.len(), 4);
}

#[tokio::test]
async fn nothing_is_dispatched_while_nobody_crawls() {
    let mut bench = Bench::with(2, |config| config.window_factor = 0).await;
    bench.submit(targets(1)).await;
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn more_due_jobs_than_one_round_serves_are_all_served() {
    let mut bench = Bench::with(4, |config| config.window_factor = 250).await;
    bench.submit(targets(700)).await;
    let mut sent = 0;
    for _ in 0..3 {
        sent += bench.dispatch().await.len();
    }
    assert_eq!(sent, 700);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_holds_up_no_other() {
    let mut bench = Bench::new(10).await;
    let submitted = bench.submit(targets(5)).await;
    let jobs = bench.jobs(submitted.id).await;
    let state = jobs[2].state.clone();
    bench.change_job(jobs[2].id, |row| row.state = b"no state".to_vec()).await;
    assert_eq!(bench.dispatch().await.len(), 4);
    assert_eq!(bench.dispatch().await, []);
    // mended, it is carried on with
    bench.change_job(jobs[2].id, |row| row.state = state).await;
    bench.seconds(60);
    assert_eq!(bench.dispatch_one().await.ticket.job, jobs[2].id);
}

#[tokio::test]
async fn a_permit_names_what_a_chain_may_spend_and_its_deadline_is_before_its_lease() {
    let mut bench = Bench::new(2).await;
    let budget = Budget::unlimited().with(Counter::URLS, 3).with(Counter::BYTES, 50_000);
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let with_budget = gleaner_contract::Target { budget, ..target("two", ["http://two.example/"]) };
    let budgeted = bench.job(with_budget).await;
    for sent in bench.dispatch().await {
        let permit = &sent.ticket.permit;
        assert_eq!(permit.get(&Counter::URLS), 1.into());
        let bytes = if sent.ticket.job == budgeted { 50_000 } else { 0 };
        assert_eq!(permit.get(&Counter::BYTES), bytes.into());
        let row = bench.task(sent.ticket.task).await;
        assert!(row.lease_until.unwrap() > sent.ticket.deadline);
        assert_eq!(sent.fresh_after, bench.row(job).await.created_at);
    }
}

#[tokio::test]
async fn watchers_are_told_how_jobs_come_along() {
    let mut bench = Bench::new(2).await;
    let mut watch = bench.coordinator.watch();
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    keep(&bench, &sent).await;
    bench.report([answered(&sent)]).await;
    let mut told = Vec::new();
    while let Ok(progress) = watch.try_recv() {
        assert_eq!(progress.job, job);
        told.push((progress.status, progress.counts.open, progress.pages_read));
    }
    told.dedup();
    assert_eq!(told, [(JobStatus::Queued, 1, 0), (JobStatus::Running, 1, 0), (JobStatus::Completed, 0, 1)]);
}
