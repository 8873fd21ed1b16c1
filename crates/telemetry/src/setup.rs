//! Starting and stopping.

use std::io::IsTerminal;

use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    error::OTelSdkError, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    export::{Providers, Scrape, meter_provider, resource},
    json::JsonLines,
};

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
    #[error("could not set up metrics")]
    Metrics(#[from] OTelSdkError),
    #[error("telemetry was started before in this process")]
    Started(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends what is left when it is shut down.
#[derive(Debug)]
#[must_use = "without it the last spans are lost"]
pub struct Guard {
    /// `None` without an endpoint.
    sent: Option<(SdkTracerProvider, SdkLoggerProvider)>,
    metrics: SdkMeterProvider,
    scrape: Scrape,
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
        let (sent, exporter) = match &self.endpoint {
            Some(endpoint) => {
                // a second installation only finds the first
                let _ = rustls::crypto::ring::default_provider().install_default();
                let Providers { traces, metrics, logs } = Providers::to(endpoint, self)?;
                (Some((traces, logs)), Some(metrics))
            }
            None => (None, None),
        };
        // JSON lines carry trace ids also where nothing is exported
        let traces = match (&sent, self.log_format) {
            (Some((traces, _)), _) => Some(traces.clone()),
            (None, LogFormat::Json) => Some(SdkTracerProvider::builder().build()),
            (None, LogFormat::Text) => None,
        };
        let spans = traces.map(|traces| {
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer("gleaner"))
                .with_filter(filter_fn(is_ours))
        });
        let logs = sent
            .as_ref()
            .map(|(_, logs)| OpenTelemetryTracingBridge::new(logs).with_filter(filter_fn(is_ours)));
        // spans first: their context must be entered before a line is written
        tracing_subscriber::registry().with(lines).with(spans).with(logs).try_init()?;
        let (metrics, scrape) = meter_provider(resource(self), exporter)?;
        global::set_meter_provider(metrics.clone());
        if let Some((traces, _)) = &sent {
            global::set_tracer_provider(traces.clone());
        }
        Ok(Guard { sent, metrics, scrape })
    }
}

/// What the exporter's own client says must not be exported again.
fn is_ours(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.target().starts_with("gleaner") && *metadata.level() <= tracing::Level::INFO
}

impl Guard {
    /// This process's metrics, for whoever asks for them over HTTP.
    pub fn scrape(&self) -> Scrape {
        self.scrape.clone()
    }

    /// Sends what is left; a receiver that is away costs the exporters' own timeouts and nothing else. Blocks as long as
    /// those allow: call it where blocking is fine.
    pub fn shutdown(self) {
        std::thread::scope(|threads| {
            if let Some((traces, logs)) = &self.sent {
                threads.spawn(|| traces.shutdown());
                threads.spawn(|| logs.shutdown());
            }
            threads.spawn(|| self.metrics.shutdown());
        });
    }
}
