//! Brokers that break off, die and come back.

use gleaner_testkit::OwnServices;

use super::*;

#[tokio::test]
async fn a_session_that_the_broker_ends_is_over_and_the_next_one_keeps_the_cap() {
    let (transport, host) = fresh().await;
    let mut consumer = transport.consume(WORK, 2).await.unwrap();
    for n in 0..6 {
        transport.publish(WORK, message(&n.to_string())).await.unwrap();
    }
    let held = next(&mut consumer).await;
    let closed = async {
        // the broker takes a moment to list them, and not both at once
        let mut closed = 0;
        while closed < 2 {
            closed += host.management.close_connections(&host.name).await;
            sleep(WATCH).await;
        }
    };
    timeout(SOON, closed).await.expect("both connections are listed");
    let ended = async { while consumer.next().await.is_some() {} };
    timeout(SOON, ended).await.expect("the session ends");
    held.ack().await;
    publish(&transport, "after").await;
    let mut consumer = consume(&transport, 2).await;
    let (first, second) = (next(&mut consumer).await, next(&mut consumer).await);
    assert!(first.passage.returned > 0, "what was not settled comes again, and says so");
    assert!(timeout(WATCH, consumer.next()).await.is_err(), "the cap is exceeded");
    drop((first, second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_survives_a_broker_that_is_killed() {
    let own = tokio::task::spawn_blocking(|| OwnServices::start(&["rabbitmq"])).await.unwrap();
    let host = Host::at(own.address("GLEANER_TEST_RABBITMQ"), own.address("GLEANER_TEST_MANAGEMENT")).await;
    let transport = host.connect().await;
    let mut consumer = transport.consume(WORK, 5).await.unwrap();
    publish(&transport, "settled").await;
    next(&mut consumer).await.ack().await;
    publish(&transport, "held").await;
    let held = next(&mut consumer).await;
    for n in 0..20 {
        publish(&transport, &n.to_string()).await;
    }
    let own = tokio::task::spawn_blocking(move || {
        own.kill("rabbitmq");
        own
    })
    .await
    .unwrap();
    let ended = async { while consumer.next().await.is_some() {} };
    timeout(SOON, ended).await.expect("the session ends");
    drop(held);
    assert_eq!(transport.publish(WORK, message("into the void")).await, Err(PublishError::Unknown));
    assert!(transport.capacity(WORK).await.is_err());
    let _own = tokio::task::spawn_blocking(move || {
        own.again();
        own
    })
    .await
    .unwrap();
    publish(&transport, "after").await;
    let mut consumer = consume(&transport, 5).await;
    let mut came = Vec::new();
    while came.last().is_none_or(|last| last != "after") {
        let delivery = next(&mut consumer).await;
        came.push(String::from_utf8(delivery.envelope.body.clone()).unwrap());
        delivery.ack().await;
    }
    came.sort();
    let mut expected: Vec<String> = (0..20).map(|n: i32| n.to_string()).collect();
    expected.extend(["after".into(), "held".into()]);
    expected.sort();
    // acknowledgements in flight may be lost with the broker, confirmed messages may not
    came.retain(|name| name != "settled");
    assert_eq!(came, expected);
}
