//! What every keeper of leases does.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{sleep, timeout};

use crate::{Lease, Leases};

/// See [`crate::conformance`].
#[macro_export]
macro_rules! leases_conformance {
    ($make:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!($make, leases, [$($($options)*)?],
            one_holder_has_a_lease
            leases_of_other_names_do_not_meet
            its_holder_may_take_it_again
            a_lease_given_back_is_free
            only_its_holder_gives_it_back
            a_lease_ends_by_itself
            taking_it_again_extends_it
            of_many_at_once_one_gets_it
        );
    };
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(400);
const SOON: Duration = Duration::from_secs(10);

async fn take(leases: &dyn Leases, name: &str, holder: &str, ttl: Duration) -> bool {
    leases.acquire(name, holder, ttl).await.unwrap() == Lease::Mine
}

pub async fn one_holder_has_a_lease(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", LONG).await);
    match leases.acquire("page", "b", LONG).await.unwrap() {
        Lease::Held(left) => assert!(left <= LONG && left > LONG / 2, "{left:?}"),
        Lease::Mine => panic!("two have it"),
    }
}

pub async fn leases_of_other_names_do_not_meet(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", LONG).await);
    assert!(take(leases, "page 2", "b", LONG).await);
    assert!(take(leases, "", "b", LONG).await);
}

pub async fn its_holder_may_take_it_again(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", LONG).await);
    assert!(take(leases, "page", "a", LONG).await);
    assert!(!take(leases, "page", "b", LONG).await);
}

pub async fn a_lease_given_back_is_free(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", LONG).await);
    leases.release("page", "a").await.unwrap();
    assert!(take(leases, "page", "b", LONG).await);
    leases.release("never taken", "b").await.unwrap();
}

pub async fn only_its_holder_gives_it_back(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", LONG).await);
    leases.release("page", "b").await.unwrap();
    assert!(!take(leases, "page", "b", LONG).await);
}

pub async fn a_lease_ends_by_itself(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", SHORT).await);
    let free = async {
        while !take(leases, "page", "b", LONG).await {
            sleep(SHORT / 4).await;
        }
    };
    timeout(SOON, free).await.expect("it ends");
    leases.release("page", "a").await.unwrap();
    assert!(!take(leases, "page", "a", LONG).await, "who had it before has no say any more");
}

pub async fn taking_it_again_extends_it(leases: &dyn Leases) {
    assert!(take(leases, "page", "a", SHORT).await);
    assert!(take(leases, "page", "a", LONG).await);
    sleep(SHORT * 2).await;
    assert!(!take(leases, "page", "b", LONG).await);
}

pub async fn of_many_at_once_one_gets_it(leases: &dyn Leases) {
    let holders: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let tries = join_all(holders.iter().map(|holder| take(leases, "page", holder, LONG))).await;
    assert_eq!(tries.into_iter().filter(|mine| *mine).count(), 1);
}
