//! What is done to jobs: cancelled, or taken up again; in a deployment, or in the state directory.

use anyhow::Context as _;
use gleaner_api::{Client, Reader, RequeuedView};
use gleaner_config::Config;
use gleaner_contract::{JobId, SubmissionId, Tenant};

use super::here;
use crate::{
    args::{Global, HereArgs},
    exit::{BadInput, Outcome},
    kept::Kept,
    out::line,
    outputs::Outputs,
    settings,
};

const STORE: &str = "could not change the job store";

/// Where the jobs are.
enum Place {
    There(Client),
    Here { kept: Kept, reader: Reader },
}

impl Place {
    async fn open(global: &Global, config: &Config) -> anyhow::Result<Self> {
        if let Some(client) = settings::deployment(global, config)? {
            return Ok(Self::There(client));
        }
        let kept = Kept::held(config, &settings::state_dir(global, config)?).await?;
        let reader = Reader::new(kept.store.clone(), Tenant::local());
        Ok(Self::Here { kept, reader })
    }

    /// How many jobs that ended; `None` where nothing has this id.
    async fn cancel(&self, id: &str) -> anyhow::Result<Option<u64>> {
        if let Ok(submission) = id.parse::<SubmissionId>() {
            let cancelled = self.cancel_submission(submission).await?;
            if cancelled.is_some() {
                return Ok(cancelled);
            }
        }
        let Ok(job) = id.parse::<JobId>() else { return Ok(None) };
        match self {
            Self::There(client) => Ok(client.cancel_job(job).await?),
            Self::Here { kept, reader } => match reader.job(job).await? {
                Some(_) => Ok(Some(u64::from(kept.admissions.cancel(job).await.context(STORE)?))),
                None => Ok(None),
            },
        }
    }

    async fn cancel_submission(&self, id: SubmissionId) -> anyhow::Result<Option<u64>> {
        let (kept, reader) = match self {
            Self::There(client) => return Ok(client.cancel_submission(id).await?),
            Self::Here { kept, reader } => (kept, reader),
        };
        if reader.submission(id).await?.is_none() {
            return Ok(None);
        }
        let mut cancelled = 0;
        for job in Outputs::Here(reader.clone()).jobs(id).await? {
            cancelled += u64::from(kept.admissions.cancel(job.job).await.context(STORE)?);
        }
        Ok(Some(cancelled))
    }

    async fn requeue(&self, id: &str) -> anyhow::Result<Option<RequeuedView>> {
        let Ok(job) = id.parse::<JobId>() else { return Ok(None) };
        match self {
            Self::There(client) => Ok(client.requeue_job(job).await?),
            Self::Here { kept, .. } => {
                Ok(kept.admissions.requeue(job).await.context(STORE)?.map(RequeuedView::from))
            }
        }
    }
}

/// Cancels in a deployment, which has to be named.
pub(super) async fn cancel_there(global: &Global, id: &str) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let place = Place::There(settings::needed_deployment(global, &config)?);
    cancel_in(&place, &[id.to_owned()]).await
}

pub(super) async fn cancel(global: &Global, ids: &[String]) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    cancel_in(&Place::open(global, &config).await?, ids).await
}

async fn cancel_in(place: &Place, ids: &[String]) -> anyhow::Result<Outcome> {
    let (mut cancelled, mut unknown) = (None, Vec::new());
    for id in ids {
        match place.cancel(id).await? {
            Some(jobs) => *cancelled.get_or_insert(0) += jobs,
            None => unknown.push(id),
        }
    }
    if let Some(jobs) = cancelled {
        line(format_args!("cancelled {jobs} job{}", if jobs == 1 { "" } else { "s" }))?;
    }
    known("submission or job", &unknown)?;
    Ok(Outcome::Completed)
}

pub(super) async fn requeue(global: &Global, ids: &[String], args: &HereArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let place = Place::open(global, &config).await?;
    let (mut requeued, mut unknown) = (Vec::new(), Vec::new());
    for id in ids {
        match place.requeue(id).await? {
            Some(done) => {
                line(told(id, &done))?;
                requeued.push(done.job);
            }
            None => unknown.push(id),
        }
    }
    let dir = match place {
        Place::There(_) => None,
        Place::Here { kept, .. } => {
            let dir = kept.dir.clone();
            kept.close().await;
            dir
        }
    };
    let mut outcome = Outcome::Completed;
    if let (Some(dir), false) = (dir, requeued.is_empty()) {
        outcome = Box::pin(here::carry_on(global, &config, &dir, &requeued)).await?;
    }
    known("job", &unknown)?;
    Ok(outcome)
}

/// What was done to a job, for people.
pub(super) fn told(asked: &str, done: &RequeuedView) -> String {
    let RequeuedView { submission, job, anew, woken } = done;
    match (anew, woken) {
        (true, _) => {
            format!("job {asked} has ended: its target is done anew by job {job} of submission {submission}")
        }
        (false, 1) => format!("job {job} is due now, and a task of it that waited"),
        (false, woken) => format!("job {job} is due now, and {woken} tasks of it that waited"),
    }
}

fn known(what: &str, unknown: &[&String]) -> Result<(), BadInput> {
    if unknown.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = unknown.iter().map(|id| format!("`{}`", gleaner_records::printable(id))).collect();
    Err(BadInput::new(format!("no {what} {}", ids.join(", "))).hint("`gleaner jobs` lists them"))
}
