//! Runs the stage of model calls.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{WORKER_HELP, WorkerArgs, run_llm_router};

#[derive(Debug, Parser)]
#[command(name = "llm-router", version, about = "Runs the stage of model calls", after_help = WORKER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    worker: WorkerArgs,
}

fn main() -> ExitCode {
    run_llm_router(&Cli::parse().worker)
}
