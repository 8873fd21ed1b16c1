//! The metrics, by the names that dashboards know. Attributes are few and bounded: no job, no URL.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram, UpDownCounter},
};

/// Upper bounds of the buckets of durations; the default ones are for milliseconds.
const SECONDS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Every instrument, made once.
#[derive(Debug)]
pub struct Meters {
    stage_duration: Histogram<f64>,
    stage_active: UpDownCounter<i64>,
    visit_duration: Histogram<f64>,
    evidence_lookups: Counter<u64>,
    reissues: Counter<u64>,
    dead: Counter<u64>,
    bisections: Counter<u64>,
    jobs: Counter<u64>,
    publishes: Counter<u64>,
    settles: Counter<u64>,
    pushbacks: Counter<u64>,
    breaks: Counter<u64>,
}

/// The process's meters. Without an endpoint they count nothing. Telemetry must have been started before the first use.
pub fn meters() -> &'static Meters {
    static METERS: OnceLock<Meters> = OnceLock::new();
    METERS.get_or_init(Meters::new)
}

impl Meters {
    fn new() -> Self {
        let meter = global::meter("gleaner");
        Self {
            stage_duration: meter
                .f64_histogram("gleaner.stage.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            stage_active: meter.i64_up_down_counter("gleaner.stage.active").with_unit("{run}").build(),
            visit_duration: meter
                .f64_histogram("gleaner.visit.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .build(),
            evidence_lookups: meter.u64_counter("gleaner.evidence.lookups").with_unit("{lookup}").build(),
            reissues: meter.u64_counter("gleaner.task.reissues").with_unit("{task}").build(),
            dead: meter.u64_counter("gleaner.report.dead_letters").with_unit("{report}").build(),
            bisections: meter.u64_counter("gleaner.batch.bisections").with_unit("{bisection}").build(),
            jobs: meter.u64_counter("gleaner.job.ends").with_unit("{job}").build(),
            publishes: meter.u64_counter("gleaner.queue.publishes").with_unit("{message}").build(),
            settles: meter.u64_counter("gleaner.queue.settles").with_unit("{message}").build(),
            pushbacks: meter.u64_counter("gleaner.host.pushbacks").with_unit("{pushback}").build(),
            breaks: meter.u64_counter("gleaner.host.breaks").with_unit("{change}").build(),
        }
    }

    /// A stage begins to run.
    pub fn stage_started(&self, stage: &'static str) {
        self.stage_active.add(1, &[KeyValue::new("stage", stage)]);
    }

    /// It ended so, after this time.
    pub fn stage_ended(&self, stage: &'static str, outcome: &'static str, took: Duration) {
        self.stage_active.add(-1, &[KeyValue::new("stage", stage)]);
        self.stage_duration
            .record(took.as_secs_f64(), &[KeyValue::new("stage", stage), KeyValue::new("outcome", outcome)]);
    }

    /// A page came or did not, its robots.txt, redirects and second requests included.
    pub fn visit(&self, took: Duration, status_class: &'static str) {
        self.visit_duration.record(took.as_secs_f64(), &[KeyValue::new("status_class", status_class)]);
    }

    pub fn evidence_lookup(&self, kind: &'static str, hit: bool) {
        self.evidence_lookups.add(1, &[KeyValue::new("kind", kind), KeyValue::new("hit", hit)]);
    }

    pub fn reissues(&self, count: u64) {
        self.reissues.add(count, &[]);
    }

    pub fn dead(&self, count: u64) {
        self.dead.add(count, &[]);
    }

    pub fn batches_bisected(&self, count: u64) {
        self.bisections.add(count, &[]);
    }

    pub fn job_ended(&self, status: &'static str) {
        self.jobs.add(1, &[KeyValue::new("status", status)]);
    }

    /// A message was published to this queue, with this outcome (held, full, returned, unknown, closed).
    pub fn published(&self, queue: &str, outcome: &'static str) {
        self.publishes.add(1, &[KeyValue::new("queue", queue.to_owned()), KeyValue::new("outcome", outcome)]);
    }

    /// A delivery of this queue was settled (ack, reject, given_back), or its session was over before (session_over).
    pub fn settled(&self, queue: &str, outcome: &'static str) {
        self.settles.add(1, &[KeyValue::new("queue", queue.to_owned()), KeyValue::new("outcome", outcome)]);
    }

    /// A host asked to be asked less, and is.
    pub fn pushed_back(&self) {
        self.pushbacks.add(1, &[]);
    }

    /// A host is asked by probes alone from now on (open), by one of them (probe), again (closed), or in vain (given_up).
    pub fn host_break(&self, state: &'static str) {
        self.breaks.add(1, &[KeyValue::new("state", state)]);
    }
}
