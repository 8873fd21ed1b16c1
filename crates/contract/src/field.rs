//! What is wanted: one [`FieldSpec`] for each field of a record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The JSON type of a field's value, or of each item of an array field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    #[default]
    String,
    Number,
    Integer,
    Boolean,
}

/// What a string value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldFormat {
    /// A decimal amount as a string, such as a price: `"129.00"`.
    Decimal,
    /// An absolute http(s) URL.
    Uri,
    Email,
    Telephone,
    /// A day or an instant, RFC 3339: `2026-11-22` or `2026-11-22T10:00:00Z`.
    Date,
    /// A GTIN, 8 to 14 digits with a right check digit.
    Gtin,
    /// An ISO 4217 code.
    Currency,
    /// `InStock`, `OutOfStock`, `PreOrder`, … as schema.org's ItemAvailability names them.
    Availability,
}

/// How a value relates to its evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldMode {
    /// The value parses out of its quote.
    #[default]
    Quoted,
    /// One of closed labels, supported by at least one verified quote.
    Classified,
    /// A short text, supported by at least one verified quote.
    Composed,
}

/// One wanted field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldSpec {
    /// The property's name in the record's `data`.
    pub name: String,
    #[serde(default, rename = "type")]
    pub field_type: FieldType,
    /// Whether the value is an array of `type`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub array: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FieldFormat>,
    /// The unit that a number is wanted in; what pages write is converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Other names of the field, in any language: schema.org properties, labels of rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub mode: FieldMode,
    /// The closed labels of a classified field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// A record is publishable when every critical field is supported.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl FieldSpec {
    /// A quoted string field of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The field's JSON Pointer (RFC 6901) in a record.
    pub fn pointer(&self) -> String {
        pointer(&self.name)
    }
}

/// The JSON Pointer (RFC 6901) of a top-level property.
pub fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
