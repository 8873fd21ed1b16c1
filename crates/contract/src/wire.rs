//! MessagePack with named maps: how messages, states and packs become bytes.

use std::fmt;

use serde::{
    Deserializer, Serialize,
    de::{DeserializeOwned, Visitor},
};

use crate::message::{CrawlTask, Envelope, ExtractTask, Headers, Message, ModelTask, RenderTask, Report};

/// The largest body of a message, in bytes. Larger inputs travel by key.
pub const MAX_BODY: usize = 64 * 1024;

/// The share of [`MAX_BODY`] that a target's brief and scope may take: they travel beside links or a page's addresses.
pub const MAX_BRIEF: usize = 24 * 1024;

/// The share of [`MAX_BODY`] that links may take.
pub const MAX_LINKS: usize = 32 * 1024;

/// The deepest nesting of a stored value: JSON-LD as serde_json reads it (128), and what holds it in a pack.
const MAX_DEPTH: usize = 160;

/// The deepest nesting of a message. Each level may have a reader set aside 1 MiB for a list that claims to be long.
const MAX_MESSAGE_DEPTH: usize = 32;

/// Why bytes are no message of ours.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("could not encode as MessagePack")]
    Encode(#[from] rmp_serde::encode::Error),
    #[error("could not decode MessagePack")]
    Decode(#[from] rmp_serde::decode::Error),
    #[error("bytes follow the end of the message")]
    Trailing,
    #[error("message of {size} bytes exceeds {MAX_BODY}")]
    TooLarge { size: usize },
    /// A kind, operation or version that this build does not know. Not ours to drop.
    #[error("message type `{0}` is not known here")]
    UnknownType(String),
    /// A later version of what this build knows: who wrote it expects readers like itself.
    #[error("message type `{0}` is of a newer version")]
    Newer(String),
}

/// Every type of message that this build reads.
const TYPES: [&str; 6] = [
    CrawlTask::TYPE,
    RenderTask::TYPE,
    ExtractTask::TYPE,
    ModelTask::LLM_TYPE,
    ModelTask::DEEP_TYPE,
    Report::TYPE,
];

/// Whether this is a known kind and operation in a version beyond the known one.
fn is_newer(message_type: &str) -> bool {
    let parts = |name: &str| -> Option<(String, u32)> {
        let (operation, version) = name.rsplit_once('.')?;
        Some((operation.to_owned(), version.parse().ok()?))
    };
    let Some((operation, version)) = parts(message_type) else { return false };
    let known = |name: &&str| parts(name).is_some_and(|(known, ours)| known == operation && version > ours);
    TYPES.iter().any(known)
}

/// Encodes as named maps, so that readers may skip what they do not know.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, WireError> {
    Ok(rmp_serde::to_vec_named(value)?)
}

pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    decode_within(bytes, MAX_DEPTH)
}

fn decode_within<T: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<T, WireError> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(depth);
    let value = T::deserialize(&mut reader)?;
    // the reader does not tell where it stands, but only at the end is there no marker to read
    match reader.deserialize_option(AnyMarker) {
        Ok(()) => Err(WireError::Trailing),
        Err(_) => Ok(value),
    }
}

/// Takes the first byte of any value and looks no further.
struct AnyMarker;

impl<'de> Visitor<'de> for AnyMarker {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D>(self, _: D) -> Result<(), D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(())
    }
}

impl Message {
    /// The message as a transport carries it.
    pub fn to_envelope(
        &self,
        traceparent: Option<String>,
        tracestate: Option<String>,
    ) -> Result<Envelope, WireError> {
        let body = match self {
            Self::Crawl(task) => encode(task)?,
            Self::Render(task) => encode(task)?,
            Self::Extract(task) => encode(task)?,
            Self::Llm(task) | Self::Deep(task) => encode(task)?,
            Self::Report(report) => encode(report)?,
        };
        if body.len() > MAX_BODY {
            return Err(WireError::TooLarge { size: body.len() });
        }
        let ticket = self.ticket();
        let headers = Headers {
            message_type: self.type_name().to_owned(),
            tenant: ticket.tenant.clone(),
            job: ticket.job,
            task: ticket.task,
            epoch: ticket.epoch,
            attempt: ticket.attempt,
            lane: ticket.lane,
            deadline: ticket.deadline,
            traceparent,
            tracestate,
        };
        Ok(Envelope { headers, body })
    }

    pub fn from_envelope(envelope: &Envelope) -> Result<Self, WireError> {
        if envelope.body.len() > MAX_BODY {
            return Err(WireError::TooLarge { size: envelope.body.len() });
        }
        let body = &envelope.body;
        match envelope.headers.message_type.as_str() {
            CrawlTask::TYPE => Ok(Self::Crawl(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            RenderTask::TYPE => Ok(Self::Render(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            ExtractTask::TYPE => Ok(Self::Extract(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            ModelTask::LLM_TYPE => Ok(Self::Llm(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            ModelTask::DEEP_TYPE => Ok(Self::Deep(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            Report::TYPE => Ok(Self::Report(decode_within(body, MAX_MESSAGE_DEPTH)?)),
            other if is_newer(other) => Err(WireError::Newer(other.to_owned())),
            other => Err(WireError::UnknownType(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests;
