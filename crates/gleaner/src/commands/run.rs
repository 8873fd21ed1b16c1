//! `gleaner run`: targets in, records out, in this process.

use std::{
    io::{ErrorKind, IsTerminal, Write, stdout},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use gleaner_api::Reader;
use gleaner_config::Config;
use gleaner_contract::{Lane, SubmissionId, Tenant};
use gleaner_intake::{Intake, Options, Rejected, SchemaChoice, write_rejected_csv};
use gleaner_records::printable;
use tokio::sync::broadcast::error::RecvError;

use crate::{
    args::{Global, ResultArgs, RunArgs, Shown, TargetArgs},
    commands::export,
    embedded::Embedded,
    exit::{BadInput, Outcome},
    out::{note, out},
    outputs::Outputs,
    progress::{AboveBar, Bars},
    settings,
    signals::{Interrupted, Signals},
};

/// How long settled work may take to wind down; after an interruption nobody waits for pages under way.
const SETTLE: Duration = Duration::from_secs(10);
const LEAVE: Duration = Duration::from_millis(500);

/// Rejected rows told one by one on standard error; all are in `rejected.csv`, where there is one.
const REJECTED_SHOWN: usize = 10;

const REJECTED_FILE: &str = "rejected.csv";

pub(super) async fn run(global: &Global, args: RunArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let intake = read_targets(&args.targets, &config, args.offline)?;
    let telemetry = settings::telemetry(global, &config).start_with(|| AboveBar)?;
    tell_rejected(&intake, args.results.out.as_deref())?;
    refuse_empty(&intake)?;
    let embedded = Embedded::start(&config, &settings::state_dir(global, &config)?).await?;
    let watch = embedded.coordinator.watch();
    let submitted = embedded.coordinator.submit(&Tenant::local(), Lane::Lo, &intake.submission).await?;
    if submitted.resumed {
        note(format_args!("carrying on with submission {}", submitted.id));
    }
    let outputs = Outputs::Here(Reader::new(embedded.store.clone(), Tenant::local()));
    let mut signals = Signals::listen()?;
    let ended = wait(&outputs, watch, submitted.id, args.results.quiet, &mut signals).await;
    let finish = async {
        embedded.stop(if matches!(ended, Ok(None)) { SETTLE } else { LEAVE }).await;
        let shown = match ended {
            Ok(interrupted) => {
                show(&outputs, submitted.id, &args.results, &intake.rejected, interrupted).await
            }
            Err(error) => Err(error),
        };
        // sending the last spans blocks
        let _ = tokio::task::spawn_blocking(move || telemetry.shutdown()).await;
        shown
    };
    signals.unless_again(finish).await
}

pub(super) fn read_targets(args: &TargetArgs, config: &Config, offline: bool) -> anyhow::Result<Intake> {
    if args.inputs.iter().any(|input| input.trim().is_empty()) {
        return Err(BadInput::new("an input is empty").hint("is a variable of the shell not set?").into());
    }
    let schema = match (&args.built_in, &args.schema) {
        (Some(name), _) => Some(SchemaChoice::Named(name.clone())),
        (None, Some(file)) => Some(SchemaChoice::File(file.clone())),
        (None, None) => None,
    };
    let mut default_budget = config.budget.clone();
    if let Some(budget) = &args.budget {
        default_budget = default_budget.overridden_by(&settings::budget("--budget", budget)?);
    }
    let total = args.total.as_deref().map(|total| settings::budget("--total", total));
    let total = total.transpose()?.unwrap_or_default();
    let options = Options { schema, default_budget, total, offline, ..Options::default() };
    Ok(gleaner_intake::from_inputs(&args.inputs, &options)
        .map_err(|error| BadInput::new(error.to_string()))?)
}

/// Fails where every target was rejected.
pub(super) fn refuse_empty(intake: &Intake) -> Result<(), BadInput> {
    if !intake.submission.targets.is_empty() {
        return Ok(());
    }
    Err(BadInput::new("no target is left to run").hint("each rejected row above says what to mend"))
}

/// Tells what does not run, and leaves it in `rejected.csv`; one that an earlier run left would look like this run's.
pub(super) fn tell_rejected(
    Intake { rejected, warnings, .. }: &Intake,
    out: Option<&Path>,
) -> anyhow::Result<()> {
    for warning in warnings {
        note(format_args!("warning: {warning}"));
    }
    for row in rejected.iter().take(REJECTED_SHOWN) {
        note(format_args!("rejected: {}", printable(&row.to_string())));
    }
    if let Some(more) = rejected.len().checked_sub(REJECTED_SHOWN).filter(|more| *more > 0) {
        note(match out {
            Some(_) => format!("… and {more} more, all in {REJECTED_FILE}"),
            None => format!("… and {more} more; --out DIR leaves them all in {REJECTED_FILE}"),
        });
    }
    let Some(dir) = out else { return Ok(()) };
    create_dir(dir)?;
    let path = dir.join(REJECTED_FILE);
    if rejected.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove `{}`", path.display()))
            }
            _ => Ok(()),
        };
    }
    let file =
        std::fs::File::create(&path).with_context(|| format!("could not write `{}`", path.display()))?;
    Ok(write_rejected_csv(rejected, std::io::BufWriter::new(file))?)
}

/// A directory for what a command leaves.
pub(super) fn create_dir(dir: &Path) -> Result<(), BadInput> {
    std::fs::create_dir_all(dir).map_err(|error| {
        BadInput::because(format_args!("could not create the directory `{}`", dir.display()), error)
    })
}

/// Waits until every job of the submission is terminal, or until a signal asks to leave.
async fn wait(
    outputs: &Outputs,
    mut watch: tokio::sync::broadcast::Receiver<gleaner_coordinator::Progress>,
    submission: SubmissionId,
    quiet: bool,
    signals: &mut Signals,
) -> anyhow::Result<Option<Interrupted>> {
    let row = outputs.submission(submission).await?;
    let mut bars = Bars::new(submission, u64::from(row.jobs), quiet);
    // progress tells when to look; the store tells whether all have ended
    let mut look = tokio::time::interval(Duration::from_millis(250));
    loop {
        tokio::select! {
            signal = signals.next() => {
                bars.finish();
                return Ok(Some(signal));
            }
            progress = watch.recv() => match progress {
                Ok(progress) => {
                    bars.update(&progress);
                    if !progress.status.is_terminal() {
                        continue;
                    }
                }
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => anyhow::bail!("the coordinator stopped"),
            },
            _ = look.tick() => {}
        }
        let row = outputs.submission(submission).await?;
        bars.ended(u64::from(row.ended));
        if row.ended >= row.jobs {
            bars.finish();
            return Ok(None);
        }
    }
}

/// Leaves the files and prints the records: of every target, or of those that ended before the interruption.
pub(super) async fn show(
    outputs: &Outputs,
    submission: SubmissionId,
    args: &ResultArgs,
    rejected: &[Rejected],
    interrupted: Option<Interrupted>,
) -> anyhow::Result<Outcome> {
    let results = export::Results::load(outputs, submission).await?;
    let mut files = match &args.out {
        Some(dir) => results.write_all(outputs, dir).await?,
        None => Vec::new(),
    };
    if let (Some(dir), false) = (&args.out, rejected.is_empty()) {
        files.push(dir.join(REJECTED_FILE));
    }
    let shown = args.format.unwrap_or(if stdout().is_terminal() { Shown::Table } else { Shown::Jsonl });
    let mut out = out();
    match shown {
        Shown::Jsonl => results.write_jsonl(&mut out)?,
        Shown::Table => out.write_all(results.table(&files, stdout().is_terminal()).as_bytes())?,
    }
    out.flush()?;
    let Some(Interrupted(signal)) = interrupted else {
        return Ok(Outcome::of(results.records.iter().map(|record| record.status)));
    };
    let jobs = outputs.submission(submission).await?.jobs;
    let carry_on = match outputs {
        Outputs::Here(_) => "the same command carries on from here".to_owned(),
        Outputs::There(_) => format!("the rest goes on there; `gleaner watch {submission}` waits for it"),
    };
    note(format_args!("stopped with {} of {jobs} targets done; {carry_on}", results.records.len()));
    Ok(Outcome::Interrupted(signal))
}
