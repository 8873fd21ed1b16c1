//! The tree. Sections whose crate has a struct of its own use that.

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use gleaner_contract::{Budget, Money, duration};
use gleaner_coordinator::CoordinatorConfig;
use gleaner_fetch::{EgressConfig, FetchConfig};
use gleaner_rabbitmq::RabbitConfig;
use gleaner_redis::RedisConfig;
use gleaner_store::PostgresConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{budget, header::header, hosts};

mod deployment;

pub use deployment::{ApiSection, ClientSection, StageSection, WorkerSection};

/// Everything that an operator may set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub egress: EgressConfig,
    pub fetch: FetchConfig,
    pub crawl: CrawlSection,
    pub render: StageSection,
    pub extract: ExtractSection,
    pub llm: StageSection,
    pub deep: StageSection,
    pub coordinator: CoordinatorSection,
    /// For each target, unless it says otherwise.
    #[serde(deserialize_with = "budget::deserialize")]
    pub budget: Budget,
    pub state: StateSection,
    pub retention: RetentionSection,
    pub rabbitmq: RabbitConfig,
    pub redis: RedisConfig,
    pub postgres: PostgresConfig,
    pub worker: WorkerSection,
    pub api: ApiSection,
    pub client: ClientSection,
    pub telemetry: TelemetrySection,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            egress: EgressConfig::default(),
            fetch: FetchConfig::default(),
            crawl: CrawlSection::default(),
            render: StageSection::default(),
            extract: ExtractSection::default(),
            llm: StageSection::default(),
            deep: StageSection::default(),
            coordinator: CoordinatorSection::default(),
            budget: budget::default(),
            state: StateSection::default(),
            retention: RetentionSection::default(),
            rabbitmq: RabbitConfig::default(),
            redis: RedisConfig::default(),
            postgres: PostgresConfig::default(),
            worker: WorkerSection::default(),
            api: ApiSection::default(),
            client: ClientSection::default(),
            telemetry: TelemetrySection::default(),
        }
    }
}

/// A secret that may be given by a file instead.
pub(crate) struct GivenSecret<'c> {
    pub(crate) name: String,
    pub(crate) value: &'c mut Option<SecretString>,
    pub(crate) file: &'c mut Option<PathBuf>,
}

impl Config {
    /// Every secret that may be given by a file.
    pub(crate) fn secrets(&mut self) -> Vec<GivenSecret<'_>> {
        let Self { fetch, rabbitmq, redis, postgres, client, telemetry, .. } = self;
        let credentials = fetch.credentials.iter_mut().zip(1..).map(|(credential, number)| {
            let name = format!("fetch.credentials[{number}].header");
            (name, &mut credential.header_lines, &mut credential.header_file)
        });
        [
            ("fetch.proxy", &mut fetch.proxy, &mut fetch.proxy_file),
            ("rabbitmq.password", &mut rabbitmq.password, &mut rabbitmq.password_file),
            ("redis.password", &mut redis.password, &mut redis.password_file),
            ("postgres.password", &mut postgres.password, &mut postgres.password_file),
            ("client.key", &mut client.key, &mut client.key_file),
            ("telemetry.headers", &mut telemetry.headers, &mut telemetry.headers_file),
        ]
        .map(|(name, value, file)| (name.to_owned(), value, file))
        .into_iter()
        .chain(credentials)
        .map(|(name, value, file)| GivenSecret { name, value, file })
        .collect()
    }
}

const TWICE: NonZeroU32 = NonZeroU32::new(2).expect("not zero");

/// How many fetches, how often, and what follows when they fail.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrawlSection {
    pub concurrency: NonZeroUsize,
    pub per_host: NonZeroU32,
    /// On all hosts of one registrable domain together; twice `per_host` when not set.
    pub per_domain: Option<NonZeroU32>,
    /// Between two requests to one host; zero is none.
    #[serde(deserialize_with = "duration::deserialize")]
    pub host_delay: Duration,
    /// Pages in a row without an answer, or with a 5xx, after which a host is asked by probes alone; 0 is never.
    pub breaker_failures: u32,
    /// Before the first probe, doubled for each one after it.
    #[serde(deserialize_with = "duration::deserialize")]
    pub breaker_wait: Duration,
    /// Failed probes after which a host is given up.
    pub breaker_probes: NonZeroU32,
    /// Of one URL, the first included.
    pub max_attempts: NonZeroU32,
    #[serde(deserialize_with = "duration::deserialize")]
    pub backoff_base: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    pub backoff_cap: Duration,
    pub max_depth: u16,
    /// Hosts, with their subdomains, whose pages are content whatever they look like.
    #[serde(deserialize_with = "hosts::deserialize")]
    pub content_hosts: Vec<String>,
    /// Pages of one host, pages below one path by its first two folders, and variants of one page, that a job follows
    /// links to.
    pub urls_per_host: NonZeroU16,
    pub urls_per_prefix: NonZeroU16,
    pub urls_per_variant: NonZeroU16,
    /// What asking for a page costs; without it, nothing.
    pub page_price: Option<Money>,
    /// One page, from dispatch to report.
    #[serde(deserialize_with = "duration::deserialize")]
    pub chain_timeout: Duration,
    /// What the lease adds to `chain_timeout`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub lease_margin: Duration,
}

/// Why the limits of a frontier that hold by default are no zeros.
const NOT_ZERO: &str = "no link would ever be followed";

impl Default for CrawlSection {
    fn default() -> Self {
        let CoordinatorConfig { per_host, host_delay, breaker, policy, .. } = CoordinatorConfig::new("");
        Self {
            concurrency: NonZeroUsize::new(16).expect("not zero"),
            per_host: NonZeroU32::new(per_host).expect("no job would ever be served"),
            per_domain: None,
            host_delay,
            breaker_failures: breaker.failures,
            breaker_wait: breaker.wait,
            breaker_probes: NonZeroU32::new(breaker.probes).expect("no host would ever be probed"),
            max_attempts: NonZeroU32::new(policy.max_attempts).expect("no page would ever be asked for"),
            backoff_base: policy.backoff_base,
            backoff_cap: policy.backoff_cap,
            max_depth: policy.max_depth,
            content_hosts: Vec::new(),
            urls_per_host: NonZeroU16::new(policy.frontier.urls_per_host).expect(NOT_ZERO),
            urls_per_prefix: NonZeroU16::new(policy.frontier.urls_per_prefix).expect(NOT_ZERO),
            urls_per_variant: NonZeroU16::new(policy.frontier.urls_per_variant).expect(NOT_ZERO),
            page_price: policy.page_price,
            chain_timeout: policy.chain_timeout,
            lease_margin: policy.lease_margin,
        }
    }
}

impl CrawlSection {
    /// What is configured, or else twice what one host may have.
    pub fn per_domain(&self) -> NonZeroU32 {
        self.per_domain.unwrap_or(self.per_host.saturating_mul(TWICE))
    }
}

/// How many pages are read at once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtractSection {
    pub concurrency: Option<NonZeroUsize>,
}

impl ExtractSection {
    /// What is configured, or else the number of cores.
    pub fn concurrency(&self) -> NonZeroUsize {
        self.concurrency.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
    }
}

/// Batches and the dispatch window.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoordinatorSection {
    /// Open chains, as a multiple of what all workers can hold.
    pub window_factor: NonZeroUsize,
    pub batch_max: NonZeroUsize,
    #[serde(deserialize_with = "duration::deserialize")]
    pub batch_wait: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    pub reap_every: Duration,
}

impl Default for CoordinatorSection {
    fn default() -> Self {
        let own = CoordinatorConfig::new("");
        Self {
            window_factor: NonZeroUsize::new(own.window_factor).expect("no window would ever be open"),
            batch_max: NonZeroUsize::new(own.batch_max).expect("no batch would ever be taken"),
            batch_wait: own.batch_wait,
            reap_every: own.reap_every,
        }
    }
}

/// Where truth and evidence lie; see `Config::state_dir`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StateSection {
    pub dir: Option<PathBuf>,
}

/// How long things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSection {
    #[serde(deserialize_with = "duration::deserialize")]
    pub captures: Duration,
}

impl Default for RetentionSection {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self { captures: 30 * DAY }
    }
}

/// Logs, and where traces and metrics are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySection {
    /// An OTLP receiver; nothing is sent without one.
    pub endpoint: Option<String>,
    pub protocol: OtlpProtocol,
    /// Lines of `name: value`, sent along to the receiver.
    pub headers: Option<SecretString>,
    /// A file of them; once loaded, they are in `headers`.
    pub headers_file: Option<PathBuf>,
    pub service_name: String,
    /// A level, or directives as tracing's `EnvFilter` reads them. Each command has its own when not set.
    pub log_level: Option<String>,
    pub log_format: LogFormat,
}

impl TelemetrySection {
    /// Name and value of each header; the configuration was checked for lines that are none.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.header_lines().filter_map(|(_, line)| header(line)).collect()
    }

    /// The lines that say something, counted from 1.
    pub(crate) fn header_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.headers.as_ref().map(|headers| headers.expose_secret().lines());
        let lines = lines.into_iter().flatten().zip(1..).map(|(line, number)| (number, line));
        lines.filter(|(_, line)| !line.trim().is_empty())
    }
}

impl Default for TelemetrySection {
    fn default() -> Self {
        Self {
            endpoint: None,
            protocol: OtlpProtocol::HttpProtobuf,
            headers: None,
            headers_file: None,
            service_name: "gleaner".into(),
            log_level: None,
            log_format: LogFormat::Text,
        }
    }
}

/// How OTLP is sent. There is one way; the names of others are refused rather than unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpProtocol {
    HttpProtobuf,
}

impl<'de> Deserialize<'de> for OtlpProtocol {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.as_str() {
            "http/protobuf" => Ok(Self::HttpProtobuf),
            _ => Err(serde::de::Error::custom(format_args!(
                "`{name}` is not supported; telemetry is sent as `http/protobuf` alone"
            ))),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}
