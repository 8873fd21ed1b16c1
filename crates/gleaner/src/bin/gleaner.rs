//! The command line.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    gleaner::run_cli(gleaner::Cli::parse())
}
