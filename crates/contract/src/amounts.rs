//! Budgets: an open map of counters to decimal amounts, and the arithmetic that reservations need.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{geo::Currency, money::Money};

/// What is counted: `urls`, `bytes`, `lowCalls`, … The map is open; [`Counter::KNOWN`] lists what budgets may name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Counter(Cow<'static, str>);

impl Counter {
    pub const URLS: Self = Self(Cow::Borrowed("urls"));
    pub const QUERIES: Self = Self(Cow::Borrowed("queries"));
    /// Wall clock from the first dispatch, downtime included. A deadline, never reserved.
    pub const SECONDS: Self = Self(Cow::Borrowed("seconds"));
    /// Decoded bytes of page bodies.
    pub const BYTES: Self = Self(Cow::Borrowed("bytes"));
    pub const LOW_CALLS: Self = Self(Cow::Borrowed("lowCalls"));
    pub const HIGH_CALLS: Self = Self(Cow::Borrowed("highCalls"));
    pub const DEEP_CALLS: Self = Self(Cow::Borrowed("deepCalls"));
    pub const TOKENS: Self = Self(Cow::Borrowed("tokens"));
    pub const PAGES: Self = Self(Cow::Borrowed("pages"));
    pub const EMBEDDINGS: Self = Self(Cow::Borrowed("embeddings"));
    pub const PAIRS: Self = Self(Cow::Borrowed("pairs"));
    pub const MONEY: Self = Self(Cow::Borrowed("money"));

    /// The counters that a budget may name.
    pub const KNOWN: [Self; 12] = [
        Self::URLS,
        Self::QUERIES,
        Self::SECONDS,
        Self::BYTES,
        Self::LOW_CALLS,
        Self::HIGH_CALLS,
        Self::DEEP_CALLS,
        Self::TOKENS,
        Self::PAGES,
        Self::EMBEDDINGS,
        Self::PAIRS,
        Self::MONEY,
    ];

    /// The known counter of this name, in camelCase or snake_case.
    pub fn known(name: &str) -> Option<Self> {
        let wanted = name.replace('_', "").to_ascii_lowercase();
        Self::KNOWN.into_iter().find(|counter| counter.as_str().to_ascii_lowercase() == wanted)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a budget says of this counter, for every place where one is written. The error reads after "`urls` is".
    pub fn parse_limit(&self, written: &str) -> Result<Limit, String> {
        let written = written.trim();
        let wanted = |what: &str| {
            let shown: String = written.chars().take(40).collect();
            format!("{what}, or \"{UNLIMITED}\", not {}", shown.escape_debug())
        };
        if written == UNLIMITED {
            Ok(Limit::Unlimited)
        } else if *self == Self::MONEY {
            written.parse().map(Limit::Money).map_err(|_| wanted("money, such as \"0.05 USD\""))
        } else {
            // `+5` would parse
            let digits = written.bytes().all(|byte| byte.is_ascii_digit());
            let count =
                written.parse().ok().filter(|_| digits).ok_or_else(|| wanted("a whole number from 0"))?;
            if *self == Self::SECONDS && count > MAX_SECONDS {
                return Err(format!("at most {MAX_SECONDS} (ten years), not {count}"));
            }
            Ok(Limit::Count(count))
        }
    }
}

/// What a budget says of one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Lifts the bound that holds otherwise.
    Unlimited,
    Count(u64),
    Money(Money),
}

const UNLIMITED: &str = "unlimited";

/// A deadline further off is a slip, and past the year 9999 no instant can be written.
const MAX_SECONDS: u64 = 10 * 365 * 24 * 3600;

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Amounts by counter; a missing counter is zero. Money is in the one currency of its budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Amounts(#[schemars(with = "BTreeMap<String, String>")] BTreeMap<Counter, Decimal>);

impl Amounts {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn one(counter: Counter, amount: impl Into<Decimal>) -> Self {
        Self::none().with(counter, amount)
    }

    #[must_use]
    pub fn with(mut self, counter: Counter, amount: impl Into<Decimal>) -> Self {
        self.set(counter, amount.into());
        self
    }

    pub fn get(&self, counter: &Counter) -> Decimal {
        self.0.get(counter).copied().unwrap_or_default()
    }

    pub fn set(&mut self, counter: Counter, amount: Decimal) {
        if amount.is_zero() {
            self.0.remove(&counter);
        } else {
            self.0.insert(counter, amount);
        }
    }

    /// Saturates: amounts come in messages, and none may bring its reader down.
    pub fn add(&mut self, other: &Self) {
        for (counter, amount) in &other.0 {
            self.set(counter.clone(), self.get(counter).saturating_add(*amount));
        }
    }

    /// Saturates, and may go below zero.
    pub fn sub(&mut self, other: &Self) {
        for (counter, amount) in &other.0 {
            self.set(counter.clone(), self.get(counter).saturating_sub(*amount));
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Counter, Decimal)> {
        self.0.iter().map(|(counter, amount)| (counter, *amount))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As people are told: counts as numbers, money with its currency.
    pub fn told(&self, currency: Currency) -> Cost {
        self.iter().map(|(counter, amount)| (counter.clone(), told(counter, amount, currency))).collect()
    }
}

/// What something cost, by counter: counts as JSON numbers, money as a decimal with its currency (`"0.0000 USD"`).
pub type Cost = BTreeMap<Counter, Value>;

/// One entry of a [`Cost`].
pub fn told(counter: &Counter, amount: Decimal, currency: Currency) -> Value {
    if *counter == Counter::MONEY {
        return Money::new(amount, currency).to_string().into();
    }
    u64::try_from(amount).map_or_else(|_| amount.to_string().into(), Value::from)
}

/// Upper bounds by counter, with the currency of `money`. A counter without a bound is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    limits: BTreeMap<Counter, Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

impl Budget {
    pub fn unlimited() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, counter: Counter, limit: impl Into<Decimal>) -> Self {
        self.limits.insert(counter, limit.into());
        self
    }

    #[must_use]
    pub fn with_money(mut self, limit: &Money) -> Self {
        self.currency = Some(limit.currency);
        self.with(Counter::MONEY, limit.amount)
    }

    /// The bound of this counter, if it has one.
    pub fn limit(&self, counter: &Counter) -> Option<Decimal> {
        self.limits.get(counter).copied()
    }

    /// The currency of the money bound, and of the money that jobs under it count. US dollars without one.
    pub fn currency(&self) -> Currency {
        self.currency.unwrap_or(Currency::USD)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Counter, Decimal)> {
        self.limits.iter().map(|(counter, limit)| (counter, *limit))
    }

    /// This budget with what is written over it.
    #[must_use]
    pub fn overridden_by(self, over: &[(Counter, Limit)]) -> Self {
        over.iter().fold(self, |budget, (counter, limit)| budget.over(counter.clone(), limit))
    }

    fn over(mut self, counter: Counter, limit: &Limit) -> Self {
        match limit {
            Limit::Count(count) => self.with(counter, *count),
            Limit::Money(money) => self.with_money(money),
            Limit::Unlimited => {
                self.limits.remove(&counter);
                if counter == Counter::MONEY {
                    self.currency = None;
                }
                self
            }
        }
    }
}

#[cfg(test)]
mod tests;
