//! A check-up of a deployment: its servers, what lies in them, who works, and whose clock or version differs. It changes
//! nothing, but for the name of an emptied cache, which whoever connects first gives it.

use std::time::Duration;

use gleaner_api::Client;
use gleaner_config::Config;
use gleaner_fetch::OperatorClient;
use tokio::time::timeout;

mod broker;
mod cache;
mod clock;
mod database;
mod report;
mod versions;

pub(crate) use database::hint as hint_of_database;
use report::{Check, Report};

/// For each check.
const DEADLINE: Duration = Duration::from_secs(5);

/// Makes every check, side by side, whatever others find. `api` is the deployment's, where one is named.
pub(crate) async fn examine(config: &Config, api: Option<&Client>, operator: &OperatorClient) -> Report {
    let (broker, cache, database, versions) = tokio::join!(
        broker::examine(&config.rabbitmq),
        cache::examine(config),
        database::examine(&config.postgres),
        versions::examine(config, api, operator),
    );
    let mut report = Report::default();
    for section in [broker, cache, database] {
        report.unusable |= section.unusable;
        report.checks.extend(section.checks);
    }
    report.checks.extend(versions);
    report.checks.push(models());
    report
}

/// What one server tells.
#[derive(Debug, Default)]
struct Section {
    checks: Vec<Check>,
    /// Nobody can work with it.
    unusable: bool,
}

impl Section {
    /// The server cannot be used, so these were not made.
    fn unusable(service: &str, why: Check, not_made: &[&str]) -> Self {
        let mut checks = vec![why];
        let blind = format!("not asked: {service} cannot be used");
        checks.extend(not_made.iter().map(|name| Check::note(*name, &blind)));
        Self { checks, unusable: true }
    }
}

/// The answer, or `None` past the deadline.
async fn in_time<T>(asking: impl Future<Output = T>) -> Option<T> {
    timeout(DEADLINE, asking).await.ok()
}

/// The answer, or why there is none, in one line.
async fn answer<T, E>(asking: impl Future<Output = Result<T, E>>) -> Result<T, String>
where
    E: Into<anyhow::Error>,
{
    match in_time(asking).await {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(error)) => Err(format!("{:#}", error.into())),
        None => Err(late()),
    }
}

fn late() -> String {
    format!("no answer within {} s", DEADLINE.as_secs())
}

/// What takes this long, for people.
fn shown(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds @ 1..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// `1 message`, `2 messages`
fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// No worker can be given a provider yet.
fn models() -> Check {
    Check::note("models", "no model provider: fields that rules cannot read stay empty")
}

#[cfg(test)]
mod tests;
