use gleaner_contract::{Envelope, Headers, JobId, Lane, Queue, TaskId, Tenant, Timestamp};

use super::InProcess;
use crate::{PublishError, Transport};

async fn fresh() -> (InProcess, ()) {
    (InProcess::new(), ())
}

mod conformance {
    use super::fresh;

    crate::transport_conformance!(fresh, start_paused = true);
}

fn envelope() -> Envelope {
    let at = Timestamp::from_millis(1);
    Envelope {
        headers: Headers {
            message_type: "harvest.report.1".into(),
            tenant: Tenant::local(),
            job: JobId::derive(at, &[]),
            task: TaskId::derive(at, &[]),
            epoch: 1,
            attempt: 1,
            lane: Lane::Lo,
            deadline: at,
            traceparent: None,
            tracestate: None,
        },
        body: Vec::new(),
    }
}

#[tokio::test]
async fn a_full_queue_refuses_until_something_is_taken() {
    let transport = InProcess::with_max_length(2);
    for _ in 0..2 {
        transport.publish(Queue::Report, envelope()).await.unwrap();
    }
    assert_eq!(transport.publish(Queue::Report, envelope()).await, Err(PublishError::Full));
    let mut consumer = transport.consume(Queue::Report, 1).await.unwrap();
    let delivery = consumer.next().await.unwrap();
    transport.publish(Queue::Report, envelope()).await.unwrap();
    delivery.ack().await;
}

#[tokio::test]
async fn a_delivery_comes_back_to_a_full_queue() {
    let transport = InProcess::with_max_length(1);
    transport.publish(Queue::Report, envelope()).await.unwrap();
    let mut consumer = transport.consume(Queue::Report, 1).await.unwrap();
    let delivery = consumer.next().await.unwrap();
    transport.publish(Queue::Report, envelope()).await.unwrap();
    drop(delivery);
    assert_eq!(transport.depth(Queue::Report), 2);
}

#[tokio::test]
async fn depth_counts_what_is_not_delivered() {
    let transport = InProcess::new();
    for _ in 0..3 {
        transport.publish(Queue::Report, envelope()).await.unwrap();
    }
    let mut consumer = transport.consume(Queue::Report, 2).await.unwrap();
    let held = consumer.next().await.unwrap();
    assert_eq!(transport.depth(Queue::Report), 2);
    held.ack().await;
    assert_eq!(transport.depth(Queue::Report), 2);
}

#[tokio::test]
async fn clones_share_their_queues() {
    let transport = InProcess::new();
    let mut consumer = transport.clone().consume(Queue::Report, 2).await.unwrap();
    transport.publish(Queue::Report, envelope()).await.unwrap();
    assert_eq!(transport.capacity(Queue::Report).await, Ok(2));
    consumer.next().await.unwrap().ack().await;
}
