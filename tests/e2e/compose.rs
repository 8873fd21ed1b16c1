//! The compose system in a real engine: up by one command, the same records whatever is killed or cut off, and nobody
//! reaches what is none of their business.

use std::{collections::BTreeSet, net::IpAddr, path::Path, process::Stdio, time::Duration};

use gleaner_testkit::Site;
use tokio::{
    process::Command,
    time::{sleep, timeout},
};

use crate::{
    distributed::fill,
    harness::{Bench, PATIENCE, Ran, company, comparable, shut_port, until},
};

const PROJECT: &str = "gleaner-e2e";

/// What a test changes of the system: sites on this machine are let in, and what is lost is soon asked for again.
const OVERRIDE: &str = r#"
x-test: &test
  GLEANER__EGRESS__CRAWL_ALLOW: "172.16.0.0/12:*,192.168.0.0/16:*,10.0.0.0/8:*"
  GLEANER__CRAWL__CONCURRENCY: "4"
  GLEANER__CRAWL__HOST_DELAY: 0s
  GLEANER__CRAWL__PER_DOMAIN: "64"
  GLEANER__CRAWL__BACKOFF_BASE: 50ms
  GLEANER__CRAWL__BACKOFF_CAP: 100ms
  GLEANER__CRAWL__MAX_ATTEMPTS: "9"
  GLEANER__CRAWL__CHAIN_TIMEOUT: 20s
  GLEANER__CRAWL__LEASE_MARGIN: 3s
  GLEANER__FETCH__TOTAL_TIMEOUT: 15s
services:
  crawler: { environment: { <<: *test } }
  crawler-quarantine: { environment: { <<: *test } }
  coordinator: { environment: { <<: *test } }
"#;

struct Compose {
    files: [String; 2],
    api_port: u16,
    ui_port: u16,
}

impl Compose {
    fn new(bench: &Bench) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = root.join("docker-compose.yml").canonicalize().expect("it is in the repository");
        let files = [file.display().to_string(), bench.write("override.yml", OVERRIDE)];
        Self { files, api_port: shut_port().1, ui_port: shut_port().1 }
    }

    async fn docker(&self, args: &[&str]) -> Ran {
        let mut command = Command::new("docker");
        command.args(args).env("GLEANER_API_PORT", self.api_port.to_string());
        command.env("GLEANER_UI_PORT", self.ui_port.to_string()).kill_on_drop(true);
        let ran = timeout(PATIENCE * 5, command.output()).await;
        Ran::of(ran.expect("docker ends in time").expect("docker is installed"))
    }

    async fn must(&self, args: &[&str]) -> String {
        let ran = self.docker(args).await;
        assert_eq!(ran.code, 0, "docker {args:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout.trim().to_owned()
    }

    async fn compose(&self, args: &[&str]) -> String {
        let [file, changes] = &self.files;
        let begin = ["compose", "-p", PROJECT, "-f", file, "-f", changes];
        self.must(&[&begin[..], args].concat()).await
    }

    /// The containers of a service.
    async fn containers(&self, service: &str) -> Vec<String> {
        self.compose(&["ps", "-q", service]).await.lines().map(str::to_owned).collect()
    }

    async fn container(&self, service: &str) -> String {
        self.containers(service).await.pop().unwrap_or_else(|| panic!("no {service} runs"))
    }

    /// Whether a container's process can open a connection.
    async fn reaches(&self, service: &str, ip: &str, port: u16) -> bool {
        let container = self.container(service).await;
        let dial = format!("exec 3<>/dev/tcp/{ip}/{port}");
        self.docker(&["exec", &container, "timeout", "4", "bash", "-c", &dial]).await.code == 0
    }

    /// The address of a container in one of the project's networks.
    async fn address(&self, container: &str, network: &str) -> String {
        let format = format!("{{{{(index .NetworkSettings.Networks \"{PROJECT}_{network}\").IPAddress}}}}");
        self.must(&["inspect", "-f", &format, container]).await
    }

    /// The command line, speaking to the deployment.
    async fn gleaner(&self, bench: &Bench, key: &str, args: &[&str]) -> Ran {
        let mut command = bench.command(args);
        command.env("GLEANER_URL", format!("http://127.0.0.1:{}", self.api_port));
        command.env("GLEANER_API_KEY", key);
        Ran::of(command.output().await.expect("the binary starts"))
    }

    async fn down(&self) {
        self.compose(&["down", "-v", "-t", "3", "--remove-orphans"]).await;
    }
}

/// A host beyond this one: what stands for the internet. As there, no answer finds its way to a private address, so only
/// who is translated gets one. It lives in a network namespace, which takes root.
struct Outside(#[expect(dead_code, reason = "it serves as long as it lives")] tokio::process::Child);

impl Outside {
    /// Of the block that is kept for documentation (RFC 5737).
    const IP: &str = "198.51.100.2";
    const PORT: u16 = 8000;
    const NAMESPACE: &str = "gleaner-outside";

    async fn open() -> Self {
        Self::close();
        for command in [
            "netns add gleaner-outside",
            "link add gleaner-o0 type veth peer name gleaner-o1",
            "link set gleaner-o1 netns gleaner-outside",
            "addr add 198.51.100.1/30 dev gleaner-o0",
            "link set gleaner-o0 up",
            "-n gleaner-outside addr add 198.51.100.2/30 dev gleaner-o1",
            "-n gleaner-outside link set gleaner-o1 up",
        ] {
            let ran =
                Command::new("ip").args(command.split(' ')).output().await.expect("iproute2 is installed");
            assert!(ran.status.success(), "ip {command}: {}", String::from_utf8_lossy(&ran.stderr));
        }
        let mut serve = Command::new("ip");
        serve.args(["netns", "exec", Self::NAMESPACE, "python3", "-m", "http.server", "8000"]);
        serve.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        Self(serve.spawn().expect("python3 is installed"))
    }

    fn close() {
        for command in [["netns", "del", Self::NAMESPACE], ["link", "del", "gleaner-o0"]] {
            // it is not there most of the time
            let _ = std::process::Command::new("ip").args(command).stderr(Stdio::null()).status();
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        Self::close();
    }
}

/// Where containers that fetch reach this machine.
async fn gateway(compose: &Compose) -> IpAddr {
    let network = format!("{PROJECT}_fetch");
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let gateway = compose.must(&["network", "inspect", "-f", format, &network]).await;
    gateway.parse().expect("an address")
}

/// One test for all of it: there is one system, and it takes a while to come up.
#[tokio::test(flavor = "multi_thread")]
async fn the_compose_system_does_the_job_through_every_disturbance() {
    let files = Bench::new().await;
    let compose = Compose::new(&files);
    compose.down().await;
    compose.compose(&["up", "-d", "--wait", "--no-build"]).await;
    let shown = compose.compose(&["run", "--rm", "secrets", "show"]).await;
    let told = |name: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {shown}")).trim().to_owned()
    };
    let key = told("API key");
    let site =
        Site::start_at(gateway(&compose).await).await.expect("the gateway is an address of this machine");
    let bench = Bench::around(site);

    nobody_is_let_in_without_the_key(&compose, &bench).await;
    every_container_is_locked_down(&compose).await;
    nobody_reaches_what_is_none_of_their_business(&compose).await;
    the_management_ui_lets_the_login_in(&compose, &told("RabbitMQ login")).await;
    crawlers_added_add_up(&compose, &bench, &key).await;
    records_stay_the_same_through_faults(&compose, &bench, &key).await;
    compose.down().await;
}

async fn nobody_is_let_in_without_the_key(compose: &Compose, bench: &Bench) {
    for key in ["", "gleaner_0000"] {
        let ran = compose.gleaner(bench, key, &["jobs"]).await;
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("refused the key") && ran.stderr.contains("secrets show"),
            "{}",
            ran.stderr
        );
    }
}

const SERVICES: [&str; 12] = [
    "api",
    "coordinator",
    "crawler",
    "crawler-quarantine",
    "deep-job",
    "extractor",
    "extractor-quarantine",
    "llm-router",
    "postgres",
    "rabbitmq",
    "redis",
    "renderer",
];

/// Nobody is root, nobody has a capability or can get one, and nobody writes outside of what is theirs.
async fn every_container_is_locked_down(compose: &Compose) {
    for service in SERVICES {
        let container = compose.container(service).await;
        let status = compose.must(&["exec", &container, "cat", "/proc/1/status"]).await;
        let told = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(told("Uid:").iter().all(|uid| uid != "0"), "{service} is root: {status}");
        for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
            assert_eq!(told(set), ["0000000000000000"], "{service}: {set}");
        }
        assert_eq!(told("NoNewPrivs:"), ["1"], "{service}");
        for path in ["/written", "/usr/local/bin/written", "/etc/written"] {
            let write = format!("echo x > {path}");
            let ran = compose.docker(&["exec", "-u", "0", &container, "sh", "-c", &write]).await;
            assert!(
                ran.code != 0 && ran.stderr.contains("Read-only file system"),
                "{service}: {}",
                ran.stderr
            );
        }
        let limits = "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}";
        let limits = compose.must(&["inspect", "-f", limits, &container]).await;
        let [memory, pids, restart] = limits.split(' ').collect::<Vec<_>>()[..] else { panic!("{limits}") };
        assert!(memory != "0" && pids != "<nil>" && restart == "unless-stopped", "{service}: {limits}");
    }
}

/// Each refusal with a control: somebody who may reach the same address does.
async fn nobody_reaches_what_is_none_of_their_business(compose: &Compose) {
    let outside = Outside::open().await;
    until("there is a way to the outside", async || {
        compose.reaches("crawler", Outside::IP, Outside::PORT).await
    })
    .await;
    assert!(compose.reaches("renderer", Outside::IP, Outside::PORT).await);
    assert!(compose.reaches("llm-router", Outside::IP, Outside::PORT).await);
    for service in ["extractor", "coordinator", "api", "rabbitmq", "redis", "postgres"] {
        assert!(!compose.reaches(service, Outside::IP, Outside::PORT).await, "{service} has a way out");
    }
    drop(outside);
    let database = compose.address(&compose.container("postgres").await, "database").await;
    assert!(
        compose.reaches("coordinator", &database, 5432).await
            && compose.reaches("api", &database, 5432).await
    );
    for service in ["crawler", "renderer", "extractor", "llm-router", "deep-job", "rabbitmq"] {
        assert!(!compose.reaches(service, &database, 5432).await, "{service} reaches the database");
    }
    let broker = compose.address(&compose.container("rabbitmq").await, "broker").await;
    assert!(compose.reaches("crawler", &broker, 5672).await);
    for service in ["api", "redis", "postgres"] {
        assert!(!compose.reaches(service, &broker, 5672).await, "{service} reaches the broker");
    }
    // something that listens where model endpoints would
    let network = format!("{PROJECT}_models");
    let model = compose.must(&["run", "-d", "--rm", "--network", &network, "redis:8"]).await;
    let endpoint = compose.address(&model, "models").await;
    until("the endpoint listens", async || compose.reaches("llm-router", &endpoint, 6379).await).await;
    assert!(compose.reaches("deep-job", &endpoint, 6379).await);
    for service in ["crawler", "renderer", "extractor", "api", "coordinator"] {
        assert!(!compose.reaches(service, &endpoint, 6379).await, "{service} reaches a model endpoint");
    }
    compose.must(&["kill", &model]).await;
}

async fn the_management_ui_lets_the_login_in(compose: &Compose, login: &str) {
    let (user, password) = login.split_once(" / ").expect("user / password");
    let address = format!("http://{user}:{password}@127.0.0.1:{}", compose.ui_port);
    let management = gleaner_testkit::Management::at(&address);
    let consumers = async || {
        let told = management.consumers("gleaner").await;
        let queue = |consumer: &serde_json::Value| consumer["queue"]["name"].as_str().map(str::to_owned);
        told.iter().filter_map(queue).collect::<BTreeSet<_>>()
    };
    let stages = ["crawl", "render", "extract", "llm", "deep"];
    let lanes = |stage| ["hi", "lo"].map(|lane| format!("gleaner.v1.{stage}.{lane}"));
    let mut expected = BTreeSet::from_iter(stages.into_iter().flat_map(lanes));
    let more = ["report", "dead", "quarantine.crawl", "quarantine.extract"];
    expected.extend(more.map(|name| format!("gleaner.v1.{name}")));
    until("every stage shows with its consumers", async || consumers().await == expected).await;
    let queues = management.queues("gleaner").await;
    let limits = |name: &str| {
        let queue = queues.iter().find(|queue| queue["name"] == name).expect("it is declared");
        queue["effective_policy_definition"].as_object().cloned().unwrap_or_default()
    };
    assert!(limits("gleaner.v1.crawl.lo").contains_key("max-length"));
    let of_dead = limits("gleaner.v1.dead");
    assert_eq!(of_dead.keys().collect::<Vec<_>>(), ["delivery-limit"], "no dead letter is ever dropped");
    let stranger =
        gleaner_testkit::Management::at(&format!("http://guest:guest@127.0.0.1:{}", compose.ui_port));
    assert_eq!(stranger.request("GET", "/queues", None).await.0, 401, "there is no guest");
}

/// Four crawlers have four times as many pages under way as one, and no host more than it may.
async fn crawlers_added_add_up(compose: &Compose, bench: &Bench, key: &str) {
    let mut sites = Vec::new();
    let mut written = String::from("schema = \"company\"\nbudget = { urls = 8, seconds = 900 }\n");
    for n in 0..12 {
        let site = Site::start_at(bench.site.ip()).await.expect("a port is free");
        for page in 0..3 {
            let path = format!("/home-{page}");
            site.set(&path, company(&[], &format!("<p>Tel: +49 40 5550{n:02}{page}</p>")));
            written
                .push_str(&format!("[[targets]]\nid = \"{n}-{page}\"\nurls = [\"{}\"]\n", site.url(&path)));
        }
        site.answer_up_to(0);
        sites.push(site);
    }
    let targets = bench.write("many.toml", &written);
    let ran = compose.gleaner(bench, key, &["submit", &targets]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let arrived = || sites.iter().map(Site::arrived).sum::<usize>();
    let settles_at = async |expected: usize| {
        until(&format!("{expected} pages are asked for"), async || arrived() >= expected).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(arrived(), expected, "a cap is exceeded");
    };
    settles_at(4).await;
    for site in &sites {
        site.answer_up_to(None);
    }
    let watched = compose.gleaner(bench, key, &["watch", ran.stdout.trim()]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);

    compose.compose(&["up", "-d", "--wait", "--no-build", "--scale", "crawler=4"]).await;
    let before = arrived();
    for site in &sites {
        site.answer_up_to(site.arrived());
    }
    let ran = compose.gleaner(bench, key, &["submit", &targets]).await;
    settles_at(before + 16).await;
    for site in &sites {
        site.answer_up_to(None);
    }
    let watched = compose.gleaner(bench, key, &["watch", ran.stdout.trim()]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    for site in &sites {
        assert!(site.most_in_flight() <= 2, "{} at once on one host", site.most_in_flight());
    }
}

/// One crawler is killed, one cut off for half a minute, and the broker killed and started again.
async fn records_stay_the_same_through_faults(compose: &Compose, bench: &Bench, key: &str) {
    let targets = fill(bench, 20, Duration::ZERO);
    let undisturbed = bench.run(&[&targets]).await;
    assert_eq!(undisturbed.code, 0, "{}", undisturbed.stderr);
    // two at once on the one host, a second each: long enough for all that follows
    fill(bench, 20, Duration::from_secs(1));
    let before = bench.site.arrived();
    let ran = compose.gleaner(bench, key, &["submit", &targets]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let submission = ran.stdout.trim().to_owned();
    let crawlers = compose.containers("crawler").await;
    let broker = format!("{PROJECT}_broker");
    let under_way = async |pages: usize| {
        let arrived = bench.site.until_arrived(before + pages);
        timeout(PATIENCE, arrived).await.expect("work goes on");
    };
    under_way(10).await;
    compose.must(&["kill", &crawlers[0]]).await;
    under_way(15).await;
    compose.must(&["network", "disconnect", &broker, &crawlers[1]]).await;
    sleep(Duration::from_secs(30)).await;
    compose.must(&["network", "connect", &broker, &crawlers[1]]).await;
    let (_, jobs) = (under_way(20).await, compose.gleaner(bench, key, &["jobs", "--limit", "1"]).await);
    assert!(
        !jobs.stdout.contains("40 of 40 ended"),
        "it was over before the broker was killed: {}",
        jobs.stdout
    );
    let rabbitmq = compose.container("rabbitmq").await;
    compose.must(&["kill", &rabbitmq]).await;
    sleep(Duration::from_secs(2)).await;
    compose.must(&["start", &rabbitmq]).await;

    let out = bench.path("compose");
    let shown = out.display().to_string();
    let watched = compose.gleaner(bench, key, &["watch", &submission, "--out", &shown]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    let records = watched.records();
    let jobs: BTreeSet<_> = records.iter().map(|record| record.job).collect();
    assert_eq!((records.len(), jobs.len()), (40, 40), "each job ended, once");
    let port = bench.site.port();
    assert_eq!(comparable(&records, port), comparable(&undisturbed.records(), port));
    let verified = bench.verify(&out).await;
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}
