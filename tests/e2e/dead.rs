//! What queues gave up: listed, shown, replayed and deleted by an operator, in a deployment and in a state directory.

use std::sync::Arc;

use gleaner::Embedded;
use gleaner_contract::{
    CrawlTask, Envelope, Headers, JobId, Lane, Queue, Record, Stage, TaskId, Tenant, Timestamp, wire,
};
use gleaner_ports::{
    Clock, JobStore, SystemClock, Transport,
    jobs::{DeadRow, TaskRow},
    transport::InProcess,
};
use gleaner_store::{PostgresConfig, PostgresJobs, SqliteJobs, StateDir};
use serde_json::{Value, json};

use crate::{
    deployment::{Deployment, Servers},
    harness::{Bench, Ran, product, until},
};

const CRAWL: Queue = Queue::Work(Stage::Crawl, Lane::Lo);

/// `gleaner dead` where the workers' configuration is.
async fn dead(deployment: &Deployment, args: &[&str]) -> Ran {
    let mut command = deployment.command("gleaner");
    command.arg("dead").args(args);
    Ran::of(command.output().await.expect("the binary starts"))
}

/// A line of JSON for each letter.
fn letters(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[track_caller]
fn check(ran: &Ran, code: i32, says: &[&str]) {
    assert_eq!(ran.code, code, "{ran:?}");
    for what in says {
        assert!(ran.stdout.contains(what) || ran.stderr.contains(what), "`{what}` is not in {ran:?}");
    }
}

pub(crate) async fn store(deployment: &Deployment) -> PostgresJobs {
    let config = PostgresConfig { url: deployment.database().to_owned(), ..PostgresConfig::default() };
    PostgresJobs::connect(&config).await.expect("the server is there")
}

/// The only task that is open.
async fn open_task(store: &dyn JobStore) -> Option<TaskRow> {
    store.begin().await.expect("the store is there").open_tasks(None, 1).await.expect("it is read").pop()
}

/// Files this as a queue's dead letter. Its number.
async fn file(store: &dyn JobStore, (job, task, epoch): (JobId, TaskId, u32), envelope: Vec<u8>) -> String {
    let row = DeadRow {
        task,
        epoch,
        job,
        class: "poison".into(),
        queue: CRAWL.to_string(),
        detail: "filed by a test".into(),
        envelope,
        at: SystemClock.now(),
    };
    let mut tx = store.begin().await.expect("the store is there");
    tx.file_dead(&row).await.expect("a new row");
    let number = tx.dead(0, 100).await.expect("rows").last().expect("ours").number;
    tx.commit().await.expect("the store is there");
    number.to_string()
}

fn headers(job: JobId, task: TaskId, epoch: u32) -> Headers {
    Headers {
        message_type: CrawlTask::TYPE.into(),
        tenant: Tenant::local(),
        job,
        task,
        epoch,
        attempt: 1,
        lane: Lane::Lo,
        deadline: SystemClock.now().after(std::time::Duration::from_secs(60)),
        traceparent: None,
        tracestate: None,
    }
}

fn nobody() -> (JobId, TaskId, u32) {
    let at = Timestamp::from_millis(1_700_000_000_000);
    (JobId::derive(at, &[b"nobody"]), TaskId::derive(at, &[b"nobody"]), 1)
}

/// The job of the newest submission's only target.
pub(crate) fn job_of(jobs: &Ran) -> (String, Value) {
    let first: Value = letters(jobs).into_iter().next().expect("a job");
    (first["job"].as_str().expect("an id").to_owned(), first)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_is_filed_shown_and_deleted() {
    let bench = Bench::new().await;
    let deployment = Deployment::start(&Servers::shared(), &bench).await;
    check(&dead(&deployment, &["list"]).await, 0, &["no dead letters"]);
    let message = json!({"properties": {}, "routing_key": CRAWL.to_string(), "payload": "hello", "payload_encoding": "string"});
    let path = format!("/exchanges/{}/amq.default/publish", deployment.virtual_host);
    assert_eq!(deployment.management.request("POST", &path, Some(&message)).await.1["routed"], true);
    until("it is filed", async || !letters(&dead(&deployment, &["list", "--json"]).await).is_empty()).await;

    let listed = letters(&dead(&deployment, &["list", "--json"]).await).remove(0);
    assert_eq!((&listed["class"], &listed["queue"]), (&json!("unreadable"), &json!(CRAWL.to_string())));
    let number = listed["number"].to_string();
    check(&dead(&deployment, &["list"]).await, 0, &["unreadable", "gleaner.v1.crawl.lo", &number]);
    check(&dead(&deployment, &["list", "--after", &number]).await, 0, &["no dead letters"]);
    let shown = dead(&deployment, &["show", &number, "--json"]).await;
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap_or_else(|e| panic!("{e}: {shown:?}"));
    assert_eq!(shown["bodyHex"], "68656c6c6f", "{shown}");
    check(&dead(&deployment, &["show", &number]).await, 0, &["68656c6c6f", "problem"]);
    let hint = format!("hint: `gleaner dead purge {number}`");
    check(&dead(&deployment, &["replay", &number]).await, 1, &["belongs to no job", &hint]);

    check(&dead(&deployment, &["purge", "--older-than", "7d"]).await, 0, &["deleted 0 dead letters"]);
    check(&dead(&deployment, &["purge", &number]).await, 0, &["deleted 1 dead letter\n"]);
    for args in [["show", &number], ["replay", &number], ["purge", &number]] {
        check(&dead(&deployment, &args).await, 1, &["no dead letter", "hint: `gleaner dead list`"]);
    }
    file(&store(&deployment).await, nobody(), Vec::new()).await;
    check(&dead(&deployment, &["purge", "--all"]).await, 0, &["deleted 1 dead letter\n"]);
    check(&dead(&deployment, &["list"]).await, 0, &["no dead letters"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_message_of_a_task_that_waits_is_taken_up_again_and_the_job_completes() {
    let bench = Bench::new().await;
    bench.site.set("/a", product("Drill", "129.00", ""));
    let deployment = Deployment::start(&Servers::shared(), &bench).await;
    let store = store(&deployment).await;
    bench.site.answer_up_to(0);
    let url = bench.site.url("/a");
    let submitted = deployment.gleaner(&bench, &["submit", &url, "--as", "product"]).await;
    until("the page is asked for", async || bench.site.arrived() > 0).await;
    let task = open_task(&store).await.expect("it is under way");
    let broken = Envelope { headers: headers(task.job, task.id, task.epoch), body: vec![0xc1] };
    let transport = deployment.transport().await;
    transport.publish(CRAWL, broken).await.expect("the broker takes it");
    transport.close().await;
    until("the task is taken up again", async || {
        open_task(&store).await.is_some_and(|again| again.id == task.id && again.epoch > task.epoch)
    })
    .await;
    bench.site.answer_up_to(None);
    let watched = deployment.gleaner(&bench, &["watch", submitted.stdout.trim()]).await;
    assert_eq!((watched.code, watched.records().len()), (0, 1), "{watched:?}");
    check(&dead(&deployment, &["list"]).await, 0, &["no dead letters"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_to_its_queue_again_or_makes_a_new_revision_where_its_job_has_ended() {
    let bench = Bench::new().await;
    bench.site.set("/a", product("Drill", "129.00", ""));
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;
    let store = store(&deployment).await;
    // its message is lost, and filed by hand
    deployment.kill("crawler").await;
    let transport = deployment.transport().await;
    let mut crawler = transport.consume(CRAWL, 1).await.expect("the queue is there");
    let submitted = deployment.gleaner(&bench, &["submit", &bench.site.url("/a"), "--as", "product"]).await;
    let lost = crawler.next().await.expect("it is dispatched");
    let envelope = wire::encode(&lost.envelope).expect("it is encodable");
    let Headers { job, task, epoch, .. } = lost.envelope.headers.clone();
    lost.ack().await;
    drop(crawler);
    transport.close().await;
    let number = file(&store, (job, task, epoch), envelope.clone()).await;
    let shown = dead(&deployment, &["show", &number, "--json"]).await;
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["body"]["url"], bench.site.url("/a"), "{shown}");
    let sent = format!("{number}: goes to gleaner.v1.crawl.lo again, for job {job}\n");
    check(&dead(&deployment, &["replay", &number]).await, 0, &[&sent]);
    deployment.spawn("crawler", "crawler");
    let watched = deployment.gleaner(&bench, &["watch", submitted.stdout.trim()]).await;
    assert_eq!((watched.code, watched.records()[0].revision), (0, 1), "{watched:?}");

    let number = file(&store, (job, task, epoch), Vec::new()).await;
    let unknown = dead(&deployment, &["replay", "99", &number]).await;
    check(
        &unknown,
        1,
        &["no dead letter 99", &format!("{number}: job {job} has ended: its target is done anew")],
    );
    let watched = deployment.gleaner(&bench, &["watch"]).await;
    assert_eq!((watched.code, watched.records()[0].revision), (0, 2), "{watched:?}");
    check(&dead(&deployment, &["list"]).await, 0, &["no dead letters"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_is_told_with_what_to_do() {
    let bench = Bench::new().await;
    let mut deployment = Deployment::over(&Servers::shared(), &bench).await;
    check(&dead(&deployment, &["list"]).await, 1, &["no tables yet", "hint: `gleaner doctor`"]);
    let nowhere = format!("{}_nowhere", deployment.database());
    deployment.set("GLEANER__POSTGRES__URL", &nowhere);
    check(&dead(&deployment, &["list"]).await, 5, &["does not exist", "hint: "]);
    deployment.set("GLEANER__POSTGRES__URL", "nonsense");
    check(&dead(&deployment, &["list"]).await, 2, &["postgres.url"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_left_is_looked_at_and_replayed_in_its_directory() {
    let bench = Bench::new().await;
    bench.site.set("/a", product("Drill", "129.00", ""));
    let (state, allow) = (bench.state(), bench.allow());
    check(&bench.gleaner(&["dead", "list", "--state", &state]).await, 2, &["nothing has run in"]);
    let wire = Arc::new(InProcess::new());
    let embedded = Embedded::start_over(&bench.config(), &bench.path("state"), wire.clone()).await;
    let embedded = embedded.expect("it starts");
    let (job, task, epoch) = nobody();
    let broken = Envelope { headers: headers(job, task, epoch), body: vec![0xc1] };
    wire.publish(CRAWL, broken).await.expect("the queue takes it");
    // beside the process that holds the directory
    let list = ["dead", "list", "--json", "--state", &state];
    until("it is filed", async || !letters(&bench.gleaner(&list).await).is_empty()).await;
    let listed = letters(&bench.gleaner(&list).await).remove(0);
    assert_eq!((&listed["class"], &listed["job"]), (&json!("rejected"), &json!(job)));
    check(&bench.gleaner(&["dead", "show", "1", "--state", &state]).await, 0, &["c1", "harvest"]);
    check(
        &bench.gleaner(&["dead", "purge", "1", "--state", &state]).await,
        2,
        &["another gleaner", "hint: "],
    );
    embedded.stop(std::time::Duration::from_secs(10)).await;
    check(&bench.gleaner(&["dead", "replay", "1", "--state", &state]).await, 1, &["gleaner dead purge 1"]);
    check(&bench.gleaner(&["dead", "purge", "1", "--state", &state]).await, 0, &["deleted 1 dead letter\n"]);

    let ran = bench.run(&[&bench.site.url("/a"), "--as", "product"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let jobs = SqliteJobs::open(&StateDir::truth_in(&bench.path("state"))).await.expect("the file is there");
    let job = ran.records()[0].job;
    let number = file(&jobs, (job, task, 1), Vec::new()).await;
    drop(jobs);
    let replay = ["dead", "replay", &number, "--state", &state, "--allow-crawl", &allow];
    check(&bench.gleaner(&replay).await, 0, &["is done anew by job", "  completed\n"]);
    let record = bench.gleaner(&["record", &bench.site.url("/a"), "--state", &state]).await;
    let record: Record = serde_json::from_str(&record.stdout).unwrap_or_else(|e| panic!("{e}: {record:?}"));
    assert_eq!(record.revision, 2);
    check(&bench.gleaner(&["dead", "list", "--state", &state]).await, 0, &["no dead letters"]);
}
