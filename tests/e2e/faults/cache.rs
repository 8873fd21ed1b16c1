//! A Redis that dies, forgets, stops or is full: case 20.

use std::{process::Command, time::Duration};

use tokio::time::sleep;

use super::{
    ground::{Ground, blocking},
    observer::Expected,
    rig::{CREW, Rig},
};

const BUSY: Duration = Duration::from_millis(60);

async fn redis_cli(rig: &Rig, args: &[&str]) {
    let address = rig.ground.servers().redis;
    let ran =
        Command::new("redis-cli").args(["-u", &address]).args(args).output().expect("redis-cli is installed");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.starts_with("OK"), "redis-cli {args:?}: {told}");
}

async fn to_redis(rig: &mut Rig, work: impl FnOnce(&Ground) + Send + 'static) {
    let ground = std::mem::replace(&mut rig.ground, Ground::Shared);
    rig.ground = blocking(move || {
        work(&ground);
        ground
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_20_redis_is_killed_and_flushed() {
    for paid in [true, false] {
        let case = "20 Redis killed, flushed three times";
        let ground = Ground::own().await;
        let mut rig = if paid { Rig::paid(case, ground).await } else { Rig::new(case, ground).await };
        rig.start(&CREW, &[]).await;
        rig.submit(16, BUSY).await;
        rig.until_asked(8).await;
        to_redis(&mut rig, |ground| {
            ground.services().kill("redis");
            ground.services().again();
        })
        .await;
        for _ in 0..3 {
            rig.until_asked(8).await;
            redis_cli(&rig, &["FLUSHALL"]).await;
        }
        rig.ends(Expected { asked_at_most: 5, ..Expected::default() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_20_redis_is_stopped_for_a_minute() {
    let mut rig = Rig::paid("20 Redis stopped for 60 s", Ground::own().await).await;
    rig.start(&CREW, &[]).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(8).await;
    to_redis(&mut rig, |ground| ground.services().pause("redis")).await;
    sleep(Duration::from_secs(60)).await;
    to_redis(&mut rig, |ground| ground.services().resume("redis")).await;
    rig.ends(Expected { asked_at_most: 9, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_20_redis_is_full_and_evicts() {
    let mut rig = Rig::paid("20 Redis full, evicting", Ground::own().await).await;
    rig.start(&CREW, &[]).await;
    redis_cli(&rig, &["CONFIG", "SET", "maxmemory", "1400kb"]).await;
    // bytes beside the pages, so that memory is short of them too
    for n in 0..40 {
        let name = format!("ballast-{n}");
        redis_cli(&rig, &["SET", &name, &"x".repeat(16_000), "EX", "600"]).await;
    }
    rig.submit(16, BUSY).await;
    rig.ends(Expected { asked_at_most: 5, ..Expected::default() }).await;
}
