//! Targets and submissions: what people ask for, after it was read from any of the written forms.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    amounts::Budget,
    geo::{Country, Currency},
    hash::ContentHash,
    schema::Schema,
};

/// Which links of a target's pages are followed. Empty lists say: the hosts of its URLs, every path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Path patterns; `*` stands for any characters. A URL must match one, when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Path patterns that a URL must not match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
}

/// One target: a product, a company, a document, with the fields wanted of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The caller's own id, returned with the record; unique in its submission.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seeds, canonical.
    #[serde(default)]
    pub urls: Vec<String>,
    /// What is known already, by field name: finds and checks the subject.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub scope: Scope,
    pub schema: Schema,
    #[serde(default)]
    pub budget: Budget,
    /// Other columns of the caller's table, passed through to the record.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

impl Target {
    /// What is said by a URL alone, which is its id too.
    pub fn of_url(schema: Schema, url: impl Into<String>) -> Self {
        let url = url.into();
        Self {
            id: url.clone(),
            name: None,
            urls: vec![url],
            known: BTreeMap::new(),
            country: None,
            currency: None,
            scope: Scope::default(),
            schema,
            budget: Budget::unlimited(),
            extra: BTreeMap::new(),
        }
    }
}

/// Targets submitted together; they may share a total budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    pub targets: Vec<Target>,
    #[serde(default)]
    pub total: Budget,
    /// Read from stored captures only: no request is made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

impl Submission {
    /// What makes two submissions the same: every target, field and budget.
    pub fn content_hash(&self) -> ContentHash {
        let json =
            serde_json::to_vec(self).expect("a submission is strings, numbers and maps with string keys");
        ContentHash::of(&json)
    }
}
