//! Runs the crawl stage: takes crawl hints, keeps pages as evidence, passes their keys on.

use std::process::ExitCode;

use clap::Parser;
use gleaner::worker::{CrawlerArgs, WORKER_HELP, run_crawler};

#[derive(Debug, Parser)]
#[command(
    name = "crawler",
    version,
    about = "Runs the crawl stage: takes crawl hints, keeps pages as evidence, passes their keys on",
    after_help = WORKER_HELP,
    max_term_width = 110
)]
struct Cli {
    #[command(flatten)]
    crawler: CrawlerArgs,
}

fn main() -> ExitCode {
    run_crawler(&Cli::parse().crawler)
}
