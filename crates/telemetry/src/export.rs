//! Where telemetry goes: over OTLP, one exporter for each signal and all to the same receiver; metrics also to whoever
//! scrapes them.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource, error::OTelSdkError, logs::SdkLoggerProvider, metrics::SdkMeterProvider,
    trace::SdkTracerProvider,
};
use prometheus::{Registry, TextEncoder};

use crate::{root::Ids, setup::Telemetry};

/// The providers that send over OTLP.
#[derive(Debug)]
pub(crate) struct Providers {
    pub(crate) traces: SdkTracerProvider,
    pub(crate) metrics: MetricExporter,
    pub(crate) logs: SdkLoggerProvider,
}

/// This process's metrics as Prometheus asks for them.
#[derive(Debug, Clone)]
pub struct Scrape(Registry);

impl Scrape {
    /// All metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // the registry checked every name when it was added
        let _ = TextEncoder::new().encode_utf8(&self.0.gather(), &mut text);
        text
    }
}

/// Collects metrics for a receiver, for a scraper, or for both.
pub(crate) fn meter_provider(
    resource: Resource,
    exporter: Option<MetricExporter>,
) -> Result<(SdkMeterProvider, Scrape), OTelSdkError> {
    let registry = Registry::new();
    let scraped = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let provider = SdkMeterProvider::builder().with_resource(resource).with_reader(scraped);
    let provider = match exporter {
        Some(exporter) => provider.with_periodic_exporter(exporter),
        None => provider,
    };
    Ok((provider.build(), Scrape(registry)))
}

pub(crate) fn resource(telemetry: &Telemetry) -> Resource {
    Resource::builder()
        .with_service_name(telemetry.service_name.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}

impl Providers {
    pub(crate) fn to(endpoint: &str, telemetry: &Telemetry) -> Result<Self, ExporterBuildError> {
        let headers: HashMap<String, String> = telemetry.headers.iter().cloned().collect();
        let base = endpoint.trim_end_matches('/');
        let resource = resource(telemetry);
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
            metrics,
            logs: SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(logs).build(),
        })
    }
}
