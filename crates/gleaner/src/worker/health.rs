//! What a worker tells of itself over HTTP: `/healthz` (it runs), `/readyz` (it can work, and what it lacks), `/metrics`.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use futures::future::{BoxFuture, join_all};
use gleaner_telemetry::Scrape;
use serde_json::{Map, json};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

/// A service that does not answer within this is away.
const PATIENCE: Duration = Duration::from_secs(3);

type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    Draining,
}

struct Inner {
    phase: Phase,
    probes: Vec<(&'static str, Probe)>,
    /// What is missing and can be done without.
    degraded: Vec<&'static str>,
}

/// A worker's state as others may see it. Clones share it.
#[derive(Clone)]
pub(crate) struct Health {
    name: &'static str,
    scrape: Scrape,
    inner: Arc<Mutex<Inner>>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Serves as long as it lives.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    _server: JoinSet<()>,
}

impl Health {
    pub(crate) fn new(name: &'static str, scrape: Scrape) -> Self {
        let inner = Inner { phase: Phase::Starting, probes: Vec::new(), degraded: Vec::new() };
        Self { name, scrape, inner: Arc::new(Mutex::new(inner)) }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        // a poisoned lock only means that a holder panicked between two whole operations
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without this service the worker is not ready.
    pub(crate) fn needs<F>(&self, service: &'static str, probe: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let probe: Probe = Arc::new(move || Box::pin(probe()));
        self.inner().probes.push((service, probe));
    }

    /// Something is missing, and the worker does what it can without.
    pub(crate) fn degraded(&self, what: &'static str) {
        self.inner().degraded.push(what);
    }

    pub(crate) fn running(&self) {
        self.inner().phase = Phase::Running;
        super::events::ready(self.name);
    }

    pub(crate) fn draining(&self) {
        self.inner().phase = Phase::Draining;
    }

    pub(crate) async fn serve(self, address: SocketAddr) -> anyhow::Result<Serving> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("could not listen on {address} (`worker.listen`)"))?;
        let address = listener.local_addr()?;
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self);
        let mut server = JoinSet::new();
        server.spawn(async move {
            // an error of accepting is tried again by the server itself
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Serving { address, _server: server })
    }
}

async fn ready(State(health): State<Health>) -> impl IntoResponse {
    let (phase, probes, degraded) = {
        let inner = health.inner();
        (inner.phase, inner.probes.clone(), inner.degraded.clone())
    };
    let asked = join_all(probes.iter().map(|(_, probe)| timeout(PATIENCE, probe()))).await;
    let mut dependencies = Map::new();
    let mut all = true;
    for ((service, _), answer) in probes.iter().zip(asked) {
        let told = match answer {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(why)) => why,
            Err(_) => "no answer in time".to_owned(),
        };
        all &= told == "ok";
        dependencies.insert((*service).to_owned(), told.into());
    }
    let ready = all && phase == Phase::Running;
    let phase = match phase {
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Draining => "draining",
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let told = json!({
        "worker": health.name,
        "version": env!("CARGO_PKG_VERSION"),
        "ready": ready,
        "phase": phase,
        "dependencies": dependencies,
        "degraded": degraded,
    });
    (status, Json(told))
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    ([("content-type", "text/plain; version=0.0.4")], health.scrape.text())
}
