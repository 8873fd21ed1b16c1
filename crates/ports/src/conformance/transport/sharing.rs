//! Several consumers of one queue, and waits that are given up.

use std::collections::BTreeSet;

use gleaner_contract::Queue;
use tokio::time::{sleep, timeout};

use super::{SOON, WATCH, WORK, check_next, check_nothing_comes, message, name, next, publish};
use crate::{Consumer, Transport};

pub async fn two_consumers_share_without_loss_or_doubling(transport: &dyn Transport) {
    let names: BTreeSet<String> = (0..100).map(|n| format!("shared {n}")).collect();
    let mut first = transport.consume(WORK, 3).await.unwrap();
    let mut second = transport.consume(WORK, 3).await.unwrap();
    let publishing = async {
        for name in &names {
            publish(transport, WORK, [name.as_str()]).await;
        }
    };
    let ((), mut taken, others) = tokio::join!(publishing, take_all(&mut first), take_all(&mut second));
    taken.extend(others);
    assert_eq!(taken.len(), names.len());
    assert_eq!(BTreeSet::from_iter(taken), names);
}

/// Acknowledges what comes until nothing has come for a while.
async fn take_all(consumer: &mut Box<dyn Consumer>) -> Vec<String> {
    let mut taken = Vec::new();
    while let Ok(Some(delivery)) = timeout(WATCH * 10, consumer.next()).await {
        taken.push(name(&delivery));
        delivery.ack().await;
    }
    taken
}

pub async fn a_full_consumer_leaves_the_rest_to_others(transport: &dyn Transport) {
    let mut full = transport.consume(WORK, 1).await.unwrap();
    publish(transport, WORK, ["a"]).await;
    let held = check_next(&mut full, "a").await;
    let mut free = transport.consume(WORK, 2).await.unwrap();
    publish(transport, WORK, ["b", "c"]).await;
    let others = [check_next(&mut free, "b").await, check_next(&mut free, "c").await];
    held.ack().await;
    for delivery in others {
        delivery.ack().await;
    }
}

pub async fn a_wait_given_up_loses_nothing(transport: &dyn Transport) {
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    for n in 0..20 {
        let name = n.to_string();
        let given_up = tokio::select! {
            biased;
            delivery = consumer.next() => delivery,
            // gives up in the same moment in which the message comes
            () = publish(transport, WORK, [name.as_str()]) => None,
        };
        let delivery = match given_up {
            Some(delivery) => delivery,
            None => next(&mut consumer).await,
        };
        assert_eq!(delivery.envelope, message(&name));
        delivery.ack().await;
    }
}

pub async fn what_a_gone_consumer_did_not_take_goes_to_another(transport: &dyn Transport) {
    let mut gone = transport.consume(WORK, 10).await.unwrap();
    check_nothing_comes(&mut gone).await;
    publish(transport, WORK, ["a", "b"]).await;
    drop(gone);
    let mut consumer = transport.consume(WORK, 10).await.unwrap();
    let taken = BTreeSet::from_iter(take_all(&mut consumer).await);
    assert_eq!(taken, BTreeSet::from(["a", "b"].map(String::from)));
}

/// What a consumer of [`WORK`] holds at most, for all consumers alike: a broker counts them, and not what each may hold.
pub const PREFETCH: usize = 3;

pub async fn capacity_is_the_sum_of_prefetch(transport: &dyn Transport) {
    check_capacity(transport, 0).await;
    let _first = transport.consume(WORK, PREFETCH).await.unwrap();
    check_capacity(transport, PREFETCH).await;
    let _second = transport.consume(WORK, PREFETCH).await.unwrap();
    let _elsewhere = transport.consume(Queue::Report, 100).await.unwrap();
    check_capacity(transport, 2 * PREFETCH).await;
}

pub async fn capacity_goes_with_its_consumer(transport: &dyn Transport) {
    let first = transport.consume(WORK, PREFETCH).await.unwrap();
    let second = transport.consume(WORK, PREFETCH).await.unwrap();
    check_capacity(transport, 2 * PREFETCH).await;
    drop(first);
    check_capacity(transport, PREFETCH).await;
    drop(second);
    check_capacity(transport, 0).await;
}

/// A broker may take a moment to notice.
async fn check_capacity(transport: &dyn Transport, expected: usize) {
    let reached = timeout(SOON, async {
        while transport.capacity(WORK).await.unwrap() != expected {
            sleep(WATCH).await;
        }
    });
    assert!(reached.await.is_ok(), "capacity {:?}, not {expected}", transport.capacity(WORK).await);
}
