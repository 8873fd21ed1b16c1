//! The likeness of texts: 64 bits that differ in few places where texts differ in few words. Written as 16 hex digits.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is no likeness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a likeness of 16 hex digits")]
pub struct BadSimHash(String);

/// A SimHash (Charikar, 2002) of what a page says. JSON has no whole numbers of 64 bits that every reader keeps, so it is
/// a text there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimHash(u64);

impl SimHash {
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub const fn bits(self) -> u64 {
        self.0
    }

    /// In how many of the 64 bits two texts differ.
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for SimHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SimHash {
    type Err = BadSimHash;

    fn from_str(text: &str) -> Result<Self, BadSimHash> {
        let bad = || BadSimHash(text.chars().take(80).collect());
        // one likeness has one writing: 16 digits, in small letters
        let hash = u64::from_str_radix(text, 16).map(Self).map_err(|_| bad())?;
        if hash.to_string() == text { Ok(hash) } else { Err(bad()) }
    }
}

impl Serialize for SimHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SimHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for SimHash {
    fn schema_name() -> Cow<'static, str> {
        "SimHash".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })
    }
}

#[cfg(test)]
mod tests;
