//! The same job by many processes: the same records, whatever is killed, and nothing asked twice.

use std::{collections::BTreeSet, time::Duration};

use gleaner_contract::{Lane, Message, ModelTask, PageOutcome, Queue, Stage, UrlReason, proto, wire};
use gleaner_ports::Transport;
use gleaner_testkit::{OtlpReceiver, OwnServices, Site};
use tokio::time::{sleep, timeout};

use crate::{
    deployment::{Deployment, Servers, WORKERS},
    harness::{Bench, PATIENCE, company, comparable, product, until},
};

/// Products and companies whose pages link to others; how long each answer takes.
pub(crate) fn fill(bench: &Bench, targets: usize, delay: Duration) -> String {
    let mut written = String::from("budget = { urls = 5, seconds = 900 }\n");
    for target in 0..targets {
        let about: Vec<String> = (0..3).map(|page| format!("/contact-{target}-{page}")).collect();
        let phone = format!("<p>Tel: +49 40 55501{target:02}</p>");
        bench.site.set(&format!("/home-{target}"), company(&about, &phone).after(delay));
        for link in &about {
            bench.site.set(link, company(&[], &format!("<p>About {link}</p>")).after(delay));
        }
        let item = product(&format!("Item{target}"), "12.50", "").after(delay);
        bench.site.set(&format!("/item-{target}"), item);
        let (home, item) =
            (bench.site.url(&format!("/home-{target}")), bench.site.url(&format!("/item-{target}")));
        written.push_str(&format!(
            "[[targets]]\nid = \"c{target}\"\nschema = \"company\"\nurls = [\"{home}\"]\n\
             [[targets]]\nid = \"p{target}\"\nschema = \"product\"\nurls = [\"{item}\"]\n"
        ));
    }
    bench.write("targets.toml", &written)
}

/// A bench whose chains are short, so that what is lost is soon asked for again.
async fn bench() -> Bench {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__CRAWL__CHAIN_TIMEOUT", "8s");
    bench.set("GLEANER__CRAWL__LEASE_MARGIN", "2s");
    bench.set("GLEANER__FETCH__TOTAL_TIMEOUT", "6s");
    bench.set("GLEANER__FETCH__CONNECT_TIMEOUT", "3s");
    bench.set("GLEANER__FETCH__RATE_WINDOW", "5s");
    bench.set("GLEANER__RABBITMQ__CONFIRM_TIMEOUT", "5s");
    bench.set("GLEANER__CRAWL__MAX_ATTEMPTS", "9");
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_makes_the_records_of_an_embedded_run() {
    let receiver = OtlpReceiver::start().await.expect("a loopback port is free");
    let mut bench = bench().await;
    let targets = fill(&bench, 6, Duration::ZERO);
    let embedded = bench.run(&[&targets]).await;
    assert_eq!(embedded.code, 0, "{}", embedded.stderr);
    bench.site.clear_hits();
    bench.set("GLEANER__TELEMETRY__ENDPOINT", &receiver.endpoint());
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;

    let out = bench.path("out");
    let shown = out.display().to_string();
    let ran = deployment.gleaner(&bench, &["submit", &targets, "--watch", "--out", &shown]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let port = bench.site.port();
    assert_eq!(comparable(&ran.records(), port), comparable(&embedded.records(), port));
    let mut asked: Vec<String> = bench.site.hits().into_iter().map(|hit| hit.path).collect();
    let distinct: BTreeSet<String> = asked.iter().cloned().collect();
    asked.sort();
    assert_eq!(asked, Vec::from_iter(distinct), "each page is asked for once");

    // what is left beside the records holds too
    let verified = bench.verify(&out).await;
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let ledger = deployment.gleaner(&bench, &["ledger", "c0"]).await;
    assert!(ledger.stdout.lines().count() > 5, "{}{}", ledger.stdout, ledger.stderr);
    let jobs = deployment.gleaner(&bench, &["jobs", "--json"]).await;
    assert_eq!(jobs.stdout.lines().count(), 12, "{}{}", jobs.stdout, jobs.stderr);
    let record = deployment.gleaner(&bench, &["record", "p0"]).await;
    assert!(record.stdout.contains("Item0"), "{}{}", record.stdout, record.stderr);

    operators_read_the_system_from_the_broker(&deployment).await;
    workers_tell_how_they_are(&deployment).await;

    for worker in WORKERS {
        assert_eq!(deployment.terminate(worker).await, 0, "{}", deployment.told(worker));
    }
    one_trace_spans_the_workers(&receiver, ran.record("p0").job.to_bytes());
}

/// The queues by stage, each with its consumers and their prefetch.
async fn operators_read_the_system_from_the_broker(deployment: &Deployment) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let stage = |name: &str, prefetch: u64| {
        [("hi", (prefetch / 4).max(1)), ("lo", prefetch)]
            .map(|(lane, prefetch)| (format!("gleaner.v1.{name}.{lane}"), prefetch))
    };
    let mut expected = Vec::from_iter(
        [("crawl", 16), ("render", 4), ("extract", cores), ("llm", 4), ("deep", 4)]
            .into_iter()
            .flat_map(|(name, prefetch)| stage(name, prefetch)),
    );
    expected.push(("gleaner.v1.report".to_owned(), 200));
    expected.push(("gleaner.v1.dead".to_owned(), 16));
    expected.sort();
    // its statistics are a second behind
    until("every stage shows with its consumers", async || {
        let consumers = deployment.management.consumers(&deployment.virtual_host).await;
        let mut told: Vec<(String, u64)> = consumers
            .iter()
            .map(|consumer| {
                let queue = consumer["queue"]["name"].as_str().unwrap_or_default().to_owned();
                (queue, consumer["prefetch_count"].as_u64().unwrap_or_default())
            })
            .collect();
        told.sort();
        told == expected
    })
    .await;
}

async fn workers_tell_how_they_are(deployment: &Deployment) {
    for worker in WORKERS {
        assert_eq!(deployment.ask(worker, "/healthz").await, (200, "ok".to_owned()));
        let (_, metrics) = deployment.ask(worker, "/metrics").await;
        assert!(metrics.contains(&format!("service_name=\"gleaner-{worker}\"")), "{metrics}");
    }
    let (_, crawler) = deployment.ask("crawler", "/metrics").await;
    assert!(crawler.contains("gleaner_stage_duration_seconds_count{"), "{crawler}");
    let told = async |worker: &str| -> serde_json::Value {
        serde_json::from_str(&deployment.ask(worker, "/readyz").await.1).expect("JSON")
    };
    let router = told("llm-router").await;
    assert_eq!(router["degraded"], serde_json::json!(["no provider configured"]));
    assert_eq!((&router["ready"], &router["dependencies"]["rabbitmq"]), (&true.into(), &"ok".into()));
    assert_eq!(told("api").await["dependencies"], serde_json::json!({ "postgres": "ok" }));
}

fn one_trace_spans_the_workers(receiver: &OtlpReceiver, trace: [u8; 16]) {
    let received = receiver.received();
    let services: BTreeSet<&str> = received
        .spans
        .iter()
        .zip(&received.services)
        .filter(|(span, _)| span.trace_id == trace)
        .map(|(_, service)| service.as_str())
        .collect();
    let expected = ["gleaner-coordinator", "gleaner-crawler", "gleaner-extractor"];
    assert_eq!(services, BTreeSet::from(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_each_worker_and_flushing_the_cache_changes_no_record() {
    let bench = bench().await;
    let targets = fill(&bench, 10, Duration::from_millis(150));
    let undisturbed = bench.run(&[&targets]).await;
    assert_eq!(undisturbed.code, 0, "{}", undisturbed.stderr);
    let own = tokio::task::spawn_blocking(|| OwnServices::start(&["rabbitmq", "redis", "postgres"]));
    let own = own.await.expect("servers start");
    let mut deployment = Deployment::start(&Servers::of(&own), &bench).await;
    let before = bench.site.arrived();
    let ran = deployment.gleaner(&bench, &["submit", &targets]).await;
    let submission = ran.stdout.trim().to_owned();
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    // each strike once a few pages more were asked for: in the middle, wherever that is
    let mut asked = before;
    for worker in WORKERS {
        asked += 4;
        timeout(PATIENCE, bench.site.until_arrived(asked)).await.expect("work goes on");
        deployment.crash(worker).await;
    }
    timeout(PATIENCE, bench.site.until_arrived(asked + 4)).await.expect("work goes on");
    let flushed = std::process::Command::new("redis-cli")
        .args(["-u", own.address("GLEANER_TEST_REDIS"), "FLUSHALL"])
        .output()
        .expect("redis-cli is installed");
    assert!(flushed.status.success());

    let watched = deployment.gleaner(&bench, &["watch", &submission]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    let records = watched.records();
    let jobs: BTreeSet<_> = records.iter().map(|record| record.job).collect();
    assert_eq!((records.len(), jobs.len()), (20, 20), "each job ended, once");
    let port = bench.site.port();
    assert_eq!(comparable(&records, port), comparable(&undisturbed.records(), port));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_changes_no_record() {
    let bench = bench().await;
    let targets = fill(&bench, 10, Duration::from_millis(150));
    let undisturbed = bench.run(&[&targets]).await;
    let own = tokio::task::spawn_blocking(|| OwnServices::start(&["rabbitmq", "redis", "postgres"]));
    let own = own.await.expect("servers start");
    let deployment = Deployment::start(&Servers::of(&own), &bench).await;
    let before = bench.site.arrived();
    let ran = deployment.gleaner(&bench, &["submit", &targets]).await;
    let submission = ran.stdout.trim().to_owned();
    timeout(PATIENCE, bench.site.until_arrived(before + 12)).await.expect("work goes on");
    let own = tokio::task::spawn_blocking(move || {
        own.kill("rabbitmq");
        own
    });
    let own = own.await.expect("the broker dies");
    until("the crawler says what is away", async || {
        let (status, told) = deployment.ask("crawler", "/readyz").await;
        status == 503 && !told.contains("\"rabbitmq\":\"ok\"") && told.contains("\"redis\":\"ok\"")
    })
    .await;
    // what needs no broker goes on
    assert_eq!(deployment.ask_api("/readyz").await.map(|(status, _)| status), Some(200));
    let _own = tokio::task::spawn_blocking(move || {
        own.again();
        own
    })
    .await
    .expect("the broker comes back");
    let watched = deployment.gleaner(&bench, &["watch", &submission]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    let port = bench.site.port();
    assert_eq!(comparable(&watched.records(), port), comparable(&undisturbed.records(), port));
    deployment.until_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_crawlers_do_more_at_once_and_no_host_notices() {
    let mut bench = bench().await;
    bench.set("GLEANER__CRAWL__CONCURRENCY", "4");
    // all sites share one address, which counts as one domain
    bench.set("GLEANER__CRAWL__PER_DOMAIN", "64");
    let mut sites = Vec::new();
    for _ in 0..12 {
        sites.push(Site::start().await.expect("a loopback port is free"));
    }
    // none is answered before as many as can be are under way
    let mut written = String::from("schema = \"company\"\nbudget = { urls = 8, seconds = 900 }\n");
    for (n, site) in sites.iter().enumerate() {
        for page in 0..4 {
            let path = format!("/home-{page}");
            site.set(&path, company(&[], &format!("<p>Tel: +49 40 5550{n:02}{page}</p>")));
            written
                .push_str(&format!("[[targets]]\nid = \"{n}-{page}\"\nurls = [\"{}\"]\n", site.url(&path)));
        }
        site.answer_up_to(0);
    }
    let targets = bench.write("many.toml", &written);
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;
    let ran = deployment.gleaner(&bench, &["submit", &targets]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let arrived = || sites.iter().map(Site::arrived).sum::<usize>();
    let settles_at = async |expected: usize| {
        until(&format!("{expected} pages are asked for"), async || arrived() >= expected).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(arrived(), expected, "a cap is exceeded");
    };
    settles_at(4).await;
    for n in 2..=4 {
        deployment.spawn(&format!("crawler-{n}"), "crawler");
    }
    settles_at(16).await;
    for site in &sites {
        site.answer_up_to(None);
    }
    let watched = deployment.gleaner(&bench, &["watch", ran.stdout.trim()]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    for site in &sites {
        assert!(site.most_in_flight() <= 2, "{} at once on one host", site.most_in_flight());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_asked_to_stop_ends_what_it_has_and_gives_the_rest_back() {
    let mut bench = bench().await;
    bench.set("GLEANER__CRAWL__CONCURRENCY", "2");
    let targets = fill(&bench, 6, Duration::ZERO);
    bench.site.answer_up_to(0);
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;
    let ran = deployment.gleaner(&bench, &["submit", &targets]).await;
    timeout(PATIENCE, bench.site.until_arrived(2)).await.expect("work begins");
    bench.site.answer_up_to(None);
    assert_eq!(deployment.terminate("crawler").await, 0);
    let told = deployment.told("crawler");
    assert!(told.contains("draining") && told.contains("drained"), "{told}");
    deployment.spawn("crawler", "crawler");
    let watched = deployment.gleaner(&bench, &["watch", ran.stdout.trim()]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    let mut asked: Vec<String> = bench.site.hits().into_iter().map(|hit| hit.path).collect();
    let distinct: BTreeSet<String> = asked.iter().cloned().collect();
    asked.sort();
    assert_eq!(asked, Vec::from_iter(distinct), "nothing was asked for twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_coordinators_one_leads_and_the_other_takes_over() {
    let bench = bench().await;
    let targets = fill(&bench, 6, Duration::from_millis(100));
    let mut deployment = Deployment::start(&Servers::shared(), &bench).await;
    deployment.spawn("coordinator-2", "coordinator");
    deployment.until_ready().await;
    until("the second stands by", async || deployment.told("coordinator-2").contains("standing by")).await;
    let ran = deployment.gleaner(&bench, &["submit", &targets]).await;
    timeout(PATIENCE, bench.site.until_arrived(4)).await.expect("work begins");
    deployment.kill("coordinator").await;
    let watched = deployment.gleaner(&bench, &["watch", ran.stdout.trim()]).await;
    assert_eq!((watched.code, watched.records().len()), (0, 12), "{}", watched.stderr);
    assert!(deployment.told("coordinator-2").contains("leading"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_or_a_browser_workers_say_so() {
    let bench = bench().await;
    let mut deployment = Deployment::over(&Servers::shared(), &bench).await;
    for worker in ["llm-router", "deep-job", "renderer"] {
        deployment.spawn(worker, worker);
    }
    deployment.until_ready().await;
    let golden = |name: &str| {
        let formats = proto::formats();
        formats.iter().find(|format| format.name == name).expect("a format").goldens[0].bytes.clone()
    };
    let transport = deployment.transport().await;
    let mut reports = transport.consume(Queue::Report, 10).await.expect("the broker is there");
    let model = || -> ModelTask { wire::decode(&golden(ModelTask::LLM_TYPE)).expect("a golden message") };
    let render = wire::decode(&golden("harvest.render.1")).expect("a golden message");
    for (mut message, reason) in [
        (Message::Llm(model()), UrlReason::NoProvider),
        (Message::Deep(model()), UrlReason::NoProvider),
        (Message::Render(render), UrlReason::NoBrowser),
    ] {
        let ticket = match &mut message {
            Message::Llm(task) | Message::Deep(task) => &mut task.ticket,
            Message::Render(task) => &mut task.ticket,
            _ => unreachable!("only these"),
        };
        ticket.deadline = gleaner_contract::Timestamp::from_millis(i64::MAX / 2);
        let envelope = message.to_envelope(None, None).expect("small");
        transport.publish(message.queue(), envelope).await.expect("it is held");
        let report =
            timeout(PATIENCE, reports.next()).await.expect("an answer").expect("the session goes on");
        let Ok(Message::Report(told)) = Message::from_envelope(&report.envelope) else { panic!("a report") };
        let PageOutcome::Failed { reason: said, .. } = told.outcome else { panic!("{told:?}") };
        assert_eq!((said, told.stage), (reason, stage_of(message.queue())));
        report.ack().await;
    }
}

fn stage_of(queue: Queue) -> Stage {
    match queue {
        Queue::Work(stage, Lane::Hi | Lane::Lo) => stage,
        other => panic!("{other} is no work"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_at_the_start_is_told_at_once_and_by_the_exit_code() {
    let bench = Bench::new().await;
    let mut deployment = Deployment::over(&Servers::shared(), &bench).await;
    deployment.set("GLEANER__WORKER__PATIENCE", "1s");
    let run = async |settings: &[(&str, &str)]| {
        let mut command = deployment.command("coordinator");
        command.env("GLEANER__WORKER__LISTEN", "127.0.0.1:0").envs(settings.iter().copied());
        let output = timeout(PATIENCE, command.output()).await.expect("it ends").expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = run(&[
        ("GLEANER__CRAWL__CONCURENCY", "3"),
        ("GLEANER__FETCH__TOTAL_TIMEOUT", "5m"),
        ("GLEANER__POSTGRES__PASSWORD_FILE", "/nowhere/at/all"),
    ])
    .await;
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("did you mean `concurrency`?"), "{told}");
    let (code, told) = run(&[
        ("GLEANER__FETCH__TOTAL_TIMEOUT", "5m"),
        ("GLEANER__POSTGRES__PASSWORD_FILE", "/nowhere/at/all"),
    ])
    .await;
    assert_eq!(code, Some(2), "{told}");
    for name in ["fetch.total_timeout", "crawl.chain_timeout", "postgres.password_file"] {
        assert!(told.contains(name), "{told}");
    }
    let (code, told) = run(&[
        ("GLEANER__RABBITMQ__URL", "amqp://guest:wrong@127.0.0.1:1/x"),
        ("GLEANER__REDIS__URL", "redis://127.0.0.1:1"),
        ("GLEANER__POSTGRES__URL", "postgres://postgres@127.0.0.1:1/x"),
    ])
    .await;
    assert_eq!(code, Some(5), "{told}");
    let error = told.lines().skip_while(|line| !line.starts_with("error: ")).collect::<Vec<_>>().join("\n");
    for service in ["rabbitmq: no answer", "redis: no answer", "postgres: no answer"] {
        assert!(error.contains(service), "{told}");
    }
    let broker = deployment.broker().replace("guest:guest@", "guest:wr0ng@");
    let (code, told) = run(&[("GLEANER__RABBITMQ__URL", &broker)]).await;
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("refused the login") && !told.contains("wr0ng"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_what_is_wrong_with_a_deployment() {
    let bench = Bench::new().await;
    let targets = fill(&bench, 1, Duration::ZERO);
    let ran = bench.gleaner(&["submit", &targets]).await;
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no deployment is named") && ran.stderr.contains("GLEANER_URL"),
        "{}",
        ran.stderr
    );
    let ran = bench.gleaner(&["submit", &targets, "--url", "http://127.0.0.1:1"]).await;
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("no answer from") && ran.stderr.contains("hint:"), "{}", ran.stderr);
}
