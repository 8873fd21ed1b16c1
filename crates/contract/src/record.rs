//! Records: the values of one target, each with the evidence that it stands on.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::{
    amounts::Cost,
    hash::ContentHash,
    ids::JobId,
    reason::{FieldReason, StopReason},
    state::{FieldState, JobStatus},
    time::Timestamp,
};

/// Which tier filled a field, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    Rules,
    Low,
    High,
    Deep,
}

/// How sure the stated rules are, in hundredths; written 0.00 to 1.00.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// `hundredths` above 100 count as 100.
    pub const fn hundredths(hundredths: u8) -> Self {
        Self(if hundredths > 100 { 100 } else { hundredths })
    }

    pub const fn as_hundredths(self) -> u8 {
        self.0
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&share) {
            // in range by the check above, so the cast keeps the value
            Ok(Self((share * 100.0).round() as u8))
        } else {
            Err(de::Error::custom("a confidence lies between 0 and 1"))
        }
    }
}

impl JsonSchema for Confidence {
    fn schema_name() -> Cow<'static, str> {
        "Confidence".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

/// Whether what was read is about the target. Ordered from worst to best.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SubjectMatch {
    /// About something else, by an identifier or name.
    Other,
    /// Nothing says what it is about.
    #[default]
    Unknown,
    /// The target names no subject, or name and domain agree in part.
    Likely,
    /// A known identifier, the name or the domain agrees.
    Exact,
}

/// Which text of a page the offsets of a quote count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// What a reader sees.
    Visible,
    /// The text of one structured block (`block`): JSON-LD, microdata, OpenGraph, meta.
    Structured,
    /// The text of a PDF, with `page`.
    Pdf,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceKind {
    #[default]
    Quote,
}

/// A verbatim quote at its place in a stored page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    #[serde(default)]
    pub kind: EvidenceKind,
    pub quote: String,
    /// The page's URL, after redirects.
    pub url: String,
    pub capture: ContentHash,
    pub layer: Layer,
    /// The structured block that the offsets count in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// The PDF page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Unicode code points from the start of the layer's text (of the block's, where there is one).
    pub start: u32,
    /// Exclusive.
    pub end: u32,
    pub fetched_at: Timestamp,
}

/// A candidate value that a tier read from one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The field's name.
    pub field: String,
    /// A scalar; array fields collect one finding for each item.
    pub value: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    pub tier: Tier,
    pub confidence: Confidence,
    pub subject: SubjectMatch,
    pub evidence: Evidence,
}

/// What a record says of one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldRecord {
    pub state: FieldState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FieldReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// How many pages were read in search of it; told for fields that stayed null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages_read: Option<u32>,
}

/// A value that differs from the record's last revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// JSON Pointer.
    pub field: String,
    pub from: Value,
    pub to: Value,
}

/// The values of one target: an immutable revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The caller's id of the target.
    pub id: String,
    pub job: JobId,
    pub schema: String,
    pub status: JobStatus,
    pub stop_reason: StopReason,
    pub subject: SubjectMatch,
    pub revision: u32,
    /// Every critical field is supported.
    pub publishable: bool,
    /// Exactly the caller's schema: every field, null where nothing was supported.
    pub data: Map<String, Value>,
    /// By JSON Pointer into `data`.
    pub fields: BTreeMap<String, FieldRecord>,
    /// By counter; money with its currency (`"0.0000 USD"`), counts as numbers.
    pub cost: Cost,
    #[serde(default)]
    pub changes: Vec<Change>,
    /// The caller's other columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
    pub created_at: Timestamp,
    /// The version of the extractor that read the pages.
    pub extractor: String,
    /// A tier that should have run could not.
    pub degraded: bool,
}

#[cfg(test)]
mod tests;
