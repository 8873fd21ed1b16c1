//! A steady load: twenty targets every few seconds, for as long as few enough are unfinished.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::{harness::Ran, run::Run, sites::TARGETS_A_ROUND};

const EVERY: Duration = Duration::from_secs(3);
const UNFINISHED: u64 = 200;
/// A command that is answered by nobody for so long is broken off and given again.
const ANSWER: Duration = Duration::from_secs(60);
/// What is unfinished when load and faults stop has so long.
const DRAINS: Duration = Duration::from_secs(300);

/// Submits until the faults are over.
pub(crate) async fn submit(run: &Run) {
    while !run.calm.get() {
        let next = Instant::now() + EVERY;
        let jobs = run.servers.jobs().await;
        if jobs.is_some_and(|(accepted, ended)| accepted - ended + TARGETS_A_ROUND as u64 <= UNFINISHED) {
            round(run).await;
        }
        tokio::time::sleep_until(next).await;
    }
}

/// One submission, given again until somebody says that it is accepted.
async fn round(run: &Run) {
    let targets = run.bench.write("targets.toml", &run.sites.next_round());
    while !run.calm.get() {
        let mut command = run.bench.command(&["submit", &targets]);
        let output = command.env("GLEANER_URL", &run.api).output();
        if let Ok(Ok(output)) = timeout(ANSWER, output).await {
            let ran = Ran::of(output);
            if ran.code == 0 {
                run.accepted.borrow_mut().push(ran.stdout.trim().to_owned());
                return;
            }
            *run.refused.borrow_mut().entry(first_line(&ran.stderr)).or_default() += 1;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}

/// Waits until all jobs have ended; says how long that took.
pub(crate) async fn drain(run: &Run) {
    let began = Instant::now();
    while began.elapsed() < DRAINS {
        if run.servers.jobs().await.is_some_and(|(accepted, ended)| accepted == ended) {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    run.say(&format!("drained for {:.0} s", began.elapsed().as_secs_f64()));
    run.drained.set(began.elapsed());
}
