//! Trace context in envelopes: W3C Trace Context, level 1.

use gleaner_contract::JobId;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::root;

/// The root of a job's trace: the same in every process and after every restart.
pub fn job_traceparent(job: JobId) -> String {
    let (trace, span) = root::ids(job);
    format!("00-{trace}-{span}-01")
}

/// Makes `span` a child of the context that a message carried. Without one, or when nothing traces, nothing happens.
pub fn set_parent(span: &tracing::Span, traceparent: Option<&str>, tracestate: Option<&str>) {
    let Some(remote) = traceparent.and_then(|text| parse(text, tracestate)) else { return };
    // fails only where no layer records traces
    let _ = span.set_parent(Context::new().with_remote_span_context(remote));
}

/// The context of the current span, to be carried by the next message. None when nothing traces.
pub fn current_traceparent() -> Option<String> {
    let context = tracing::Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid()
        .then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<SpanContext> {
    let parts: Vec<&str> = traceparent.split('-').collect();
    let [version, trace, span, flags] = parts[..] else { return None };
    if version.len() != 2 || version == "ff" || trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let state = tracestate.and_then(|state| state.parse().ok()).unwrap_or(TraceState::NONE);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, TraceFlags::new(flags) & TraceFlags::SAMPLED, true, state);
    context.is_valid().then_some(context)
}
