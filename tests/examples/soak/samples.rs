//! What every process and server holds, every ten seconds.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::{checks::Queues, run::Run};

const EVERY: Duration = Duration::from_secs(10);

/// What one process holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) pid: u32,
    /// Bytes of memory.
    pub(crate) rss: u64,
    pub(crate) fds: u64,
    pub(crate) threads: u64,
    /// It leads, or stands by, or is no coordinator: one that leads holds more.
    pub(crate) role: &'static str,
}

/// Everything at one moment; what is away is `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Seconds since the beginning of the load.
    pub(crate) at: f64,
    pub(crate) processes: BTreeMap<String, Held>,
    pub(crate) queues: Option<Queues>,
    pub(crate) chromium: u64,
    pub(crate) temp_files: u64,
    pub(crate) temp_bytes: u64,
    /// Bytes and keys.
    pub(crate) redis: Option<(u64, u64)>,
    /// Bytes.
    pub(crate) postgres: Option<u64>,
    /// Accepted and ended.
    pub(crate) jobs: Option<(u64, u64)>,
}

impl Sample {
    /// No server was away: without them, connections and their buffers are missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.queues.is_some() && self.redis.is_some() && self.postgres.is_some()
    }
}

/// Samples until the run is over, and writes each as a line.
pub(crate) async fn keep(run: &Run, out: &Path) {
    let mut lines =
        fs::File::create(out.join("samples.jsonl")).expect("the directory of the run is writable");
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !run.over.get() {
        every.tick().await;
        let sample = take(run).await;
        if let Err(error) = writeln!(lines, "{}", line(&sample)) {
            run.problem(format!("a sample could not be written: {error}"));
        }
        run.samples.borrow_mut().push(sample);
        // folded in, so that a long run holds no more than a short one
        drop(run.sites.asked());
    }
}

async fn take(run: &Run) -> Sample {
    let at = run.began.elapsed().as_secs_f64();
    let running = run.deployment.borrow().processes();
    let process = |(name, pid): (String, u32)| {
        let held = Held { role: role(run, &name), ..held(pid)? };
        Some((name, held))
    };
    let processes = running.into_iter().filter_map(process).collect();
    let (temp_files, temp_bytes) = files(&run.scratch);
    let (queues, redis, postgres, jobs) = tokio::join!(
        run.servers.queues(),
        run.servers.redis_use(),
        run.servers.database_size(),
        run.servers.jobs()
    );
    let chromium = browsers(&run.scratch);
    Sample { at, processes, queues, chromium, temp_files, temp_bytes, redis, postgres, jobs }
}

/// By what it told last.
fn role(run: &Run, name: &str) -> &'static str {
    if !name.starts_with("coordinator") {
        return "";
    }
    let told = run.deployment.borrow().told(name);
    let last = told.lines().rev().find(|line| line.contains("standing by") || line.ends_with(" leading"));
    if last.is_some_and(|line| line.ends_with(" leading")) { "leads" } else { "stands by" }
}

fn held(pid: u32) -> Option<Held> {
    let proc = PathBuf::from(format!("/proc/{pid}"));
    let status = fs::read_to_string(proc.join("status")).ok()?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let fds = fs::read_dir(proc.join("fd")).ok()?.count() as u64;
    Some(Held { pid, rss: number("VmRSS:")? * 1024, fds, threads: number("Threads:")?, role: "" })
}

/// Files below `dir`, and their bytes.
fn files(dir: &Path) -> (u64, u64) {
    let mut found = (0, 0);
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        // one may be deleted meanwhile
        let Ok(about) = entry.metadata() else { continue };
        let (files, bytes) = if about.is_dir() { files(&entry.path()) } else { (1, about.len()) };
        found = (found.0 + files, found.1 + bytes);
    }
    found
}

/// Browsers of this run: those that know its directory by their arguments or their environment.
fn browsers(scratch: &Path) -> u64 {
    let mark = scratch.display().to_string();
    let ours = |proc: &Path| {
        let told = |file: &str| {
            fs::read(proc.join(file))
                .map(|text| String::from_utf8_lossy(&text).into_owned())
                .unwrap_or_default()
        };
        told("comm").contains("chrom") && (told("cmdline").contains(&mark) || told("environ").contains(&mark))
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().filter(|entry| ours(&entry.path())).count() as u64
}

fn line(sample: &Sample) -> Value {
    let process = |(name, held): (&String, &Held)| {
        let told = json!({"pid": held.pid, "rss": held.rss, "fds": held.fds, "threads": held.threads, "role": held.role});
        (name.clone(), told)
    };
    let queue = |(name, (messages, bytes)): (&String, &(u64, u64))| {
        (name.clone(), json!({"messages": messages, "bytes": bytes}))
    };
    json!({
        "at": sample.at,
        "processes": Map::from_iter(sample.processes.iter().map(process)),
        "queues": sample.queues.as_ref().map(|queues| Map::from_iter(queues.iter().map(queue))),
        "chromium": sample.chromium,
        "temp": {"files": sample.temp_files, "bytes": sample.temp_bytes},
        "redis": sample.redis.map(|(bytes, keys)| json!({"bytes": bytes, "keys": keys})),
        "postgres": sample.postgres.map(|bytes| json!({"bytes": bytes})),
        "jobs": sample.jobs.map(|(accepted, ended)| json!({"accepted": accepted, "ended": ended})),
    })
}
