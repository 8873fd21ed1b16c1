//! Looking at what is in the state directory, or at a deployment where one is named.

use gleaner_api::{JobView, Reader};
use gleaner_contract::{LedgerRow, Tenant};
use gleaner_records::{jsonl, ledger, printable};
use serde_json::json;
use std::io::Write as _;

use crate::{
    args::{Global, JobsArgs, LedgerArgs, LedgerFormat, RecordArgs},
    exit::{BadInput, Outcome},
    kept::Kept,
    out::{line, out},
    outputs::Outputs,
    settings,
};

/// Somewhere to read from.
pub(super) struct Opened {
    pub(super) outputs: Outputs,
    _kept: Option<Kept>,
}

pub(super) async fn open(global: &Global) -> anyhow::Result<Opened> {
    let config = settings::load(global, &[])?;
    if let Some(client) = settings::deployment(global, &config)? {
        return Ok(Opened { outputs: Outputs::There(client), _kept: None });
    }
    let kept = Kept::beside(&config, &settings::state_dir(global, &config)?).await?;
    let reader = Reader::new(kept.store.clone(), Tenant::local());
    Ok(Opened { outputs: Outputs::Here(reader), _kept: Some(kept) })
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
