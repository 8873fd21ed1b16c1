//! The root of a job's trace. Its ids follow from the job, so that every process names it as parent before it exists; it
//! is sent once, when the job has ended.

use std::{
    cell::Cell,
    time::{Duration, SystemTime},
};

use gleaner_contract::{ContentHash, JobId, Timestamp};
use opentelemetry::{
    Context, KeyValue, global,
    trace::{Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    /// The ids of the root that this thread is making.
    static ROOT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Random ids, but for roots.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        ROOT.get().map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        ROOT.get().map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}

pub(crate) fn ids(job: JobId) -> (TraceId, SpanId) {
    let mut root = [0_u8; 8];
    root.copy_from_slice(&ContentHash::of(&job.to_bytes()).as_bytes()[..8]);
    (TraceId::from_bytes(job.to_bytes()), SpanId::from_bytes(root))
}

/// Tells something of a job where no span of its trace is entered: what is logged meanwhile carries the trace's id.
pub fn in_trace<T>(job: JobId, tell: impl FnOnce() -> T) -> T {
    let (trace, span) = ids(job);
    let root = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
    let _entered = Context::current().with_remote_span_context(root).attach();
    tell()
}

/// Sends the root span of an ended job.
pub fn job_span(job: JobId, from: Timestamp, to: Timestamp, attributes: Vec<KeyValue>) {
    let tracer = global::tracer("gleaner");
    let start = time(from);
    let builder = tracer.span_builder("job").with_start_time(start).with_attributes(attributes);
    ROOT.set(Some(ids(job)));
    let mut span = tracer.build_with_context(builder, &Context::new());
    ROOT.set(None);
    span.end_with_timestamp(time(to).max(start));
}

fn time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0))
}
