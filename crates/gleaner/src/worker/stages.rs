//! The workers that run a stage: crawler, extractor, llm-router, deep-job.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use gleaner_contract::{Stage, UrlReason};
use gleaner_ports::StageRun;
use gleaner_redis::Redis;
use gleaner_runner::{Worker, WorkerOptions};

use super::{Process, WorkerArgs, run_worker, services::both, unprovided::Unprovided};
use crate::assembly;

/// What a crawler is told.
#[derive(Debug, Args)]
pub struct CrawlerArgs {
    #[command(flatten)]
    pub worker: WorkerArgs,
    /// Serve pages that need a browser, instead of those that do not
    #[arg(long)]
    pub render: bool,
    #[command(flatten)]
    pub quarantine: QuarantineArgs,
}

/// What an extractor is told.
#[derive(Debug, Args)]
pub struct ExtractorArgs {
    #[command(flatten)]
    pub worker: WorkerArgs,
    #[command(flatten)]
    pub quarantine: QuarantineArgs,
}

/// Where pages are served that brought workers down.
#[derive(Debug, Clone, Copy, Args)]
pub struct QuarantineArgs {
    /// Serve what brought workers down before, one page at a time, within worker.quarantine_bytes
    #[arg(long)]
    pub quarantine: bool,
}

impl QuarantineArgs {
    /// The worker's name, as telemetry and the broker know it.
    fn name(self, name: &'static str, apart: &'static str) -> &'static str {
        if self.quarantine { apart } else { name }
    }
}

/// Runs the crawl stage: takes crawl hints, keeps pages as evidence, passes their keys on.
pub fn run_crawler(args: &CrawlerArgs) -> ExitCode {
    if args.render {
        let reason = (UrlReason::NoBrowser, "no browser configured");
        return run_unprovided("renderer", &args.worker, Stage::Render, reason);
    }
    let quarantine = args.quarantine;
    run_worker(quarantine.name("crawler", "crawler-quarantine"), &args.worker, async |process| {
        run_stage(process, Stage::Crawl, quarantine, |cache| {
            let evidence = assembly::evidence(&process.config, Arc::new(cache.clone()))?;
            let leases = Arc::new(cache.clone());
            let stage = assembly::crawl_stage(&process.config, evidence, leases, process.clock.clone())?;
            Ok(Arc::new(stage))
        })
        .await
    })
}

/// Runs the extract stage: reads captures into packs, and fields out of packs.
pub fn run_extractor(args: &ExtractorArgs) -> ExitCode {
    let quarantine = args.quarantine;
    run_worker(quarantine.name("extractor", "extractor-quarantine"), &args.worker, async |process| {
        run_stage(process, Stage::Extract, quarantine, |cache| {
            let evidence = assembly::evidence(&process.config, Arc::new(cache.clone()))?;
            Ok(Arc::new(assembly::extract_stage(&process.config, evidence, process.clock.clone())))
        })
        .await
    })
}

const NO_PROVIDER: (UrlReason, &str) = (UrlReason::NoProvider, "no provider configured");

/// Runs the stage of model calls.
pub fn run_llm_router(args: &WorkerArgs) -> ExitCode {
    run_unprovided("llm-router", args, Stage::Llm, NO_PROVIDER)
}

/// Runs the stage of long model jobs.
pub fn run_deep_job(args: &WorkerArgs) -> ExitCode {
    run_unprovided("deep-job", args, Stage::Deep, NO_PROVIDER)
}

fn run_unprovided(
    name: &'static str,
    args: &WorkerArgs,
    stage: Stage,
    (reason, detail): (UrlReason, &'static str),
) -> ExitCode {
    run_worker(name, args, async |process| {
        process.health.degraded(detail);
        let clock = process.clock.clone();
        let build = |_: &Redis| -> anyhow::Result<Arc<dyn StageRun>> {
            Ok(Arc::new(Unprovided { stage, reason, detail, clock }))
        };
        run_stage(process, stage, QuarantineArgs { quarantine: false }, build).await
    })
}

/// Connects, consumes both lanes of the stage, or its quarantine, until the end, and closes in good order.
async fn run_stage(
    process: &Process,
    name: Stage,
    QuarantineArgs { quarantine }: QuarantineArgs,
    build: impl FnOnce(&Redis) -> anyhow::Result<Arc<dyn StageRun>>,
) -> anyhow::Result<()> {
    if quarantine {
        limit_memory(process.config.worker.quarantine_bytes)?;
    }
    let (broker, cache) = tokio::join!(process.broker(), process.cache());
    let (broker, cache) = both(broker, cache)?;
    let stage = build(&cache)?;
    let prefetch = assembly::concurrency(&process.config, name);
    let options =
        WorkerOptions { grace: process.config.worker.grace, ..WorkerOptions::with_prefetch(prefetch) };
    let mut worker = Worker::new(name, stage, Arc::new(broker.clone()), process.clock.clone(), options);
    if assembly::is_paid(&process.config, name) {
        worker = worker.paid(Arc::new(cache.clone()));
    }
    if quarantine {
        worker = worker.in_quarantine();
    }
    process.health.running();
    worker.serve(process.shutdown.clone()).await;
    broker.close().await;
    Ok(())
}

/// What goes beyond it brings this process down, and no other.
fn limit_memory(bytes: u64) -> anyhow::Result<()> {
    // memory that is written to, not what is merely mapped
    rlimit::setrlimit(rlimit::Resource::DATA, bytes, bytes)
        .context("could not limit the memory of the quarantine")
}
