//! A job store that is away, silent or broken: told at once, and never as done.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use axum::{body::Body, http::Request};
use gleaner_ports::{
    JobStore, JobTx, StoreError,
    jobs::{Commit, FaultyJobs, MemoryJobs},
};
use serde_json::json;
use tokio::time::Instant;

use super::bench::{Bench, DOCUMENT, TARGETS};
use crate::routes::STORE;

/// What a detail of the store's own looks like: nobody outside is told.
const INSIDE: &str = "10.1.2.3 refused user gleaner";

/// A store that opens so many transactions, and then fails in its way.
#[derive(Debug)]
struct Failing {
    inner: MemoryJobs,
    left: AtomicUsize,
    way: Way,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Away,
    Silent,
    Broken,
}

#[async_trait]
impl JobStore for Failing {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        let take = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            return self.inner.begin().await;
        }
        match self.way {
            Way::Away => Err(StoreError::Unavailable(INSIDE.to_owned())),
            Way::Silent => std::future::pending().await,
            Way::Broken => Err(StoreError::Broken(INSIDE.to_owned())),
        }
    }
}

fn bench(way: Way, after: usize) -> Bench {
    Bench::over(Arc::new(Failing { inner: MemoryJobs::new(), left: AtomicUsize::new(after), way }))
}

const GETS: [&str; 6] = [
    "/v1/submissions",
    "/v1/submissions/01K5QJ7N4V8Z3X2W1T0S9R8Q7P",
    "/v1/submissions/01K5QJ7N4V8Z3X2W1T0S9R8Q7P/records",
    "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P",
    "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P/record",
    "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P/ledger",
];

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_or_silent_is_told_in_good_time() {
    for way in [Way::Away, Way::Silent] {
        let bench = bench(way, 0);
        let began = Instant::now();
        let mut answers = Vec::new();
        for path in GETS {
            answers.push(bench.get(&bench.ours, path).await);
        }
        answers.push(bench.submit(&bench.ours, DOCUMENT, TARGETS).await);
        answers.push(bench.post(&bench.ours, "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P/cancel").await);
        for answer in &answers {
            assert_eq!(answer.refusal(), (503, "unavailable".into()));
            assert_eq!(answer.header("retry-after"), "5");
            assert!(!answer.text().contains(INSIDE), "{}", answer.text());
            assert!(answer.json()["error"]["id"].is_string());
        }
        assert!(began.elapsed() <= STORE * (answers.len() as u32), "{way:?}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_store_that_is_broken_is_our_fault_and_the_log_tells_more() {
    let bench = bench(Way::Broken, 0);
    for path in GETS {
        let answer = bench.get(&bench.ours, path).await;
        assert_eq!(answer.refusal(), (500, "internal".into()));
        assert!(answer.json()["error"]["id"].is_string());
        assert!(!answer.text().contains(INSIDE), "{}", answer.text());
    }
}

#[tokio::test(start_paused = true)]
async fn readiness_says_that_the_store_is_away_and_not_why() {
    for way in [Way::Away, Way::Silent] {
        let bench = bench(way, 0);
        let ready = bench.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
        let told = json!({ "ready": false, "version": env!("CARGO_PKG_VERSION") });
        assert_eq!((ready.status, ready.json()), (503, told), "{way:?}");
        let health = bench.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
        assert_eq!(health.status, 200, "the process is well");
    }
}

#[tokio::test(start_paused = true)]
async fn a_submission_that_is_cut_short_is_not_accepted() {
    // the probe, the submission, its jobs
    for after in 1..3 {
        for way in [Way::Away, Way::Silent] {
            let bench = bench(way, after);
            let answer = bench.submit(&bench.ours, DOCUMENT, TARGETS).await;
            assert_eq!(answer.refusal().0, 503, "{way:?} after {after}");
        }
    }
}

#[tokio::test]
async fn a_submission_that_was_cut_short_is_completed_by_the_next_try() {
    for fault in [Commit::Unavailable, Commit::UnknownDone, Commit::UnknownUndone] {
        for before in 0..2 {
            let faults = FaultyJobs::over(Arc::new(MemoryJobs::new()));
            let bench = Bench::over(Arc::new(faults.clone()));
            faults.commits(std::iter::repeat_n(Commit::Done, before).chain([fault]));
            let cut = bench.submit(&bench.ours, DOCUMENT, TARGETS).await;
            assert_eq!(cut.refusal().0, 503, "{fault:?} after {before}");
            let (submission, _) = bench.submitted().await;
            let all = bench.get(&bench.ours, "/v1/submissions").await.json();
            assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
            let jobs = bench.get(&bench.ours, &format!("/v1/submissions/{submission}/jobs")).await.json();
            assert_eq!(jobs.as_array().unwrap().len(), 2, "{jobs}");
        }
    }
}
