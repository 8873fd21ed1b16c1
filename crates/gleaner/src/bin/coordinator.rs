//! Takes reports, decides what follows, dispatches what is due.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{WORKER_HELP, WorkerArgs, run_coordinator};

#[derive(Debug, Parser)]
#[command(name = "coordinator", version, about = "Takes reports, decides what follows, dispatches what is due", after_help = WORKER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    worker: WorkerArgs,
}

fn main() -> ExitCode {
    run_coordinator(&Cli::parse().worker)
}
