//! `gleaner doctor`: what an operator is told of a deployment that is well, and of one that is not.

use std::time::Duration;

use gleaner_contract::{JobId, Lane, Queue, Stage, TaskId, Timestamp};
use gleaner_ports::{
    Clock, JobStore, SystemClock,
    jobs::{DeadRow, OutboxRow},
};
use gleaner_store::{PostgresConfig, PostgresJobs};
use gleaner_testkit::OwnServices;
use serde_json::{Value, json};

use crate::{
    deployment::{Deployment, Servers},
    harness::{Bench, Ran, until},
};

/// What one check-up told.
struct Told {
    code: i32,
    report: Value,
}

impl Told {
    /// Verdict, what was found, and what to do, of one check.
    fn check(&self, name: &str) -> [&str; 3] {
        let checks = self.report["checks"].as_array().expect("a list of checks");
        let check = checks.iter().find(|check| check["name"] == name);
        let check = check.unwrap_or_else(|| panic!("no check `{name}` in {}", self.report));
        ["verdict", "found", "hint"].map(|key| check[key].as_str().unwrap_or_default())
    }

    /// Fails unless the check came out so, its finding and its hint containing these.
    #[track_caller]
    fn tells(&self, name: &str, verdict: &str, found: &str, hint: &str) {
        let told = self.check(name);
        let as_expected = told[0] == verdict && told[1].contains(found) && told[2].contains(hint);
        assert!(as_expected, "{name}: {told:?}");
        assert_eq!(told[2].is_empty(), matches!(verdict, "ok" | "note"), "{name}: {told:?}");
    }

    /// The names of all checks with this verdict.
    fn all(&self, verdict: &str) -> Vec<&str> {
        let checks = self.report["checks"].as_array().into_iter().flatten();
        checks
            .filter(|check| check["verdict"] == verdict)
            .filter_map(|check| check["name"].as_str())
            .collect()
    }
}

async fn run(deployment: &Deployment, args: &[&str]) -> Ran {
    let mut command = deployment.command("gleaner");
    command.arg("doctor").args(args);
    Ran::of(command.output().await.expect("the binary starts"))
}

async fn doctor(deployment: &Deployment, args: &[&str]) -> Told {
    let ran = run(deployment, &[&["--json"], args].concat()).await;
    let report = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    Told { code: ran.code, report }
}

/// A corner of the shared servers, declared as a worker would, with nobody at work.
async fn deserted() -> Deployment {
    let deployment = Deployment::over(&Servers::shared(), &Bench::new().await).await;
    deployment.transport().await.close().await;
    deployment
}

async fn own(names: &'static [&'static str]) -> OwnServices {
    tokio::task::spawn_blocking(|| OwnServices::start(names)).await.expect("servers start")
}

async fn jobs(deployment: &Deployment) -> PostgresJobs {
    let config = PostgresConfig { url: deployment.database().to_owned(), ..PostgresConfig::default() };
    let jobs = PostgresJobs::connect(&config).await.expect("the server is there");
    jobs.migrate().await.expect("the tables are new");
    jobs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_at_work_is_well_and_one_that_nobody_leads_is_not() {
    let bench = Bench::new().await;
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;
    let url = deployment.api.clone();
    until("every queue has its worker", async || {
        let told = doctor(&deployment, &["--url", &url]).await;
        told.code == 0 && told.all("note") == ["models"]
    })
    .await;
    let told = doctor(&deployment, &["--url", &url]).await;
    assert_eq!((told.code, &told.report["verdict"]), (0, &json!("ok")), "{}", told.report);
    assert_eq!((told.all("warn"), told.all("bad")), (vec![], vec![]), "{}", told.report);
    told.tells("gleaner.v1.crawl.lo", "ok", "0 messages, 1 consumer", "");
    told.tells("rabbitmq.alarms", "ok", "none", "");
    told.tells("coordinator", "ok", "one leads", "");
    told.tells("api", "ok", env!("CARGO_PKG_VERSION"), "");
    told.tells("models", "note", "no model provider", "");
    let people = run(&deployment, &["--url", &url]).await;
    assert_eq!(people.code, 0, "{}", people.stdout);
    assert!(people.stdout.lines().any(|line| line.starts_with("ok    coordinator ")), "{}", people.stdout);

    deployment.kill("coordinator").await;
    deployment.kill("api").await;
    let told = doctor(&deployment, &["--url", &url]).await;
    assert_eq!((told.code, &told.report["verdict"]), (1, &json!("bad")), "{}", told.report);
    told.tells("coordinator", "bad", "nobody leads", "docker compose up -d coordinator");
    told.tells("api", "bad", "no answer", "is it up");
    let people = run(&deployment, &[]).await;
    assert!(people.stdout.contains("\nbad   coordinator "), "{}", people.stdout);
    assert!(people.stderr.starts_with("bad: 1 bad"), "{}", people.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_are_missing_other_or_abandoned_are_told_apart() {
    let deployment = deserted().await;
    let (management, host) = (&deployment.management, &deployment.virtual_host);
    let [missing, other, left] =
        [Queue::Work(Stage::Crawl, Lane::Lo), Queue::Report, Queue::Work(Stage::Extract, Lane::Hi)]
            .map(|queue| queue.to_string());
    management.delete_queue(host, &missing).await;
    management.delete_queue(host, &other).await;
    let declared = json!({"durable": true, "arguments": {"x-queue-type": "classic"}});
    let (status, answer) =
        management.request("PUT", &format!("/queues/{host}/{other}"), Some(&declared)).await;
    assert_eq!(status, 201, "{answer}");
    for queue in [&*left, "gleaner.v1.dead"] {
        let message =
            json!({"properties": {}, "routing_key": queue, "payload": "", "payload_encoding": "string"});
        let path = format!("/exchanges/{host}/amq.default/publish");
        assert_eq!(management.request("POST", &path, Some(&message)).await.1["routed"], true);
    }
    until("the broker has counted its messages", async || {
        let told = doctor(&deployment, &[]).await;
        [&*left, "gleaner.v1.dead"].iter().all(|queue| told.check(queue)[1].starts_with("1 message"))
    })
    .await;

    let told = doctor(&deployment, &[]).await;
    assert_eq!(told.code, 1, "{}", told.report);
    told.tells(&missing, "bad", "is missing", "restart any worker");
    told.tells(&other, "bad", "PRECONDITION_FAILED - inequivalent arg", "let it drain");
    told.tells(&left, "warn", "1 message, 0 consumers", "start `extractor`");
    told.tells("gleaner.v1.dead", "warn", "1 message", "gleaner dead list");
    told.tells("gleaner.v1.deep.hi", "note", "no deep-job works", "");
    told.tells("gleaner.work", "ok", "as declared", "");

    // a look makes nothing
    let queues = management.queues(host).await;
    assert!(queues.iter().all(|queue| queue["name"] != *missing), "{queues:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_that_cannot_be_used_is_told_with_why_and_the_others_are_asked() {
    let mut deployment = deserted().await;
    let redis = own(&["redis"]).await;
    deployment.set("GLEANER__REDIS__URL", redis.address("GLEANER_TEST_REDIS"));
    let told = doctor(&deployment, &[]).await;
    told.tells("redis", "ok", "lets us in", "");
    told.tells("postgres.schema", "bad", "no tables yet", "start a coordinator");
    assert_eq!(told.code, 1, "{}", told.report);
    jobs(&deployment).await;

    let redis = tokio::task::spawn_blocking(move || {
        redis.kill("redis");
        redis
    });
    let _redis = redis.await.expect("redis dies");
    let told = doctor(&deployment, &[]).await;
    assert_eq!(told.code, 5, "{}", told.report);
    told.tells("redis", "bad", "Connection refused", "redis.url");
    told.tells("redis.clock", "note", "not asked", "");
    told.tells("rabbitmq", "ok", "lets us in", "");
    told.tells("postgres.schema", "ok", "as ours", "");

    let broker = deployment.broker().replace("guest:guest@", "guest@");
    deployment.set("GLEANER__RABBITMQ__URL", &broker);
    deployment.set("GLEANER__RABBITMQ__PASSWORD", "hunter2");
    let nowhere = format!("{}_nowhere", deployment.database());
    deployment.set("GLEANER__POSTGRES__URL", &nowhere);
    let told = doctor(&deployment, &[]).await;
    assert_eq!(told.code, 5, "{}", told.report);
    told.tells("rabbitmq", "bad", "refused the login", "rabbitmq.password");
    told.tells("queues", "note", "not asked", "");
    told.tells("postgres", "bad", "does not exist", "postgres.url");
    told.tells("coordinator", "note", "not asked", "");
    assert!(!told.report.to_string().contains("hunter2"), "{}", told.report);

    deployment.set("GLEANER__RABBITMQ__PASSWORT", "x");
    assert_eq!(run(&deployment, &[]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_too_long_and_what_is_dead_is_told() {
    let deployment = deserted().await;
    let jobs = jobs(&deployment).await;
    let told = doctor(&deployment, &[]).await;
    told.tells("outbox", "ok", "nothing waits", "");
    told.tells("dead reports", "ok", "none", "");

    let now = SystemClock.now();
    let ago = |minutes: i64| Timestamp::from_millis(now.as_millis() - minutes * 60_000);
    let (task, job) = (TaskId::derive(now, &[b"task"]), JobId::derive(now, &[b"job"]));
    let row = |epoch, not_before| OutboxRow { task, epoch, not_before, envelope: vec![0] };
    let mut tx = jobs.begin().await.expect("the server is there");
    tx.put_outbox(&row(1, ago(2))).await.expect("a new row");
    // it may wait as long as it is meant to
    tx.put_outbox(&row(2, now.after(Duration::from_secs(3_600)))).await.expect("a new row");
    let dead = DeadRow {
        queue: String::new(),
        task,
        epoch: 1,
        job,
        class: "poison".into(),
        detail: "x".into(),
        envelope: vec![0],
        at: now,
    };
    tx.file_dead(&dead).await.expect("a new row");
    tx.commit().await.expect("the server is there");
    let told = doctor(&deployment, &[]).await;
    told.tells("outbox", "warn", "1 message due and not sent, the oldest for 2 min", "leads");
    told.tells("dead reports", "warn", "1 report", "gleaner dead list");

    let mut tx = jobs.begin().await.expect("the server is there");
    tx.put_outbox(&row(3, ago(10))).await.expect("a new row");
    // claimed again and again, and never confirmed
    tx.claim_outbox(now, now.after(Duration::from_secs(60)), 9).await.expect("two rows");
    tx.commit().await.expect("the server is there");
    let told = doctor(&deployment, &[]).await;
    told.tells("outbox", "bad", "2 messages due and not sent, the oldest for 10 min", "leads");
    assert_eq!(told.code, 1, "{}", told.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_full_says_so() {
    let own = own(&["rabbitmq", "redis", "postgres"]).await;
    let deployment = Deployment::over(&Servers::of(&own), &Bench::new().await).await;
    deployment.transport().await.close().await;
    let own = tokio::task::spawn_blocking(move || {
        own.fill_broker();
        own
    });
    let _own = own.await.expect("the broker is told");
    until("the alarm is told", async || doctor(&deployment, &[]).await.check("rabbitmq.alarms")[0] == "bad")
        .await;
    let told = doctor(&deployment, &[]).await;
    told.tells("rabbitmq.alarms", "bad", "holds back whoever publishes: low on memory", "memory");
    // what was only to be looked at was seen nevertheless
    told.tells("gleaner.v1.report", "note", "0 messages", "");
}
