//! One worker process of a deployment: from arguments to a good end.
//!
//! Every worker begins the same way (configuration, telemetry, health, services) and ends the same way: not ready, no new
//! work, what runs may finish, what does not goes back, everything closed. A second signal ends it at once, which is safe.

use std::{process::ExitCode, sync::Arc};

use clap::Args;
use gleaner_config::Config;
use gleaner_ports::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::{
    args::Global,
    exit,
    out::note,
    settings,
    signals::{Interrupted, Signals},
};

mod api;
mod check;
mod coordinator;
mod events;
mod health;
mod services;
mod stages;
mod unprovided;

pub use api::run_api;
pub(crate) use check::ask_ready;
pub(crate) use coordinator::LEAD;
pub use coordinator::run_coordinator;
use health::Health;
pub use services::ServicesError;
pub use stages::{
    CrawlerArgs, ExtractorArgs, QuarantineArgs, run_crawler, run_deep_job, run_extractor, run_llm_router,
};

/// What every worker is told on its command line.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Configuration file [default: gleaner.toml in the working directory, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    /// Log level or directives, such as debug or info,gleaner_fetch=trace [default: telemetry.log_level, else info]
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<String>,
    /// Ask the worker that runs here whether it is ready, and exit: 0 ready, 1 not
    #[arg(long)]
    pub check: bool,
}

/// What a worker says of itself at the end of `--help`.
pub const WORKER_HELP: &str = "\
Configuration comes from a file and the environment (GLEANER__CRAWL__CONCURRENCY=32); `gleaner config` explains every key.
SIGTERM lets running work finish (worker.grace); a second one ends at once, and loses nothing.

Exit codes: 0 ended in good order, 2 bad configuration, 5 a service cannot be reached or refuses the login, 1 our own fault.";

/// What a worker works with.
pub(crate) struct Process {
    /// The worker's name, as telemetry and the broker know it.
    pub(crate) name: &'static str,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
}

/// Runs `work` until it ends or a signal asks for its end.
pub(crate) fn run_worker(
    name: &'static str,
    args: &WorkerArgs,
    work: impl AsyncFnOnce(&Process) -> anyhow::Result<()>,
) -> ExitCode {
    // a second installation only finds the first
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            note(format_args!("error: could not start: {error}"));
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run(name, args, work)) {
        Ok(code) => code,
        Err(error) => {
            note(format_args!("error: {error:#}"));
            if let Some(hint) = exit::hint_of(&error) {
                note(format_args!("hint: {hint}"));
            }
            exit::code_of(&error)
        }
    }
}

async fn run(
    name: &'static str,
    args: &WorkerArgs,
    work: impl AsyncFnOnce(&Process) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let global = Global { config: args.config.clone(), log: args.log.clone(), ..Global::default() };
    let config = settings::load(&global, &[])?;
    if args.check {
        return check::check(&config).await;
    }
    let mut telemetry = settings::telemetry(&global, &config);
    if args.log.is_none() && config.telemetry.log_level.is_none() {
        "info".clone_into(&mut telemetry.log);
    }
    if config.telemetry.service_name == Config::default().telemetry.service_name {
        telemetry.service_name = format!("gleaner-{name}");
    }
    let telemetry = telemetry.start()?;
    let mut signals = Signals::listen()?;
    let shutdown = CancellationToken::new();
    let health = Health::new(name, telemetry.scrape());
    let serving = health.clone().serve(config.worker.listen).await?;
    let process = Process { name, config, clock: Arc::new(SystemClock), health, shutdown };
    events::starting(name, serving.address);
    let ended = {
        let working = work(&process);
        tokio::pin!(working);
        tokio::select! {
            ended = &mut working => ended,
            Interrupted(number) = signals.next() => {
                events::stopping(name, number);
                process.health.draining();
                process.shutdown.cancel();
                signals.unless_again(working).await
            }
        }
    };
    if let Err(error) = &ended {
        events::failed(name, error);
    }
    drop(serving);
    events::stopped(name);
    // sending the last spans blocks
    let _ = tokio::task::spawn_blocking(move || telemetry.shutdown()).await;
    ended.map(|()| ExitCode::SUCCESS)
}
