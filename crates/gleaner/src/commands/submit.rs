//! `gleaner submit` and `watch`: the same as `run`, with the work done by a deployment.

use std::time::Duration;

use gleaner_api::Client;
use gleaner_contract::{Lane, SubmissionId};
use tokio::time::{Instant, interval};

use crate::{
    args::{Global, LaneName, ResultArgs, SubmitArgs, WatchArgs},
    commands::run,
    exit::{BadInput, Outcome},
    out::{line, note},
    outputs::Outputs,
    progress::{AboveBar, Bars},
    settings,
    signals::{Interrupted, Signals},
};

/// Between two looks at a submission.
const LOOK: Duration = Duration::from_millis(500);

/// A deployment that does not answer is waited for this long: it may be restarting.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn submit(global: &Global, args: SubmitArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let client = settings::needed_deployment(global, &config)?;
    let intake = run::read_targets(&args.targets, &config, args.offline)?;
    let telemetry = settings::telemetry(global, &config).start_with(|| AboveBar)?;
    run::tell_rejected(&intake, args.results.out.as_deref())?;
    run::refuse_empty(&intake)?;
    let lane = match args.lane {
        LaneName::Hi => Lane::Hi,
        LaneName::Lo => Lane::Lo,
    };
    let accepted = client.submit(&intake.submission, lane).await?;
    if accepted.resumed {
        note(format_args!("carrying on with submission {}", accepted.id));
    }
    let outcome = if args.watch {
        wait_and_show(client, accepted.id, &args.results, &intake.rejected).await?
    } else {
        line(accepted.id)?;
        note(format_args!(
            "accepted {} targets; `gleaner watch {}` waits for them",
            accepted.jobs, accepted.id
        ));
        Outcome::Completed
    };
    let _ = tokio::task::spawn_blocking(move || telemetry.shutdown()).await;
    Ok(outcome)
}

pub(super) async fn watch(global: &Global, args: WatchArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let client = settings::needed_deployment(global, &config)?;
    let submission = match &args.submission {
        Some(id) => {
            id.parse().map_err(|error| BadInput::new(format!("{error}")).hint("`gleaner jobs` lists them"))?
        }
        None => {
            let newest = client.submissions(1).await?.pop();
            newest.ok_or_else(|| BadInput::new("there is no submission yet"))?.id
        }
    };
    if let Some(dir) = &args.results.out {
        run::create_dir(dir)?;
    }
    wait_and_show(client, submission, &args.results, &[]).await
}

async fn wait_and_show(
    client: Client,
    submission: SubmissionId,
    args: &ResultArgs,
    rejected: &[gleaner_intake::Rejected],
) -> anyhow::Result<Outcome> {
    let outputs = Outputs::There(client.clone());
    let jobs = outputs.submission(submission).await?.jobs;
    let mut signals = Signals::listen()?;
    let bars = Bars::new(submission, u64::from(jobs), args.quiet);
    let ended = wait(&client, submission, &bars, &mut signals).await;
    bars.finish();
    let interrupted = ended?;
    let showing = run::show(&outputs, submission, args, rejected, interrupted);
    signals.unless_again(showing).await
}

/// Waits until every job of the submission is terminal, or until a signal asks to leave.
async fn wait(
    client: &Client,
    submission: SubmissionId,
    bars: &Bars,
    signals: &mut Signals,
) -> anyhow::Result<Option<Interrupted>> {
    let mut look = interval(LOOK);
    let mut heard = Instant::now();
    loop {
        let looked = async {
            look.tick().await;
            client.submission(submission).await
        };
        // a deployment that does not answer keeps nobody here
        let seen = tokio::select! {
            signal = signals.next() => return Ok(Some(signal)),
            seen = looked => seen,
        };
        match seen {
            Ok(Some(row)) => {
                heard = Instant::now();
                bars.ended(u64::from(row.ended));
                if row.ended >= row.jobs {
                    return Ok(None);
                }
            }
            Ok(None) => return Err(BadInput::new(format!("submission {submission} is gone")).into()),
            Err(error) if error.is_passing() && heard.elapsed() < PATIENCE => {}
            Err(error) => return Err(error.into()),
        }
    }
}
