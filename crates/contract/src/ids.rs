//! Identifiers. Ids are ULIDs: sortable by time, safe in URLs and file names.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ulid::Ulid;

use crate::time::Timestamp;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id (26 characters of a ULID)")]
pub struct BadId(String);

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// The id made at `at` of what these parts say: the same parts and time give the same id.
            pub fn derive(at: Timestamp, parts: &[&[u8]]) -> Self {
                let hash = crate::hash::ContentHash::of_parts(parts.iter().copied());
                let mut low = [0_u8; 16];
                low.copy_from_slice(&hash.as_bytes()[..16]);
                let millis = u64::try_from(at.as_millis()).unwrap_or(0);
                Self(Ulid::from_parts(millis, u128::from_be_bytes(low)))
            }

            /// The 16 bytes that the 26 characters stand for: 6 of time, 10 of the parts.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                // 26 digits of 5 bits are 130: a first digit above 7 would be another id's second spelling
                Some(text)
                    .filter(|text| text.starts_with(|first| matches!(first, '0'..='7')))
                    .and_then(|text| Ulid::from_string(text).ok())
                    .map(Self)
                    .ok_or_else(|| BadId(text.chars().take(40).collect()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" })
            }
        }
    };
}

id_type!(
    /// One target's job.
    JobId
);
id_type!(
    /// One piece of a job: a chain of stages over one URL. Derived from job and canonical URL, so that a link
    /// reported twice is one task.
    TaskId
);
id_type!(
    /// A group of jobs submitted together.
    SubmissionId
);

/// Who owns the work. Every row, key and capture is scoped to one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Tenant(pub String);

impl Tenant {
    /// The only tenant of an embedded run.
    pub fn local() -> Self {
        Self("local".into())
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
