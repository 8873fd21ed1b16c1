//! The endpoints.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use gleaner_contract::{Budget, ContentHash, JobId, Lane, SubmissionId};
use gleaner_coordinator::Admissions;
use gleaner_ports::JobStore;
use serde::Deserialize;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{self, Rates},
    error::Refusal,
    events,
    keys::{Caller, Keys},
    reader::Reader,
    submissions,
    views::Accepted,
};

/// A submission's longest body, in bytes.
const MAX_BODY: usize = 32 << 20;

/// Requests worked on at once; more are told to come back.
const AT_ONCE: usize = 64;

/// How long a store that does not answer is waited for.
const STORE: Duration = Duration::from_secs(3);

/// A long list of targets takes its time.
const SUBMIT: Duration = Duration::from_secs(120);

/// Rows of one answer.
const PAGE: u32 = 500;

/// Says where a captured page came from, and as what, without a browser taking it for ours.
const CAPTURED_TYPE: HeaderName = HeaderName::from_static("gleaner-content-type");

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("without keys, the API serves loopback alone, and `api.listen` is {0}")]
    Open(SocketAddr),
    #[error("could not listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// The API over a job store. Clones share everything.
#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    store: Arc<dyn JobStore>,
    admissions: Admissions,
    pub(crate) keys: Keys,
    /// For each target that sets none.
    default_budget: Budget,
    turns: Semaphore,
    rates: Rates,
}

type Done = Result<Response, Refusal>;

impl Api {
    pub fn new(store: Arc<dyn JobStore>, admissions: Admissions, keys: Keys, default_budget: Budget) -> Self {
        let (turns, rates) = (Semaphore::new(AT_ONCE), Rates::default());
        Self { inner: Arc::new(Inner { store, admissions, keys, default_budget, turns, rates }) }
    }

    /// Serves until `shutdown`, then ends what is under way.
    pub async fn serve(self, address: SocketAddr, shutdown: CancellationToken) -> Result<(), ApiError> {
        let listener = self.listen(address).await?;
        self.serve_on(listener, shutdown).await;
        Ok(())
    }

    /// Opens the port, unless that would let everybody in.
    pub async fn listen(&self, address: SocketAddr) -> Result<TcpListener, ApiError> {
        if self.inner.keys.is_empty() && !address.ip().is_loopback() {
            return Err(ApiError::Open(address));
        }
        TcpListener::bind(address).await.map_err(|source| ApiError::Listen { address, source })
    }

    pub async fn serve_on(self, listener: TcpListener, shutdown: CancellationToken) {
        if let Ok(address) = listener.local_addr() {
            events::serving(address, self.inner.keys.len());
        }
        let served = axum::serve(listener, self.router()).with_graceful_shutdown(shutdown.cancelled_owned());
        // an error of accepting is tried again by the server itself
        let _ = served.await;
    }

    pub fn router(self) -> Router {
        let keyed = Router::new()
            .route("/v1/submissions", post(submit).get(submissions))
            .route("/v1/submissions/{id}", get(submission))
            .route("/v1/submissions/{id}/jobs", get(jobs))
            .route("/v1/submissions/{id}/cancel", post(cancel_submission))
            .route("/v1/jobs/{id}", get(job))
            .route("/v1/jobs/{id}/cancel", post(cancel_job))
            .route("/v1/jobs/{id}/record", get(record))
            .route("/v1/jobs/{id}/ledger", get(ledger))
            .route("/v1/jobs/{id}/captures/{hash}", get(capture))
            .fallback(|| async { Refusal::not_found("address") })
            .layer(middleware::from_fn_with_state(self.clone(), one_of_few))
            .layer(middleware::from_fn_with_state(self.clone(), auth::let_in));
        let open = Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready));
        keyed.merge(open).with_state(self)
    }

    fn reader(&self, caller: &Caller) -> Reader {
        Reader::new(self.inner.store.clone(), caller.tenant.clone())
    }

    /// Whether the store answers, told soon.
    pub async fn ping(&self) -> Result<(), String> {
        match timeout(STORE, self.inner.store.begin()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// Bounds how much is worked on at once.
async fn one_of_few(State(api): State<Api>, request: Request, next: middleware::Next) -> Response {
    match api.inner.turns.try_acquire() {
        Ok(_turn) => next.run(request).await,
        Err(_) => Refusal::too_many("too many requests at once", Duration::from_secs(1)).into_response(),
    }
}

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

fn id<T: std::str::FromStr>(what: &str, written: &str) -> Result<T, Refusal> {
    written.parse().map_err(|_| Refusal::not_found(what))
}

async fn ready(State(api): State<Api>) -> Response {
    match api.ping().await {
        Ok(()) => Json(serde_json::json!({ "ready": true })).into_response(),
        Err(why) => {
            let told = serde_json::json!({ "ready": false, "dependencies": { "postgres": why } });
            (StatusCode::SERVICE_UNAVAILABLE, Json(told)).into_response()
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Submitting {
    #[serde(default)]
    lane: Lane,
}

async fn submit(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Submitting>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    let Query(Submitting { lane }) = query.map_err(|error| Refusal::bad(error.body_text()))?;
    api.inner.rates.count(&caller)?;
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| {
        let what = format!("a body has at most {MAX_BODY} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", what).hint("split the targets")
    })?;
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    #[serde(default)]
    from: u32,
    #[serde(default = "page")]
    limit: u32,
}

fn page() -> u32 {
    PAGE
}

type PagingQuery = Result<Query<Paging>, axum::extract::rejection::QueryRejection>;

fn paging(query: PagingQuery) -> Result<(u32, u32), Refusal> {
    let Query(Paging { from, limit }) = query.map_err(|error| Refusal::bad(error.body_text()))?;
    Ok((from, limit.min(PAGE)))
}

async fn submissions(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: PagingQuery,
) -> Done {
    let (_, limit) = paging(query)?;
    Ok(Json(within(STORE, api.reader(&caller).submissions(limit)).await?).into_response())
}

async fn submission(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let id: SubmissionId = id("submission", &written)?;
    let found = within(STORE, api.reader(&caller).submission(id)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("submission"))?).into_response())
}

async fn jobs(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
    query: PagingQuery,
) -> Done {
    let id: SubmissionId = id("submission", &written)?;
    let (from, limit) = paging(query)?;
    let reader = api.reader(&caller);
    within(STORE, reader.submission(id)).await?.ok_or_else(|| Refusal::not_found("submission"))?;
    Ok(Json(within(STORE, reader.jobs(id, from, limit)).await?).into_response())
}

async fn job(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let found = within(STORE, api.reader(&caller).job(id("job", &written)?)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("job"))?).into_response())
}

async fn record(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let found = within(STORE, api.reader(&caller).record(id("job", &written)?)).await?;
    let missing = || Refusal::not_found("record").hint("a job has its record once it has ended");
    Ok(Json(found.ok_or_else(missing)?).into_response())
}

async fn ledger(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let found = within(STORE, api.reader(&caller).ledger(id("job", &written)?)).await?;
    Ok(Json(found.ok_or_else(|| Refusal::not_found("job"))?).into_response())
}

/// A page as it came: bytes for a program, which no browser is to run.
async fn capture(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path((job, hash)): Path<(String, String)>,
) -> Done {
    let (job, hash): (JobId, ContentHash) = (id("job", &job)?, id("capture", &hash)?);
    let found = within(STORE, api.reader(&caller).capture(job, &hash)).await?;
    let found = found.ok_or_else(|| Refusal::not_found("capture"))?;
    let fixed = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    let mut response = (fixed, found.body).into_response();
    if let Some(value) = found.content_type.and_then(|told| HeaderValue::from_str(&told).ok()) {
        response.headers_mut().insert(CAPTURED_TYPE, value);
    }
    Ok(response)
}

async fn cancel_job(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let job: JobId = id("job", &written)?;
    within(STORE, api.reader(&caller).job(job)).await?.ok_or_else(|| Refusal::not_found("job"))?;
    let cancelled = within(STORE, api.inner.admissions.cancel(job)).await?;
    if cancelled {
        events::cancelled(&caller, job);
    }
    Ok(Json(serde_json::json!({ "cancelled": u32::from(cancelled) })).into_response())
}

async fn cancel_submission(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(written): Path<String>,
) -> Done {
    let id: SubmissionId = id("submission", &written)?;
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
