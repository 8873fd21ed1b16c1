//! Runs the extract stage: reads captures into packs, and fields out of packs.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{ExtractorArgs, WORKER_HELP, run_extractor};

#[derive(Debug, Parser)]
#[command(name = "extractor", version, about = "Runs the extract stage: reads captures into packs, and fields out of packs", after_help = WORKER_HELP, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    extractor: ExtractorArgs,
}

fn main() -> ExitCode {
    run_extractor(&Cli::parse().extractor)
}
