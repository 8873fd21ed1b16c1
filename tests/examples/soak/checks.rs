//! The servers looked at from outside, and what must hold once everything has drained.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gleaner_testkit::{Management, OwnServices};
use tokio::{
    process::Command,
    time::{sleep, timeout},
};

use crate::{deployment::Deployment, run::Run, sites::TARGETS_A_ROUND};

/// A question to a server.
const ANSWER: Duration = Duration::from_secs(10);
/// The broker counts its queues a moment late, and what was claimed from the outbox for sending is given back after a while.
const SETTLES: Duration = Duration::from_secs(60);
/// With few jobs waiting and faults of seconds, no job takes so long.
const STUCK: Duration = Duration::from_secs(300);
/// What one crawl of a page asks for at most, its retries included: `crawl.max_attempts` of the run.
const HITS_A_VISIT: u64 = 9;
/// `crawl.per_host`.
pub(crate) const IN_FLIGHT: usize = 2;

/// Messages and their bytes.
pub(crate) type Queues = BTreeMap<String, (u64, u64)>;

pub(crate) struct OurServers {
    pub(crate) own: Arc<OwnServices>,
    management: Management,
    virtual_host: String,
    database: String,
    redis: String,
}

impl OurServers {
    pub(crate) fn of(own: Arc<OwnServices>, deployment: &Deployment) -> Self {
        Self {
            management: deployment.management.clone(),
            virtual_host: deployment.virtual_host.clone(),
            database: deployment.database().to_owned(),
            redis: own.address("GLEANER_TEST_REDIS").to_owned(),
            own,
        }
    }

    /// The rows of a query, columns parted by `|`; `None` while the server is away.
    pub(crate) async fn query(&self, sql: &str) -> Option<String> {
        output(Command::new("psql").args(["-qAtX", &self.database, "-c", sql]).env("PGCONNECT_TIMEOUT", "3"))
            .await
    }

    async fn number(&self, sql: &str) -> Option<u64> {
        self.query(sql).await?.parse().ok()
    }

    /// Jobs that were accepted, and those of them that have ended.
    pub(crate) async fn jobs(&self) -> Option<(u64, u64)> {
        let told = self.query("SELECT count(*), count(ended_at) FROM jobs").await?;
        let (accepted, ended) = told.split_once('|')?;
        Some((accepted.parse().ok()?, ended.parse().ok()?))
    }

    /// Bytes.
    pub(crate) async fn database_size(&self) -> Option<u64> {
        self.number("SELECT pg_database_size(current_database())").await
    }

    /// Bytes and keys.
    pub(crate) async fn redis_use(&self) -> Option<(u64, u64)> {
        let memory = self.redis(&["INFO", "memory"]).await?;
        let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:"))?.trim().parse().ok()?;
        Some((used, self.redis(&["DBSIZE"]).await?.parse().ok()?))
    }

    pub(crate) async fn flush(&self) {
        // a server that is away has forgotten everything anyway
        self.redis(&["FLUSHALL"]).await;
    }

    async fn redis(&self, args: &[&str]) -> Option<String> {
        output(Command::new("redis-cli").args(["-u", &self.redis]).args(args)).await
    }

    pub(crate) async fn queues(&self) -> Option<Queues> {
        let rows = self.management.list(&format!("/queues/{}", self.virtual_host)).await?;
        let count = |row: &serde_json::Value, name: &str| row[name].as_u64();
        let queue = |row: &serde_json::Value| {
            let name = row["name"].as_str()?.trim_start_matches("gleaner.v1.").to_owned();
            Some((name, (count(row, "messages")?, count(row, "message_bytes").unwrap_or_default())))
        };
        rows.iter().map(queue).collect()
    }
}

async fn output(command: &mut Command) -> Option<String> {
    let ended = timeout(ANSWER, command.kill_on_drop(true).output()).await.ok()?.ok()?;
    ended.status.success().then(|| String::from_utf8_lossy(&ended.stdout).trim().to_owned())
}

/// Files a problem for whatever does not hold.
pub(crate) async fn check(run: &Run) {
    jobs(run).await;
    for (what, sql) in [
        (
            "jobs without a record",
            "SELECT count(*) FROM jobs j LEFT JOIN records r ON r.job = j.id WHERE r.job IS NULL",
        ),
        (
            "records without a job",
            "SELECT count(*) FROM records r LEFT JOIN jobs j ON r.job = j.id WHERE j.id IS NULL",
        ),
        ("open tasks", "SELECT count(*) FROM tasks WHERE state = 2"),
        ("messages in the outbox", "SELECT count(*) FROM outbox"),
        (
            "submissions whose count of ended jobs is wrong",
            "SELECT count(*) FROM submissions WHERE jobs <> ended",
        ),
    ] {
        let none = async || run.servers.number(sql).await == Some(0);
        if !comes(none).await {
            match run.servers.number(sql).await {
                Some(count) => run.problem(format!("{count} {what}")),
                None => run.problem(format!("postgres does not answer: {what}")),
            }
        }
    }
    let dead = "SELECT class, queue, left(detail, 120), task, job, epoch FROM dead ORDER BY seq LIMIT 20";
    for row in run.servers.query(dead).await.unwrap_or_default().lines() {
        run.problem(format!("filed as dead: {row}"));
    }
    queues(run).await;
    hosts(run);
}

async fn jobs(run: &Run) {
    for row in run.servers.query(UNFINISHED).await.unwrap_or_default().lines() {
        run.problem(format!("not ended: {row}"));
    }
    let statuses = run.servers.query("SELECT status || ' ' || count(*) FROM jobs GROUP BY status").await;
    for row in statuses.unwrap_or_default().lines() {
        if let Some((status, count)) = row.rsplit_once(' ') {
            run.statuses.borrow_mut().insert(status.to_owned(), count.parse().unwrap_or_default());
        }
    }
    longest(run).await;
    incomplete(run).await;
    let Some(known) = run.servers.query("SELECT id || ' ' || jobs FROM submissions").await else {
        return run.problem("postgres does not answer: submissions".to_owned());
    };
    let known: Vec<&str> = known.lines().collect();
    for id in run.accepted.borrow().clone() {
        if !known.contains(&format!("{id} {TARGETS_A_ROUND}").as_str()) {
            run.problem(format!("submission {id} was accepted, and is not there whole"));
        }
    }
}

/// Of those that have ended: one that was stuck and came free is told too.
async fn longest(run: &Run) {
    let told = run.servers.query(LONGEST).await.unwrap_or_default();
    let Some((job, seconds)) = told.rsplit_once('|') else { return };
    let seconds = seconds.parse().unwrap_or(f64::NAN);
    run.longest.set(seconds);
    if seconds > STUCK.as_secs_f64() {
        run.problem(format!("job {job} took {seconds:.0} s"));
    }
}

/// Jobs that ended otherwise than completed are told, with what became of their pages: a site was away, mostly.
async fn incomplete(run: &Run) {
    for row in run.servers.query(INCOMPLETE).await.unwrap_or_default().lines() {
        run.say(&format!("not completed: {row}"));
    }
}

const INCOMPLETE: &str = "SELECT j.target, j.status, to_timestamp(j.created_at / 1000)::time, (j.ended_at - j.created_at) / 1000,
    (SELECT string_agg(DISTINCT t.outcome || ' ' || t.reason || ' at attempt ' || t.attempt || ' crashes ' || t.crashes, ', ')
     FROM tasks t WHERE t.job = j.id)
    FROM jobs j WHERE j.status <> 'completed' AND j.ended_at IS NOT NULL ORDER BY j.created_at LIMIT 50";

const LONGEST: &str = "SELECT target, id, round((ended_at - created_at) / 1000.0, 1)
    FROM jobs WHERE ended_at IS NOT NULL ORDER BY ended_at - created_at DESC LIMIT 1";

const UNFINISHED: &str = "SELECT j.target, j.id, j.status, 'due', to_timestamp(j.next_due / 1000), 'tasks',
    (SELECT string_agg(t.id || ' state ' || t.state || ' epoch ' || t.epoch || ' crashes ' || t.crashes, ', ')
     FROM tasks t WHERE t.job = j.id AND t.state <> 3)
    FROM jobs j WHERE j.ended_at IS NULL ORDER BY j.created_at LIMIT 20";

async fn queues(run: &Run) {
    if !comes(async || left(run).await.is_some_and(|left| left.is_empty())).await {
        match left(run).await {
            Some(left) => run.problem(format!("left in queues: {left:?}")),
            None => run.problem("the broker does not tell of its queues".to_owned()),
        }
    }
}

/// Whether this is so in the end.
async fn comes(so: impl AsyncFn() -> bool) -> bool {
    let wait = timeout(SETTLES, async {
        while !so().await {
            sleep(Duration::from_secs(1)).await;
        }
    });
    wait.await.is_ok()
}

async fn left(run: &Run) -> Option<Queues> {
    let mut queues = run.servers.queues().await?;
    queues.retain(|_, (messages, _)| *messages > 0);
    Some(queues)
}

fn hosts(run: &Run) {
    let most = run.sites.most_in_flight();
    if most > IN_FLIGHT {
        run.problem(format!("{most} requests at once on one host, where {IN_FLIGHT} are allowed"));
    }
    for (page, asked) in run.sites.asked().iter() {
        if asked.hits > asked.visits * HITS_A_VISIT {
            run.problem(format!("{page} was asked for {} times by {} jobs", asked.hits, asked.visits));
        }
    }
}
