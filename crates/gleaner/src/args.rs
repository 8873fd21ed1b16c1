//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gleaner_contract::schema::BUILT_IN;

mod dead;
mod deployment;
mod hooks;
mod jobs;

pub use dead::{DeadArgs, DeadCommand, HereArgs};
pub use deployment::{DoctorArgs, LaneName, SecretsArgs, SecretsCommand, SubmitArgs, WatchArgs};
pub(crate) use hooks::purposes;
pub use hooks::{EgressCheckArgs, ExtractArgs, FetchArgs, ReadArgs};
pub use jobs::{JobsArgs, JobsCommand};

fn built_in() -> String {
    format!("Built-in schema: {}", BUILT_IN.join(", "))
}

/// Turns targets into records whose every value carries a verified quote.
#[derive(Debug, Parser)]
#[command(name = "gleaner", version, about, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  gleaner run https://shop.example/42 --as product
  gleaner run targets.toml --out results
  gleaner run companies.csv --as company --budget urls=5,seconds=60
  gleaner verify results/records.jsonl --bundle results/sources

Exit codes: 0 all completed, 3 some partial, 4 some failed, 2 bad input or configuration, 1 our own fault or a check
that failed.";

#[derive(Debug, Default, Args)]
pub struct Global {
    /// Configuration file [default: gleaner.toml in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where jobs and evidence are kept [default: the user's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The deployment to speak to, instead of working here [default: GLEANER_URL, else client.url]
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Log level or directives, such as debug or info,gleaner_fetch=trace [default: telemetry.log_level, else warn]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Harvest targets: files (TOML, JSON, JSONL, CSV) or URLs
    Run(RunArgs),
    /// Submit targets to a deployment
    Submit(SubmitArgs),
    /// Wait for a submission of a deployment, and show its records
    Watch(WatchArgs),
    /// End a submission or job of a deployment; what is under way may still report
    #[command(after_help = "Example:\n  gleaner cancel 01K5QJ7N4V8Z3X2W1T0S9R8Q7P")]
    Cancel {
        /// A submission's or a job's id
        id: String,
    },
    /// Show the newest record of a target or job
    Record(RecordArgs),
    /// Show what happened to every URL and field of a job
    Ledger(LedgerArgs),
    /// List submissions and their jobs; cancel jobs, or take them up again
    Jobs(JobsArgs),
    /// Look at dead letters, replay them, or delete them
    Dead(DeadArgs),
    /// Write the records of a submission again, in any format, with its sources
    Export(ExportArgs),
    /// Check every value of records against their sources, offline
    Verify(VerifyArgs),
    /// Serve the bundled demonstration site on a loopback port
    DemoSite(DemoSiteArgs),
    /// Print the default configuration, with every key explained
    #[command(after_help = "Example:\n  gleaner config > gleaner.toml")]
    Config,
    /// Print the queues and exchanges that a deployment declares
    #[command(after_help = "Examples:\n  gleaner topology\n  gleaner topology --json | jq .policy")]
    Topology {
        /// Machine-readable output
        #[arg(long)]
        json: bool,
    },
    /// Look a deployment over: its servers, queues, leader, backlog, clocks and versions
    Doctor(DoctorArgs),
    /// Make and show the secrets of a deployment
    Secrets(SecretsArgs),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  gleaner completions bash > ~/.local/share/bash-completion/completions/gleaner"
    )]
    Completions {
        /// Whose completions
        shell: clap_complete::Shell,
    },
    /// Say whether an address may be dialled, and why not
    EgressCheck(EgressCheckArgs),
    /// Print a URL in its canonical form
    #[command(
        after_help = "Example:\n  gleaner canon 'HTTPS://Shop.Example:443/a/../b#top'     # https://shop.example/b"
    )]
    Canon {
        /// An absolute http or https URL
        url: String,
        #[arg(long, hide = true)]
        json: bool,
    },
    /// Ask a robots.txt file about a URL
    #[command(
        after_help = "Example:\n  gleaner robots-check robots.txt gleaner https://shop.example/private/x"
    )]
    RobotsCheck {
        /// A stored robots.txt
        file: PathBuf,
        /// The name that its groups are looked up by, such as gleaner
        agent: String,
        /// The URL that is asked about
        url: String,
        #[arg(long, hide = true)]
        json: bool,
    },
    /// List the entries of a sitemap file
    #[command(after_help = "Example:\n  gleaner sitemap sitemap.xml | head")]
    Sitemap {
        /// A stored sitemap or sitemap index
        file: PathBuf,
        #[arg(long, hide = true)]
        json: bool,
    },
    /// Fetch one page through the egress gate
    Fetch(FetchArgs),
    /// Print the evidence pack of a stored page
    Extract(ExtractArgs),
    /// Read a record out of one stored page, by rules
    Read(ReadArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner run https://shop.example/42 --as product
  gleaner run targets.toml extra.csv --as company --out results
  gleaner run targets.toml --out results --offline     # fields changed: read the stored pages again, no request
  gleaner run http://127.0.0.1:8080/ --as product --allow-crawl 127.0.0.1/32:8080

The same submission again carries on where it was cut off, or makes a new revision of its records.")]
pub struct RunArgs {
    #[command(flatten)]
    pub targets: TargetArgs,
    #[command(flatten)]
    pub results: ResultArgs,
    /// Let pages of this address in, although it is refused by default (repeatable; PORT may be *)
    #[arg(long, value_name = "CIDR:PORT")]
    pub allow_crawl: Vec<String>,
    /// Read stored captures only; no request is made
    #[arg(long)]
    pub offline: bool,
}

/// What is wanted of what.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Targets files and URLs
    #[arg(required = true, value_name = "FILE|URL")]
    pub inputs: Vec<String>,
    #[arg(long = "as", value_name = "SCHEMA", conflicts_with = "schema", help = built_in())]
    pub built_in: Option<String>,
    /// JSON Schema file (2020-12, with x-gleaner hints)
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Budget of each target that sets none, such as urls=10,seconds=unlimited,bytes=20000000
    #[arg(long, value_name = "COUNTER=AMOUNT,…")]
    pub budget: Option<String>,
    /// Budget of all targets together
    #[arg(long, value_name = "COUNTER=AMOUNT,…")]
    pub total: Option<String>,
}

/// What is done with the results.
#[derive(Debug, Args)]
pub struct ResultArgs {
    /// Leave records, ledger, report and sources here
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What goes to standard output [default: table on a terminal, jsonl in a pipe]
    #[arg(long, value_enum)]
    pub format: Option<Shown>,
    /// No progress bars
    #[arg(long, short)]
    pub quiet: bool,
}

/// What `run` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    Table,
    Jsonl,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  gleaner record 42")]
pub struct RecordArgs {
    /// A job's id, or a target's id in the newest submission that has it
    pub id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  gleaner ledger 42\n  gleaner ledger 42 --format csv > ledger.csv")]
pub struct LedgerArgs {
    /// A job's id, or a target's id in the newest submission that has it
    pub id: String,
    /// What goes to standard output
    #[arg(long, value_enum, default_value = "jsonl")]
    pub format: LedgerFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    Jsonl,
    Csv,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gleaner export --format csv > records.csv
  gleaner export --format jsonl --bundle sources > records.jsonl")]
pub struct ExportArgs {
    /// The submission's id [default: the newest]
    pub submission: Option<String>,
    /// What goes to standard output
    #[arg(long, value_enum, default_value = "jsonl")]
    pub format: ExportFormat,
    /// Write each cited page under its hash into this directory
    #[arg(long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Json,
    Jsonl,
    Csv,
    Html,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  gleaner verify results/records.jsonl --bundle results/sources")]
pub struct VerifyArgs {
    /// Records as JSONL
    pub records: PathBuf,
    /// The directory of their sources
    #[arg(long, value_name = "DIR")]
    pub bundle: PathBuf,
    /// Machine-readable output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  gleaner demo-site --port 8080 --targets targets.toml")]
pub struct DemoSiteArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Write a targets file for the site here
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
