//! The endpoints. Each answers in good time, whatever the store does.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gleaner_contract::{ContentHash, JobId, Lane, SubmissionId};
use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    error::Refusal,
    events,
    keys::Caller,
    routes::{Api, STORE},
    submissions,
    views::{Accepted, Readiness, RequeuedView},
};

/// A submission's longest body, in bytes.
pub(crate) const MAX_BODY: usize = 32 << 20;

/// For a body to arrive.
const BODY: Duration = Duration::from_secs(60);

/// A long list of targets takes its time.
const SUBMIT: Duration = Duration::from_secs(120);

/// Rows of one answer.
const PAGE: u32 = 500;

/// Jobs whose records are in one answer: they are longer.
pub const RECORDS: u32 = 100;

/// Where a captured page came from, and as what, without a browser taking it for ours.
const CAPTURED_URL: HeaderName = HeaderName::from_static("gleaner-url");
const CAPTURED_TYPE: HeaderName = HeaderName::from_static("gleaner-content-type");

/// Lines of JSON.
const LINES: &str = "application/jsonl";

pub(crate) type Done = Result<Response, Refusal>;

/// Does what asks the store, unless that takes too long.
async fn within<T, E: Into<Refusal>>(
    patience: Duration,
    asking: impl Future<Output = Result<T, E>>,
) -> Result<T, Refusal> {
    match timeout(patience, asking).await {
        Ok(done) => done.map_err(Into::into),
        Err(late) => Err(Refusal::away(&late)),
    }
}

pub(crate) type Segment = Result<Path<String>, PathRejection>;

fn id<T: std::str::FromStr>(what: &str, written: Segment) -> Result<T, Refusal> {
    let written = written.ok().and_then(|Path(written)| written.parse().ok());
    written.ok_or_else(|| Refusal::not_found(what))
}

pub(crate) async fn ready(State(api): State<Api>) -> Response {
    let answer = |status, ready: bool| {
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        (status, Json(Readiness { ready, version })).into_response()
    };
    match api.ping().await {
        Ok(()) => answer(StatusCode::OK, true),
        Err(why) => {
            // why, is for the log: nobody has shown a key
            events::not_ready(&why);
            answer(StatusCode::SERVICE_UNAVAILABLE, false)
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Submitting {
    #[serde(default)]
    lane: Lane,
}

pub(crate) async fn submit(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Submitting>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let Query(Submitting { lane }) = query.map_err(|error| Refusal::bad(error.body_text()))?;
    let _room = api.inner.turns.submit(&caller)?;
    let body = timeout(BODY, to_bytes(body, MAX_BODY)).await;
    let body = body.map_err(|_| Refusal::slow("the body took too long to arrive"))?.map_err(too_long)?;
    // told at once, and not after the work of reading them
    within(STORE, api.inner.store.begin()).await.map(drop)?;
    let budget = api.inner.default_budget.clone();
    let read = tokio::task::spawn_blocking(move || submissions::read(&headers, &body, &budget));
    let (submission, rejected) = read.await.map_err(|error| Refusal::internal(&error))??;
    let submitting = api.inner.admissions.submit(&caller.tenant, lane, &submission);
    let submitted = within(SUBMIT, submitting).await?;
    let jobs = submission.targets.len();
    events::accepted(&caller, submitted.id, jobs, submitted.resumed);
    let accepted = Accepted { id: submitted.id, jobs, resumed: submitted.resumed, rejected };
    Ok((StatusCode::ACCEPTED, Json(accepted)).into_response())
}

/// A body that broke off is told so too, to nobody.
fn too_long(_: axum::Error) -> Refusal {
    let what = format!("a body has at most {MAX_BODY} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", what).hint("split the targets")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    #[serde(default)]
    from: u32,
    #[serde(default = "page")]
    limit: u32,
}

fn page() -> u32 {
    PAGE
}

pub(crate) type PagingQuery = Result<Query<Paging>, QueryRejection>;

fn paging(query: PagingQuery) -> Result<(u32, u32), Refusal> {
    let Query(Paging { from, limit }) = query.map_err(|error| Refusal::bad(error.body_text()))?;
    Ok((from, limit.min(PAGE)))
}

pub(crate) async fn submissions(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: PagingQuery,
) -> Done {
    let (_, limit) = paging(query)?;
    Ok(Json(within(STORE, api.reader(&caller).submissions(limit)).await?).into_response())
}

pub(crate) async fn submission(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let id: SubmissionId = id("submission", written)?;
    let found = within(STORE, api.reader(&caller).submission(id)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("submission"))?).into_response())
}

pub(crate) async fn jobs(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
    query: PagingQuery,
) -> Done {
    let id: SubmissionId = id("submission", written)?;
    let (from, limit) = paging(query)?;
    let reader = api.reader(&caller);
    within(STORE, reader.submission(id)).await?.ok_or_else(|| Refusal::not_found("submission"))?;
    Ok(Json(within(STORE, reader.jobs(id, from, limit)).await?).into_response())
}

/// Those that are there already, a line each.
pub(crate) async fn records(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
    query: PagingQuery,
) -> Done {
    let id: SubmissionId = id("submission", written)?;
    let (from, limit) = paging(query)?;
    let reader = api.reader(&caller);
    within(STORE, reader.submission(id)).await?.ok_or_else(|| Refusal::not_found("submission"))?;
    let records = within(STORE, reader.records(id, from, limit.min(RECORDS))).await?;
    let mut lines = Vec::new();
    for record in &records {
        serde_json::to_writer(&mut lines, record).map_err(|error| Refusal::internal(&error))?;
        lines.push(b'\n');
    }
    Ok(([(header::CONTENT_TYPE, LINES)], lines).into_response())
}

pub(crate) async fn job(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let found = within(STORE, api.reader(&caller).job(id("job", written)?)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("job"))?).into_response())
}

pub(crate) async fn record(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let found = within(STORE, api.reader(&caller).record(id("job", written)?)).await?;
    let missing = || Refusal::not_found("record").hint("a job has its record once it has ended");
    Ok(Json(found.ok_or_else(missing)?).into_response())
}

pub(crate) async fn ledger(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let found = within(STORE, api.reader(&caller).ledger(id("job", written)?)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("job"))?).into_response())
}

/// A page as it came: bytes for a program, which no browser is to run.
pub(crate) async fn capture(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Result<Path<(JobId, ContentHash)>, PathRejection>,
) -> Done {
    let Path((job, hash)) = written.map_err(|_| Refusal::not_found("capture"))?;
    let found = within(STORE, api.reader(&caller).capture(job, &hash)).await?;
    let found = found.ok_or_else(|| Refusal::not_found("capture"))?;
    let fixed = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    let mut response = (fixed, found.body).into_response();
    for (name, told) in [(CAPTURED_URL, Some(found.url)), (CAPTURED_TYPE, found.content_type)] {
        if let Some(value) = told.and_then(|told| HeaderValue::from_str(&told).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

pub(crate) async fn cancel_job(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let job: JobId = id("job", written)?;
    within(STORE, api.reader(&caller).job(job)).await?.ok_or_else(|| Refusal::not_found("job"))?;
    let cancelled = within(STORE, api.inner.admissions.cancel(job)).await?;
    if cancelled {
        events::cancelled(&caller, job);
    }
    Ok(Json(serde_json::json!({ "cancelled": u32::from(cancelled) })).into_response())
}

/// It may submit, so it counts as a submission.
pub(crate) async fn requeue_job(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let job: JobId = id("job", written)?;
    let missing = || Refusal::not_found("job");
    within(STORE, api.reader(&caller).job(job)).await?.ok_or_else(missing)?;
    let _room = api.inner.turns.submit(&caller)?;
    let requeued = within(STORE, api.inner.admissions.requeue(job)).await?.ok_or_else(missing)?;
    events::requeued(&caller, job, &requeued);
    Ok(Json(RequeuedView::from(requeued)).into_response())
}

pub(crate) async fn cancel_submission(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    written: Segment,
) -> Done {
    let id: SubmissionId = id("submission", written)?;
    let reader = api.reader(&caller);
    within(STORE, reader.submission(id)).await?.ok_or_else(|| Refusal::not_found("submission"))?;
    let cancelling = async {
        let (mut from, mut cancelled) = (0, 0_u32);
        loop {
            let page = reader.jobs(id, from, PAGE).await?;
            let Some(last) = page.last() else { return Ok::<_, Refusal>(cancelled) };
            from = last.position.saturating_add(1);
            for job in page.iter().filter(|job| !job.status.is_terminal()) {
                if api.inner.admissions.cancel(job.job).await? {
                    events::cancelled(&caller, job.job);
                    cancelled += 1;
                }
            }
        }
    };
    let cancelled = within(SUBMIT, cancelling).await?;
    Ok(Json(serde_json::json!({ "cancelled": cancelled })).into_response())
}
