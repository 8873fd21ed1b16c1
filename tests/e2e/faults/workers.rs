//! Workers that die, hang, are asked to stop, or meet a page that brings them down: cases 1 to 7, 17 and 18.

use std::time::Duration;

use super::{
    ground::Ground,
    observer::Expected,
    rig::{CREW, Rig},
};
use crate::harness::{Bench, until};

const QUICK: Duration = Duration::from_millis(30);

/// A worker dies at each of these steps, once at each.
async fn dies(case: &str, paid: bool, faults: &[(&str, &str)], fired: &'static [&'static str]) {
    let mut rig =
        if paid { Rig::paid(case, Ground::Shared).await } else { Rig::new(case, Ground::Shared).await };
    rig.start(&CREW, faults).await;
    rig.submit(3, QUICK).await;
    rig.ends(Expected { fired, asked_at_most: 2, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_01_a_worker_dies_before_it_starts_a_message() {
    let faults = [("crawler", "crawl.delivered=crash"), ("extractor", "extract.delivered=crash")];
    for paid in [false, true] {
        dies(
            "1 worker killed before it starts a message",
            paid,
            &faults,
            &["crawl.delivered.1", "extract.delivered.1"],
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_02_a_worker_dies_in_the_middle() {
    let faults = [
        ("crawler", "crawl.received=crash,crawl.fetched=crash,crawl.ran=crash"),
        ("extractor", "extract.run=crash,extract.ran=crash"),
    ];
    for paid in [false, true] {
        let fired = &["crawl.received.1", "crawl.fetched.1", "crawl.ran.1", "extract.run.1", "extract.ran.1"];
        dies("2 worker killed in the middle", paid, &faults, fired).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_03_a_worker_dies_after_publishing_and_before_the_acknowledgement() {
    let faults = [("crawler", "crawl.published=crash*2"), ("extractor", "extract.published=crash*2")];
    for paid in [false, true] {
        let fired = &["crawl.published.2", "extract.published.2"];
        dies("3 worker killed after publishing, before ack", paid, &faults, fired).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_04_the_coordinator_dies_at_each_step_of_its_batch() {
    let faults = "dispatch.reserved=crash,outbox.claimed=crash,outbox.published=crash*2,reports.received=crash,\
                  reports.applied=crash*2,reports.committed=crash*2";
    let fired = &[
        "dispatch.reserved.1",
        "outbox.claimed.1",
        "outbox.published.2",
        "reports.received.1",
        "reports.applied.2",
        "reports.committed.2",
    ];
    for paid in [false, true] {
        dies("4 coordinator killed at each step of its batch", paid, &[("coordinator", faults)], fired).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_05_a_worker_sleeps_past_its_deadline_and_reports_late() {
    for paid in [false, true] {
        let case = "5 worker stopped past its deadline, then let go on";
        let mut rig =
            if paid { Rig::paid(case, Ground::Shared).await } else { Rig::new(case, Ground::Shared).await };
        rig.start(&CREW, &[]).await;
        rig.bench.site.answer_up_to(0);
        rig.submit(3, QUICK).await;
        rig.until_asked(2).await;
        rig.deployment.signal("crawler", "STOP").await;
        rig.bench.site.answer_up_to(None);
        rig.deployment.spawn("crawler-2", "crawler");
        rig.until_ended().await;
        rig.deployment.signal("crawler", "CONT").await;
        until("it reports, and nobody listens", async || {
            rig.deployment.told("coordinator").contains("report of a closed epoch")
        })
        .await;
        // the sleeper's two, and those of who took their place
        rig.ends(Expected { asked_at_most: 2, in_flight: 4, ..Expected::default() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_06_a_worker_asked_to_stop_gives_back_what_takes_longer_than_its_grace() {
    let mut rig =
        Rig::prepare("6 SIGTERM under load, one page longer than the grace", Ground::Shared, true, |bench| {
            bench.set("GLEANER__WORKER__GRACE", "1s");
        })
        .await;
    rig.start(&CREW, &[]).await;
    rig.submit(3, Duration::from_millis(100)).await;
    rig.bench.site.answer_up_to(rig.bench.site.arrived() + 3);
    rig.until_asked(4).await;
    assert_eq!(rig.deployment.terminate("crawler").await, 0);
    rig.bench.site.answer_up_to(None);
    rig.deployment.spawn("crawler", "crawler");
    rig.ends(Expected { asked_at_most: 2, in_flight: 4, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_07_a_second_signal_ends_a_worker_at_once() {
    let mut rig = Rig::paid("7 second signal", Ground::Shared).await;
    rig.start(&CREW, &[]).await;
    rig.bench.site.answer_up_to(0);
    rig.submit(3, QUICK).await;
    rig.until_asked(2).await;
    rig.deployment.signal("crawler", "TERM").await;
    until("it drains", async || rig.deployment.told("crawler").contains("draining")).await;
    rig.deployment.signal("crawler", "TERM").await;
    // its pages are not answered: it did not wait for them
    assert_ne!(rig.deployment.ended("crawler").await, 0);
    rig.bench.site.answer_up_to(None);
    rig.deployment.spawn("crawler", "crawler");
    rig.ends(Expected { asked_at_most: 2, in_flight: 4, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_17_a_hundred_panics_cost_a_hundred_tries() {
    let mut rig = Rig::new("17 handler panics 100 times", Ground::Shared).await;
    rig.start(&CREW, &[("crawler", "crawl.run=panic*60"), ("extractor", "extract.run=panic*40")]).await;
    rig.submit(25, Duration::ZERO).await;
    rig.ends(Expected {
        fired: &["crawl.run.60", "extract.run.40"],
        asked_at_most: 1,
        ..Expected::default()
    })
    .await;
    assert_eq!(rig.fired().len(), 100);
    // the same two processes all the time
    assert!(!rig.deployment.told("crawler").contains("fatal"));
}

/// Where chains are counted, none ends because the machine is slow.
fn unhurried(bench: &mut Bench) {
    bench.set("GLEANER__CRAWL__CHAIN_TIMEOUT", "90s");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_18_a_page_that_brings_workers_down_takes_no_neighbour_with_it() {
    let mut rig =
        Rig::prepare("18 a page aborts its worker, 15 others prefetched", Ground::Shared, false, |bench| {
            bench.set("GLEANER__CRAWL__PER_HOST", "32");
            unhurried(bench);
        })
        .await;
    let crew = ["coordinator", "crawler", "crawler-quarantine", "extractor", "extractor-quarantine", "api"];
    let aborts = "crawl.run@/item-0=crash*99";
    // its neighbours are under way when it strikes
    rig.start(&crew, &[("crawler", aborts), ("crawler-quarantine", aborts)]).await;
    rig.submit(8, Duration::from_millis(300)).await;
    let poison = Expected {
        fired: &["crawl.run.6"],
        dead: &[("poison", 1)],
        not_completed: 1,
        asked_at_most: 7,
        in_flight: 64,
        ..Expected::default()
    };
    rig.ends(poison).await;
    assert_eq!(rig.fired().len(), 6, "it brought down four workers among others, and two apart");
    assert!(rig.deployment.told("crawler-quarantine").contains("consuming"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_fails_no_job_and_dispatches_nothing_twice() {
    let mut rig = Rig::prepare("26 rolling restart of every worker", Ground::Shared, true, unhurried).await;
    let crew = ["coordinator", "coordinator-2", "crawler", "crawler-2", "extractor", "extractor-2", "api"];
    for name in crew {
        rig.deployment.spawn(name, name.trim_end_matches("-2"));
    }
    rig.deployment.until_ready().await;
    // more than is done before the last of them
    rig.submit(100, Duration::from_millis(80)).await;
    for name in crew {
        rig.until_asked(6).await;
        assert_eq!(rig.deployment.terminate(name).await, 0, "{}", rig.deployment.told(name));
        rig.deployment.spawn(name, name.trim_end_matches("-2"));
        rig.deployment.until_ready().await;
    }
    rig.ends(Expected { reissues: false, asked_at_most: 1, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_takes_all_memory_of_the_quarantine_brings_down_the_quarantine_alone() {
    let mut rig = Rig::prepare("27 memory limit of the quarantine", Ground::Shared, false, |bench| {
        bench.set("GLEANER__WORKER__QUARANTINE_BYTES", "1 KiB");
        bench.set("GLEANER__WORKER__PATIENCE", "1s");
        unhurried(bench);
    })
    .await;
    rig.deployment.spawn("crawler-quarantine", "crawler-quarantine");
    // it cannot even begin within so little
    assert_ne!(rig.deployment.ended("crawler-quarantine").await, 0);
    rig.start(&CREW, &[]).await;
    rig.submit(1, QUICK).await;
    rig.ends(Expected { reissues: false, asked_at_most: 1, ..Expected::default() }).await;
}
