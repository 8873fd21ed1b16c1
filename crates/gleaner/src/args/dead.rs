//! The arguments of `gleaner dead`.

use std::time::Duration;

use clap::{Args, Subcommand};
use gleaner_contract::duration;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner dead list
  gleaner dead show 7
  gleaner dead replay 7 8
  gleaner dead purge --older-than 7d
  docker compose exec coordinator gleaner dead list

What a queue gave up and nobody waits for, what broke the batch it was in, and pages that brought their workers down.
It works on the database of the deployment (postgres.url), or with --state DIR on what `gleaner run` left there.")]
pub struct DeadArgs {
    #[command(subcommand)]
    pub command: DeadCommand,
}

#[derive(Debug, Subcommand)]
pub enum DeadCommand {
    /// List dead letters, the oldest first
    #[command(after_help = "\
Examples:
  gleaner dead list --limit 20
  gleaner dead list --after 120
  gleaner dead list --json | jq -r 'select(.class == \"poison\") | .number'")]
    List {
        /// Letters shown at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Only those with a higher number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
        /// Machine-readable output: a line for each letter
        #[arg(long)]
        json: bool,
    },
    /// Show one dead letter with its message
    #[command(after_help = "Examples:\n  gleaner dead show 7\n  gleaner dead show 7 --json | jq .body")]
    Show {
        /// Its number, as `gleaner dead list` tells
        #[arg(value_name = "N")]
        number: i64,
        /// Machine-readable output
        #[arg(long)]
        json: bool,
    },
    /// Send dead letters again; where the job has ended, submit its target again
    #[command(after_help = "\
Examples:
  gleaner dead replay 7 8
  gleaner dead replay 7 --state state --allow-crawl 127.0.0.1/32:8080

A message whose task waits for it goes to its queue again. A job that has ended stays as it is, and its target is
submitted again: a new job, and a new revision of the record. With --state, the work is done here, at once.
Exit codes: 0 all were replayed, 1 some could not be; with --state as `gleaner run` ends.")]
    Replay {
        /// Their numbers, as `gleaner dead list` tells
        #[arg(required = true, value_name = "N")]
        numbers: Vec<i64>,
        #[command(flatten)]
        here: HereArgs,
    },
    /// Delete dead letters for good
    #[command(after_help = "\
Examples:
  gleaner dead purge 7 8
  gleaner dead purge --older-than 7d
  gleaner dead purge --all")]
    Purge {
        /// Their numbers, as `gleaner dead list` tells
        #[arg(value_name = "N", required_unless_present_any = ["all", "older_than"])]
        numbers: Vec<i64>,
        /// Every one
        #[arg(long, conflicts_with_all = ["numbers", "older_than"])]
        all: bool,
        /// Those filed longer ago than this, such as 7d or 12h
        #[arg(long, value_name = "AGE", value_parser = age, conflicts_with = "numbers")]
        older_than: Option<Duration>,
    },
}

/// For work that is done in this process, on a state directory.
#[derive(Debug, Default, Args)]
pub struct HereArgs {
    /// With --state: let pages of this address in, although it is refused by default (repeatable; PORT may be *)
    #[arg(long, value_name = "CIDR:PORT")]
    pub allow_crawl: Vec<String>,
}

fn age(written: &str) -> Result<Duration, String> {
    duration::parse(written).ok_or_else(|| "not a duration such as 7d or 12h".to_owned())
}
