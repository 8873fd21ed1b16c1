//! Looks at a deployment from outside: the site's own log, the database, and the broker's management. Whatever happened,
//! the promises hold.

use std::{collections::BTreeMap, time::Duration};

use gleaner_contract::{Counter, JobStatus, Tenant, UrlOutcome};
use gleaner_coordinator::read_state;
use gleaner_ports::{
    JobStore,
    jobs::{JobRow, TaskState},
};
use gleaner_store::{PostgresConfig, PostgresJobs};
use gleaner_testkit::Management;
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    deployment::Deployment,
    harness::{Bench, PATIENCE},
};

/// What a case leaves beyond what every case does.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// Faults that must have come, as `step.time`.
    pub(super) fired: &'static [&'static str],
    /// How often one page may be asked for.
    pub(super) asked_at_most: usize,
    /// Dead letters filed, by class.
    pub(super) dead: &'static [(&'static str, usize)],
    /// Jobs that do not end as completed.
    pub(super) not_completed: usize,
    /// Tasks may be dispatched again.
    pub(super) reissues: bool,
    /// Completed jobs found what their pages say.
    pub(super) data: bool,
    /// Requests at once on the site's host.
    pub(super) in_flight: usize,
}

impl Default for Expected {
    fn default() -> Self {
        Self {
            fired: &[],
            asked_at_most: 3,
            dead: &[],
            not_completed: 0,
            reissues: true,
            data: true,
            in_flight: 2,
        }
    }
}

/// What was counted.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Seen {
    pub(super) jobs: usize,
    pub(super) pages: usize,
    /// Requests for pages that the site saw.
    pub(super) requests: usize,
    pub(super) reissues: u32,
    /// What the requests cost, and what the jobs' accounts know of it.
    pub(super) bill: String,
    pub(super) settled: String,
    pub(super) unknown: String,
}

pub(super) struct Observer {
    management: Management,
    virtual_host: String,
    store: PostgresJobs,
}

/// Long enough for the broker to count its queues anew.
const RECOUNTED: Duration = Duration::from_millis(500);

impl Observer {
    pub(super) async fn of(deployment: &Deployment) -> Self {
        let config = PostgresConfig { url: deployment.database().to_owned(), ..PostgresConfig::default() };
        let store = PostgresJobs::connect(&config).await.expect("the database is there");
        let (management, virtual_host) = (deployment.management.clone(), deployment.virtual_host.clone());
        Self { management, virtual_host, store }
    }

    pub(super) async fn jobs(&self) -> Vec<JobRow> {
        let mut tx = self.store.begin().await.expect("the database is there");
        let mut jobs = Vec::new();
        for submission in tx.submissions(&Tenant::local(), 1_000).await.expect("they can be read") {
            jobs.extend(tx.jobs_of(submission.id, 0, 10_000).await.expect("they can be read"));
        }
        jobs
    }

    pub(super) async fn all_ended(&self, submissions: &[String]) -> bool {
        // the database may be what the case has taken away
        let Ok(mut tx) = self.store.begin().await else { return false };
        let Ok(found) = tx.submissions(&Tenant::local(), 1_000).await else { return false };
        submissions.iter().all(|id| {
            found.iter().any(|row| row.id.to_string() == *id && row.jobs > 0 && row.jobs == row.ended)
        })
    }

    /// What is left, for people.
    pub(super) async fn open_jobs(&self) -> String {
        let mut told = String::new();
        for job in self.jobs().await.iter().filter(|job| job.ended_at.is_none()).take(5) {
            told.push_str(&format!("{} {} due {:?}", job.target, job.status.as_str(), job.next_due));
            let mut tx = self.store.begin().await.expect("the database is there");
            for task in tx.tasks_of(job.id).await.expect("they can be read") {
                told.push_str(&format!(
                    "\n  {} {} epoch {} crashes {} not before {} lease {:?}",
                    task.url,
                    task.state.as_str(),
                    task.epoch,
                    task.crashes,
                    task.not_before,
                    task.lease_until
                ));
            }
            told.push('\n');
        }
        told
    }

    /// Every promise, or the first that is broken.
    pub(super) async fn counts(
        &self,
        bench: &Bench,
        accepted: usize,
        paid: bool,
        expected: &Expected,
    ) -> Result<Seen, String> {
        self.nothing_is_left().await?;
        let jobs = self.jobs().await;
        check(jobs.len() == accepted, || format!("{} jobs of {accepted} accepted targets", jobs.len()))?;
        let (mut pages, mut reissues, mut not_completed) = (0, 0, 0);
        let (mut settled, mut unknown) = (rust_decimal::Decimal::ZERO, rust_decimal::Decimal::ZERO);
        let mut tx = self.store.begin().await.map_err(|error| error.to_string())?;
        for job in &jobs {
            let of = &job.target;
            check(job.ended_at.is_some(), || format!("{of} has not ended"))?;
            let record = tx.record_of(job.id).await.map_err(|error| error.to_string())?;
            let record = record.ok_or_else(|| format!("{of} ended and left no record"))?;
            check(record.status == job.status && record.revision == 1, || format!("{of}: {record:?}"))?;
            let state = read_state(job).map_err(|error| error.to_string())?;
            check(state.counts.balances() && state.counts.open == 0, || format!("{of}: {:?}", state.counts))?;
            check(state.account.holds() && state.account.reserved.is_empty(), || {
                format!("{of}: its budget is no wall: {:?}", state.account)
            })?;
            let tasks = tx.tasks_of(job.id).await.map_err(|error| error.to_string())?;
            let came = |wanted: &[UrlOutcome]| {
                let outcomes = tasks.iter().filter_map(|task| task.outcome);
                outcomes.filter(|(outcome, _)| wanted.contains(outcome)).count()
            };
            let read = came(&[UrlOutcome::Fetched, UrlOutcome::Reused]);
            check(read == state.pages_read as usize, || {
                format!(
                    "{of}: {read} pages came, {} were read: one had its effect twice, or none",
                    state.pages_read
                )
            })?;
            check(tasks.iter().all(|task| task.state == TaskState::Done), || {
                format!("{of}: a task is open")
            })?;
            if job.status != JobStatus::Completed {
                not_completed += 1;
            } else if expected.data {
                let (field, value) =
                    if of.starts_with('p') { ("price", "12.50") } else { ("telephone", "555") };
                let found = record.data.get(field).map(Value::to_string).unwrap_or_default();
                check(found.replace(' ', "").contains(value), || format!("{of}: `{field}` is {found}"))?;
            }
            pages += read;
            reissues += tasks.iter().map(|task| task.epoch.saturating_sub(1)).sum::<u32>();
            settled += state.account.settled.get(&Counter::MONEY);
            unknown += state.account.unknown.get(&Counter::MONEY);
        }
        check(not_completed == expected.not_completed, || {
            format!("{not_completed} jobs did not complete, {} should not", expected.not_completed)
        })?;
        check(expected.reissues || reissues == 0, || format!("{reissues} chains were dispatched again"))?;
        let filed = self.filed().await?;
        check(
            filed == expected.dead.iter().map(|(class, count)| ((*class).to_owned(), *count)).collect(),
            || format!("filed as dead: {filed:?}, expected {:?}", expected.dead),
        )?;
        let requests = self.requests(bench, expected)?;
        let bill =
            rust_decimal::Decimal::new(1, 2) * rust_decimal::Decimal::from(if paid { requests } else { 0 });
        check(settled <= bill, || format!("settled {settled} is more than the bill {bill}"))?;
        check(bill <= settled + unknown, || {
            format!("the bill {bill} is more than is accounted for: settled {settled}, unknown {unknown}")
        })?;
        Ok(Seen {
            jobs: jobs.len(),
            pages,
            requests,
            reissues,
            bill: bill.to_string(),
            settled: settled.to_string(),
            unknown: unknown.to_string(),
        })
    }

    /// The outbox and every queue run empty.
    async fn nothing_is_left(&self) -> Result<(), String> {
        let mut left = String::new();
        let until = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < until {
            let mut tx = self.store.begin().await.map_err(|error| error.to_string())?;
            let outbox = tx.next_outbox().await.map_err(|error| error.to_string())?;
            drop(tx);
            let queues = self.management.queues(&self.virtual_host).await;
            let counted = |queue: &Value| queue["messages"].as_u64();
            let full: Vec<&str> = queues
                .iter()
                .filter(|queue| counted(queue) != Some(0))
                .filter_map(|queue| queue["name"].as_str())
                .collect();
            if outbox.is_none() && full.is_empty() && queues.len() == gleaner_contract::Queue::all().len() {
                return Ok(());
            }
            left = format!("outbox due {outbox:?}, of {} queues not empty: {full:?}", queues.len());
            sleep(RECOUNTED).await;
        }
        Err(format!("something is left: {left}"))
    }

    pub(super) async fn filed(&self) -> Result<BTreeMap<String, usize>, String> {
        let mut tx = self.store.begin().await.map_err(|error| error.to_string())?;
        let mut filed = BTreeMap::new();
        for dead in tx.dead(0, 10_000).await.map_err(|error| error.to_string())? {
            *filed.entry(dead.row.class).or_default() += 1;
        }
        Ok(filed)
    }

    /// The site's own count.
    fn requests(&self, bench: &Bench, expected: &Expected) -> Result<usize, String> {
        let mut by_path: BTreeMap<String, usize> = BTreeMap::new();
        for hit in bench.site.hits() {
            *by_path.entry(hit.path).or_default() += 1;
        }
        for (path, asked) in &by_path {
            check(*asked <= expected.asked_at_most, || {
                format!("{path} was asked for {asked} times, at most {} are right", expected.asked_at_most)
            })?;
        }
        let most = bench.site.most_in_flight();
        check(most <= expected.in_flight, || format!("{most} requests at once on one host"))?;
        Ok(by_path.values().sum())
    }
}

fn check(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}
