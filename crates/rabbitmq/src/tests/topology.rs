//! Queues that are there, missing, full.

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
