//! Serves the HTTP API.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{WORKER_HELP, WorkerArgs, run_api};

#[derive(Debug, Parser)]
#[command(name = "api", version, about = "Serves the HTTP API", after_help = WORKER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    worker: WorkerArgs,
}

fn main() -> ExitCode {
    run_api(&Cli::parse().worker)
}
