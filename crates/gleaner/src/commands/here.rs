//! Jobs of a state directory that a command has taken up again: worked on in this process, until they have ended.

use std::{path::Path, time::Duration};

use gleaner_api::Reader;
use gleaner_config::Config;
use gleaner_contract::{JobId, JobStatus, Tenant};
use tokio::time::interval;

use crate::{
    args::Global,
    embedded::Embedded,
    exit::Outcome,
    out::{line, note},
    settings,
    signals::{Interrupted, Signals},
};

/// Between two looks at a job.
const LOOK: Duration = Duration::from_millis(100);

/// How long settled work may take to wind down.
const SETTLE: Duration = Duration::from_secs(2);

/// Works on these jobs, whatever else rests in the directory, and tells how each ended.
pub(super) async fn carry_on(
    global: &Global,
    config: &Config,
    dir: &Path,
    jobs: &[JobId],
) -> anyhow::Result<Outcome> {
    let telemetry = settings::telemetry(global, config).start()?;
    let embedded = Embedded::start(config, dir).await?;
    let mut signals = Signals::listen()?;
    let worked = tokio::select! {
        worked = work(&embedded, jobs) => worked,
        Interrupted(signal) = signals.next() => {
            note("stopped; `gleaner jobs requeue` carries on with the job that is printed above");
            Ok(Outcome::Interrupted(signal))
        }
    };
    let leave = async {
        embedded.stop(SETTLE).await;
        // sending the last spans blocks
        let _ = tokio::task::spawn_blocking(move || telemetry.shutdown()).await;
    };
    signals.unless_again(leave).await;
    worked
}

async fn work(embedded: &Embedded, jobs: &[JobId]) -> anyhow::Result<Outcome> {
    let reader = Reader::new(embedded.store.clone(), Tenant::local());
    let status = async |job: JobId| -> anyhow::Result<JobStatus> {
        Ok(reader.job(job).await?.map_or(JobStatus::Cancelled, |job| job.status))
    };
    for job in jobs {
        // what was left under way rests until it is asked for
        if !status(*job).await?.is_terminal() {
            embedded.coordinator.requeue(*job).await?;
        }
    }
    let (mut look, mut ended) = (interval(LOOK), Vec::with_capacity(jobs.len()));
    for job in jobs {
        ended.push(loop {
            look.tick().await;
            let status = status(*job).await?;
            if status.is_terminal() {
                line(format_args!("{job}  {}", status.as_str()))?;
                break status;
            }
        });
    }
    Ok(Outcome::of(ended))
}
