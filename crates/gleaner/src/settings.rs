//! Configuration as a command sees it: file, environment, then flags.

use std::path::{Path, PathBuf};

use gleaner_api::Client;
use gleaner_config::{Config, FILE_NAME, process_environment};
use gleaner_contract::{Counter, Limit};
use gleaner_fetch::AllowRule;
use gleaner_telemetry::{LogFormat, Telemetry};
use secrecy::SecretString;

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

/// The deployment that was named, if any: by a flag, the environment, or the configuration.
pub(crate) fn deployment(global: &Global, config: &Config) -> anyhow::Result<Option<Client>> {
    let environment = process_environment();
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let url = global.url.as_ref().or_else(|| set("GLEANER_URL")).or(config.client.url.as_ref());
    let Some(url) = url else { return Ok(None) };
    let key = set("GLEANER_API_KEY").map(|key| SecretString::from(key.as_str()));
    let key = key.or_else(|| config.client.key.clone());
    let hint = "for example http://127.0.0.1:8080";
    Ok(Some(Client::new(url, key).map_err(|error| BadInput::new(error.to_string()).hint(hint))?))
}

/// The deployment, for commands that make no sense without.
pub(crate) fn needed_deployment(global: &Global, config: &Config) -> anyhow::Result<Client> {
    deployment(global, config)?.ok_or_else(|| {
        BadInput::new("no deployment is named")
            .hint("give --url or GLEANER_URL, or set client.url; `gleaner run` works without one")
            .into()
    })
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
