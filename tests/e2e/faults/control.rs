//! The safeguards themselves: without the fence, or without the spend mark, the observer must see it. A suite that passes
//! without them would prove nothing.

use std::time::Duration;

use super::{
    ground::Ground,
    observer::Expected,
    rig::{CREW, Rig},
};

const QUICK: Duration = Duration::from_millis(30);

/// What comes of a worker's death at this step, with a safeguard left out.
async fn outcome(worker: &str, fault: &str, without: (&str, &str)) -> Result<(), String> {
    // paid work is not run twice to begin with, so the fence is tried where nothing is paid for
    let paid = without.1 == "runner.mark";
    let case = format!("0 without {}: {fault}", without.1);
    let mut rig = Rig::prepare(&case, Ground::Shared, paid, |bench| {
        // one page at a time, so that who dies takes nobody with it
        bench.set("GLEANER__CRAWL__CONCURRENCY", "1");
        bench.set("GLEANER__CRAWL__PER_HOST", "1");
    })
    .await;
    for name in CREW {
        let mut faults = Vec::new();
        faults.extend((name == worker).then_some(fault.to_owned()));
        faults.extend((name == without.0).then(|| format!("{}=skip", without.1)));
        rig.deployment.spawn_with(name, name, &[("GLEANER_FAULTS", &faults.join(","))]);
    }
    rig.deployment.until_ready().await;
    // a job that ended with the first message would not notice the second
    rig.submit_companies(6, QUICK).await;
    rig.be_patient(Duration::from_secs(60));
    let outcome = rig.outcome(Expected { asked_at_most: 2, ..Expected::default() }).await.map(drop);
    let broken = outcome.as_ref().err().map(|broken| broken.lines().next().unwrap_or_default());
    rig.write_control(without.1, fault, broken);
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fence_a_message_that_comes_twice_is_seen() {
    let fence = ("coordinator", "coordinator.fence");
    // the second report of the same chain has its effect again
    for fault in ["outbox.published=crash*6", "reports.committed=crash*12"] {
        let broken = outcome("coordinator", fault, fence).await;
        assert!(broken.is_err(), "{fault}: nobody noticed");
    }
    // where nothing comes twice, the fence is not missed
    assert_eq!(outcome("crawler", "crawl.delivered=crash", fence).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_mark_a_page_that_is_paid_for_twice_is_seen() {
    let mark = ("crawler", "runner.mark");
    let broken = outcome("crawler", "crawl.fetched=crash", mark).await.expect_err("nobody noticed");
    assert!(broken.contains("bill"), "{broken}");
    // who dies before it began has spent nothing
    assert_eq!(outcome("crawler", "crawl.delivered=crash", mark).await, Ok(()));
}
