//! The gate, the URL rules and the fetcher, each on its own: for operators, and for suites that test us from outside.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
    time::Duration,
};

use gleaner_contract::{ContentHash, TaskId, Tenant, Timestamp, UrlReason};
use gleaner_crawler::visit::{self, Came, Wanted};
use gleaner_fetch::{
    Anywhere, Gate, HopLimits, Hops, HttpFetcher, NotCome, Purpose,
    canon::{BadUrl, canonical},
    robots::Robots,
};
use gleaner_ports::{Clock, SystemClock};
use gleaner_store::{SqliteCache, StateDir};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::run::create_dir;
use crate::{
    args::{EgressCheckArgs, FetchArgs, Global, purposes},
    assembly,
    exit::{BadInput, Outcome},
    out::{line, note, out},
    settings,
};

/// A file given to a hook, at most.
const MAX_FILE: u64 = 64 << 20;

/// One page, redirects included.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // what a file says of its size may be less than it gives
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| BadInput::because(format_args!("could not read `{}`", path.display()), error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(BadInput::new(format!("`{}` is larger than {MAX_FILE} bytes", path.display())).into());
    }
    Ok(bytes)
}

pub(super) async fn egress_check(global: &Global, args: EgressCheckArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let purpose: Purpose = args.purpose.parse().map_err(|()| {
        BadInput::new(format!("`{}` is not a purpose", args.purpose)).hint(format!("known: {}", purposes()))
    })?;
    let Some(verdict) = Gate::new(purpose, &config.egress).verdict(&args.address).await else {
        return Err(BadInput::new(format!("`{}` is not a URL or IP address", args.address)).into());
    };
    line(serde_json::to_string(&verdict)?)?;
    Ok(if verdict.allowed { Outcome::Completed } else { Outcome::Refused })
}

pub(super) fn canon(url: &str) -> anyhow::Result<Outcome> {
    let url = canonical(url).map_err(|error| BadInput::because(format_args!("`{url}`"), error))?;
    line(url)?;
    Ok(Outcome::Completed)
}

pub(super) fn robots_check(file: &Path, agent: &str, url: &str) -> anyhow::Result<Outcome> {
    let robots = Robots::parse(&read_file(file)?);
    let verdict = match Url::parse(url) {
        Ok(url) => robots.check_url(agent, &url),
        // a path alone
        Err(_) => robots.check(agent, url),
    };
    line(serde_json::to_string(&verdict)?)?;
    Ok(if verdict.allowed { Outcome::Completed } else { Outcome::Refused })
}

pub(super) fn sitemap(file: &Path) -> anyhow::Result<Outcome> {
    let sitemap = gleaner_fetch::sitemap::parse(&read_file(file)?)
        .map_err(|error| BadInput::because(format_args!("`{}`", file.display()), error))?;
    for warning in &sitemap.warnings {
        note(format_args!("warning: {warning}"));
    }
    let mut out = out();
    for entry in &sitemap.entries {
        writeln!(out, "{}", serde_json::to_string(entry)?)?;
    }
    out.flush()?;
    Ok(Outcome::Completed)
}

pub(super) async fn fetch(global: &Global, args: FetchArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let url = match canonical(&args.url) {
        Ok(url) => url,
        Err(error) => {
            let (outcome, reason) = match &error {
                BadUrl::Scheme(_) => ("refused", UrlReason::RefusedScheme),
                BadUrl::Syntax(_) | BadUrl::TooLong => ("failed", UrlReason::BadUrl),
            };
            let mut shown = answer(outcome, None, &args.url, 0, None, 0, Some(reason));
            shown["detail"] = Value::String(format!("{:#}", anyhow::Error::from(error)));
            line(shown)?;
            return Ok(Outcome::Refused);
        }
    };
    let headers = args.header.iter().map(|header| parse_header(header)).collect::<Result<Vec<_>, _>>()?;
    let store = match &args.cache {
        // what is sent with headers of the caller's is not what others would get
        Some(dir) if headers.is_empty() => {
            create_dir(dir)?;
            let cache = SqliteCache::open(&StateDir::evidence_in(dir)).await?;
            Some(assembly::evidence(&config, std::sync::Arc::new(cache))?)
        }
        _ => None,
    };
    let tenant = Tenant::local();
    let known = match &store {
        Some(store) => visit::remembered(store, &tenant, url.as_str()).await?,
        None => None,
    };
    let fetcher = HttpFetcher::new(config.fetch.clone(), Gate::new(Purpose::Crawl, &config.egress))?;
    let hops = Hops::new(&fetcher, HopLimits::from(&config.fetch));
    let wanted =
        Wanted { url: url.clone(), headers, max_bytes: u64::MAX, by: Instant::now() + FETCH_TIMEOUT };
    let came = match visit::ask(hops, &wanted, known, &mut Anywhere).await {
        Ok(came) => came,
        Err(NotCome::Stopped(never)) => match never {},
        Err(NotCome::Failed(failure)) => {
            let error = failure.error;
            let refused = matches!(
                error.reason,
                UrlReason::RefusedAddress | UrlReason::RefusedPort | UrlReason::RefusedScheme
            );
            let outcome = if refused { "refused" } else { "failed" };
            let mut shown =
                answer(outcome, error.status, url.as_str(), error.requests, None, 0, Some(error.reason));
            shown["detail"] = Value::String(error.detail);
            line(shown)?;
            return Ok(Outcome::Refused);
        }
    };
    let shown = match &came {
        Came::Page { final_url, status, body, requests, .. } => {
            let hash = Some(ContentHash::of(body));
            answer("fetched", Some(*status), final_url.as_str(), *requests, hash, body.len(), None)
        }
        Came::Unchanged { known, requests, .. } => {
            let bytes = usize::try_from(known.capture.bytes).unwrap_or(usize::MAX);
            let hash = Some(known.capture.content_hash);
            answer("reused", Some(304), &known.final_url, *requests, hash, bytes, None)
        }
    };
    if let Some(store) = &store {
        let by = TaskId::derive(Timestamp::default(), &[url.as_str().as_bytes()]);
        visit::keep(store, &tenant, url.as_str(), came, by, SystemClock.now()).await?;
    }
    line(shown)?;
    Ok(Outcome::Completed)
}

fn answer(
    outcome: &str,
    status: Option<u16>,
    final_url: &str,
    requests: u32,
    hash: Option<ContentHash>,
    bytes: usize,
    reason: Option<UrlReason>,
) -> Value {
    json!({
        "status": status,
        "finalUrl": final_url,
        "outcome": outcome,
        "requests": requests,
        "contentHash": hash,
        "bytes": bytes,
        "reason": reason,
    })
}

fn parse_header(text: &str) -> Result<(String, String), BadInput> {
    gleaner_config::header(text).ok_or_else(|| {
        // what may be the value is not repeated
        let name = text.split_once(char::is_whitespace).map(|(name, _)| format!(" `{name} …`"));
        let name = name.unwrap_or_default();
        BadInput::new(format!("--header{name} has no name before a colon")).hint("write 'Name: value'")
    })
}
