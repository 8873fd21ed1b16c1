//! How much one key may do, and that others do not feel it.

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use futures::{StreamExt as _, future::join_all, stream};
use gleaner_contract::Tenant;
use gleaner_ports::{JobStore, JobTx, StoreError};
use tokio::time::advance;

use super::bench::{Answer, Bench, DOCUMENT, TARGETS};

/// A store that never answers.
#[derive(Debug)]
struct Silent;

#[async_trait]
impl JobStore for Silent {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        pending().await
    }
}

fn of_status(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test(start_paused = true)]
async fn one_key_has_so_many_requests_at_once_and_leaves_room_for_others() {
    let bench = Bench::over(Arc::new(Silent));
    let greedy = join_all((0..40).map(|_| bench.get(&bench.ours, "/v1/submissions")));
    let (answers, other) = tokio::join!(greedy, bench.get(&bench.theirs, "/v1/submissions"));
    assert_eq!((of_status(&answers, 503), of_status(&answers, 429)), (16, 24));
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!((refused.refusal().1.as_str(), refused.header("retry-after")), ("too_many_requests", "1"));
    assert_eq!(other.status, 503, "its turn came, though the names of both keys are the same");
}

#[tokio::test(start_paused = true)]
async fn submissions_are_counted_by_the_minute_for_each_key() {
    let bench = Bench::new().await;
    let mut answers = Vec::new();
    for _ in 0..130 {
        answers.push(bench.submit(&bench.ours, DOCUMENT, TARGETS).await);
    }
    assert_eq!((of_status(&answers, 202), of_status(&answers, 429)), (120, 10));
    let wait: u64 = answers.last().unwrap().header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(bench.submit(&bench.theirs, DOCUMENT, TARGETS).await.status, 202);
    assert_eq!(bench.get(&bench.ours, "/v1/submissions").await.status, 200, "reading goes on");
    advance(std::time::Duration::from_secs(wait)).await;
    assert_eq!(bench.submit(&bench.ours, DOCUMENT, TARGETS).await.status, 202);
}

/// A body that begins, and never ends.
fn endless() -> Body {
    let begun = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{")) });
    Body::from_stream(begun.chain(stream::pending()))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up_and_few_are_held_at_once() {
    let bench = Bench::new().await;
    let slow = join_all((0..5).map(|_| bench.submit(&bench.ours, DOCUMENT, endless())));
    let (answers, other) = tokio::join!(slow, bench.submit(&bench.theirs, DOCUMENT, TARGETS));
    assert_eq!((of_status(&answers, 408), of_status(&answers, 429)), (2, 3));
    assert_eq!(answers[0].refusal(), (408, "too_slow".into()));
    assert_eq!(other.status, 202);
    assert_eq!(bench.submit(&bench.ours, DOCUMENT, TARGETS).await.status, 202, "there is room again");
}

#[test]
fn keys_of_one_name_and_different_tenants_are_different_callers() {
    let made = |tenant: &str| crate::Keys::generate(&Tenant(tenant.into()), "ci").unwrap();
    let (one, other) = (made("one"), made("other"));
    let keys = crate::Keys::parse(&format!("{}\n{}", one.line, other.line)).unwrap();
    assert_ne!(keys.caller(&one.key), keys.caller(&other.key));
}
