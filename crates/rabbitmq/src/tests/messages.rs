//! What becomes of messages that are not as they should be, and of acknowledgements at the end.

use super::*;

/// Publishes something that we would not, straight into the work queue.
async fn smuggle(host: &Host, properties: BasicProperties, body: &[u8]) {
    let (connection, channel) = host.stranger().await;
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let key = crate::topology::routing_key(WORK);
    let publish =
        channel.basic_publish("gleaner.work".into(), key.as_str().into(), options, body, properties);
    let confirm = publish.await.unwrap().await.unwrap();
    assert!(confirm.is_ack() && confirm.take_message().is_none());
    connection.close(200, "done".into()).await.unwrap();
}

async fn dead_letters(host: &Host, expected: u64) {
    let reached = async {
        loop {
            let queues = host.management.queues(&host.name).await;
            let dead = queues.iter().find(|queue| queue["name"] == "gleaner.v1.dead").unwrap();
            if dead["messages"].as_u64() == Some(expected) {
                return;
            }
            sleep(WATCH).await;
        }
    };
    timeout(SOON, reached).await.expect("as many dead letters");
}

#[tokio::test]
async fn what_has_no_headers_of_ours_goes_to_the_dead_letters_and_holds_nobody_up() {
    let (transport, host) = fresh().await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    smuggle(&host, BasicProperties::default(), b"from nobody").await;
    let mut properties = crate::message::properties(WORK, &message("x").headers, Timestamp::default());
    properties = properties.with_headers(Default::default());
    smuggle(&host, properties, b"without headers").await;
    let whole = crate::message::properties(WORK, &message("x").headers, Timestamp::default());
    smuggle(&host, whole, &vec![0; gleaner_contract::wire::MAX_BODY + 1]).await;
    transport.publish(WORK, message("after them")).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.envelope, message("after them"));
    delivery.ack().await;
    dead_letters(&host, 3).await;
}

#[tokio::test]
async fn numbers_of_any_width_are_read() {
    use lapin::types::AMQPValue;
    let (transport, host) = fresh().await;
    let properties = crate::message::properties(WORK, &message("wide").headers, Timestamp::default());
    let mut headers = properties.headers().clone().unwrap();
    headers.insert("epoch".into(), AMQPValue::ShortShortUInt(3));
    headers.insert("attempt".into(), AMQPValue::LongUInt(2));
    smuggle(&host, properties.with_headers(headers), b"wide").await;
    let mut consumer = transport.consume(WORK, 1).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.envelope, message("wide"));
    delivery.ack().await;
}

#[tokio::test]
async fn what_was_handed_out_can_be_acknowledged_after_its_consumer_is_gone() {
    let (transport, _host) = fresh().await;
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    for name in ["held", "buffered", "waiting"] {
        transport.publish(WORK, message(name)).await.unwrap();
    }
    let held = next(&mut consumer).await;
    sleep(WATCH).await;
    drop(consumer);
    let mut other = transport.consume(WORK, 5).await.unwrap();
    let mut names = Vec::new();
    for _ in 0..2 {
        let delivery = next(&mut other).await;
        names.push(String::from_utf8(delivery.envelope.body.clone()).unwrap());
        delivery.ack().await;
    }
    names.sort();
    assert_eq!(names, ["buffered", "waiting"], "what it had not handed out goes to others at once");
    held.ack().await;
    transport.publish(WORK, message("last")).await.unwrap();
    let last = next(&mut other).await;
    assert_eq!(last.envelope.body, b"last", "what was acknowledged late does not come again");
    last.ack().await;
}

#[tokio::test]
async fn closing_waits_for_acknowledgements_to_arrive() {
    let (transport, host) = fresh().await;
    let mut consumer = transport.consume(WORK, 100).await.unwrap();
    for n in 0..30 {
        transport.publish(WORK, message(&n.to_string())).await.unwrap();
    }
    for _ in 0..30 {
        next(&mut consumer).await.ack().await;
    }
    transport.close().await;
    assert_eq!(transport.publish(WORK, message("late")).await, Err(PublishError::Closed));
    let again = host.connect().await;
    let mut consumer = again.consume(WORK, 100).await.unwrap();
    let again = timeout(WATCH * 2, consumer.next()).await;
    assert!(again.is_err(), "an acknowledgement was lost: {again:?}");
}
