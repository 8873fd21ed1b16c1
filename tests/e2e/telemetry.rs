//! One record, one trace across stages, at a real receiver.

use gleaner_testkit::OtlpReceiver;

use crate::harness::{Bench, product};

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gets_the_trace_of_one_record_across_its_stages() {
    let receiver = OtlpReceiver::start().await.expect("a loopback port is free");
    let mut bench = Bench::new().await;
    bench.set("GLEANER__TELEMETRY__ENDPOINT", &receiver.endpoint());
    bench.set("GLEANER__TELEMETRY__LOG_LEVEL", "info,gleaner=debug");
    bench.set("GLEANER__TELEMETRY__LOG_FORMAT", "json");
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let ran = bench.run(&[&url, "--as", "product"]).await;
    let job = ran.record(&url).job;
    let received = receiver.received();
    let of_job: Vec<&str> = received
        .spans
        .iter()
        .filter(|span| span.trace_id == job.to_bytes())
        .map(|span| span.name.as_str())
        .collect();
    assert!(of_job.contains(&"crawl process") && of_job.contains(&"extract process"), "{of_job:?}");
    let told = |key: &str, value: &str| {
        let mut attributes = received.spans.iter().flat_map(|span| &span.attributes);
        attributes.any(|told| told.key == key && format!("{:?}", told.value).contains(&format!("{value:?}")))
    };
    assert!(told("url.full", &url) && told("messaging.operation.name", "process"), "{:?}", received.spans);
    assert!(told("messaging.destination.name", "gleaner.v1.crawl.lo"), "{:?}", received.spans);
    // every span hangs from one root, which is the job's
    let of_job: Vec<_> = received.spans.iter().filter(|span| span.trace_id == job.to_bytes()).collect();
    let root = of_job.iter().find(|span| span.name == "job").expect("the job's own span");
    assert!(root.parent_span_id.is_empty());
    for span in &of_job {
        let parent = of_job.iter().any(|other| other.span_id == span.parent_span_id);
        assert!(parent || span.span_id == root.span_id, "{} hangs from nothing", span.name);
    }
    assert!(received.metrics.iter().any(|name| name == "gleaner.stage.duration"), "{:?}", received.metrics);
    assert!(received.logs.iter().any(|(_, trace)| *trace == job.to_bytes()), "{:?}", received.logs.len());
    let trace: String = job.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains(".id\":")).collect();
    for told in ["stored page", "read page", "job ended"] {
        assert!(lines.iter().any(|line| line.contains(told)), "{told}: {}", ran.stderr);
    }
    for line in lines.iter().filter(|line| line.contains("job.id") || line.contains("task.id")) {
        assert!(line.contains(&format!("\"trace_id\":\"{trace}\"")), "no trace: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_harms_nothing() {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__TELEMETRY__ENDPOINT", "http://127.0.0.1:9");
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let url = bench.site.url("/drill");
    let ran = bench.run(&[&url, "--as", "product"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
