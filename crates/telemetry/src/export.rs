//! The OTLP side: one exporter for each signal, all to the same receiver.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider,
};

use crate::{root::Ids, setup::Telemetry};

/// The three providers.
#[derive(Debug)]
pub(crate) struct Providers {
    pub(crate) traces: SdkTracerProvider,
    pub(crate) metrics: SdkMeterProvider,
    pub(crate) logs: SdkLoggerProvider,
}

impl Providers {
    pub(crate) fn to(endpoint: &str, telemetry: &Telemetry) -> Result<Self, ExporterBuildError> {
        let headers: HashMap<String, String> = telemetry.headers.iter().cloned().collect();
        let base = endpoint.trim_end_matches('/');
        let resource = Resource::builder()
            .with_service_name(telemetry.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let spans = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/traces"))
            .with_headers(headers.clone())
            .build()?;
        let metrics = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/metrics"))
            .with_headers(headers.clone())
            .build()?;
        let logs = LogExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{base}/v1/logs"))
            .with_headers(headers)
            .build()?;
        Ok(Self {
            traces: SdkTracerProvider::builder()
                .with_resource(resource.clone())
                .with_id_generator(Ids::default())
                .with_batch_exporter(spans)
                .build(),
            metrics: SdkMeterProvider::builder()
                .with_resource(resource.clone())
                .with_periodic_exporter(metrics)
                .build(),
            logs: SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(logs).build(),
        })
    }

    /// Sends what is left. A receiver that is away costs the exporters' own timeouts and nothing else.
    pub(crate) fn shutdown(&self) {
        std::thread::scope(|threads| {
            threads.spawn(|| self.traces.shutdown());
            threads.spawn(|| self.metrics.shutdown());
            threads.spawn(|| self.logs.shutdown());
        });
    }
}
