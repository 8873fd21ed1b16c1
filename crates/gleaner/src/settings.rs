//! Configuration as a command sees it: file, environment, then flags.

use std::path::{Path, PathBuf};

use gleaner_config::{Config, FILE_NAME, process_environment};
use gleaner_contract::{Counter, Limit};
use gleaner_fetch::AllowRule;

use gleaner_telemetry::{LogFormat, Telemetry};

use crate::{args::Global, exit::BadInput};

/// Told unless somebody asks for more: what needs somebody to act.
const QUIET: &str = "warn";

/// Reads the configuration and puts the flags over it.
pub(crate) fn load(global: &Global, allow_crawl: &[String]) -> anyhow::Result<Config> {
    let found = Path::new(FILE_NAME);
    let file = global.config.as_deref().or_else(|| found.is_file().then_some(found));
    let mut config = gleaner_config::load(file, &process_environment())
        .map_err(|error| BadInput::new(error.to_string()))?;
    for rule in allow_crawl {
        let parsed: AllowRule = rule.parse().map_err(|error| {
            BadInput::new(format!("--allow-crawl `{rule}`: {error}"))
                .hint("write CIDR:PORT, such as 127.0.0.1/32:8080 or [::1]/128:*")
        })?;
        config.egress.crawl_allow.push(parsed);
    }
    Ok(config)
}

/// Where jobs and evidence are kept.
pub(crate) fn state_dir(global: &Global, config: &Config) -> anyhow::Result<PathBuf> {
    match &global.state {
        Some(dir) => Ok(dir.clone()),
        None => {
            Ok(config.state_dir(&process_environment()).map_err(|error| BadInput::new(error.to_string()))?)
        }
    }
}

/// `urls=10,seconds=120,money=0.05 USD,bytes=unlimited`
pub(crate) fn budget(flag: &str, text: &str) -> Result<Vec<(Counter, Limit)>, BadInput> {
    let mut limits = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, amount) = part.split_once('=').ok_or_else(|| {
            BadInput::new(format!("{flag}: `{part}` is not COUNTER=AMOUNT"))
                .hint("for example urls=10,seconds=120")
        })?;
        let counter = Counter::known(name.trim()).ok_or_else(|| {
            BadInput::new(format!("{flag}: `{}` is not a budget counter", name.trim()))
                .hint(format!("known: {}", Counter::KNOWN.map(|counter| counter.to_string()).join(", ")))
        })?;
        let limit = counter.parse_limit(amount);
        let limit = limit.map_err(|what| BadInput::new(format!("{flag}: `{counter}` is {what}")))?;
        limits.push((counter, limit));
    }
    Ok(limits)
}

/// Logs and, where an endpoint is configured, traces, metrics and logs over OTLP.
pub(crate) fn telemetry(global: &Global, config: &Config) -> Telemetry {
    let section = &config.telemetry;
    let log = match &global.log {
        Some(log) => log.clone(),
        None => section.log_level.clone().unwrap_or_else(|| QUIET.to_owned()),
    };
    Telemetry {
        endpoint: section.endpoint.clone(),
        headers: section.headers(),
        service_name: section.service_name.clone(),
        log,
        log_format: match section.log_format {
            gleaner_config::LogFormat::Text => LogFormat::Text,
            gleaner_config::LogFormat::Json => LogFormat::Json,
        },
    }
}
