//! One page: what is remembered of it, how it is asked for, and what is kept of the answer. The stage and whoever fetches
//! a single page by hand go the same way.

use bytes::Bytes;
use gleaner_contract::{
    CaptureMeta, ContentHash, ErrorClass, TaskId, Tenant, Timestamp, UrlEntry, UrlReason, capture::Arrival,
};
use gleaner_fetch::{HopRule, Hops, NotCome};
use gleaner_ports::{Beyond, EvidenceError, EvidenceStore, FetchError, FetchRequest, Fetched, Validators};
use tokio::time::Instant;
use url::Url;

/// What is to be had, and how much of it.
#[derive(Debug)]
pub struct Wanted {
    pub url: Url,
    /// For the first origin alone. What is sent with such headers may be nobody else's: nothing is to be known of it.
    pub headers: Vec<(String, String)>,
    pub max_bytes: u64,
    /// When it has to be there.
    pub by: Instant,
}

/// What came of it.
#[derive(Debug)]
pub enum Came {
    /// The server confirmed what was known.
    Unchanged { known: UrlEntry, validators: Validators, requests: u32 },
    Page {
        known: Option<UrlEntry>,
        final_url: Url,
        status: u16,
        content_type: Option<String>,
        validators: Validators,
        body: Bytes,
        requests: u32,
    },
}

/// What is remembered of a URL, where its capture is there to be used.
pub async fn remembered(
    evidence: &EvidenceStore,
    tenant: &Tenant,
    url: &str,
) -> Result<Option<UrlEntry>, EvidenceError> {
    let Some(entry) = evidence.url_entry(tenant, url).await? else { return Ok(None) };
    match evidence.capture(&entry.capture.content_hash).await {
        Ok(found) => Ok(found.map(|_| entry)),
        Err(EvidenceError::Damaged { .. } | EvidenceError::Wire(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks for a page, conditionally where it is known; a second time, without conditions, where the answer is 304 but not
/// about what is known.
pub async fn ask<R: HopRule>(
    hops: Hops<'_>,
    wanted: &Wanted,
    known: Option<UrlEntry>,
    rule: &mut R,
) -> Result<Came, NotCome<R::Stop>> {
    let mut fetched = request(hops, wanted, known.as_ref(), rule).await?;
    if let (Fetched::NotModified { final_url, validators, .. }, Some(entry)) = (&fetched, &known)
        && (final_url.as_str() != entry.final_url
            || names_another(entry.etag.as_deref(), validators.etag.as_deref()))
    {
        fetched = request(hops, wanted, None, rule).await?;
    }
    match (fetched, known) {
        (Fetched::Body { final_url, status, content_type, validators, body, requests, .. }, known) => {
            Ok(Came::Page { known, final_url, status, content_type, validators, body, requests })
        }
        (Fetched::NotModified { final_url, validators, requests }, Some(known))
            if final_url.as_str() == known.final_url =>
        {
            Ok(Came::Unchanged { known, validators, requests })
        }
        (Fetched::NotModified { requests, .. } | Fetched::Redirect { requests, .. }, _) => {
            let error = FetchError {
                reason: UrlReason::Protocol,
                class: ErrorClass::Permanent,
                status: None,
                retry_after: None,
                requests,
                bytes: 0,
                detail: "no answer to what was asked".into(),
            };
            Err(NotCome::failed(wanted.url.clone(), error))
        }
    }
}

async fn request<R: HopRule>(
    hops: Hops<'_>,
    wanted: &Wanted,
    known: Option<&UrlEntry>,
    rule: &mut R,
) -> Result<Fetched, NotCome<R::Stop>> {
    let validators = known
        .map(|entry| Validators { etag: entry.etag.clone(), last_modified: entry.last_modified.clone() })
        .unwrap_or_default();
    let request = FetchRequest {
        url: wanted.url.clone(),
        validators,
        headers: wanted.headers.clone(),
        max_bytes: wanted.max_bytes,
        beyond: Beyond::Refuse,
        timeout: wanted.by.saturating_duration_since(Instant::now()),
    };
    hops.fetch(request, known.map(|entry| entry.final_url.as_str()), rule).await
}

/// A 304 with another ETag is about another page than the stored one (RFC 9111, 4.3.4). Compared weakly, as If-None-Match
/// is.
fn names_another(stored: Option<&str>, told: Option<&str>) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    matches!((stored, told), (Some(stored), Some(told)) if opaque(stored) != opaque(told))
}

/// Keeps what came as evidence, and says what is remembered of the URL from now on.
pub async fn keep(
    evidence: &EvidenceStore,
    tenant: &Tenant,
    url: &str,
    came: Came,
    by: TaskId,
    now: Timestamp,
) -> Result<UrlEntry, EvidenceError> {
    match came {
        Came::Unchanged { known, validators, .. } => {
            let entry = UrlEntry {
                etag: validators.etag.or(known.etag),
                last_modified: validators.last_modified.or(known.last_modified),
                fetched_at: now,
                fetched_by: by,
                arrival: Arrival::NotModified,
                ..known
            };
            evidence.put_url_entry(tenant, &entry).await?;
            Ok(entry)
        }
        Came::Page { known, final_url, status, content_type, validators, body, .. } => {
            let final_url = String::from(final_url);
            let content_hash = ContentHash::of(&body);
            let arrival = match &known {
                None => Arrival::New,
                Some(entry) if entry.capture.content_hash == content_hash => Arrival::SameBytes,
                Some(_) => Arrival::OtherBytes,
            };
            // the charset decides over the text, and the address over its links
            let reads_the_same = |entry: &UrlEntry| {
                entry.capture.content_hash == content_hash
                    && entry.capture.content_type == content_type
                    && entry.final_url == final_url
            };
            let entry = UrlEntry {
                url: url.to_owned(),
                text_hash: known.filter(reads_the_same).and_then(|entry| entry.text_hash),
                not_content: None,
                final_url,
                status,
                etag: validators.etag,
                last_modified: validators.last_modified,
                capture: CaptureMeta { content_hash, content_type, bytes: body.len() as u64 },
                fetched_at: now,
                fetched_by: by,
                arrival,
            };
            evidence.put_page(tenant, &entry, &body).await?;
            Ok(entry)
        }
    }
}
