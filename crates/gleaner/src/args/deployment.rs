//! The arguments of commands that speak to a deployment, or set one up.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ResultArgs, TargetArgs};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner submit targets.toml                          # prints the submission's id
  gleaner submit targets.toml --watch --out results    # waits, and leaves what `run` would
  GLEANER_URL=http://127.0.0.1:8080 GLEANER_API_KEY=… gleaner submit https://shop.example/42 --as product

The same submission again is carried on with while it is not finished, and makes a new revision afterwards.")]
pub struct SubmitArgs {
    #[command(flatten)]
    pub targets: TargetArgs,
    /// Whether it goes before others
    #[arg(long, value_enum, default_value = "lo")]
    pub lane: LaneName,
    /// Read stored captures only; no request is made
    #[arg(long)]
    pub offline: bool,
    /// Wait until every target is done, and show the records
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub results: ResultArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LaneName {
    Hi,
    Lo,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner watch                                        # the newest submission
  gleaner watch 01K5QJ7N4V8Z3X2W1T0S9R8Q7P --out results")]
pub struct WatchArgs {
    /// The submission's id [default: the newest]
    pub submission: Option<String>,
    #[command(flatten)]
    pub results: ResultArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner doctor                                       # with the configuration of the workers
  gleaner doctor --json | jq '.checks[] | select(.verdict == \"bad\")'
  docker compose exec coordinator gleaner doctor --url http://api:8080

It reads, and changes nothing. Each check has 5 seconds; all are made, whatever others find.
Exit codes: 0 well, or warnings alone; 1 something is bad; 2 bad configuration; 5 a server cannot be used.")]
pub struct DoctorArgs {
    /// Machine-readable output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner secrets init /run/gleaner
  docker compose run --rm secrets show")]
pub struct SecretsArgs {
    #[command(subcommand)]
    pub command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Make what is missing; what is there stays
    Init {
        /// Where secrets are kept
        #[arg(default_value = "/run/gleaner")]
        dir: PathBuf,
    },
    /// Print the first API key, and the login of RabbitMQ's management UI
    Show {
        /// Where secrets are kept
        #[arg(default_value = "/run/gleaner")]
        dir: PathBuf,
    },
}
