//! One run: what is started, what goes on at once, and how it ends.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use gleaner_testkit::{OwnServices, Site};
use tokio::{process::Child, time::Instant};

use crate::{
    checks::{self, OurServers},
    deployment::{Deployment, Servers},
    faults,
    harness::Bench,
    load,
    plan::{FLEET, plan},
    samples::{self, Sample},
    sites::{SITES, Sites},
    slopes,
    verdict::Verdict,
};

/// All that goes on at once shares this; nobody holds a borrow while waiting.
pub(crate) struct Run {
    pub(crate) began: Instant,
    pub(crate) lasts: Duration,
    pub(crate) bench: Bench,
    pub(crate) api: String,
    pub(crate) sites: Sites,
    pub(crate) deployment: RefCell<Deployment>,
    pub(crate) servers: OurServers,
    /// The workers' directory for temporary files.
    pub(crate) scratch: PathBuf,
    /// Load and faults are over.
    pub(crate) calm: Cell<bool>,
    /// Everything has drained, or was given up.
    pub(crate) over: Cell<bool>,
    pub(crate) drained: Cell<Duration>,
    /// What the longest job took, in seconds.
    pub(crate) longest: Cell<f64>,
    /// Submissions that were accepted.
    pub(crate) accepted: RefCell<Vec<String>>,
    pub(crate) refused: RefCell<BTreeMap<String, u64>>,
    pub(crate) struck: RefCell<BTreeMap<&'static str, u64>>,
    pub(crate) ended_alone: RefCell<BTreeMap<String, u64>>,
    pub(crate) samples: RefCell<Vec<Sample>>,
    /// Records at the end, by status.
    pub(crate) statuses: RefCell<BTreeMap<String, u64>>,
    problems: RefCell<Vec<String>>,
}

impl Run {
    pub(crate) fn say(&self, what: &str) {
        println!("{:7.1} s  {what}", self.began.elapsed().as_secs_f64());
    }

    pub(crate) fn problem(&self, what: String) {
        self.say(&format!("PROBLEM: {what}"));
        self.problems.borrow_mut().push(what);
    }

    pub(crate) fn take(&self, name: &str) -> Option<Child> {
        self.deployment.borrow_mut().take(name)
    }

    pub(crate) fn again(&self, name: &str) {
        self.deployment.borrow_mut().again(name);
    }

    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        let processes = self.deployment.borrow().processes();
        processes.into_iter().find(|(known, _)| known == name).map(|(_, pid)| pid)
    }
}

/// Settings of the workers: chains are short, so that what is lost is soon asked for again.
fn configure(bench: &mut Bench, scratch: &Path) {
    for (name, value) in [
        ("GLEANER__CRAWL__CHAIN_TIMEOUT", "8s"),
        ("GLEANER__CRAWL__LEASE_MARGIN", "2s"),
        ("GLEANER__CRAWL__MAX_ATTEMPTS", "9"),
        // all sites are on one address, and that is a domain of its own
        ("GLEANER__CRAWL__PER_DOMAIN", "8"),
        ("GLEANER__CRAWL__BACKOFF_BASE", "500ms"),
        ("GLEANER__CRAWL__BACKOFF_CAP", "2s"),
        ("GLEANER__FETCH__TOTAL_TIMEOUT", "6s"),
        ("GLEANER__FETCH__CONNECT_TIMEOUT", "3s"),
        ("GLEANER__FETCH__RATE_WINDOW", "5s"),
        ("GLEANER__RABBITMQ__CONFIRM_TIMEOUT", "5s"),
        ("GLEANER__TELEMETRY__LOG_LEVEL", "info"),
    ] {
        bench.set(name, value);
    }
    bench.set("TMPDIR", &scratch.display().to_string());
}

/// Starts everything, lets load and faults go on for `lasts`, waits for what is unfinished, and looks at what is left.
pub(crate) async fn run(seed: u64, lasts: Duration, out: &Path) -> Verdict {
    let (scratch, logs) = (out.join("scratch"), out.join("logs"));
    for dir in [&scratch, &logs] {
        std::fs::create_dir_all(dir).expect("the directory of the run is writable");
    }
    let own = tokio::task::spawn_blocking(|| OwnServices::start(&["rabbitmq", "redis", "postgres"]));
    let own = Arc::new(own.await.expect("servers start"));
    let mut bench = Bench::around(Site::start().await.expect("a loopback port is free"));
    configure(&mut bench, &scratch);
    let mut deployment = Deployment::over(&Servers::of(&own), &bench).await;
    deployment.logs = logs;
    for name in FLEET {
        deployment.again(name);
    }
    deployment.until_ready().await;
    let run = Run {
        began: Instant::now(),
        lasts,
        bench,
        api: deployment.api.clone(),
        sites: Sites::start().await,
        servers: OurServers::of(own, &deployment),
        deployment: RefCell::new(deployment),
        scratch,
        calm: Cell::default(),
        over: Cell::default(),
        drained: Cell::default(),
        longest: Cell::default(),
        accepted: RefCell::default(),
        refused: RefCell::default(),
        struck: RefCell::default(),
        ended_alone: RefCell::default(),
        samples: RefCell::default(),
        statuses: RefCell::default(),
        problems: RefCell::default(),
    };
    let planned = plan(seed, lasts, SITES);
    run.say(&format!("{} processes are ready, {} faults are planned", FLEET.len(), planned.len()));
    let course = async {
        tokio::join!(load::submit(&run), async {
            faults::strike(&run, &planned).await;
            run.calm.set(true);
        });
        run.say("load and faults are over");
        load::drain(&run).await;
        checks::check(&run).await;
        run.over.set(true);
    };
    tokio::join!(course, samples::keep(&run, out), faults::keep(&run));
    let slopes = slopes::of(&run.samples.borrow(), lasts);
    let verdict = Verdict::of(&run, seed, run.problems.borrow().clone(), slopes);
    verdict.tell(out);
    verdict
}
