//! Runs the stage of long model jobs.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{WORKER_HELP, WorkerArgs, run_deep_job};

#[derive(Debug, Parser)]
#[command(name = "deep-job", version, about = "Runs the stage of long model jobs", after_help = WORKER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    worker: WorkerArgs,
}

fn main() -> ExitCode {
    run_deep_job(&Cli::parse().worker)
}
