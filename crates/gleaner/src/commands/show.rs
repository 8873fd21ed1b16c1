//! Looking at what is in the state directory, or at a deployment where one is named.

use gleaner_api::{JobView, Reader};
use gleaner_contract::{LedgerRow, Tenant};
use gleaner_ports::JobStore;
use gleaner_records::{jsonl, ledger, printable};
use gleaner_store::{SqliteJobs, StateDir, StateDirError};
use serde_json::json;
use std::{io::Write as _, sync::Arc};

use crate::{
    args::{Global, JobsArgs, LedgerArgs, LedgerFormat, RecordArgs},
    exit::{BadInput, Outcome},
    out::{line, out},
    outputs::Outputs,
    settings,
};

/// Somewhere to read from.
pub(super) struct Opened {
    pub(super) outputs: Outputs,
    /// Held unless another process is at work here.
    _dir: Option<StateDir>,
}

pub(super) async fn open(global: &Global) -> anyhow::Result<Opened> {
    let config = settings::load(global, &[])?;
    if let Some(client) = settings::deployment(global, &config)? {
        return Ok(Opened { outputs: Outputs::There(client), _dir: None });
    }
    let path = settings::state_dir(global, &config)?;
    if !StateDir::truth_in(&path).exists() {
        return Err(BadInput::new(format!("nothing has run in `{}` yet", path.display()))
            .hint("`gleaner run` makes it; --state DIR names another")
            .into());
    }
    let (jobs, dir) = match StateDir::open(&path) {
        Ok(dir) => (SqliteJobs::open(&dir.truth()).await?, Some(dir)),
        Err(StateDirError::Held { .. }) => (SqliteJobs::beside(&StateDir::truth_in(&path)).await?, None),
        Err(error) => return Err(error.into()),
    };
    let store: Arc<dyn JobStore> = Arc::new(jobs);
    let reader = Reader::new(store, Tenant::local());
    Ok(Opened { outputs: Outputs::Here(reader), _dir: dir })
}

pub(super) async fn record(global: &Global, args: &RecordArgs) -> anyhow::Result<Outcome> {
    let opened = open(global).await?;
    let job = opened.outputs.find_job(&args.id).await?;
    match opened.outputs.record(job.job).await? {
        Some(record) => {
            line(serde_json::to_string_pretty(&record)?)?;
            Ok(Outcome::of([record.status]))
        }
        None => Err(BadInput::new(format!("job {} has not ended ({})", job.job, job.status.as_str()))
            .hint("run the same submission again to carry on")
            .into()),
    }
}

pub(super) async fn ledger(global: &Global, args: &LedgerArgs) -> anyhow::Result<Outcome> {
    let opened = open(global).await?;
    let job = opened.outputs.find_job(&args.id).await?;
    let rows: Vec<LedgerRow> = opened.outputs.ledger(job.job).await?;
    let mut out = out();
    match args.format {
        LedgerFormat::Jsonl => jsonl::write(&rows, &mut out)?,
        LedgerFormat::Csv => ledger::write_csv(&rows, &mut out)?,
    }
    out.flush()?;
    Ok(Outcome::Completed)
}

pub(super) async fn jobs(global: &Global, args: &JobsArgs) -> anyhow::Result<Outcome> {
    let opened = open(global).await?;
    let mut out = out();
    for submission in opened.outputs.submissions(args.limit).await? {
        let jobs = opened.outputs.jobs(submission.id).await?;
        if args.json {
            for job in &jobs {
                writeln!(out, "{}", job_line(job))?;
            }
            continue;
        }
        writeln!(
            out,
            "{}  {}  {} of {} ended",
            submission.id, submission.created_at, submission.ended, submission.jobs
        )?;
        for job in &jobs {
            writeln!(out, "  {}  {:<9}  {}", job.job, job.status.as_str(), printable(&job.id))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Completed)
}

fn job_line(job: &JobView) -> serde_json::Value {
    json!({
        "submission": job.submission,
        "job": job.job,
        "id": job.id,
        "status": job.status,
        "createdAt": job.created_at,
        "endedAt": job.ended_at,
    })
}
