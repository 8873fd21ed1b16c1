//! The arguments of `gleaner jobs`.

use clap::{Args, Subcommand};

use super::HereArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner jobs
  gleaner jobs --limit 1 --json
  gleaner jobs cancel 01K5QJ7N4V8Z3X2W1T0S9R8Q7P
  gleaner jobs requeue 01K5QJ7N4V8Z3X2W1T0S9R8Q7P")]
pub struct JobsArgs {
    #[command(subcommand)]
    pub command: Option<JobsCommand>,
    /// Submissions shown at most
    #[arg(long, default_value_t = 10)]
    pub limit: u32,
    /// Machine-readable output: a line for each job
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// End submissions or jobs; what is under way may still report
    #[command(after_help = "\
Examples:
  gleaner jobs cancel 01K5QJ7N4V8Z3X2W1T0S9R8Q7P
  gleaner jobs cancel 01K5QJ7N4V8Z3X2W1T0S9R8Q7P --state state")]
    Cancel {
        /// Ids of submissions or jobs
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Take jobs up again: one that waits is due now, the target of one that has ended is done anew
    #[command(after_help = "\
Examples:
  gleaner jobs requeue 01K5QJ7N4V8Z3X2W1T0S9R8Q7P
  gleaner jobs requeue 01K5QJ7N4V8Z3X2W1T0S9R8Q7P --state state

The tasks of a job under way need not wait for their next try any longer; nothing else of it changes. A job that has
ended stays as it is, and its target is submitted again by itself: a new job, and a new revision of the record.
In a state directory the work is done here, at once; the exit code is then that of `gleaner run`.")]
    Requeue {
        /// Ids of jobs
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        here: HereArgs,
    },
}
