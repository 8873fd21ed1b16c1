//! A database that is away, full, or whose answer is lost: case 21. And what the API says meanwhile.

use std::time::Duration;

use gleaner_testkit::{Link, OwnServices, Proxy};
use tokio::time::{sleep, timeout};

use super::{
    ground::{Ground, blocking},
    network::{at_port, port},
    observer::Expected,
    rig::{CREW, Rig},
};
use crate::harness::until;

const BUSY: Duration = Duration::from_millis(60);

async fn to_postgres(rig: &mut Rig, work: impl FnOnce(&OwnServices) + Send + 'static) {
    let ground = std::mem::replace(&mut rig.ground, Ground::Shared);
    rig.ground = blocking(move || {
        work(ground.services());
        ground
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_21_the_database_is_restarted_under_load() {
    let mut rig = Rig::paid("21 Postgres restarted three times under load", Ground::own().await).await;
    rig.start(&CREW, &[]).await;
    rig.submit(16, BUSY).await;
    for _ in 0..3 {
        rig.until_asked(6).await;
        to_postgres(&mut rig, |own| {
            own.kill("postgres");
            own.again();
        })
        .await;
    }
    rig.ends(Expected { asked_at_most: 3, ..Expected::default() }).await;
}

/// Away for a while: what is asked of the API is refused at once, and who is ready says what is missing.
async fn away(case: &str, time: Duration) {
    let mut rig = Rig::paid(case, Ground::own().await).await;
    rig.start(&CREW, &[]).await;
    rig.submit(10, BUSY).await;
    rig.until_asked(8).await;
    to_postgres(&mut rig, |own| own.kill("postgres")).await;
    // fast: long before a caller would give up
    let answer = timeout(Duration::from_secs(15), rig.deployment.ask_api("/v1/submissions")).await;
    let (status, told) = answer.expect("it does not hang").expect("it answers");
    assert_eq!(status, 503, "{told}");
    let file = rig.bench.write(
        "more.toml",
        "schema = \"product\"\n[[targets]]\nid = \"x\"\nurls = [\"http://127.0.0.1:9/\"]\n",
    );
    let ran = timeout(Duration::from_secs(30), rig.deployment.gleaner(&rig.bench, &["submit", &file])).await;
    assert_ne!(ran.expect("it does not hang").code, 0, "nothing is accepted that is not kept");
    for worker in ["coordinator", "api"] {
        until(&format!("{worker} says what is away"), async || {
            let (status, told) = rig.deployment.ask(worker, "/readyz").await;
            status == 503 && told.contains("\"postgres\":") && !told.contains("\"postgres\":\"ok\"")
        })
        .await;
    }
    assert_eq!(rig.deployment.ask("crawler", "/readyz").await.0, 200, "it does not need the database");
    sleep(time).await;
    to_postgres(&mut rig, |own| drop(own.again())).await;
    rig.ends(Expected { asked_at_most: 4, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_21_the_database_is_away() {
    away("21 Postgres away for 12 s", Duration::from_secs(12)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn case_21_the_database_is_away_for_two_minutes() {
    away("21 Postgres away for 120 s", Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_21_the_answer_to_a_commit_is_lost() {
    let mut rig = Rig::paid("21 commits whose answer is lost", Ground::Shared).await;
    let proxy = Proxy::before(port(&rig.ground.servers().postgres)).await.expect("a port is free");
    let database = at_port(rig.deployment.database(), proxy.port());
    rig.deployment.spawn_with("coordinator", "coordinator", &[("GLEANER__POSTGRES__URL", &database)]);
    rig.start(&["crawler", "extractor", "api"], &[]).await;
    rig.submit(10, BUSY).await;
    for round in 1..=4 {
        rig.until_asked(4).await;
        proxy.set(Link::LoseAnswerTo(b"COMMIT".to_vec()));
        until("a commit's answer is lost", async || proxy.lost() >= round * 2).await;
        proxy.set(Link::Up);
    }
    rig.ends(Expected { asked_at_most: 3, ..Expected::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_21_the_databases_disk_is_full() {
    let ground = blocking(|| {
        let own = OwnServices::start_on_disk(&["rabbitmq", "redis", "postgres"], "220m");
        Ground::Own(Box::new(own))
    })
    .await;
    let mut rig = Rig::paid("21 disk of Postgres full", ground).await;
    rig.start(&CREW, &[]).await;
    rig.submit(16, BUSY).await;
    rig.until_asked(8).await;
    let ballast = rig.ground.services().data("postgres").join("ballast");
    let fill = std::process::Command::new("dd")
        .args(["if=/dev/zero", &format!("of={}", ballast.display()), "bs=64k"])
        .output()
        .expect("dd is installed");
    assert!(!fill.status.success(), "it ends when the disk is full");
    sleep(Duration::from_secs(5)).await;
    std::fs::remove_file(&ballast).expect("it was written");
    // it gives up where its log cannot grow
    to_postgres(&mut rig, |own| drop(own.again())).await;
    rig.ends(Expected { asked_at_most: 4, ..Expected::default() }).await;
}
