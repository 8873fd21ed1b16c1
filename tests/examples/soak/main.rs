//! The whole system under load while things break: what is lost, what is left, what grows. Started by `scripts/soak`.

mod checks;
#[path = "../../e2e/deployment.rs"]
#[expect(dead_code, reason = "shared with the end-to-end suites, which use all of it")]
mod deployment;
mod faults;
mod fleet;
#[path = "../../e2e/harness.rs"]
#[expect(dead_code, reason = "shared with the end-to-end suites, which use all of it")]
mod harness;
mod load;
mod plan;
mod run;
mod samples;
mod sites;
mod slopes;
mod verdict;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Parser)]
#[command(name = "soak", about = "The whole system under load and faults; tells what is lost and what grows")]
struct Cli {
    /// How long load and faults last
    #[arg(long, required_unless_present = "hours", conflicts_with = "hours")]
    minutes: Option<f64>,
    /// The same in hours
    #[arg(long)]
    hours: Option<f64>,
    /// Draws the faults; the same seed draws the same ones in the same order
    #[arg(long)]
    seed: Option<u64>,
    /// Where samples, verdict and logs go
    #[arg(long)]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let minutes = cli.minutes.or(cli.hours.map(|hours| hours * 60.0)).unwrap_or_default();
    let Ok(lasts) = Duration::try_from_secs_f64(minutes * 60.0) else {
        eprintln!("error: not a length of time: {minutes} minutes");
        return ExitCode::from(2);
    };
    let seed = cli.seed.unwrap_or_else(|| u64::from(std::process::id()) ^ plan::now_nanos());
    println!("seed {seed}, {minutes} minutes, results in {}", cli.out.display());
    let handler = |kind| signal(kind).expect("the system has signals");
    let (mut interrupted, mut terminated) =
        (handler(SignalKind::interrupt()), handler(SignalKind::terminate()));
    let mut hung_up = handler(SignalKind::hangup());
    // whatever ends first, all that was started is stopped with what holds it
    tokio::select! {
        verdict = run::run(seed, lasts, &cli.out) => verdict.exit(),
        _ = interrupted.recv() => ExitCode::from(130),
        _ = terminated.recv() => ExitCode::from(143),
        _ = hung_up.recv() => ExitCode::from(129),
    }
}
