//! The gate, the URL rules and the fetcher, each on its own: for operators, and for suites that test us from outside.

use std::{io::Write as _, path::Path, time::Duration};

use anyhow::Context as _;
use gleaner_contract::{
    CaptureMeta, ContentHash, TaskId, Tenant, Timestamp, UrlEntry, UrlReason, capture::Arrival,
};
use gleaner_fetch::{
    Gate, HttpFetcher, Purpose,
    canon::{BadUrl, canonical},
    robots::Robots,
};
use gleaner_ports::{Clock, EvidenceStore, FetchRequest, Fetched, Fetcher, SystemClock, Validators};
use gleaner_store::SqliteCache;
use serde_json::{Value, json};

use super::run::create_dir;
use crate::{
    args::{EgressCheckArgs, FetchArgs, Global},
    exit::{BadInput, Outcome},
    out::{line, note, out},
    settings,
};

/// A file given to a hook, at most.
const MAX_FILE: u64 = 64 << 20;

pub(super) fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let meta = std::fs::metadata(path).with_context(|| format!("could not read `{}`", path.display()));
    let meta = meta.map_err(|error| BadInput::new(format!("{error:#}")))?;
    if meta.len() > MAX_FILE {
        return Err(BadInput::new(format!("`{}` is larger than {MAX_FILE} bytes", path.display())).into());
    }
    std::fs::read(path)
        .map_err(|error| BadInput::new(format!("could not read `{}`: {error}", path.display())).into())
}

pub(super) async fn egress_check(global: &Global, args: EgressCheckArgs) -> anyhow::Result<Outcome> {
    let config = settings::load(global, &args.allow_crawl)?;
    let purpose: Purpose = args.purpose.parse().map_err(|_| {
        BadInput::new(format!("`{}` is not a purpose", args.purpose))
            .hint("known: crawl, model, search, webhook")
    })?;
    let Some(verdict) = Gate::new(purpose, &config.egress).verdict(&args.address).await else {
        return Err(BadInput::new(format!("`{}` is not a URL or IP address", args.address)).into());
    };
    line(serde_json::to_string(&verdict)?)?;
    Ok(if verdict.allowed { Outcome::Completed } else { Outcome::Refused })
}

pub(super) fn canon(url: &str) -> anyhow::Result<Outcome> {
    let url = canonical(url).map_err(|error| BadInput::new(format!("`{url}`: {error}")))?;
    line(url)?;
    Ok(Outcome::Completed)
}

pub(super) fn robots_check(file: &Path, agent: &str, url: &str) -> anyhow::Result<Outcome> {
    let verdict = Robots::parse(&read_file(file)?).check(agent, url);
    line(serde_json::to_string(&verdict)?)?;
    Ok(if verdict.allowed { Outcome::Completed } else { Outcome::Refused })
}

pub(super) fn sitemap(file: &Path) -> anyhow::Result<Outcome> {
    let sitemap = gleaner_fetch::sitemap::parse(&read_file(file)?)
        .map_err(|error| BadInput::new(format!("`{}`: {error}", file.display())))?;
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
            let (outcome, reason) = match error {
                BadUrl::Scheme(_) => ("refused", UrlReason::RefusedScheme),
                BadUrl::Syntax(_) | BadUrl::TooLong => ("failed", UrlReason::BadUrl),
            };
            let mut shown = answer(outcome, None, &args.url, 0, None, 0, Some(reason));
            shown["detail"] = Value::String(error.to_string());
            line(shown)?;
            return Ok(Outcome::Refused);
        }
    };
    let headers = args.header.iter().map(|header| parse_header(header)).collect::<Result<Vec<_>, _>>()?;
    let store = match &args.cache {
        Some(dir) => {
            create_dir(dir)?;
            Some(EvidenceStore::new(std::sync::Arc::new(
                SqliteCache::open(&dir.join("evidence.sqlite")).await?,
            )))
        }
        None => None,
    };
    let tenant = Tenant::local();
    let known = match &store {
        Some(store) => store.url_entry(&tenant, url.as_str()).await?,
        None => None,
    };
    let gate = Gate::new(Purpose::Crawl, &config.egress);
    let fetcher = HttpFetcher::new(config.fetch.clone(), gate)?;
    let request = FetchRequest {
        url: url.clone(),
        validators: known
            .as_ref()
            .map(|entry| Validators { etag: entry.etag.clone(), last_modified: entry.last_modified.clone() })
            .unwrap_or_default(),
        headers,
        max_bytes: u64::MAX,
        timeout: Duration::from_secs(60),
        follow_off_host: true,
    };
    let (shown, outcome) = match (fetcher.fetch(request).await, known) {
        (Ok(Fetched::Body { final_url, status, content_type, validators, body, requests, .. }), _) => {
            let content_hash = ContentHash::of(&body);
            if let Some(store) = &store {
                let now = SystemClock.now();
                let entry = UrlEntry {
                    url: url.to_string(),
                    final_url: final_url.to_string(),
                    status,
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    capture: CaptureMeta { content_hash, content_type, bytes: body.len() as u64 },
                    text_hash: None,
                    fetched_at: now,
                    fetched_by: TaskId::derive(Timestamp::default(), &[url.as_str().as_bytes()]),
                    arrival: Arrival::New,
                };
                store.put_page(&tenant, &entry, &body).await?;
            }
            let shown = answer(
                "fetched",
                Some(status),
                final_url.as_str(),
                requests,
                Some(content_hash),
                body.len(),
                None,
            );
            (shown, Outcome::Completed)
        }
        (Ok(Fetched::NotModified { final_url, requests, .. }), Some(known)) => {
            let (hash, bytes) = (known.capture.content_hash, known.capture.bytes);
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            let shown = answer("reused", Some(304), final_url.as_str(), requests, Some(hash), bytes, None);
            (shown, Outcome::Completed)
        }
        (Ok(Fetched::NotModified { final_url, requests, .. }), None) => {
            let reason = Some(UrlReason::Protocol);
            (answer("failed", Some(304), final_url.as_str(), requests, None, 0, reason), Outcome::Refused)
        }
        (Err(error), _) => {
            let refused = matches!(
                error.reason,
                UrlReason::RefusedAddress | UrlReason::RefusedPort | UrlReason::RefusedScheme
            );
            let outcome = if refused { "refused" } else { "failed" };
            let mut shown =
                answer(outcome, error.status, url.as_str(), error.requests, None, 0, Some(error.reason));
            shown["detail"] = Value::String(error.detail);
            (shown, Outcome::Refused)
        }
    };
    line(shown)?;
    Ok(outcome)
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
    text.split_once(':')
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| BadInput::new(format!("`{text}` is not a header")).hint("write 'Name: value'"))
}
