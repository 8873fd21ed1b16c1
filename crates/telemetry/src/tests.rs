use std::time::Duration;

use gleaner_contract::{JobId, Timestamp};
use gleaner_testkit::OtlpReceiver;

use super::*;

fn job() -> JobId {
    JobId::derive(Timestamp::from_millis(1_790_000_000_000), &[b"job"])
}

#[test]
fn the_trace_of_a_job_is_the_same_in_every_process() {
    let parent = job_traceparent(job());
    assert_eq!(parent, job_traceparent(job()));
    assert_eq!(parent.len(), 55);
    assert!(parent.starts_with("00-") && parent.ends_with("-01"));
}

#[test]
fn without_a_tracer_there_is_no_context_to_carry() {
    let span = tracing::info_span!("nothing listens");
    set_parent(&span, Some(&job_traceparent(job())), None);
    assert_eq!(span.in_scope(current_traceparent), None);
}

/// One test for everything that needs the process's one subscriber.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gets_spans_metrics_and_logs_of_one_trace() {
    let receiver = OtlpReceiver::start().await.unwrap();
    let telemetry = Telemetry {
        endpoint: Some(receiver.endpoint()),
        headers: vec![("x-team".into(), "tools".into())],
        service_name: "gleaner-test".into(),
        log: "off".into(),
        log_format: LogFormat::Json,
    };
    let guard = telemetry.start().unwrap();
    let span = tracing::info_span!("stage", otel.name = "crawl process");
    set_parent(&span, Some(&job_traceparent(job())), None);
    let carried = span.in_scope(|| {
        tracing::info!("stored page");
        current_traceparent()
    });
    drop(span);
    let at = Timestamp::from_millis;
    job_span(
        job(),
        at(1_790_000_000_000),
        at(1_790_000_002_000),
        vec![KeyValue::new("job.status", "completed")],
    );
    in_trace(job(), || tracing::info!("job ended"));
    meters().visit(Duration::from_millis(5), "2xx");
    let scraped = guard.scrape().text();
    assert!(scraped.contains("gleaner_visit_duration_seconds_count{"), "{scraped}");
    assert!(scraped.contains("service_name=\"gleaner-test\""), "{scraped}");
    tokio::task::spawn_blocking(|| guard.shutdown()).await.unwrap();
    let received = receiver.received();
    let span = received.spans.iter().find(|span| span.name == "crawl process").expect("the span arrived");
    assert_eq!(span.trace_id, job().to_bytes());
    let carried = carried.expect("inside a span there is a context");
    let hex: String = span.span_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(carried.contains(&hex), "{carried} names span {hex}");
    let root = received.spans.iter().find(|span| span.name == "job").expect("the root arrived");
    assert_eq!((&root.trace_id, &root.span_id), (&span.trace_id, &span.parent_span_id));
    assert!(root.parent_span_id.is_empty());
    assert_eq!(root.end_time_unix_nano - root.start_time_unix_nano, 2_000_000_000);
    let (_, of) = received.logs.iter().find(|(body, _)| body.contains("job ended")).expect("the log arrived");
    assert_eq!(*of, job().to_bytes());
    assert!(received.metrics.iter().any(|name| name == "gleaner.visit.duration"), "{:?}", received.metrics);
    let (_, trace) =
        received.logs.iter().find(|(body, _)| body.contains("stored page")).expect("the log arrived");
    assert_eq!(*trace, job().to_bytes());
}

#[test]
fn headers_are_never_printed() {
    let telemetry = Telemetry {
        endpoint: None,
        headers: vec![("authorization".into(), "Bearer secret".into())],
        service_name: "gleaner".into(),
        log: "info".into(),
        log_format: LogFormat::Text,
    };
    assert!(!format!("{telemetry:?}").contains("secret"));
}
