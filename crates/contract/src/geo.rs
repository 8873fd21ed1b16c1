//! Countries (ISO 3166-1 alpha-2) and currencies (ISO 4217), validated against complete lists.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is no code of its list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    #[error("`{0}` is not a country code of ISO 3166 (two letters, such as DE)")]
    Country(String),
    #[error("`{0}` is not a currency code of ISO 4217 (three letters, such as EUR)")]
    Currency(String),
}

/// A country by its two-letter code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

/// A currency by its three-letter code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(&'static str);

impl Country {
    /// The two upper-case letters.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The English short name.
    pub fn name(self) -> &'static str {
        rust_iso3166::from_alpha2(self.0).map_or(self.0, |country| country.name)
    }
}

impl Currency {
    pub const USD: Self = Self("USD");
    pub const EUR: Self = Self("EUR");

    /// The three upper-case letters.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The currency's usual symbol, such as `€`.
    pub fn symbol(self) -> String {
        iso_currency::Currency::from_code(self.0)
            .map_or_else(|| self.0.to_owned(), |known| known.symbol().to_string())
    }
}

impl FromStr for Country {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let code = text.trim().to_ascii_uppercase();
        rust_iso3166::from_alpha2(&code)
            .map(|country| Self(country.alpha2))
            .ok_or_else(|| BadCode::Country(text.chars().take(40).collect()))
    }
}

impl FromStr for Currency {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let code = text.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&code)
            .map(|currency| Self(currency.code()))
            .ok_or_else(|| BadCode::Currency(text.chars().take(40).collect()))
    }
}

macro_rules! code_text {
    ($name:ident, $pattern:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0)
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
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

code_text!(Country, "^[A-Z]{2}$");
code_text!(Currency, "^[A-Z]{3}$");

#[cfg(test)]
mod tests;
