//! Many at once: case 22, case 25, and a thousand jobs while everything dies.

use std::time::Duration;

use gleaner_contract::{
    Amounts, ContentHash, CrawlTask, Lane, Links, Message, Page, PageOutcome, Queue, Report, Stage,
    SubjectMatch, TextHash, UrlOutcome, UrlReason,
};
use gleaner_ports::Transport;
use tokio::time::{sleep, timeout};

use super::{
    ground::Ground,
    observer::Expected,
    rig::{CREW, Dice, Rig},
};
use crate::harness::{PATIENCE, company, until};

/// What a page that holds nothing is reported as.
fn read(task: &CrawlTask) -> Report {
    let page = Page {
        url: task.url.clone(),
        final_url: task.url.clone(),
        status: 200,
        content_hash: ContentHash::of(task.url.as_bytes()),
        content_type: None,
        bytes: 10,
        fetched_at: task.fresh_after,
    };
    let text_hash = TextHash::of(task.url.as_bytes());
    Report {
        ticket: task.ticket.clone(),
        stage: Stage::Extract,
        url: task.url.clone(),
        depth: task.depth,
        outcome: PageOutcome::Read {
            outcome: UrlOutcome::Fetched,
            reason: UrlReason::New,
            page,
            text_hash,
            simhash: None,
        },
        usage: Amounts::none(),
        host: None,
        links: Links::default(),
        findings: Vec::new(),
        subject: SubjectMatch::Unknown,
        main_entity: None,
        at: task.fresh_after,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_22_the_last_two_siblings_end_at_the_same_instant() {
    const JOBS: usize = 1_000;
    let case = "22 last two siblings at once, 1,000 times, each report three times";
    let mut rig = Rig::prepare(case, Ground::Shared, false, |bench| {
        bench.set("GLEANER__CRAWL__CONCURRENCY", "256");
        // one waits for the other, however busy the machine is
        bench.set("GLEANER__CRAWL__CHAIN_TIMEOUT", "5m");
    })
    .await;
    rig.start(&["coordinator", "api"], &[]).await;
    let mut written = String::from("schema = \"product\"\nbudget = { urls = 5, seconds = 900 }\n");
    for n in 0..JOBS {
        // hosts of their own, so that no sibling waits for another
        written.push_str(&format!(
            "[[targets]]\nid = \"x{n}\"\nurls = [\"http://a{n}.example/\", \"http://b{n}.example/\"]\n"
        ));
    }
    let transport = rig.deployment.transport().await;
    let mut tasks =
        transport.consume(Queue::Work(Stage::Crawl, Lane::Lo), 256).await.expect("the broker is there");
    rig.submit_written(&written, JOBS, &[]).await;
    let mut first = std::collections::HashMap::new();
    for _ in 0..JOBS * 2 {
        let delivery =
            timeout(PATIENCE, tasks.next()).await.expect("work comes").expect("the session goes on");
        let Ok(Message::Crawl(task)) = Message::from_envelope(&delivery.envelope) else {
            panic!("a crawl message")
        };
        let Some(other) = first.remove(&task.ticket.job) else {
            first.insert(task.ticket.job, task);
            delivery.ack().await;
            continue;
        };
        // both at once, and each thrice
        let [one, two] = [read(&task), read(&other)]
            .map(|report| Message::Report(report).to_envelope(None, None).expect("it is small"));
        let publish =
            |envelope: &gleaner_contract::Envelope| transport.publish(Queue::Report, envelope.clone());
        let told = tokio::join!(
            publish(&one),
            publish(&two),
            publish(&one),
            publish(&two),
            publish(&two),
            publish(&one)
        );
        assert!([told.0, told.1, told.2, told.3, told.4, told.5].iter().all(Result::is_ok));
        delivery.ack().await;
    }
    drop(tasks);
    rig.ends(Expected { data: false, reissues: false, ..Expected::default() }).await;
    transport.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_25_one_small_job_does_not_wait_for_a_giant_while_workers_come_and_go() {
    let mut rig =
        Rig::paid("25 scale 1, 4, 1; a giant in the low lane, a small one in the high", Ground::Shared).await;
    rig.start(&CREW, &[]).await;
    let pages: Vec<String> = (0..60).map(|n| rig.bench.site.url(&format!("/giant-{n}"))).collect();
    for n in 0..60 {
        rig.bench
            .site
            .set(&format!("/giant-{n}"), company(&[], "<p>About us</p>").after(Duration::from_millis(100)));
    }
    let giant = format!(
        "budget = {{ urls = 60, seconds = 900, money = \"2.00 USD\" }}\nschema = \"company\"\n[[targets]]\nid = \"x\"\nurls = {pages:?}\n"
    );
    rig.submit_written(&giant, 1, &[]).await;
    rig.until_asked(6).await;
    for n in 2..=4 {
        rig.deployment.spawn(&format!("crawler-{n}"), "crawler");
    }
    rig.deployment.until_ready().await;
    rig.until_asked(6).await;
    let small = rig.bench.site.url("/small");
    rig.bench.site.set("/small", crate::harness::product("Small", "12.50", ""));
    let written = format!(
        "budget = {{ urls = 1, seconds = 900, money = \"0.10 USD\" }}\nschema = \"product\"\n[[targets]]\nid = \"p\"\nurls = [\"{small}\"]\n"
    );
    rig.submit_written(&written, 1, &["--lane", "hi"]).await;
    let watched = rig.deployment.gleaner(&rig.bench, &["watch", rig.submission()]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    assert!(rig.bench.site.hits().len() < 60, "the small one waited for the giant");
    for n in 2..=4 {
        assert_eq!(rig.deployment.terminate(&format!("crawler-{n}")).await, 0);
    }
    rig.ends(Expected { data: false, asked_at_most: 2, ..Expected::default() }).await;
}

/// Kills at random, each kind of process in its turn, for as long as work goes on.
async fn thousand(case: &str, jobs: usize, pause: Duration) {
    let mut rig = Rig::prepare(case, Ground::own().await, true, |bench| {
        bench.set("GLEANER__CRAWL__PER_HOST", "48");
        bench.set("GLEANER__CRAWL__CONCURRENCY", "24");
    })
    .await;
    let crew = [
        "coordinator",
        "coordinator-2",
        "crawler",
        "crawler-2",
        "crawler-quarantine",
        "extractor",
        "extractor-2",
        "extractor-quarantine",
        "renderer",
        "llm-router",
        "deep-job",
        "api",
    ];
    for name in crew {
        rig.deployment.spawn(name, name.trim_end_matches("-2"));
    }
    rig.deployment.until_ready().await;
    let mut written = String::from(
        "budget = { urls = 5, seconds = \"unlimited\", money = \"0.30 USD\" }\nschema = \"company\"\n",
    );
    for n in 0..jobs {
        let about: Vec<String> = (0..4).map(|page| format!("/contact-{n}-{page}")).collect();
        let phone = format!("<p>Tel: +49 40 555{n:04}</p>");
        rig.bench.site.set(&format!("/home-{n}"), company(&about, &phone));
        for link in &about {
            rig.bench.site.set(link, company(&[], &format!("<p>About {link}</p>")));
        }
        written.push_str(&format!(
            "[[targets]]\nid = \"c{n}\"\nurls = [\"{}\"]\n",
            rig.bench.site.url(&format!("/home-{n}"))
        ));
    }
    rig.bench.site.answer_up_to(0);
    rig.submit_written(&written, jobs, &[]).await;
    rig.be_patient(Duration::from_secs(2_400));
    let mut dice = Dice::of(rig.seed);
    let mut kills = 0;
    // work is let go on a twentieth at a time, so that there is some left for each of the kills
    let part = jobs * 5 / 20;
    let mut answered = rig.bench.site.arrived();
    for _ in 0..20 {
        answered += part;
        rig.bench.site.answer_up_to(answered);
        sleep(pause.mul_f64(0.5 + dice.below(100) as f64 / 100.0)).await;
        rig.deployment.crash(crew[dice.below(crew.len())]).await;
        kills += 1;
    }
    println!("{kills} kills");
    rig.bench.site.answer_up_to(None);
    rig.ends(Expected { asked_at_most: 9, in_flight: 200, ..Expected::default() }).await;
    until("nobody is left behind", async || rig.deployment.ask("coordinator", "/healthz").await.0 == 200)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: scripts/test faults"]
async fn a_thousand_jobs_of_five_pages_while_every_kind_of_process_is_killed() {
    thousand("28 1,000 jobs of 5 pages under random kills", 1_000, Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_jobs_of_five_pages_while_every_kind_of_process_is_killed() {
    thousand("28 60 jobs of 5 pages under random kills", 60, Duration::from_millis(350)).await;
}
