use gleaner_contract::{Headers, JobId, Lane, TaskId, Tenant, Timestamp};

use super::*;

async fn fresh() -> (FaultyTransport, ()) {
    (FaultyTransport::default(), ())
}

// told nothing, it is the queues beneath
mod conformance {
    use super::fresh;

    crate::transport_conformance!(fresh, start_paused = true);
}

fn envelope(body: &[u8]) -> Envelope {
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
        body: body.to_vec(),
    }
}

#[tokio::test]
async fn messages_meet_the_fate_that_was_told() {
    let (wire, ()) = fresh().await;
    let consumer = wire.consume(Queue::Report, 10).await.unwrap();
    let unknown = Err(PublishError::Unknown);
    for (fate, answer, depth) in [
        (Fate::Delivered, Ok(()), 1),
        (Fate::Lost, Ok(()), 1),
        (Fate::Refused(PublishError::Full), Err(PublishError::Full), 1),
        (Fate::Refused(PublishError::Unknown), unknown, 2),
    ] {
        wire.rule(move |_, _| fate);
        assert_eq!(wire.publish(Queue::Report, envelope(b"")).await, answer, "{fate:?}");
        assert_eq!(wire.inner.depth(Queue::Report), depth, "{fate:?}");
    }
    drop(consumer);
}

#[tokio::test]
async fn what_is_held_comes_in_order_at_the_release() {
    let (wire, ()) = fresh().await;
    wire.rule(|_, _| Fate::Held);
    for body in [b"1", b"2"] {
        wire.publish(Queue::Report, envelope(body)).await.unwrap();
    }
    assert_eq!((wire.held(), wire.inner.depth(Queue::Report)), (2, 0));
    wire.release().await.unwrap();
    wire.publish(Queue::Report, envelope(b"3")).await.unwrap();
    let mut consumer = wire.consume(Queue::Report, 10).await.unwrap();
    for body in [b"1", b"2", b"3"] {
        let delivery = consumer.next().await.unwrap();
        assert_eq!(delivery.envelope.body, body);
        delivery.ack().await;
    }
}
