//! The parts as configured, whatever adapters lie under them: the same for a run in one process and for a deployment.

use std::sync::Arc;

use anyhow::Context as _;
use gleaner_config::Config;
use gleaner_contract::{Queue, Stage};
use gleaner_coordinator::{BreakerConfig, CoordinatorConfig};
use gleaner_crawler::{CrawlConfig, CrawlStage};
use gleaner_extractor::{ContentHosts, EXTRACTOR_VERSION, ExtractStage};
use gleaner_fetch::{Credentials, Gate, HopLimits, HttpFetcher, Purpose};
use gleaner_flow::{FrontierLimits, Policy};
use gleaner_ports::{Cache, Clock, EvidenceStore, Leases};
use gleaner_runner::WorkerOptions;

pub(crate) fn crawl_stage(
    config: &Config,
    evidence: EvidenceStore,
    leases: Arc<dyn Leases>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<CrawlStage> {
    let gate = Gate::new(Purpose::Crawl, &config.egress);
    let fetcher = HttpFetcher::new(config.fetch.clone(), gate).context("could not build the fetcher")?;
    let crawl = CrawlConfig {
        agent: config.fetch.product_token().to_owned(),
        extractor: EXTRACTOR_VERSION.to_owned(),
        hops: HopLimits::from(&config.fetch),
        page_price: config.crawl.page_price,
    };
    Ok(CrawlStage::new(crawl, Arc::new(fetcher), evidence, leases, clock))
}

pub(crate) fn extract_stage(config: &Config, evidence: EvidenceStore, clock: Arc<dyn Clock>) -> ExtractStage {
    ExtractStage::new(evidence, clock).trusting(content_hosts(config))
}

pub(crate) fn content_hosts(config: &Config) -> ContentHosts {
    ContentHosts::new(config.crawl.content_hosts.clone())
}

/// The evidence store, where what comes of credentials is kept apart.
pub(crate) fn evidence(config: &Config, cache: Arc<dyn Cache>) -> anyhow::Result<EvidenceStore> {
    let credentials = Credentials::new(&config.fetch.credentials).context("`fetch.credentials`")?;
    Ok(EvidenceStore::new(cache).with_apart(Arc::new(credentials)))
}

/// How much one process of a stage does at once.
pub(crate) fn concurrency(config: &Config, stage: Stage) -> usize {
    match stage {
        Stage::Crawl => config.crawl.concurrency,
        Stage::Render => config.render.concurrency,
        Stage::Extract => config.extract.concurrency(),
        Stage::Llm => config.llm.concurrency,
        Stage::Deep => config.deep.concurrency,
    }
    .get()
}

/// Whether the stage's work costs money, so that none of it may be done twice.
pub(crate) fn is_paid(config: &Config, stage: Stage) -> bool {
    match stage {
        Stage::Crawl => config.crawl.page_price.is_some(),
        Stage::Render | Stage::Extract | Stage::Llm | Stage::Deep => false,
    }
}

/// What one consumer of a queue holds at most.
pub(crate) fn prefetch(config: &Config, queue: Queue) -> usize {
    match queue {
        Queue::Work(stage, lane) => {
            WorkerOptions::with_prefetch(concurrency(config, stage)).prefetch_of(lane)
        }
        Queue::Report => config.coordinator.batch_max.get() * 2,
        Queue::Quarantine(_) | Queue::Dead => 1,
    }
}

pub(crate) fn coordinator_config(config: &Config) -> CoordinatorConfig {
    CoordinatorConfig {
        batch_max: config.coordinator.batch_max.get(),
        batch_wait: config.coordinator.batch_wait,
        window_factor: config.coordinator.window_factor.get(),
        per_host: config.crawl.per_host.get(),
        per_domain: config.crawl.per_domain().get(),
        host_delay: config.crawl.host_delay,
        breaker: BreakerConfig {
            failures: config.crawl.breaker_failures,
            wait: config.crawl.breaker_wait,
            probes: config.crawl.breaker_probes.get(),
        },
        reap_every: config.coordinator.reap_every,
        policy: Policy {
            max_attempts: config.crawl.max_attempts.get(),
            backoff_base: config.crawl.backoff_base,
            backoff_cap: config.crawl.backoff_cap,
            chain_timeout: config.crawl.chain_timeout,
            lease_margin: config.crawl.lease_margin,
            max_depth: config.crawl.max_depth,
            frontier: FrontierLimits {
                urls_per_host: config.crawl.urls_per_host.get(),
                urls_per_prefix: config.crawl.urls_per_prefix.get(),
                urls_per_variant: config.crawl.urls_per_variant.get(),
                ..FrontierLimits::default()
            },
            page_bytes: config.fetch.max_body_bytes,
            page_price: config.crawl.page_price,
            ..Policy::default()
        },
        ..CoordinatorConfig::new(EXTRACTOR_VERSION)
    }
}
