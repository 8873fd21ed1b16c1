//! What every transport does while nothing is lost.

use std::time::Duration;

use gleaner_contract::{Envelope, Headers, JobId, Lane, Queue, Stage, TaskId, Tenant, Timestamp};
use tokio::time::{sleep, timeout};

use crate::{Consumer, Delivery, Transport};

mod sharing;

pub use sharing::*;

/// See [`crate::conformance`].
#[macro_export]
macro_rules! transport_conformance {
    ($make:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!($make, transport, [$($($options)*)?],
            a_message_is_delivered_as_it_was_published
            a_message_waits_for_a_consumer
            a_waiting_consumer_gets_what_comes
            undisturbed_messages_come_in_order
            queues_do_not_meet
            prefetch_caps_what_is_unsettled
            an_ack_makes_room_for_the_next
            a_reject_makes_room_for_the_next
            an_acked_message_does_not_come_again
            a_dropped_delivery_comes_back_marked
            a_dropped_delivery_reaches_a_consumer_that_waits
            a_rejected_message_goes_to_the_dead_letters_alone
            two_consumers_share_without_loss_or_doubling
            a_full_consumer_leaves_the_rest_to_others
            a_wait_given_up_loses_nothing
            what_a_gone_consumer_did_not_take_goes_to_another
            capacity_is_the_sum_of_prefetch
            capacity_goes_with_its_consumer
        );
    };
}

const WORK: Queue = Queue::Work(Stage::Crawl, Lane::Lo);

/// Nothing that should happen takes longer.
const SOON: Duration = Duration::from_secs(10);

/// How long is watched for what should not happen.
const WATCH: Duration = Duration::from_millis(100);

fn message(name: &str) -> Envelope {
    let at = Timestamp::from_millis(1_000_000);
    Envelope {
        headers: Headers {
            message_type: "harvest.crawl.1".into(),
            tenant: Tenant("tenant".into()),
            job: JobId::derive(at, &[b"job"]),
            task: TaskId::derive(at, &[name.as_bytes()]),
            epoch: 3,
            attempt: 2,
            lane: Lane::Lo,
            deadline: at,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            tracestate: None,
        },
        body: name.as_bytes().to_vec(),
    }
}

fn name(delivery: &Delivery) -> String {
    String::from_utf8(delivery.envelope.body.clone()).unwrap()
}

async fn publish<const N: usize>(transport: &dyn Transport, queue: Queue, names: [&str; N]) {
    for name in names {
        transport.publish(queue, message(name)).await.unwrap();
    }
}

async fn next(consumer: &mut Box<dyn Consumer>) -> Delivery {
    timeout(SOON, consumer.next()).await.expect("a message comes").expect("the session goes on")
}

async fn check_next(consumer: &mut Box<dyn Consumer>, expected: &str) -> Delivery {
    let delivery = next(consumer).await;
    assert_eq!(name(&delivery), expected);
    delivery
}

async fn check_nothing_comes(consumer: &mut Box<dyn Consumer>) {
    let came = timeout(WATCH, consumer.next()).await;
    assert!(came.is_err(), "{came:?}");
}

pub async fn a_message_is_delivered_as_it_was_published(transport: &dyn Transport) {
    let mut sent = message("as it was");
    sent.body = (0..=255).collect();
    sent.headers.tracestate = Some("vendor=value".into());
    transport.publish(WORK, sent.clone()).await.unwrap();
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.envelope, sent);
    assert_eq!(delivery.passage.returned, 0);
    delivery.ack().await;
}

pub async fn a_message_waits_for_a_consumer(transport: &dyn Transport) {
    publish(transport, WORK, ["early"]).await;
    sleep(WATCH).await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    check_next(&mut consumer, "early").await.ack().await;
}

pub async fn a_waiting_consumer_gets_what_comes(transport: &dyn Transport) {
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    let (delivery, ()) = tokio::join!(next(&mut consumer), async {
        sleep(WATCH).await;
        publish(transport, WORK, ["late"]).await;
    });
    assert_eq!(name(&delivery), "late");
    delivery.ack().await;
}

pub async fn undisturbed_messages_come_in_order(transport: &dyn Transport) {
    let names: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let mut consumer = transport.consume(WORK, 5).await.unwrap();
    for name in &names {
        publish(transport, WORK, [name.as_str()]).await;
    }
    for name in &names {
        check_next(&mut consumer, name).await.ack().await;
    }
}

pub async fn queues_do_not_meet(transport: &dyn Transport) {
    let queues = [
        (WORK, "crawl lo"),
        (Queue::Work(Stage::Crawl, Lane::Hi), "crawl hi"),
        (Queue::Work(Stage::Extract, Lane::Lo), "extract lo"),
        (Queue::Work(Stage::Extract, Lane::Hi), "extract hi"),
        (Queue::Report, "report"),
    ];
    for (queue, name) in queues {
        publish(transport, queue, [name]).await;
    }
    for (queue, name) in queues {
        let mut consumer = transport.consume(queue, 2).await.unwrap();
        check_next(&mut consumer, name).await.ack().await;
        check_nothing_comes(&mut consumer).await;
    }
}

pub async fn prefetch_caps_what_is_unsettled(transport: &dyn Transport) {
    publish(transport, WORK, ["a", "b", "c"]).await;
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    let held = [check_next(&mut consumer, "a").await, check_next(&mut consumer, "b").await];
    check_nothing_comes(&mut consumer).await;
    for delivery in held {
        delivery.ack().await;
    }
    check_next(&mut consumer, "c").await.ack().await;
}

pub async fn an_ack_makes_room_for_the_next(transport: &dyn Transport) {
    publish(transport, WORK, ["a", "b"]).await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    let first = check_next(&mut consumer, "a").await;
    let (second, ()) = tokio::join!(next(&mut consumer), async {
        sleep(WATCH).await;
        first.ack().await;
    });
    assert_eq!(name(&second), "b");
    second.ack().await;
}

pub async fn a_reject_makes_room_for_the_next(transport: &dyn Transport) {
    publish(transport, WORK, ["a", "b"]).await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    check_next(&mut consumer, "a").await.reject().await;
    check_next(&mut consumer, "b").await.ack().await;
}

pub async fn an_acked_message_does_not_come_again(transport: &dyn Transport) {
    publish(transport, WORK, ["once"]).await;
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    check_next(&mut consumer, "once").await.ack().await;
    check_nothing_comes(&mut consumer).await;
    let mut other = transport.consume(WORK, 2).await.unwrap();
    check_nothing_comes(&mut other).await;
}

pub async fn a_dropped_delivery_comes_back_marked(transport: &dyn Transport) {
    publish(transport, WORK, ["again"]).await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    for times in 0..3 {
        let delivery = check_next(&mut consumer, "again").await;
        assert_eq!(delivery.passage.returned > 0, times > 0);
        assert_eq!(delivery.envelope, message("again"));
    }
    let last = check_next(&mut consumer, "again").await;
    assert!(last.passage.returned > 1, "each time counts");
    last.ack().await;
    check_nothing_comes(&mut consumer).await;
}

pub async fn a_dropped_delivery_reaches_a_consumer_that_waits(transport: &dyn Transport) {
    publish(transport, WORK, ["passed on"]).await;
    let mut first = transport.consume(WORK, 1).await.unwrap();
    let held = check_next(&mut first, "passed on").await;
    let mut second = transport.consume(WORK, 1).await.unwrap();
    let (delivery, ()) = tokio::join!(next(&mut second), async {
        sleep(WATCH).await;
        // with it gone, the waiting one is the only one left
        drop(first);
        drop(held);
    });
    assert_eq!(name(&delivery), "passed on");
    delivery.ack().await;
}

pub async fn a_rejected_message_goes_to_the_dead_letters_alone(transport: &dyn Transport) {
    publish(transport, WORK, ["unreadable"]).await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    check_next(&mut consumer, "unreadable").await.reject().await;
    check_nothing_comes(&mut consumer).await;
    let mut dead = transport.consume(Queue::Dead, 1).await.unwrap();
    let letter = next(&mut dead).await;
    assert_eq!(letter.envelope, message("unreadable"));
    assert_eq!(letter.passage.returned, 0, "a reject settles");
    let death = letter.passage.death.clone().expect("why it is dead");
    assert_eq!((death.reason.as_str(), death.queue), ("rejected", WORK.to_string()));
    letter.ack().await;
    check_nothing_comes(&mut dead).await;
}
