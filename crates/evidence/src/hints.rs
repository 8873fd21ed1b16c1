//! What is known about a page's habits: country, currency, decimal mark, order of day and month.
//!
//! Hints settle what a writing leaves open; they never overrule what its shape makes certain.

use gleaner_contract::{Country, Currency};

/// The sign between whole and fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    Point,
    Comma,
}

/// What settles ambiguous writings. The default knows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    pub country: Option<Country>,
    pub currency: Option<Currency>,
    /// Overrides the mark that the country implies.
    pub decimal: Option<DecimalMark>,
    /// Overrides the order that the country implies.
    pub date_order: Option<DateOrder>,
    /// The page's address, against which relative references resolve.
    pub base: Option<url::Url>,
}

/// How all-digit dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

impl Hints {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn for_country(country: Country) -> Self {
        Self { country: Some(country), ..Self::default() }
    }

    #[must_use]
    pub fn with_currency(mut self, currency: Currency) -> Self {
        self.currency = Some(currency);
        self
    }

    #[must_use]
    pub fn with_decimal(mut self, mark: DecimalMark) -> Self {
        self.decimal = Some(mark);
        self
    }

    /// The decimal mark: given, or the country's.
    pub fn decimal_mark(&self) -> Option<DecimalMark> {
        self.decimal.or_else(|| decimal_mark(self.country?.code()))
    }

    /// The order of all-digit dates: given, or the country's.
    pub fn order_of_dates(&self) -> Option<DateOrder> {
        self.date_order.or_else(|| {
            Some(match self.country?.code() {
                "US" | "PH" | "FM" | "MH" | "PW" => DateOrder::MonthFirst,
                // Both orders are common in Canada.
                "CA" => return None,
                _ => DateOrder::DayFirst,
            })
        })
    }

    /// The currency: given, or the country's.
    pub fn local_currency(&self) -> Option<Currency> {
        self.currency.or_else(|| currency_of(self.country?.code())?.parse().ok())
    }
}

/// Countries where both marks are in use (Canada, South Africa) and those not listed have none.
fn decimal_mark(country: &str) -> Option<DecimalMark> {
    const COMMA: &str = "AT DE FR ES IT NL BE LU PT BR AR CL CO UY PY BO EC VE DK SE NO FI IS PL CZ SK HU RO BG GR CY HR SI RS BA \
        ME MK AL XK LT LV EE RU UA BY MD KZ GE AM AZ UZ TR ID VN MA DZ TN SN CI CM";
    const POINT: &str = "US GB IE AU NZ MX GT HN SV NI PA DO PR PE IN PK BD LK NP CN JP KR TW HK MO SG MY TH PH IL CH LI MT AE SA QA \
        KW BH OM JO EG NG KE GH TZ UG ZW";
    let listed = |list: &str| list.split_ascii_whitespace().any(|code| code == country);
    if listed(COMMA) { Some(DecimalMark::Comma) } else { listed(POINT).then_some(DecimalMark::Point) }
}

/// The decimal mark that the countries of a language share, by its ISO 639 code. Spanish has none: Mexico and Spain
/// differ. Where German, French and Italian are written with a point, in Switzerland, groups are set apart by an
/// apostrophe, so that a point before three digits is a group mark in these languages all the same.
pub fn mark_of_language(language: &str) -> Option<DecimalMark> {
    const COMMA: &str =
        "de fr it nl pt pl cs sk sv da nb nn no fi is ru uk be bg ro hu hr sl sr bs el et lv lt tr id vi";
    const POINT: &str = "en ja zh ko th he ms";
    let listed = |list: &str| list.split(' ').any(|code| code.eq_ignore_ascii_case(language));
    if listed(COMMA) { Some(DecimalMark::Comma) } else { listed(POINT).then_some(DecimalMark::Point) }
}

/// The currency that shops of a country price in.
fn currency_of(country: &str) -> Option<&'static str> {
    Some(match country {
        "AT" | "BE" | "BG" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT"
        | "LU" | "LV" | "MT" | "NL" | "PT" | "SI" | "SK" | "AD" | "MC" | "ME" | "SM" | "VA" | "XK" => "EUR",
        "US" | "PR" | "EC" | "SV" | "PA" | "GU" | "VI" => "USD",
        "GB" | "IM" | "JE" | "GG" => "GBP",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "SG" => "SGD",
        "HK" => "HKD",
        "TW" => "TWD",
        "MX" => "MXN",
        "AR" => "ARS",
        "CL" => "CLP",
        "CO" => "COP",
        "UY" => "UYU",
        "PE" => "PEN",
        "BR" => "BRL",
        "CH" | "LI" => "CHF",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "IS" => "ISK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "HU" => "HUF",
        "RO" => "RON",
        "RS" => "RSD",
        "MD" => "MDL",
        "UA" => "UAH",
        "RU" => "RUB",
        "BY" => "BYN",
        "KZ" => "KZT",
        "TR" => "TRY",
        "IL" => "ILS",
        "AE" => "AED",
        "SA" => "SAR",
        "EG" => "EGP",
        "ZA" => "ZAR",
        "NG" => "NGN",
        "KE" => "KES",
        "GH" => "GHS",
        "MA" => "MAD",
        "IN" => "INR",
        "PK" => "PKR",
        "LK" => "LKR",
        "NP" => "NPR",
        "BD" => "BDT",
        "MU" => "MUR",
        "CN" => "CNY",
        "JP" => "JPY",
        "KR" => "KRW",
        "TH" => "THB",
        "VN" => "VND",
        "ID" => "IDR",
        "MY" => "MYR",
        "PH" => "PHP",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
