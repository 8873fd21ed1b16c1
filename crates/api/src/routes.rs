//! The API: what is served where, over what, to whom.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use gleaner_contract::Budget;
use gleaner_coordinator::Admissions;
use gleaner_ports::JobStore;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::let_in,
    error::Refusal,
    events,
    handlers::{
        cancel_job, cancel_submission, capture, job, jobs, ledger, ready, record, records, requeue_job,
        submission, submissions, submit,
    },
    keys::{Caller, Keys},
    reader::Reader,
    serve,
    turns::{Turns, one_of_few},
};

/// How long a store that does not answer is waited for.
pub(crate) const STORE: Duration = Duration::from_secs(3);

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
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) admissions: Admissions,
    pub(crate) keys: Keys,
    /// For each target that sets none.
    pub(crate) default_budget: Budget,
    pub(crate) turns: Turns,
}

impl Api {
    pub fn new(store: Arc<dyn JobStore>, admissions: Admissions, keys: Keys, default_budget: Budget) -> Self {
        let turns = Turns::default();
        Self { inner: Arc::new(Inner { store, admissions, keys, default_budget, turns }) }
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

    /// See [`Self::serve`]. Whoever is slow to ask or to read does not hold up the end.
    pub async fn serve_on(self, listener: TcpListener, shutdown: CancellationToken) {
        if let Ok(address) = listener.local_addr() {
            events::serving(address, self.inner.keys.len());
        }
        serve::serve(listener, self.router(), shutdown).await;
    }

    pub fn router(self) -> Router {
        let keyed = Router::new()
            .route("/v1/submissions", post(submit).get(submissions))
            .route("/v1/submissions/{id}", get(submission))
            .route("/v1/submissions/{id}/jobs", get(jobs))
            .route("/v1/submissions/{id}/records", get(records))
            .route("/v1/submissions/{id}/cancel", post(cancel_submission))
            .route("/v1/jobs/{id}", get(job))
            .route("/v1/jobs/{id}/cancel", post(cancel_job))
            .route("/v1/jobs/{id}/requeue", post(requeue_job))
            .route("/v1/jobs/{id}/record", get(record))
            .route("/v1/jobs/{id}/ledger", get(ledger))
            .route("/v1/jobs/{id}/captures/{hash}", get(capture))
            .fallback(|| async { Refusal::not_found("address") })
            .method_not_allowed_fallback(|| async { Refusal::method() })
            .layer(middleware::from_fn_with_state(self.clone(), one_of_few))
            .layer(middleware::from_fn_with_state(self.clone(), let_in));
        let open = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .method_not_allowed_fallback(|| async { Refusal::method() });
        keyed.merge(open).with_state(self)
    }

    pub(crate) fn reader(&self, caller: &Caller) -> Reader {
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
