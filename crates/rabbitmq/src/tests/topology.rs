//! Queues that are there, missing, full.

use std::collections::VecDeque;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::Topology;

#[tokio::test]
async fn every_queue_is_declared_durable_and_a_second_time_is_fine() {
    let (transport, host) = fresh().await;
    let again = host.connect().await;
    let queues = host.management.queues(&host.name).await;
    let declared = Topology::current().queues;
    assert_eq!(queues.len(), declared.len());
    for queue in &declared {
        let found = queues.iter().find(|found| found["name"] == queue.name.as_str()).unwrap();
        assert_eq!(found["durable"], true);
        assert_eq!(found["type"], "quorum");
        for (name, value) in &queue.arguments {
            assert_eq!(found["arguments"][name], serde_json::to_value(value).unwrap(), "{}", queue.name);
        }
    }
    drop((transport, again));
}

#[tokio::test]
async fn a_queue_that_was_deleted_is_there_again_for_the_next_message() {
    let (transport, host) = fresh().await;
    host.management.delete_queue(&host.name, &WORK.to_string()).await;
    transport.publish(WORK, message("again")).await.unwrap();
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.envelope, message("again"));
    delivery.ack().await;
}

#[tokio::test]
async fn an_exchange_that_was_deleted_is_there_again_for_the_next_message() {
    let (transport, host) = fresh().await;
    publish(&transport, "before").await;
    let (status, _) =
        host.management.request("DELETE", &format!("/exchanges/{}/gleaner.work", host.name), None).await;
    assert_eq!(status, 204);
    transport.publish(WORK, message("again")).await.unwrap();
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    for _ in 0..2 {
        next(&mut consumer).await.ack().await;
    }
}

#[tokio::test]
async fn a_queue_that_was_deleted_is_there_again_for_the_next_consumer() {
    let (transport, host) = fresh().await;
    host.management.delete_queue(&host.name, &Queue::Dead.to_string()).await;
    let mut consumer = transport.consume(Queue::Dead, 1).await.unwrap();
    let mut work = transport.consume(WORK, 1).await.unwrap();
    publish(&transport, "dies").await;
    next(&mut work).await.reject().await;
    next(&mut consumer).await.ack().await;
}

/// A queue is deleted while messages come and go, and its publisher declares it again: its consumer goes on or ends.
async fn deleted_in_the_middle(after: Duration) {
    let (transport, host) = fresh().await;
    let mut consumer = transport.consume(WORK, 4).await.unwrap();
    let (over, deleted) = (CancellationToken::new(), CancellationToken::new());
    let publishing = async {
        while !over.is_cancelled() {
            let word = if deleted.is_cancelled() { "after" } else { "before" };
            // one that the deletion takes with it is nobody's loss here
            let _ = transport.publish(WORK, message(word)).await;
            sleep(Duration::from_millis(2)).await;
        }
    };
    let deleting = async {
        sleep(after).await;
        host.management.delete_queue(&host.name, &WORK.to_string()).await;
        sleep(WATCH).await;
        deleted.cancel();
    };
    let consuming = async {
        // the publisher ends with this, whatever comes of it
        let _over = over.clone().drop_guard();
        let mut held = VecDeque::new();
        loop {
            // whoever hears nothing ends what it has
            let Ok(heard) = timeout(WATCH, consumer.next()).await else {
                for delivery in held.drain(..) {
                    Delivery::ack(delivery).await;
                }
                continue;
            };
            match heard {
                Some(delivery) if delivery.envelope == message("before") => held.push_back(delivery),
                _ => break,
            }
            if held.len() > 3 {
                held.pop_front().unwrap().ack().await;
            }
        }
    };
    let consuming = async { timeout(SOON * 2, consuming).await.expect("the consumer goes on or ends") };
    tokio::join!(publishing, deleting, consuming);
}

#[tokio::test]
async fn no_consumer_waits_for_ever_on_a_queue_that_was_deleted_and_is_there_again() {
    futures::future::join_all((0..16).map(|n| deleted_in_the_middle(Duration::from_millis(100 + 3 * n))))
        .await;
}

#[tokio::test]
async fn a_consumer_whose_queue_is_deleted_ends() {
    let (transport, host) = fresh().await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    host.management.delete_queue(&host.name, &WORK.to_string()).await;
    assert!(timeout(SOON, consumer.next()).await.expect("it ends").is_none());
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_again_once_there_is_room() {
    let (transport, host) = fresh().await;
    host.management.limit_queues(&host.name, 2).await;
    let mut held = 0;
    let full = async {
        // the policy takes a moment to reach the queue
        while transport.publish(WORK, message(&held.to_string())).await != Err(PublishError::Full) {
            held += 1;
        }
    };
    timeout(SOON, full).await.expect("it gets full");
    assert!(held >= 2, "{held}");
    let mut consumer = transport.consume(WORK, 100).await.unwrap();
    for _ in 0..held {
        next(&mut consumer).await.ack().await;
    }
    publish(&transport, "room").await;
}

#[test]
fn operators_can_read_it() {
    let text = Topology::current().to_string();
    for line in
        ["exchange  gleaner.work", "queue     gleaner.v1.crawl.hi", "x-dead-letter-strategy=at-least-once"]
    {
        assert!(text.contains(line), "{text}");
    }
    let json = serde_json::to_value(Topology::current()).unwrap();
    assert_eq!(json["queues"].as_array().map(Vec::len), Some(Queue::all().len()));
}
