//! A receiver of OTLP over HTTP that keeps what it is sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::any_value::Value,
    resource::v1::Resource,
    trace::v1::Span,
};
use prost::Message;
use tokio::{net::TcpListener, task::JoinSet};

/// What was received so far.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub spans: Vec<Span>,
    /// Who sent each of `spans`: its `service.name`.
    pub services: Vec<String>,
    pub metrics: Vec<String>,
    /// Body and trace id of each log record.
    pub logs: Vec<(String, Vec<u8>)>,
}

/// A receiver on a free port of this machine.
#[derive(Debug)]
pub struct OtlpReceiver {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
    _server: JoinSet<()>,
}

type Shared = State<Arc<Mutex<Received>>>;

impl OtlpReceiver {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let received: Arc<Mutex<Received>> = Arc::default();
        let routes = Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/metrics", post(metrics))
            .route("/v1/logs", post(logs))
            .with_state(received.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            // ends with the test
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, received, _server: server })
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn received(&self) -> Received {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn traces(State(received): Shared, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
    for of_service in request.resource_spans {
        let service = of_service.resource.as_ref().map(service_name).unwrap_or_default();
        for span in of_service.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            received.spans.push(span);
            received.services.push(service.clone());
        }
    }
    StatusCode::OK
}

fn service_name(resource: &Resource) -> String {
    let named = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
    match named.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(name)) => name.clone(),
        _ => String::new(),
    }
}

async fn metrics(State(received): Shared, body: Bytes) -> StatusCode {
    let Ok(request) = ExportMetricsServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let metrics = request.resource_metrics.into_iter().flat_map(|r| r.scope_metrics).flat_map(|s| s.metrics);
    received.lock().unwrap_or_else(PoisonError::into_inner).metrics.extend(metrics.map(|metric| metric.name));
    StatusCode::OK
}

async fn logs(State(received): Shared, body: Bytes) -> StatusCode {
    let Ok(request) = ExportLogsServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let records = request.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|s| s.log_records);
    let logs = records.map(|record| {
        let body = record.body.and_then(|body| body.value);
        (body.map(|body| format!("{body:?}")).unwrap_or_default(), record.trace_id)
    });
    received.lock().unwrap_or_else(PoisonError::into_inner).logs.extend(logs);
    StatusCode::OK
}
