//! A deployment with work to do, faults told beforehand, and a supervisor who starts again what dies.

use std::{collections::BTreeSet, ops::Range, path::PathBuf, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    ground::Ground,
    observer::{Expected, Observer, Seen},
};
use crate::{
    deployment::Deployment,
    harness::{Bench, PATIENCE, company, product},
};

/// What a page costs, and what one target may spend.
pub(super) const PRICE: &str = "0.01 USD";
pub(super) const BUDGET: &str = "0.30 USD";

/// The processes of most cases.
pub(super) const CREW: [&str; 4] = ["coordinator", "crawler", "extractor", "api"];

/// One case.
pub(super) struct Rig {
    pub(super) bench: Bench,
    pub(super) deployment: Deployment,
    pub(super) ground: Ground,
    pub(super) seed: u64,
    /// Pages cost money, so nothing may be asked for twice without being booked.
    paid: bool,
    case: String,
    faults: PathBuf,
    targets: usize,
    /// Jobs that were accepted.
    accepted: usize,
    /// How long the work may take, in all.
    patience: Duration,
    submissions: Vec<String>,
    began: std::time::Instant,
    revived: usize,
}

impl Rig {
    /// Prepares a case; starts no process. `case` is `NN what`.
    pub(super) async fn new(case: &str, ground: Ground) -> Self {
        Self::prepare(case, ground, false, |_| ()).await
    }

    /// The same with pages that cost money.
    pub(super) async fn paid(case: &str, ground: Ground) -> Self {
        Self::prepare(case, ground, true, |_| ()).await
    }

    pub(super) async fn prepare(
        case: &str,
        ground: Ground,
        paid: bool,
        change: impl FnOnce(&mut Bench),
    ) -> Self {
        let mut bench = Bench::new().await;
        for (name, value) in [
            ("CRAWL__CHAIN_TIMEOUT", "8s"),
            ("CRAWL__LEASE_MARGIN", "2s"),
            ("CRAWL__MAX_ATTEMPTS", "9"),
            ("FETCH__TOTAL_TIMEOUT", "6s"),
            ("FETCH__CONNECT_TIMEOUT", "3s"),
            ("FETCH__RATE_WINDOW", "5s"),
            ("RABBITMQ__CONFIRM_TIMEOUT", "5s"),
        ] {
            bench.set(&format!("GLEANER__{name}"), value);
        }
        if paid {
            bench.set("GLEANER__CRAWL__PAGE_PRICE", PRICE);
        }
        change(&mut bench);
        let faults = bench.path("faults");
        std::fs::create_dir(&faults).expect("the temporary directory is writable");
        let mut deployment = Deployment::over(&ground.servers(), &bench).await;
        deployment.set("GLEANER_FAULTS_DIR", &faults.display().to_string());
        let seed = seed();
        println!("case {case}, seed {seed}");
        Self {
            bench,
            deployment,
            ground,
            seed,
            paid,
            case: case.to_owned(),
            faults,
            targets: 0,
            accepted: 0,
            patience: PATIENCE * 3,
            submissions: Vec::new(),
            began: std::time::Instant::now(),
            revived: 0,
        }
    }

    /// Starts one of each, those named in `faults` (`crawler: crawl.fetched=crash`) with theirs, and waits until all are ready.
    pub(super) async fn start(&mut self, crew: &[&str], faults: &[(&str, &str)]) {
        for worker in crew {
            let told = faults.iter().find(|(name, _)| name == worker);
            let extra = told.map(|(_, fault)| ("GLEANER_FAULTS", *fault));
            self.deployment.spawn_with(worker, worker, extra.as_slice());
        }
        self.deployment.until_ready().await;
    }

    /// Submits so many companies of four pages and as many products of one.
    pub(super) async fn submit(&mut self, targets: usize, delay: Duration) {
        let mut written = self.head();
        for n in self.next(targets) {
            written.push_str(&self.company(n, delay));
            written.push_str(&self.product(n, delay));
        }
        self.submit_written(&written, targets * 2, &[]).await;
    }

    /// The same without the products: jobs that do not end with their first page.
    pub(super) async fn submit_companies(&mut self, targets: usize, delay: Duration) {
        let mut written = self.head();
        for n in self.next(targets) {
            written.push_str(&self.company(n, delay));
        }
        self.submit_written(&written, targets, &[]).await;
    }

    /// The same with what is written, which has so many targets.
    pub(super) async fn submit_written(&mut self, written: &str, targets: usize, more: &[&str]) {
        let file = self.bench.write(&format!("targets-{}.toml", self.submissions.len()), written);
        let ran = self.deployment.gleaner(&self.bench, &[&["submit", &file], more].concat()).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        self.accepted += targets;
        self.submissions.push(ran.stdout.trim().to_owned());
    }

    /// The newest submission's id.
    pub(super) fn submission(&self) -> &str {
        self.submissions.last().expect("something was submitted")
    }

    /// Jobs that came by another way than [`Self::submit`].
    pub(super) fn was_given(&mut self, jobs: usize) {
        self.accepted += jobs;
    }

    pub(super) fn be_patient(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Waits until every job ended, with what dies started again.
    pub(super) async fn until_ended(&mut self) {
        let observer = Observer::of(&self.deployment).await;
        let goes_on = async {
            while !observer.all_ended(&self.submissions).await {
                self.revived += self.deployment.revive().len();
                sleep(Duration::from_millis(50)).await;
            }
        };
        let ended = timeout(self.patience, goes_on).await;
        assert!(ended.is_ok(), "case {}: jobs do not end\n{}", self.case, self.logs());
    }

    /// What a file of targets begins with.
    fn head(&self) -> String {
        let money = if self.paid { format!(", money = \"{BUDGET}\"") } else { String::new() };
        format!("budget = {{ urls = 5, seconds = 900{money} }}\n")
    }

    /// The numbers of so many targets more.
    fn next(&mut self, targets: usize) -> Range<usize> {
        let first = self.targets;
        self.targets += targets;
        first..self.targets
    }

    /// A company of four pages, as a target.
    fn company(&self, n: usize, delay: Duration) -> String {
        let about: Vec<String> = (0..3).map(|page| format!("/contact-{n}-{page}")).collect();
        let site = &self.bench.site;
        let phone = format!("<p>Tel: +49 40 555{n:04}</p>");
        site.set(&format!("/home-{n}"), company(&about, &phone).after(delay));
        for link in &about {
            site.set(link, company(&[], &format!("<p>About {link}</p>")).after(delay));
        }
        let home = site.url(&format!("/home-{n}"));
        format!("[[targets]]\nid = \"c{n}\"\nschema = \"company\"\nurls = [\"{home}\"]\n")
    }

    /// A product of one page, as a target.
    fn product(&self, n: usize, delay: Duration) -> String {
        let site = &self.bench.site;
        site.set(&format!("/item-{n}"), product(&format!("Item{n}"), "12.50", "").after(delay));
        let item = site.url(&format!("/item-{n}"));
        format!("[[targets]]\nid = \"p{n}\"\nschema = \"product\"\nurls = [\"{item}\"]\n")
    }

    /// Work goes on until so many pages more were asked for.
    pub(super) async fn until_asked(&mut self, more: usize) {
        let goal = self.bench.site.arrived() + more;
        let goes_on = async {
            while self.bench.site.arrived() < goal {
                self.revived += self.deployment.revive().len();
                sleep(Duration::from_millis(20)).await;
            }
        };
        let goes_on = timeout(PATIENCE, goes_on).await;
        assert!(goes_on.is_ok(), "case {}: work does not go on\n{}", self.case, self.logs());
    }

    /// The faults that came, as `step.time`.
    pub(super) fn fired(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.faults).expect("the directory is there");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// Everything that was accepted comes to its end, with what dies started again; then the observer counts.
    pub(super) async fn ends(&mut self, expected: Expected) -> Seen {
        match self.outcome(expected).await {
            Ok(seen) => seen,
            Err(broken) => panic!("case {} (seed {}): {broken}\n{}", self.case, self.seed, self.logs()),
        }
    }

    /// The same, telling what is broken.
    pub(super) async fn outcome(&mut self, expected: Expected) -> Result<Seen, String> {
        let observer = Observer::of(&self.deployment).await;
        let deadline = tokio::time::Instant::now() + self.patience;
        while !observer.all_ended(&self.submissions).await {
            self.revived += self.deployment.revive().len();
            if tokio::time::Instant::now() > deadline {
                let open = observer.open_jobs().await;
                return Err(format!("jobs do not end: {open}"));
            }
            sleep(Duration::from_millis(100)).await;
        }
        let accepted = self.accepted;
        let seen = observer.counts(&self.bench, accepted, self.paid, &expected).await?;
        let fired = self.fired();
        if let Some(mark) = expected.fired.iter().find(|mark| !fired.contains(**mark)) {
            return Err(format!("`{mark}` never fired: {fired:?}"));
        }
        self.write(&seen, &fired);
        Ok(seen)
    }

    /// Says what came of it, for the table in docs/reliability.md.
    fn write(&self, seen: &Seen, fired: &BTreeSet<String>) {
        let (number, what) = self.case.split_once(' ').expect("a number and words");
        let told = serde_json::json!({
            "case": number.parse::<u32>().expect("a number"),
            "what": what,
            "broker": self.ground.broker(),
            "paid": self.paid,
            "seed": self.seed,
            "seconds": self.began.elapsed().as_secs(),
            "restarts": self.revived,
            "fired": fired,
            "seen": seen,
        });
        let name: String =
            self.case.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let paid = if self.paid { "-paid" } else { "" };
        let file = outcomes().join(format!("{name}-{}{paid}.json", self.ground.broker()));
        std::fs::write(file, told.to_string()).expect("target is writable");
    }

    /// Says what came of a case without a safeguard, for the second table.
    pub(super) fn write_control(&self, without: &str, fault: &str, broken: Option<&str>) {
        let told = serde_json::json!({ "without": without, "fault": fault, "broken": broken });
        std::fs::write(outcomes().join(format!("control {without} {fault}.json")), told.to_string())
            .expect("target is writable");
    }

    /// The ends of all logs, for whoever looks for the reason.
    fn logs(&self) -> String {
        let mut told = String::new();
        for name in self.deployment.names() {
            let log = self.deployment.told(&name);
            let lines: Vec<&str> = log.lines().collect();
            told.push_str(&format!("--- {name}\n{}\n", lines[lines.len().saturating_sub(30)..].join("\n")));
        }
        told
    }
}

/// Told by `GLEANER_FAULTS_SEED`, else by the clock.
#[expect(clippy::disallowed_methods, reason = "tests are told their seed")]
fn seed() -> u64 {
    let told = std::env::var("GLEANER_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    told.unwrap_or(now.subsec_nanos().into())
}

/// Draws by a seed: enough to choose whom to kill, and when.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// Below `most`, which is not 0.
    pub(super) fn below(&mut self, most: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((drawn ^ (drawn >> 31)) % most as u64).expect("below a usize")
    }
}

/// Where the outcomes of this build's cases are collected.
fn outcomes() -> PathBuf {
    let gleaner = crate::harness::binary("gleaner");
    let target = gleaner.ancestors().nth(2).expect("binaries lie in target/<profile>");
    let dir = target.join("faults");
    std::fs::create_dir_all(&dir).expect("target is writable");
    dir
}
