//! Money: a decimal amount with its currency, written `"0.05 USD"`. Never a float.

use std::{borrow::Cow, fmt, str::FromStr};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::geo::{BadCode, Currency};

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

/// Why a text is no money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    #[error("`{0}` is not money: write an amount and a currency, such as \"0.05 USD\"")]
    Form(String),
    #[error("`{0}` is negative")]
    Negative(String),
    #[error(transparent)]
    Currency(#[from] BadCode),
}

impl Money {
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.amount.normalize();
        if amount.scale() < 4 {
            amount.rescale(4);
        }
        write!(f, "{amount} {}", self.currency)
    }
}

/// Digits, and a point between digits at most. Decimal would also take `1e3`, `1_000` and `.5`.
fn is_plain(amount: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    amount.split_once('.').map_or_else(|| digits(amount), |(whole, part)| digits(whole) && digits(part))
}

impl FromStr for Money {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let form = || BadMoney::Form(text.chars().take(40).collect());
        let (amount, currency) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
        if !is_plain(amount.strip_prefix('-').unwrap_or(amount)) {
            return Err(form());
        }
        let amount: Decimal = amount.parse().map_err(|_| form())?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(BadMoney::Negative(text.chars().take(40).collect()));
        }
        Ok(Self { amount, currency: currency.trim().parse()? })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? [A-Z]{3}$" })
    }
}

#[cfg(test)]
mod tests;
