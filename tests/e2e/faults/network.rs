//! Links that are down, one way or both: cases 11 and 12.

use std::time::Duration;

use gleaner_testkit::{Link, Proxy};
use tokio::time::sleep;

use super::{ground::Ground, observer::Expected, rig::Rig};

const BUSY: Duration = Duration::from_millis(60);

/// The port in an address.
pub(super) fn port(address: &str) -> u16 {
    url::Url::parse(address).expect("an address").port().expect("with a port")
}

/// The same address at another port.
pub(super) fn at_port(address: &str, port: u16) -> String {
    let mut url = url::Url::parse(address).expect("an address");
    url.set_port(Some(port)).expect("it has a host");
    url.to_string()
}

/// A rig whose crawler speaks to every server through a proxy of its own.
async fn cut_off_crawler(case: &str, ground: Ground) -> (Rig, [Proxy; 2]) {
    let mut rig = Rig::paid(case, ground).await;
    let servers = rig.ground.servers();
    let broker = Proxy::before(port(&servers.rabbitmq)).await.expect("a port is free");
    let cache = Proxy::before(port(&servers.redis)).await.expect("a port is free");
    let rabbitmq = at_port(rig.deployment.broker(), broker.port());
    let redis = at_port(&servers.redis, cache.port());
    rig.deployment.spawn_with(
        "crawler",
        "crawler",
        &[("GLEANER__RABBITMQ__URL", &rabbitmq), ("GLEANER__REDIS__URL", &redis)],
    );
    rig.start(&["coordinator", "extractor", "api"], &[]).await;
    (rig, [broker, cache])
}

async fn link_is(case: &str, link: Link, time: Duration, ground: Ground) {
    let (mut rig, proxies) = cut_off_crawler(case, ground).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(8).await;
    for proxy in &proxies {
        proxy.set(link.clone());
    }
    sleep(time / 2).await;
    // others take its place
    rig.deployment.spawn("crawler-2", "crawler");
    sleep(time / 2).await;
    for proxy in &proxies {
        proxy.set(Link::Up);
    }
    rig.ends(Expected { asked_at_most: 4, in_flight: 4, ..Expected::default() }).await;
    // it is back at work
    rig.deployment.kill("crawler-2").await;
    rig.submit(2, BUSY).await;
    rig.ends(Expected { asked_at_most: 4, in_flight: 4, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_11_a_link_is_down_for_90_seconds_on_3_10() {
    link_is("11 link down for 90 s", Link::Down, Duration::from_secs(90), Ground::own().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_11_a_link_is_down_for_90_seconds_on_4_3() {
    link_is("11 link down for 90 s", Link::Down, Duration::from_secs(90), Ground::contained().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_12_a_link_drops_one_way_on_3_10() {
    link_is("12 one-way drop, server unheard", Link::Deaf, Duration::from_secs(12), Ground::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_12_a_link_drops_the_other_way_on_3_10() {
    link_is("12 one-way drop, client unheard", Link::Mute, Duration::from_secs(60), Ground::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_12_a_link_drops_one_way_on_4_3() {
    link_is(
        "12 one-way drop, server unheard",
        Link::Deaf,
        Duration::from_secs(60),
        Ground::contained().await,
    )
    .await;
}
