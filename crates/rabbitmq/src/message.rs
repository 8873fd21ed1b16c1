//! Between envelopes and AMQP messages: what routes, fences and replays a message stands in its properties and headers.

use std::str::FromStr;

use gleaner_contract::{Envelope, Headers, JobId, Lane, Queue, TaskId, Tenant, Timestamp, wire::MAX_BODY};
use gleaner_ports::{Death, Passage};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::topology::stage_name;

/// Of how messages are laid out here; the version of what they say is in their type.
const LAYOUT: i64 = 1;

const PERSISTENT: u8 = 2;

/// Why a message of the broker's is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("body of {0} bytes exceeds the limit")]
    TooLarge(usize),
    #[error("header `{0}` is missing or cannot be read")]
    Header(&'static str),
}

pub(crate) fn message_id(headers: &Headers) -> String {
    format!("{}:{}", headers.task, headers.epoch)
}

pub(crate) fn properties(queue: Queue, headers: &Headers, now: Timestamp) -> BasicProperties {
    let mut table = FieldTable::default();
    let text = |text: &str| AMQPValue::LongString(text.into());
    let number = |number: i64| AMQPValue::LongLongInt(number);
    let mut put = |name: &str, value: AMQPValue| {
        table.insert(ShortString::from(name), value);
    };
    put("version", number(LAYOUT));
    put("tenant", text(&headers.tenant.0));
    put("task", text(&headers.task.to_string()));
    put("job", text(&headers.job.to_string()));
    put("stage", text(stage_name(queue)));
    put("lane", text(headers.lane.as_str()));
    put("epoch", number(headers.epoch.into()));
    put("attempt", number(headers.attempt.into()));
    put("deadline", number(headers.deadline.as_millis()));
    for (name, value) in [("traceparent", &headers.traceparent), ("tracestate", &headers.tracestate)] {
        if let Some(value) = value {
            put(name, text(value));
        }
    }
    BasicProperties::default()
        .with_content_type("application/msgpack".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(message_id(headers).into())
        .with_correlation_id(headers.job.to_string().into())
        .with_type(headers.message_type.as_str().into())
        .with_app_id("gleaner".into())
        .with_timestamp(u64::try_from(now.as_millis() / 1_000).unwrap_or(0))
        .with_headers(table)
}

pub(crate) fn envelope(properties: &BasicProperties, body: Vec<u8>) -> Result<Envelope, Unreadable> {
    if body.len() > MAX_BODY {
        return Err(Unreadable::TooLarge(body.len()));
    }
    let empty = FieldTable::default();
    let table = Table(properties.headers().as_ref().unwrap_or(&empty));
    let lane = match table.text("lane")? {
        "hi" => Lane::Hi,
        "lo" => Lane::Lo,
        _ => return Err(Unreadable::Header("lane")),
    };
    let message_type = properties.kind().as_ref().ok_or(Unreadable::Header("type"))?;
    let headers = Headers {
        message_type: message_type.to_string(),
        tenant: Tenant(table.text("tenant")?.to_owned()),
        job: table.parsed("job")?,
        task: table.parsed("task")?,
        epoch: table.number("epoch")?,
        attempt: table.number("attempt")?,
        lane,
        deadline: Timestamp::from_millis(table.integer("deadline")?),
        traceparent: table.text("traceparent").ok().map(str::to_owned),
        tracestate: table.text("tracestate").ok().map(str::to_owned),
    };
    Ok(Envelope { headers, body })
}

/// What the broker tells of the message's way here.
pub(crate) fn passage(properties: &BasicProperties, redelivered: bool) -> Passage {
    let empty = FieldTable::default();
    let table = Table(properties.headers().as_ref().unwrap_or(&empty));
    let returned = table.number("x-delivery-count").unwrap_or(0);
    let death = table.text("x-first-death-reason").ok().map(|reason| Death {
        reason: reason.to_owned(),
        queue: table.text("x-first-death-queue").unwrap_or_default().to_owned(),
    });
    let millis = |seconds: &u64| i64::try_from(seconds.saturating_mul(1_000)).ok();
    Passage {
        returned: if redelivered { returned.max(1) } else { returned },
        sent_at: properties.timestamp().as_ref().and_then(millis).map(Timestamp::from_millis),
        death,
    }
}

/// A dead letter as far as it can be read: what is missing or broken in its headers is nobody's.
pub(crate) fn salvaged(properties: &BasicProperties, body: Vec<u8>) -> Result<Envelope, Unreadable> {
    let empty = FieldTable::default();
    let table = Table(properties.headers().as_ref().unwrap_or(&empty));
    let nobody: &[&[u8]] = &[];
    let headers = Headers {
        message_type: properties.kind().as_ref().map(ToString::to_string).unwrap_or_default(),
        tenant: Tenant(table.text("tenant").unwrap_or_default().to_owned()),
        job: table.parsed("job").unwrap_or_else(|_| JobId::derive(Timestamp::default(), nobody)),
        task: table.parsed("task").unwrap_or_else(|_| TaskId::derive(Timestamp::default(), nobody)),
        epoch: table.number("epoch").unwrap_or(0),
        attempt: table.number("attempt").unwrap_or(0),
        lane: if table.text("lane") == Ok("hi") { Lane::Hi } else { Lane::Lo },
        deadline: Timestamp::from_millis(table.integer("deadline").unwrap_or(0)),
        traceparent: table.text("traceparent").ok().map(str::to_owned),
        tracestate: table.text("tracestate").ok().map(str::to_owned),
    };
    Ok(Envelope { headers, body })
}

struct Table<'t>(&'t FieldTable);

impl<'t> Table<'t> {
    fn text(&self, name: &'static str) -> Result<&'t str, Unreadable> {
        match self.0.inner().get(name) {
            Some(AMQPValue::LongString(text)) => {
                std::str::from_utf8(text.as_bytes()).map_err(|_| Unreadable::Header(name))
            }
            Some(AMQPValue::ShortString(text)) => Ok(text.as_str()),
            _ => Err(Unreadable::Header(name)),
        }
    }

    fn parsed<T: FromStr>(&self, name: &'static str) -> Result<T, Unreadable> {
        self.text(name)?.parse().map_err(|_| Unreadable::Header(name))
    }

    /// Whatever width somebody replayed it with.
    fn integer(&self, name: &'static str) -> Result<i64, Unreadable> {
        match self.0.inner().get(name) {
            Some(AMQPValue::LongLongInt(number)) => Ok(*number),
            Some(AMQPValue::LongInt(number)) => Ok((*number).into()),
            Some(AMQPValue::LongUInt(number)) => Ok((*number).into()),
            Some(AMQPValue::ShortInt(number)) => Ok((*number).into()),
            Some(AMQPValue::ShortUInt(number)) => Ok((*number).into()),
            Some(AMQPValue::ShortShortInt(number)) => Ok((*number).into()),
            Some(AMQPValue::ShortShortUInt(number)) => Ok((*number).into()),
            Some(AMQPValue::Timestamp(seconds)) => {
                i64::try_from(*seconds).map_err(|_| Unreadable::Header(name))
            }
            _ => Err(Unreadable::Header(name)),
        }
    }

    fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, Unreadable> {
        self.integer(name)?.try_into().map_err(|_| Unreadable::Header(name))
    }
}
