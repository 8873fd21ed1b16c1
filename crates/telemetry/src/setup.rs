//! Starting and stopping.

use std::io::IsTerminal;

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{export::Providers, json::JsonLines};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// What a process wants of its telemetry. Its headers may hold keys and are never printed.
#[derive(Clone)]
pub struct Telemetry {
    /// An OTLP/HTTP receiver, such as `http://127.0.0.1:4318`. Nothing is sent without one.
    pub endpoint: Option<String>,
    /// Sent along to the receiver.
    pub headers: Vec<(String, String)>,
    pub service_name: String,
    /// Level or directives for the log on standard error.
    pub log: String,
    pub log_format: LogFormat,
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("`{directives}` is no log level or list of directives")]
    Log { directives: String, source: tracing_subscriber::filter::ParseError },
    #[error("could not set up the OTLP exporters")]
    Export(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("telemetry was started before in this process")]
    Started(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends what is left when it is shut down.
#[derive(Debug)]
#[must_use = "without it the last spans are lost"]
pub struct Guard {
    providers: Option<Providers>,
}

impl Telemetry {
    /// Starts logging and, with an endpoint, exporting. Once for each process.
    pub fn start(&self) -> Result<Guard, TelemetryError> {
        self.start_with(std::io::stderr)
    }

    /// The same with log lines written elsewhere.
    pub fn start_with<W>(&self, writer: W) -> Result<Guard, TelemetryError>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let filter = EnvFilter::builder()
            .parse(&self.log)
            .map_err(|source| TelemetryError::Log { directives: self.log.clone(), source })?;
        let lines = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
        let lines: Box<dyn Layer<Registry> + Send + Sync> = match self.log_format {
            LogFormat::Json => lines.event_format(JsonLines).with_filter(filter).boxed(),
            LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed(),
        };
        let providers = match &self.endpoint {
            Some(endpoint) => {
                // a second installation only finds the first
                let _ = rustls::crypto::ring::default_provider().install_default();
                Some(Providers::to(endpoint, self)?)
            }
            None => None,
        };
        // JSON lines carry trace ids also where nothing is exported
        let traces = match (&providers, self.log_format) {
            (Some(providers), _) => Some(providers.traces.clone()),
            (None, LogFormat::Json) => Some(SdkTracerProvider::builder().build()),
            (None, LogFormat::Text) => None,
        };
        let spans = traces.map(|traces| {
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer("gleaner"))
                .with_filter(filter_fn(is_ours))
        });
        let logs = providers.as_ref().map(|providers| {
            OpenTelemetryTracingBridge::new(&providers.logs).with_filter(filter_fn(is_ours))
        });
        // spans first: their context must be entered before a line is written
        tracing_subscriber::registry().with(lines).with(spans).with(logs).try_init()?;
        if let Some(providers) = &providers {
            global::set_meter_provider(providers.metrics.clone());
            global::set_tracer_provider(providers.traces.clone());
        }
        Ok(Guard { providers })
    }
}

/// What the exporter's own client says must not be exported again.
fn is_ours(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target().starts_with("gleaner") && *metadata.level() <= tracing::Level::INFO
}

impl Guard {
    /// Sends what is left. Blocks as long as the exporters' timeouts allow: call it where blocking is fine.
    pub fn shutdown(self) {
        if let Some(providers) = &self.providers {
            providers.shutdown();
        }
    }
}
