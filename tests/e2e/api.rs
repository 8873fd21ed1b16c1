//! The command line against an API, with a coordinator of this process behind it: all that `run` leaves, `submit` leaves.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use gleaner::Embedded;
use gleaner_api::{Api, Keys};
use gleaner_contract::{Budget, Tenant};
use gleaner_coordinator::{Admissions, CoordinatorConfig};
use gleaner_extractor::EXTRACTOR_VERSION;
use gleaner_ports::SystemClock;
use tokio::{process::Command, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::harness::{Bench, Ran, company, product, shut_port, until};

/// A coordinator with its stages and an API over its store, for as long as it lives.
struct Served {
    url: String,
    key: String,
    _embedded: Embedded,
    _server: JoinSet<()>,
}

impl Served {
    async fn start(bench: &Bench) -> Self {
        let embedded = Embedded::start(&bench.config(), &bench.path("served")).await.expect("it starts");
        let store = embedded.store.clone();
        let config = Arc::new(CoordinatorConfig::new(EXTRACTOR_VERSION));
        let admissions = Admissions::new(config, store.clone(), Arc::new(SystemClock));
        let key = Keys::generate(&Tenant("shop".into()), "ci").expect("random bytes");
        let keys = Keys::parse(&key.line).expect("our own line");
        let api = Api::new(store, admissions, keys, Budget::unlimited());
        let listener = api.listen(([127, 0, 0, 1], 0).into()).await.expect("a loopback port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let mut server = JoinSet::new();
        server.spawn(api.serve_on(listener, CancellationToken::new()));
        Self { url, key: key.key, _embedded: embedded, _server: server }
    }

    fn command(&self, bench: &Bench, args: &[&str]) -> Command {
        let mut command = bench.command(args);
        command.env("GLEANER_URL", &self.url).env("GLEANER_API_KEY", &self.key);
        command
    }

    async fn gleaner(&self, bench: &Bench, args: &[&str]) -> Ran {
        Ran::of(self.command(bench, args).output().await.expect("the binary starts"))
    }
}

/// Text without what differs from run to run: ids of jobs and submissions, times, and the one-time word that lets the
/// report's style in.
fn plain(text: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
    let mut told = String::new();
    let nonce = text.split_once("'nonce-").and_then(|(_, after)| after.split('\'').next());
    let text = nonce.map_or_else(|| text.to_owned(), |nonce| text.replace(nonce, "NONCE"));
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| part(c) != part(first)).unwrap_or(rest.len());
        let (word, left) = rest.split_at(end);
        told.push_str(if word.len() == 26 && word.starts_with("01") {
            "ID"
        } else if word.starts_with("20") && word.ends_with('Z') {
            "TIME"
        } else {
            word
        });
        rest = left;
    }
    told
}

/// Every file under `dir`, by its name.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).expect("it was written") {
        let path = entry.expect("it is readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            let bytes = std::fs::read(&path).expect("it is readable");
            found.insert(name, plain(&String::from_utf8_lossy(&bytes)));
        }
    }
    found
}

/// A target that is read, one that stops at its budget, one that fails, and a row that is rejected.
fn fill(bench: &Bench) -> String {
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let links = ["/contact-1".to_owned(), "/contact-2".to_owned()];
    bench.site.set("/home", company(&links, "<p>Tel: +49 40 5550123</p>"));
    for link in &links {
        bench.site.set(link, company(&[], &format!("<p>About {link}</p>")));
    }
    let site = |path: &str| bench.site.url(path);
    bench.write(
        "targets.toml",
        &format!(
            "[[targets]]\nid = \"drill\"\nschema = \"product\"\nurls = [\"{}\"]\n\
             [[targets]]\nid = \"home\"\nschema = \"company\"\nurls = [\"{}\"]\nbudget = {{ urls = 1 }}\n\
             [[targets]]\nid = \"gone\"\nschema = \"product\"\nurls = [\"{}\"]\n\
             [[targets]]\nid = \"wrong\"\nschema = \"product\"\nurls = [\"ftp://a.example/\"]\n",
            site("/drill"),
            site("/home"),
            site("/gone"),
        ),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn submitting_leaves_what_running_leaves() {
    let bench = Bench::new().await;
    let targets = fill(&bench);
    let (here, there) = (bench.path("here"), bench.path("there"));
    let ran = bench.run(&[&targets, "--out", &here.display().to_string()]).await;
    let served = Served::start(&bench).await;
    let submit = ["submit", &targets, "--watch", "--out", &there.display().to_string()];
    let submitted = served.gleaner(&bench, &submit).await;

    assert_eq!((ran.code, submitted.code), (4, 4), "{}\n{}", ran.stderr, submitted.stderr);
    assert_eq!(plain(&submitted.stdout), plain(&ran.stdout));
    assert_eq!(plain(&submitted.stderr), plain(&ran.stderr));
    let (ran, submitted) = (files(&here), files(&there));
    assert_eq!(submitted.keys().collect::<Vec<_>>(), ran.keys().collect::<Vec<_>>());
    assert!(ran.len() > 6, "{:?}", ran.keys());
    for (name, text) in &ran {
        assert_eq!(&submitted[name], text, "{name}");
    }
    assert_eq!(bench.verify(&there).await.code, 0);

    // and what is looked at afterwards is the same from both sides
    let state = bench.state();
    for args in [
        &["jobs", "--json"][..],
        &["jobs"],
        &["record", "drill"],
        &["record", "gone"],
        &["record", "nobody"],
        &["ledger", "home"],
        &["ledger", "drill", "--format", "csv"],
        &["export"],
        &["export", "--format", "csv"],
        &["export", "--format", "html"],
        &["export", "01K5QJ7N4V8Z3X2W1T0S9R8Q7P"],
    ] {
        let here = bench.gleaner(&[args, &["--state", &state]].concat()).await;
        let there = served.gleaner(&bench, args).await;
        assert_eq!(there.code, here.code, "{args:?}: {}{}", here.stderr, there.stderr);
        assert_eq!(plain(&there.stdout), plain(&here.stdout), "{args:?}");
        assert_eq!(there.stderr, here.stderr, "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_watch_leaves_the_work_going_on() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.answer_up_to(0);
    let served = Served::start(&bench).await;
    let url = bench.site.url("/drill");
    let submitted = served.gleaner(&bench, &["submit", &url, "--as", "product", "--lane", "hi"]).await;
    assert_eq!(submitted.code, 0, "{}", submitted.stderr);
    let id = submitted.stdout.trim();
    assert!(submitted.stderr.contains(&format!("gleaner watch {id}")), "{}", submitted.stderr);

    let mut watch = served.command(&bench, &["watch", id]);
    watch.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let watch = watch.spawn().expect("the binary starts");
    let process = watch.id().expect("it runs").to_string();
    until("watch minds signals", async || catches_interrupts(&process)).await;
    let sent = Command::new("kill").args(["-INT", &process]).status().await.expect("kill is there");
    assert!(sent.success());
    let left = bench.finished(watch).await;
    assert_eq!(left.code, 130, "{}", left.stderr);
    assert!(left.stderr.contains("0 of 1 targets done; the rest goes on there"), "{}", left.stderr);

    bench.site.answer_up_to(None);
    let watched = served.gleaner(&bench, &["watch"]).await;
    assert_eq!(watched.code, 0, "{}", watched.stderr);
    assert_eq!(watched.records()[0].id, url);
}

/// Whether the process has a handler for SIGINT.
fn catches_interrupts(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 0b10 != 0))
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_a_job_or_a_submission() {
    let bench = Bench::new().await;
    for path in ["/a", "/b", "/c"] {
        bench.site.set(path, product("Drill", "129.00", ""));
    }
    bench.site.answer_up_to(0);
    let served = Served::start(&bench).await;
    let [a, b, c] = ["/a", "/b", "/c"].map(|path| bench.site.url(path));
    let submitted = served.gleaner(&bench, &["submit", &a, &b, &c, "--as", "product"]).await;
    let submission = submitted.stdout.trim();
    let jobs = served.gleaner(&bench, &["jobs", "--json"]).await;
    let first: serde_json::Value =
        serde_json::from_str(jobs.stdout.lines().next().expect("a job")).expect("JSON");
    let job = first["job"].as_str().expect("an id");
    for (id, expected) in
        [(job, "cancelled 1 job\n"), (submission, "cancelled 2 jobs\n"), (job, "cancelled 0 jobs\n")]
    {
        let cancelled = served.gleaner(&bench, &["cancel", id]).await;
        assert_eq!((cancelled.code, cancelled.stdout.as_str()), (0, expected), "{}", cancelled.stderr);
    }
    let watched = served.gleaner(&bench, &["watch", submission]).await;
    assert_eq!(watched.code, 3, "{}", watched.stderr);
    assert_eq!(watched.records().len(), 3);
    let unknown = served.gleaner(&bench, &["cancel", "01K5QJ7N4V8Z3X2W1T0S9R8Q7P"]).await;
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    bench.site.answer_up_to(None);
}

/// Checks that this ends so, and says what is wrong and what to do.
fn check_said(ran: &Ran, code: i32, says: &[&str]) {
    assert_eq!(ran.code, code, "{}", ran.stderr);
    for what in says {
        assert!(ran.stderr.contains(what), "`{what}` is not in {}", ran.stderr);
    }
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_cannot_be_used_is_told_with_what_to_do() {
    let bench = Bench::new().await;
    let served = Served::start(&bench).await;
    let submit = ["submit", "https://a.example/", "--as", "product"];
    for args in [&submit[..], &["watch"], &["cancel", "x"]] {
        check_said(&bench.gleaner(args).await, 2, &["no deployment is named", "GLEANER_URL"]);
    }
    let (_held, port) = shut_port();
    let nobody = format!("http://127.0.0.1:{port}");
    let nowhere = bench.gleaner(&[&submit[..], &["--url", &nobody]].concat()).await;
    check_said(&nowhere, 1, &[&nobody, "is the deployment up"]);
    check_said(&bench.gleaner(&["jobs", "--url", &nobody]).await, 1, &[&nobody]);
    check_said(&bench.gleaner(&["jobs", "--url", "ftp://a.example"]).await, 2, &["`ftp://a.example`"]);
    check_said(
        &bench.gleaner(&["jobs", "--url", &served.url]).await,
        2,
        &["refused the key", "GLEANER_API_KEY"],
    );
    check_said(&served.gleaner(&bench, &["watch", "x"]).await, 2, &["gleaner jobs"]);
    check_said(
        &served.gleaner(&bench, &["watch", "01K5QJ7N4V8Z3X2W1T0S9R8Q7P"]).await,
        2,
        &["no submission"],
    );

    // a file names it, and the environment goes before the file
    let key = bench.write("key.txt", &format!("{}\n", served.key));
    let config =
        bench.write("own.toml", &format!("[client]\nurl = \"{}\"\nkey_file = \"{key}\"\n", served.url));
    let listed = bench.gleaner(&["jobs", "--config", &config]).await;
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let mut other = bench.command(&["jobs", "--config", &config]);
    let other = Ran::of(other.env("GLEANER_URL", &nobody).output().await.expect("the binary starts"));
    check_said(&other, 1, &[&nobody]);
}
