//! `gleaner dead`: what queues gave up, looked at, replayed or deleted by an operator.

use std::{io::Write as _, time::Duration};

use anyhow::Context as _;
use gleaner_api::RequeuedView;
use gleaner_config::Config;
use gleaner_contract::{JobId, Timestamp};
use gleaner_coordinator::{ReplayError, Replayed};
use gleaner_ports::{Clock as _, SystemClock, jobs::Filed};

use super::{here, jobs};
use crate::{
    args::{DeadArgs, DeadCommand, Global, HereArgs},
    exit::{self, Outcome},
    kept::Kept,
    out::{line, note, out},
    settings,
};

mod letter;

use letter::Letter;

/// Letters of one transaction.
const PAGE: u32 = 200;

const STORE: &str = "could not read the job store";
const DEPLOYMENT: &str =
    "could not open the deployment's database (--state DIR would open what `gleaner run` left)";
const LISTS: &str = "`gleaner dead list` lists them";

pub(super) async fn dead(global: &Global, args: DeadArgs) -> anyhow::Result<Outcome> {
    match args.command {
        DeadCommand::List { limit, after, json } => list(global, limit, after, json).await,
        DeadCommand::Show { number, json } => show(global, number, json).await,
        DeadCommand::Replay { numbers, here } => replay(global, &numbers, &here).await,
        DeadCommand::Purge { older_than: Some(age), .. } => purge_all(global, age).await,
        DeadCommand::Purge { all: true, .. } => purge_all(global, Duration::ZERO).await,
        DeadCommand::Purge { numbers, .. } => purge(global, &numbers).await,
    }
}

/// To look.
async fn beside(global: &Global) -> anyhow::Result<Kept> {
    let config = settings::load(global, &[])?;
    match &global.state {
        Some(dir) => Kept::beside(&config, dir).await,
        None => Kept::of_deployment(&config).await.context(DEPLOYMENT),
    }
}

/// To change.
async fn held(global: &Global, config: &Config) -> anyhow::Result<Kept> {
    match &global.state {
        Some(dir) => Kept::held(config, dir).await,
        None => Kept::of_deployment(config).await.context(DEPLOYMENT),
    }
}

/// Those after this number.
async fn page(kept: &Kept, after: i64, limit: u32) -> anyhow::Result<Vec<Filed>> {
    kept.store.begin().await.context(STORE)?.dead(after, limit).await.context(STORE)
}

async fn list(global: &Global, limit: u32, after: i64, json: bool) -> anyhow::Result<Outcome> {
    let kept = beside(global).await?;
    let (mut last, mut shown, mut out) = (after, 0, out());
    while shown < limit {
        let letters = page(&kept, last, PAGE.min(limit - shown)).await?;
        let Some(filed) = letters.last() else { break };
        last = filed.number;
        for filed in &letters {
            let letter = Letter::of(filed);
            if json {
                writeln!(out, "{}", letter.row())?
            } else {
                writeln!(out, "{}", letter.line())?
            }
            shown += 1;
        }
    }
    out.flush()?;
    let more = shown == limit && !page(&kept, last, 1).await?.is_empty();
    kept.close().await;
    if shown == 0 && !json {
        note("no dead letters");
    } else if more {
        note(format_args!("there are more: `gleaner dead list --after {last}`"));
    }
    Ok(Outcome::Completed)
}

async fn show(global: &Global, number: i64, json: bool) -> anyhow::Result<Outcome> {
    let kept = beside(global).await?;
    let found = page(&kept, number.saturating_sub(1), 1).await?.pop();
    kept.close().await;
    let Some(filed) = found.filter(|filed| filed.number == number) else {
        return Err(exit::refused(ReplayError::Unknown(number), LISTS));
    };
    let letter = Letter::of(&filed);
    let whole = letter.whole();
    line(if json { serde_json::to_string_pretty(&whole)? } else { letter.sheet(&whole)? })?;
    Ok(Outcome::Completed)
}

async fn replay(global: &Global, numbers: &[i64], args: &HereArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let kept = held(global, &config).await?;
    let (mut outcome, mut jobs) = (Outcome::Completed, Vec::new());
    for number in numbers {
        match kept.admissions.replay(*number).await {
            Ok(replayed) => jobs.push(tell(*number, replayed)?),
            Err(error) => {
                let hint = hint(&error, *number);
                note(format_args!("error: {:#}\nhint: {hint}", anyhow::Error::from(error)));
                outcome = Outcome::Refused;
            }
        }
    }
    let dir = kept.dir.clone();
    kept.close().await;
    jobs.sort();
    jobs.dedup();
    match dir {
        Some(dir) if !jobs.is_empty() => {
            Ok(outcome.max(Box::pin(here::carry_on(global, &config, &dir, &jobs)).await?))
        }
        _ => Ok(outcome),
    }
}

/// The job that goes on with it.
fn tell(number: i64, replayed: Replayed) -> anyhow::Result<JobId> {
    match replayed {
        Replayed::Sent { job, queue } => {
            line(format_args!("{number}: goes to {queue} again, for job {job}"))?;
            Ok(job)
        }
        Replayed::Anew { of, requeued } => {
            line(format_args!("{number}: {}", jobs::told(&of.to_string(), &RequeuedView::from(requeued))))?;
            Ok(requeued.job)
        }
    }
}

fn hint(error: &ReplayError, number: i64) -> String {
    match error {
        ReplayError::Unknown(_) => LISTS.to_owned(),
        ReplayError::Nobodys(_) | ReplayError::Unreadable(_) => {
            format!("`gleaner dead purge {number}` deletes it; `gleaner dead show {number}` shows it")
        }
        ReplayError::Overtaken(_) => {
            format!("`gleaner dead purge {number}` deletes it; once its job has ended, it can be replayed")
        }
        ReplayError::Waits(_) => "a coordinator that leads sends it: `gleaner doctor`".to_owned(),
        ReplayError::Failed(_) => "try again once the job store answers".to_owned(),
    }
}

async fn purge(global: &Global, numbers: &[i64]) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let kept = held(global, &config).await?;
    let (mut purged, mut outcome) = (0, Outcome::Completed);
    let mut tx = kept.store.begin().await.context(STORE)?;
    for number in numbers {
        if tx.take_dead(*number).await.context(STORE)?.is_some() {
            purged += 1;
        } else {
            note(format_args!("error: {}\nhint: {LISTS}", ReplayError::Unknown(*number)));
            outcome = Outcome::Refused;
        }
    }
    tx.commit().await.context(STORE)?;
    kept.close().await;
    tell_purged(purged)?;
    Ok(outcome)
}

/// Those that were filed at least this long ago.
async fn purge_all(global: &Global, age: Duration) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &[])?;
    let kept = held(global, &config).await?;
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    let until = Timestamp::from_millis(SystemClock.now().as_millis().saturating_sub(age));
    let (mut last, mut purged) = (0, 0);
    loop {
        let mut tx = kept.store.begin().await.context(STORE)?;
        let letters = tx.dead(last, PAGE).await.context(STORE)?;
        let Some(filed) = letters.last() else { break };
        last = filed.number;
        // clocks of machines differ: with no age, every one is meant
        for old in letters.iter().filter(|filed| age == 0 || filed.row.at <= until) {
            purged += u64::from(tx.take_dead(old.number).await.context(STORE)?.is_some());
        }
        tx.commit().await.context(STORE)?;
    }
    kept.close().await;
    tell_purged(purged)?;
    Ok(Outcome::Completed)
}

fn tell_purged(purged: u64) -> std::io::Result<()> {
    line(format_args!("deleted {purged} dead letter{}", if purged == 1 { "" } else { "s" }))
}
