//! Hosts are asked no more often, and no more at once, than they and the operator allow.

use std::{sync::Arc, time::Duration};

use gleaner_contract::{Budget, Counter, ErrorClass, JobStatus, Lane, Submission, Target, Tenant};
use gleaner_ports::jobs::Commit;

use crate::{Admissions, CoordinatorConfig};

use super::{
    bench::{Bench, target, targets, urls},
    reports::{advising, answering, failed, pushing_back, read},
};

fn pages(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|page| format!("http://slow.example/{page}"))
}

#[tokio::test]
async fn a_host_has_no_more_chains_under_way_than_allowed_and_keeps_no_other_back() {
    let mut bench = Bench::with(8, |config| config.per_host = 2).await;
    bench.job(target("slow", pages(10))).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 2);
    bench.submit(targets(3)).await;
    assert_eq!(bench.dispatch().await.len(), 3);
    assert_eq!(bench.dispatch().await, []);
    bench.report([read(&sent[0])]).await;
    assert_eq!(bench.dispatch().await.len(), 1);
}

#[tokio::test]
async fn jobs_on_one_busy_host_take_turns() {
    let mut bench = Bench::with(8, |config| config.per_host = 1).await;
    let giant = bench.job(target("giant", pages(300))).await;
    let mut sent = bench.dispatch_one().await;
    let small =
        bench.job(target("small", ["http://slow.example/small-1", "http://slow.example/small-2"])).await;
    assert_eq!(bench.dispatch().await, []);
    // no time passes: the end of a chain alone calls the next
    let mut order = Vec::new();
    for _ in 0..6 {
        bench.report([read(&sent)]).await;
        sent = bench.dispatch_one().await;
        order.push(sent.ticket.job);
    }
    assert_eq!(order.iter().filter(|job| **job == small).count(), 2, "giant {giant}: {order:?}");
}

#[tokio::test]
async fn a_job_cancelled_by_another_process_makes_room_for_the_next() {
    let slow = |config: &mut CoordinatorConfig| config.host_delay = Duration::from_secs(8);
    let mut bench = Bench::with(8, slow).await;
    let first = bench.job(target("first", pages(2))).await;
    bench.dispatch_one().await;
    let second = bench.job(target("second", ["http://slow.example/second"])).await;
    let elsewhere =
        Admissions::new(Arc::new(bench.config.clone()), bench.store.clone(), Arc::new(bench.clock.clone()));
    assert!(elsewhere.cancel(first).await.unwrap());
    assert!(!elsewhere.cancel(first).await.unwrap(), "it has ended");
    bench.seconds(90);
    assert_eq!(bench.dispatch().await, [], "it is still counted");
    bench.coordinator.forget_ended().await.unwrap();
    bench.seconds(90);
    assert_eq!(bench.dispatch_one().await.ticket.job, second);
}

#[tokio::test]
async fn a_hundred_jobs_on_one_host_go_one_by_one() {
    let mut bench = Bench::with(8, |config| config.host_delay = Duration::from_millis(100)).await;
    bench.submit((0..100).zip(pages(100)).map(|(at, url)| target(&at.to_string(), [url])).collect()).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let sent = loop {
            match &bench.dispatch().await[..] {
                [] => {}
                [one] => break one.clone(),
                more => panic!("{:?}", urls(more)),
            }
        };
        seen.insert(sent.ticket.job);
        bench.report([read(&sent)]).await;
        bench.pass(Duration::from_millis(100));
    }
    assert_eq!(seen.len(), 100);
}

#[tokio::test]
async fn between_two_dispatches_to_a_host_lies_its_delay() {
    let mut bench = Bench::with(8, |config| config.host_delay = Duration::from_secs(1)).await;
    bench.job(target("slow", pages(10))).await;
    bench.dispatch_one().await;
    let next = bench.coordinator.dispatch_once().await.unwrap().unwrap();
    assert_eq!(bench.arrived().await, []);
    let now = gleaner_ports::Clock::now(&bench.clock);
    assert_eq!(now.until(next), Duration::from_secs(1), "the dispatcher sleeps until the host may be asked");
    bench.pass(Duration::from_millis(999));
    assert_eq!(bench.dispatch().await, []);
    bench.pass(Duration::from_millis(1));
    bench.dispatch_one().await;
}

#[tokio::test]
async fn a_crawl_delay_is_obeyed_and_remembered_by_the_next_coordinator() {
    let mut bench = Bench::new(8).await;
    bench.job(target("slow", ["http://slow.example/"])).await;
    let sent = bench.dispatch_one().await;
    bench.report([advising(read(&sent), Some(5_000), None)]).await;
    bench.restart(8).await;
    bench.job(target("more", pages(3))).await;
    assert_eq!(bench.dispatch().await, []);
    for _ in 0..3 {
        bench.seconds(5);
        bench.dispatch_one().await;
        assert_eq!(bench.dispatch().await, []);
    }
}

#[tokio::test]
async fn retry_after_holds_the_host_and_the_failed_page_but_no_other_host() {
    let mut bench = Bench::new(8).await;
    bench.job(target("slow", pages(2))).await;
    let sent = bench.dispatch().await;
    bench
        .report([advising(failed(&sent[0], ErrorClass::Transient), None, Some(120_000)), read(&sent[1])])
        .await;
    bench.job(target("more", ["http://slow.example/more"])).await;
    bench.submit(targets(1)).await;
    assert_eq!(urls(&[bench.dispatch_one().await]), ["http://site0.example/"]);
    bench.seconds(119);
    assert_eq!(bench.dispatch().await, []);
    bench.seconds(1);
    let mut again = bench.dispatch().await;
    again.sort_by_key(|task| task.ticket.attempt);
    assert_eq!(urls(&again), ["http://slow.example/more", sent[0].url.as_str()]);
    assert_eq!(again[1].ticket.attempt, 2);
}

#[tokio::test]
async fn a_failed_page_is_tried_again_after_its_backoff_and_given_up_after_the_last_try() {
    let mut bench = Bench::new(8).await;
    let job = bench.job(target("slow", pages(1))).await;
    for attempt in 1..=3 {
        let sent = bench.dispatch_one().await;
        assert_eq!(sent.ticket.attempt, attempt);
        bench.report([failed(&sent, ErrorClass::Transient)]).await;
        assert_eq!(bench.dispatch().await, []);
        bench.seconds(10);
    }
    assert_eq!(bench.dispatch().await, []);
    assert_eq!(bench.state(job).await.counts.failed, 1);
    assert!(bench.state(job).await.status.is_terminal());
}

#[tokio::test]
async fn of_many_jobs_on_one_host_only_so_many_begin_that_each_gets_its_pages_in_time() {
    let mut bench = Bench::with(8, |config| config.host_delay = Duration::from_millis(100)).await;
    let budget = Budget::unlimited().with(Counter::SECONDS, 20);
    let targets = (0..100).map(|at| {
        let pages = (0..3).map(|page| format!("http://slow.example/{at}/{page}"));
        Target { budget: budget.clone(), ..target(&at.to_string(), pages) }
    });
    let submitted = bench.submit(targets.collect()).await;
    // 300 pages at ten a second take 30 seconds, which no job has
    for _ in 0..2_000 {
        for sent in bench.dispatch().await {
            bench.report([read(&sent)]).await;
        }
        bench.reap().await;
        bench.pass(Duration::from_millis(100));
        if bench.submission(submitted.id).await.ended == 100 {
            break;
        }
    }
    for job in bench.jobs(submitted.id).await {
        let state = bench.state(job.id).await;
        assert_eq!((state.status, state.pages_read), (JobStatus::Completed, 3), "{:?}", state.stop);
    }
}

#[tokio::test]
async fn a_job_whose_first_dispatch_was_undone_does_not_wait_for_itself() {
    let mut bench = Bench::with(8, |config| config.host_delay = Duration::from_secs(8)).await;
    bench.job(target("slow", pages(2))).await;
    bench.faults.commits([Commit::Unavailable]);
    assert!(bench.coordinator.dispatch_once().await.is_err());
    bench.seconds(8);
    bench.dispatch_one().await;
}

#[tokio::test]
async fn stored_pages_are_read_at_no_hosts_pace() {
    let mut bench = Bench::with(8, |config| config.host_delay = Duration::from_secs(60)).await;
    let offline =
        Submission { targets: vec![target("slow", pages(6))], total: Budget::unlimited(), offline: true };
    bench.coordinator.submit(&Tenant::local(), Lane::Lo, &offline).await.unwrap();
    assert_eq!(bench.dispatch().await.len(), 6);
}

#[tokio::test]
async fn the_hosts_of_a_domain_share_its_chains_whatever_their_ports() {
    let mut bench = Bench::with(20, |config| (config.per_host, config.per_domain) = (2, 3)).await;
    let hosts = ["http://www.shop.example", "http://shop.example:8080", "http://a.b.shop.example"];
    let pages = hosts.iter().flat_map(|host| (0..4).map(move |page| format!("{host}/{page}")));
    let job = bench.job(target("wide", pages)).await;
    bench.job(target("other", ["http://other.example/1", "http://other.example/2"])).await;
    let (mut under_way, others): (Vec<_>, Vec<_>) =
        bench.dispatch().await.into_iter().partition(|task| task.ticket.job == job);
    assert_eq!((under_way.len(), others.len()), (3, 2), "no other domain is kept back");
    while !under_way.is_empty() {
        assert!(under_way.len() <= 3, "{:?}", urls(&under_way));
        bench.report([read(&under_way.remove(0))]).await;
        under_way.extend(bench.dispatch().await);
    }
    assert_eq!(bench.state(job).await.pages_read, 12);
}

#[tokio::test]
async fn an_address_is_a_domain_of_its_own() {
    let mut bench = Bench::with(20, |config| config.per_domain = 1).await;
    let pages = ["http://127.0.0.1:8001/", "http://127.0.0.1:8002/", "http://127.0.0.2:8001/"];
    bench.job(target("bare", pages)).await;
    assert_eq!(bench.dispatch().await.len(), 2);
}

#[tokio::test]
async fn the_hosts_of_a_domain_take_turns() {
    let mut bench = Bench::with(8, |config| config.per_domain = 1).await;
    for host in ["a", "b", "c"] {
        let pages = (0..9).map(|page| format!("http://{host}.shop.example/{page}"));
        bench.job(target(host, pages)).await;
    }
    let mut order = Vec::new();
    for _ in 0..9 {
        let sent = bench.dispatch_one().await;
        bench.report([read(&sent)]).await;
        order.push(sent.url.split(['/', '.']).nth(2).unwrap().to_owned());
    }
    for host in ["a", "b", "c"] {
        assert_eq!(order.iter().filter(|known| *known == host).count(), 3, "{order:?}");
    }
}

#[tokio::test]
async fn what_a_coordinator_dispatched_that_is_gone_counts_against_the_domain() {
    let mut bench = Bench::with(8, |config| config.per_domain = 2).await;
    bench
        .job(target("wide", ["http://a.shop.example/", "http://b.shop.example/", "http://c.shop.example/"]))
        .await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 2);
    bench.take_over(8).await;
    assert_eq!(bench.dispatch().await, []);
    bench.report([read(&sent[0])]).await;
    assert_eq!(bench.dispatch().await.len(), 1);
}

#[tokio::test]
async fn a_host_that_pushes_back_is_asked_less_each_time_also_by_the_next_coordinator() {
    let mut bench = Bench::with(8, |config| config.per_host = 4).await;
    bench.job(target("slow", pages(30))).await;
    let volley = bench.dispatch().await;
    assert_eq!(volley.len(), 4);
    bench.report(volley.iter().map(pushing_back)).await;
    bench.submit(targets(1)).await;
    assert_eq!(urls(&[bench.dispatch_one().await]), ["http://site0.example/"], "no other host is held");
    for delay in [1, 2, 4] {
        bench.pass(Duration::from_secs(delay) - Duration::from_millis(1));
        assert_eq!(bench.dispatch().await, [], "{delay} s");
        bench.pass(Duration::from_millis(1));
        let sent = bench.dispatch_one().await;
        bench.report([pushing_back(&sent)]).await;
        bench.take_over(8).await;
    }
    // eight seconds, and one chain at once: not even after them, while one is under way
    bench.seconds(8);
    bench.dispatch_one().await;
    bench.seconds(8);
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn answers_bring_a_host_back_to_its_usual_pace_step_by_step() {
    let mut bench = Bench::with(8, |config| config.per_host = 2).await;
    bench.job(target("slow", pages(30))).await;
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(pushing_back)).await;
    // an answer comes at once, and shortens the wait after the next one
    for wait in [1_000, 1_000, 900, 800, 700, 600, 500, 400, 300, 200] {
        bench.pass(Duration::from_millis(wait - 1));
        assert_eq!(bench.dispatch().await, [], "{wait} ms");
        bench.pass(Duration::from_millis(1));
        let sent = bench.dispatch_one().await;
        bench.report([answering(&sent)]).await;
    }
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.dispatch().await.len(), 2);
}
