//! A site, a state directory and the binary between them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use gleaner::Config;
use gleaner_contract::{Budget, LedgerRow, Record, Schema, Scope, Target};
use gleaner_testkit::{Page, Site};
use tempfile::TempDir;
use tokio::{
    net::TcpSocket,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A date as servers write it.
pub(crate) const DATE: &str = "Thu, 01 Jan 2026 10:00:00 GMT";

/// Long enough for any machine: what is waited for comes in moments.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A binary that was built beside this test.
pub(crate) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
    let binary = profile.join(name);
    assert!(
        binary.exists(),
        "`{}` is not built: run `cargo build --workspace --all-targets` first, as scripts/test does",
        binary.display()
    );
    binary
}

/// Waits until `reached`, or fails.
pub(crate) async fn until(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !reached().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

/// A port that nobody listens on, and nobody else is given while this is held.
pub(crate) fn shut_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("the system has sockets");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a loopback port is free");
    let port = socket.local_addr().expect("it is bound").port();
    (socket, port)
}

/// What one run of the binary left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    pub(crate) fn record(&self, id: &str) -> Record {
        let records = self.records();
        let found = records.iter().find(|record| record.id == id);
        found.unwrap_or_else(|| panic!("no record `{id}` in {}\n{}", self.stdout, self.stderr)).clone()
    }
}

pub(crate) struct Bench {
    pub(crate) site: Site,
    dir: TempDir,
    environment: Vec<(String, String)>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::around(Site::start().await.expect("a loopback port is free"))
    }

    pub(crate) fn around(site: Site) -> Self {
        let dir = tempfile::tempdir().expect("the system has a temporary directory");
        let mut bench = Self { site, dir, environment: Vec::new() };
        bench.set("GLEANER__CRAWL__HOST_DELAY", "0s");
        bench.set("GLEANER__CRAWL__BACKOFF_BASE", "50ms");
        bench.set("GLEANER__CRAWL__BACKOFF_CAP", "100ms");
        bench
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the temporary directory is writable");
        path.display().to_string()
    }

    /// The binary with our environment alone.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary("gleaner"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command
            .env("HOME", self.dir.path())
            .env("RUST_BACKTRACE", "0")
            .envs(self.environment.iter().cloned());
        command
    }

    pub(crate) async fn gleaner(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().await.expect("the binary starts"))
    }

    fn run_args<'a>(&self, args: &[&'a str], allow: &'a str, state: &'a str) -> Vec<&'a str> {
        [&["run"], args, &["--allow-crawl", allow, "--state", state]].concat()
    }

    pub(crate) fn allow(&self) -> String {
        format!("{}/32:{}", self.site.ip(), self.site.port())
    }

    pub(crate) fn state(&self) -> String {
        self.path("state").display().to_string()
    }

    /// `gleaner run` with this site let in and a state directory of its own.
    pub(crate) async fn run(&self, args: &[&str]) -> Ran {
        let (allow, state) = (self.allow(), self.state());
        self.gleaner(&self.run_args(args, &allow, &state)).await
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let (allow, state) = (self.allow(), self.state());
        let mut command = self.command(&self.run_args(args, &allow, &state));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary starts")
    }

    /// The same with its output kept, for [`Self::finished`].
    pub(crate) fn start_piped(&self, args: &[&str]) -> Child {
        let (allow, state) = (self.allow(), self.state());
        let mut command = self.command(&self.run_args(args, &allow, &state));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    pub(crate) async fn finished(&self, child: Child) -> Ran {
        Ran::of(child.wait_with_output().await.expect("the process is ours"))
    }

    /// How many jobs have ended, read beside the run that is under way.
    pub(crate) async fn ended(&self) -> usize {
        let state = self.state();
        let ran = self.gleaner(&["jobs", "--json", "--state", &state]).await;
        ran.stdout.lines().filter(|line| !line.contains("\"endedAt\":null")).count()
    }

    /// For stages in this process, over the same site: let in, and not paced.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::default();
        config.egress.crawl_allow.push(self.allow().parse().expect("a rule"));
        config.crawl.host_delay = Duration::ZERO;
        config.coordinator.reap_every = Duration::from_millis(100);
        config
    }

    pub(crate) fn target(&self, schema: &str, path: &str) -> Target {
        Target {
            id: path.to_owned(),
            name: None,
            urls: vec![self.site.url(path)],
            known: Default::default(),
            country: None,
            currency: None,
            scope: Scope::default(),
            schema: Schema::built_in(schema).expect("a built-in schema"),
            budget: Budget::unlimited(),
            extra: Default::default(),
        }
    }

    /// The ledger of the newest job of this target.
    pub(crate) async fn ledger(&self, target: &str) -> Vec<LedgerRow> {
        let state = self.state();
        let ran = self.gleaner(&["ledger", target, "--state", &state]).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("a ledger row")).collect()
    }

    pub(crate) async fn verify(&self, out: &Path) -> Ran {
        let (records, sources) = (out.join("records.jsonl"), out.join("sources"));
        self.gleaner(&["verify", &records.display().to_string(), "--bundle", &sources.display().to_string()])
            .await
    }
}

/// The reason of this URL's row.
pub(crate) fn reason_of(rows: &[LedgerRow], url: &str) -> String {
    let row = rows.iter().find(|row| row.subject == url);
    row.map(|row| format!("{} {}", row.outcome, row.reason))
        .unwrap_or_else(|| panic!("no row for {url}: {rows:?}"))
}

/// A product's page: structured data, a table, and links.
pub(crate) fn product(name: &str, price: &str, extra: &str) -> Page {
    Page::html(format!(
        r#"<!doctype html><html lang="en"><head><title>{name} | Fixture Tools</title>
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"Product","name":"{name}","sku":"SKU-{name}",
"brand":{{"@type":"Brand","name":"Fixture"}},"offers":{{"@type":"Offer","price":"{price}","priceCurrency":"EUR",
"availability":"https://schema.org/InStock"}}}}</script></head>
<body><main><h1>{name}</h1><p>€{price}</p><table><tr><th>Weight</th><td>1.4 kg</td></tr></table></main>{extra}</body></html>"#
    ))
}

/// A company's page with `links` of our own.
pub(crate) fn company(links: &[String], body: &str) -> Page {
    let links: Vec<String> = links
        .iter()
        .map(|link| format!(r#"<li><a href="{link}">Contact and about us {link}</a></li>"#))
        .collect();
    Page::html(format!(
        "<!doctype html><html lang=en><head><title>Fixture Tools</title></head><body><main><h1>Fixture Tools</h1>{body}<ul>{}</ul></main></body></html>",
        links.join("")
    ))
}

/// Records without what differs from run to run: ids and times, and the port of the site.
pub(crate) fn comparable(records: &[Record], port: u16) -> BTreeMap<String, String> {
    records
        .iter()
        .map(|record| {
            let mut value = serde_json::to_value(record).expect("a record is JSON");
            value["job"] = "job".into();
            value["createdAt"] = "then".into();
            for field in value["fields"].as_object_mut().expect("fields are an object").values_mut() {
                for evidence in field["evidence"].as_array_mut().into_iter().flatten() {
                    evidence["fetchedAt"] = "then".into();
                }
            }
            (record.id.clone(), value.to_string().replace(&format!(":{port}"), ":port"))
        })
        .collect()
}
