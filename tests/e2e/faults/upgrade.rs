//! Versions side by side, and the database of the version before.

use std::{path::Path, process::Command, time::Duration};

use gleaner_contract::{Lane, Queue, Stage};
use gleaner_ports::Transport;
use gleaner_testkit::Site;
use tokio::time::timeout;

use super::{
    ground::Ground,
    observer::{Expected, Observer},
    rig::{CREW, Rig},
};
use crate::harness::{PATIENCE, company, until};

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_a_newer_version_wait_for_who_can_read_them() {
    let mut rig = Rig::paid("29 two contract versions side by side", Ground::Shared).await;
    rig.start(&["coordinator", "extractor", "api"], &[]).await;
    let transport = rig.deployment.transport().await;
    let lane = Queue::Work(Stage::Crawl, Lane::Lo);
    let mut tasks = transport.consume(lane, 4).await.expect("the broker is there");
    rig.submit(2, Duration::ZERO).await;
    // a newer coordinator's messages, and one that only says more than is known here
    let mut newer = 0;
    while newer < 2 {
        let delivery =
            timeout(PATIENCE, tasks.next()).await.expect("work comes").expect("the session goes on");
        let mut envelope = delivery.envelope.clone();
        envelope.headers.message_type = "harvest.crawl.2".to_owned();
        envelope.body = b"written as nobody here knows".to_vec();
        transport.publish(Queue::Work(Stage::Extract, Lane::Lo), envelope.clone()).await.expect("it is held");
        delivery.ack().await;
        newer += 1;
    }
    drop(tasks);
    transport.close().await;
    rig.start(&["crawler"], &[]).await;
    rig.ends(Expected { asked_at_most: 1, ..Expected::default() }).await;
    assert!(rig.deployment.told("extractor").contains("of a newer version"));
}

/// Where the site of the dump was.
const SITE: (std::net::Ipv4Addr, u16) = (std::net::Ipv4Addr::new(127, 0, 0, 77), 18_931);

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_version_before_is_upgraded_with_its_jobs_open() {
    let mut rig =
        Rig::prepare("30 database of the version before, jobs open", Ground::Shared, false, |bench| {
            bench.set("GLEANER__EGRESS__CRAWL_ALLOW", "127.0.0.0/8:*");
        })
        .await;
    let site = Site::start_on(SITE.0.into(), SITE.1).await.expect("the port of the dump is free");
    for name in ["c0", "c1", "c2"] {
        let about: Vec<String> = (0..4).map(|page| format!("/{name}-{page}")).collect();
        let telephone = format!("<p>Tel: +49 40 555010{}</p>", &name[1..]);
        site.set(&format!("/{name}"), company(&about, &telephone));
        for (page, path) in about.iter().enumerate() {
            site.set(path, company(&[], &format!("<p>About {page}</p>")));
        }
    }
    rig.deployment.set("GLEANER__EGRESS__CRAWL_ALLOW", "127.0.0.0/8:*");
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/fixtures/database-1.sql");
    let loaded = Command::new("psql")
        .args([rig.deployment.database(), "-qX", "-v", "ON_ERROR_STOP=1", "-f", &dump.display().to_string()])
        .output()
        .expect("psql is installed");
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    rig.start(&CREW, &[]).await;
    let observer = Observer::of(&rig.deployment).await;
    assert_eq!(observer.jobs().await.iter().filter(|job| job.ended_at.is_none()).count(), 3);
    until("they end", async || observer.jobs().await.iter().all(|job| job.ended_at.is_some())).await;
    for job in observer.jobs().await {
        assert_eq!(job.status.as_str(), "completed", "{}", job.target);
    }
    // what was read before the upgrade is not asked for again
    let asked: Vec<String> = site.hits().into_iter().map(|hit| hit.path).collect();
    assert!(
        !asked.is_empty() && asked.iter().all(|path| !path.ends_with("-0") && path.len() > 3),
        "{asked:?}"
    );
    rig.was_given(3);
    rig.ends(Expected::default()).await;
    let known = rig.deployment.gleaner(&rig.bench, &["record", "c1"]).await;
    assert!(
        known.stdout.contains("5550101") || known.stdout.contains("555 0101"),
        "{}{}",
        known.stdout,
        known.stderr
    );
}
