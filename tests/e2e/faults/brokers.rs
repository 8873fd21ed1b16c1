//! Brokers that die, forget, stop, fill up or lose what was declared: cases 8 to 16, 19 and 24. Each on RabbitMQ 3.10, as
//! a process, and on 4.3, as the deployment's container.

use std::time::Duration;

use gleaner_contract::{Lane, Queue, Stage};
use gleaner_ports::Transport;
use gleaner_rabbitmq::{RabbitConfig, RabbitTransport};
use serde_json::json;
use tokio::time::sleep;

use super::{
    ground::{Ground, blocking},
    observer::Expected,
    rig::{CREW, Rig},
};
use crate::harness::{PATIENCE, until};

const BUSY: Duration = Duration::from_millis(60);

/// The same case on both brokers.
macro_rules! on_both {
    ($($(#[$attribute:meta])* $name:ident => $three:ident, $four:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        $(#[$attribute])*
        async fn $three() {
            $name(Ground::own().await).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "takes minutes: scripts/test faults"]
        async fn $four() {
            $name(Ground::contained().await).await;
        }
    )*};
}

on_both! {
    // that broker may come back with a queue that does not answer
    #[ignore = "the broker is not steady: scripts/test faults"]
    killed_four_times => case_08_on_3_10, case_08_on_4_3;
    wiped => case_09_on_3_10, case_09_on_4_3;
    #[ignore = "takes minutes: scripts/test faults"]
    stopped_a_minute => case_10_on_3_10, case_10_on_4_3;
    alarms => case_13_on_3_10, case_13_on_4_3;
    deleted_by_hand => case_14_on_3_10, case_14_on_4_3;
    full => case_15_on_3_10, case_15_on_4_3;
    unreadable => case_16_on_3_10, case_16_on_4_3;
    delivery_limit => case_19_on_3_10, case_19_on_4_3;
    delayed_retry => case_24_on_3_10, case_24_on_4_3;
}

/// Does something to the servers that takes a while.
async fn to_ground(rig: &mut Rig, work: impl FnOnce(&mut Ground) + Send + 'static) {
    let mut ground = std::mem::replace(&mut rig.ground, Ground::Shared);
    rig.ground = blocking(move || {
        work(&mut ground);
        ground
    })
    .await;
}

async fn killed_four_times(ground: Ground) {
    let mut rig = Rig::paid("8 broker killed and back, four times under load", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(20, BUSY).await;
    for _ in 0..4 {
        rig.until_asked(8).await;
        to_ground(&mut rig, |ground| {
            ground.kill_broker();
            ground.start_broker();
        })
        .await;
    }
    rig.ends(Expected { asked_at_most: 5, ..Expected::default() }).await;
}

async fn wiped(ground: Ground) {
    let mut rig = Rig::paid("9 broker's data wiped", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(10).await;
    to_ground(&mut rig, Ground::wipe_broker).await;
    rig.deployment.management.create_virtual_host(&rig.deployment.virtual_host).await;
    rig.ends(Expected { asked_at_most: 3, ..Expected::default() }).await;
}

async fn stopped_a_minute(ground: Ground) {
    let mut rig = Rig::paid("10 broker stopped for 60 s", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(10).await;
    to_ground(&mut rig, |ground| ground.pause_broker()).await;
    sleep(Duration::from_secs(60)).await;
    to_ground(&mut rig, |ground| ground.resume_broker()).await;
    rig.ends(Expected { asked_at_most: 4, ..Expected::default() }).await;
}

async fn alarms(ground: Ground) {
    let mut rig = Rig::paid("13 memory and disk alarm", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(10, BUSY).await;
    for (fill, empty) in [
        (
            ["set_vm_memory_high_watermark", "absolute", "1MB"],
            ["set_vm_memory_high_watermark", "absolute", "2GB"],
        ),
        (["set_disk_free_limit", "mem_relative", "1000"], ["set_disk_free_limit", "mem_relative", "0.001"]),
    ] {
        rig.until_asked(6).await;
        to_ground(&mut rig, move |ground| ground.control_broker(&fill)).await;
        // nobody may publish, and leases pass meanwhile
        sleep(Duration::from_secs(6)).await;
        to_ground(&mut rig, move |ground| ground.control_broker(&empty)).await;
    }
    rig.ends(Expected { asked_at_most: 4, ..Expected::default() }).await;
}

async fn deleted_by_hand(ground: Ground) {
    let mut rig = Rig::paid("14 queues and an exchange deleted by hand", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(16, BUSY).await;
    let (management, host) = (rig.deployment.management.clone(), rig.deployment.virtual_host.clone());
    for path in [
        "queues/VHOST/gleaner.v1.crawl.lo",
        "queues/VHOST/gleaner.v1.report",
        "exchanges/VHOST/gleaner.work",
        "queues/VHOST/gleaner.v1.extract.lo",
        "queues/VHOST/gleaner.v1.dead",
    ] {
        rig.until_asked(6).await;
        let (status, told) =
            management.request("DELETE", &format!("/{}", path.replace("VHOST", &host)), None).await;
        assert_eq!(status, 204, "{path}: {told}");
    }
    rig.ends(Expected { asked_at_most: 4, ..Expected::default() }).await;
}

async fn full(ground: Ground) {
    let mut rig = Rig::paid("15 queues full", ground).await;
    rig.start(&CREW, &[]).await;
    let (management, host) = (rig.deployment.management.clone(), rig.deployment.virtual_host.clone());
    management.limit_queues(&host, 1).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(10).await;
    // and nobody takes anything out
    rig.deployment.kill("extractor").await;
    sleep(Duration::from_secs(4)).await;
    let (status, _) = management.request("DELETE", &format!("/policies/{host}/limit"), None).await;
    assert_eq!(status, 204);
    rig.deployment.spawn("extractor", "extractor");
    rig.ends(Expected { asked_at_most: 3, ..Expected::default() }).await;
}

async fn unreadable(ground: Ground) {
    let mut rig = Rig::paid("16 undecodable body, missing headers, version 99", ground).await;
    rig.start(&CREW, &[]).await;
    let (management, host) = (rig.deployment.management.clone(), rig.deployment.virtual_host.clone());
    let publish = async |key: &str, properties: serde_json::Value, payload: &str| {
        let body = json!({
            "properties": properties, "routing_key": key, "payload": payload, "payload_encoding": "string",
        });
        let path = format!("/exchanges/{host}/gleaner.work/publish");
        let (status, told) = management.request("POST", &path, Some(&body)).await;
        assert_eq!((status, &told["routed"]), (200, &json!(true)), "{told}");
    };
    let task = "01K5QJ7N4V8Z3X2W1T0S9R8Q7P";
    let headers = json!({
        "version": 1, "tenant": "local", "task": task, "job": task, "stage": "crawl", "lane": "lo", "epoch": 1, "attempt": 1,
        "deadline": i64::MAX / 2,
    });
    let of = |name: &str| json!({ "type": name, "delivery_mode": 2, "headers": headers });
    publish("crawl.lo", json!({}), "nothing").await;
    publish("report", json!({}), "nothing").await;
    publish("crawl.hi", of("harvest.crawl.1"), "no message").await;
    publish("report", of("harvest.report.1"), "no report").await;
    publish("extract.lo", of("harvest.brew.1"), "what is that").await;
    // of a version to come: not ours to judge, and its task is nobody's
    publish("crawl.lo", of("harvest.crawl.99"), "from the future").await;
    publish("report", of("harvest.report.99"), "from the future").await;
    rig.submit(3, BUSY).await;
    let dead: &[(&str, usize)] = &[("rejected", 3), ("unreadable", 2)];
    until("all are filed", async || {
        let observer = super::observer::Observer::of(&rig.deployment).await;
        observer.filed().await.is_ok_and(|filed| filed.values().sum::<usize>() == 5)
    })
    .await;
    rig.ends(Expected { dead, reissues: false, asked_at_most: 1, ..Expected::default() }).await;
}

/// Takes messages and goes away with them, until they are dead.
async fn delivery_limit(ground: Ground) {
    let mut rig = Rig::prepare("19 delivery limit reached by innocents", ground, false, |bench| {
        // nothing is reissued before it is dead
        bench.set("GLEANER__CRAWL__CHAIN_TIMEOUT", "5m");
    })
    .await;
    rig.start(&["coordinator", "extractor", "api"], &[]).await;
    let config = RabbitConfig { url: rig.deployment.broker().to_owned(), ..RabbitConfig::default() };
    let queue = Queue::Work(Stage::Crawl, Lane::Lo);
    let mut submitted = false;
    let readopted = |rig: &Rig| rig.deployment.told("coordinator").matches("taken up again").count();
    let mut taken = 0;
    while readopted(&rig) < 2 {
        let transport =
            RabbitTransport::connect(&config, "goes away", |_| 16).await.expect("the broker is there");
        let mut consumer = transport.consume(queue, 4).await.expect("the broker is there");
        if !std::mem::replace(&mut submitted, true) {
            rig.submit(2, Duration::ZERO).await;
        }
        while let Ok(Some(delivery)) = tokio::time::timeout(Duration::from_millis(300), consumer.next()).await
        {
            taken += 1;
            // neither settled nor given back
            std::mem::forget(delivery);
        }
        transport.close().await;
        assert!(taken < 1_000, "no message ever died");
    }
    rig.deployment.spawn("crawler", "crawler");
    rig.ends(Expected { asked_at_most: 1, ..Expected::default() }).await;
}

/// A page that is to be tried again later, and neither broker nor clock are what they were.
async fn delayed_retry(ground: Ground) {
    let mut rig =
        Rig::prepare("24 delayed retry across a broker restart and a clock jump", ground, true, |bench| {
            bench.set("GLEANER__CRAWL__BACKOFF_BASE", "20s");
            bench.set("GLEANER__CRAWL__BACKOFF_CAP", "20s");
        })
        .await;
    rig.start(&CREW, &[]).await;
    let site = &rig.bench.site;
    let url = site.url("/later");
    site.set("/later", gleaner_testkit::Page::status(503));
    let written = format!(
        "budget = {{ urls = 5, seconds = \"unlimited\", money = \"1.00 USD\" }}\nschema = \"product\"\n\
         [[targets]]\nid = \"p\"\nurls = [\"{url}\"]\n"
    );
    rig.submit_written(&written, 1, &[]).await;
    rig.until_asked(1).await;
    until("it waits", async || rig.deployment.told("crawler").contains("not fetched")).await;
    rig.bench.site.set("/later", crate::harness::product("Later", "12.50", ""));
    to_ground(&mut rig, |ground| {
        ground.kill_broker();
        ground.start_broker();
    })
    .await;
    // an hour passes at once for everybody
    let library = clock_library();
    for worker in CREW {
        rig.deployment.kill(worker).await;
        let jump =
            [("LD_PRELOAD", library.as_str()), ("FAKETIME", "+3600s"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        rig.deployment.spawn_with(worker, worker, &jump);
    }
    let asked = rig.bench.site.arrived();
    let again = tokio::time::timeout(PATIENCE, rig.bench.site.until_arrived(asked + 1)).await;
    assert!(again.is_ok(), "never tried again");
    rig.ends(Expected { asked_at_most: 2, ..Expected::default() }).await;
}

/// What makes a process believe in another time of day.
fn clock_library() -> String {
    let found =
        std::process::Command::new("sh").args(["-c", "ls /usr/lib/*/faketime/libfaketime.so.1"]).output();
    let path = String::from_utf8_lossy(&found.expect("a shell").stdout).trim().to_owned();
    assert!(!path.is_empty(), "libfaketime is not installed: run the tests by scripts/test");
    path
}
