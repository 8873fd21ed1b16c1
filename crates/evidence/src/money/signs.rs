//! What pages write for a currency, and which currencies that may be.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

type Codes = &'static [&'static str];

/// Signs, abbreviations and words (compared without case where they are words) with their candidates, likeliest first.
const SIGNS: &[(&str, Codes)] = &[
    ("€", &["EUR"]),
    ("$", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "ARS", "CLP", "COP", "UYU"]),
    ("US$", &["USD"]),
    ("US $", &["USD"]),
    ("USD$", &["USD"]),
    ("$US", &["USD"]),
    ("C$", &["CAD"]),
    ("CA$", &["CAD"]),
    ("CAD$", &["CAD"]),
    ("CDN$", &["CAD"]),
    ("A$", &["AUD"]),
    ("AU$", &["AUD"]),
    ("AU $", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("S$", &["SGD"]),
    ("HK$", &["HKD"]),
    ("NT$", &["TWD"]),
    ("MX$", &["MXN"]),
    ("AR$", &["ARS"]),
    ("CLP$", &["CLP"]),
    ("COP$", &["COP"]),
    ("R$", &["BRL"]),
    ("£", &["GBP"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("円", &["JPY"]),
    ("元", &["CNY", "TWD"]),
    ("RMB", &["CNY"]),
    ("₹", &["INR"]),
    ("Rs", &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("Rs.", &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("₨", &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("৳", &["BDT"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB"]),
    ("руб.", &["RUB"]),
    ("₴", &["UAH"]),
    ("грн", &["UAH"]),
    ("грн.", &["UAH"]),
    ("₸", &["KZT"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("kr.", &["SEK", "NOK", "DKK", "ISK"]),
    ("Ft", &["HUF"]),
    ("lei", &["RON", "MDL"]),
    ("₺", &["TRY"]),
    ("TL", &["TRY"]),
    ("₩", &["KRW"]),
    ("원", &["KRW"]),
    ("₪", &["ILS"]),
    ("฿", &["THB"]),
    ("₫", &["VND"]),
    ("đ", &["VND"]),
    ("₱", &["PHP"]),
    ("₦", &["NGN"]),
    ("₵", &["GHS"]),
    ("GH₵", &["GHS"]),
    ("KSh", &["KES"]),
    ("Fr.", &["CHF"]),
    ("SFr.", &["CHF"]),
    ("sFr", &["CHF"]),
    ("RM", &["MYR"]),
    ("Rp", &["IDR"]),
    ("Dhs", &["AED"]),
    ("Dhs.", &["AED"]),
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("US dollars", &["USD"]),
    ("US-Dollar", &["USD"]),
    ("dollars", &["USD", "CAD", "AUD", "NZD", "SGD", "HKD"]),
    ("pounds sterling", &["GBP"]),
    ("Franken", &["CHF"]),
    ("kronor", &["SEK"]),
    ("kroner", &["NOK", "DKK"]),
    ("yen", &["JPY"]),
    ("rubles", &["RUB"]),
    ("рублей", &["RUB"]),
    ("złotych", &["PLN"]),
];

/// ISO 4217 codes that pages price in; each stands for itself.
const CODES: Codes = &[
    "AED", "ALL", "AMD", "ARS", "AUD", "AZN", "BAM", "BDT", "BGN", "BHD", "BOB", "BRL", "BYN", "CAD", "CHF",
    "CLP", "CNY", "COP", "CRC", "CZK", "DKK", "DOP", "DZD", "EGP", "EUR", "GBP", "GEL", "GHS", "GTQ", "HKD",
    "HUF", "IDR", "ILS", "INR", "ISK", "JOD", "JPY", "KES", "KRW", "KWD", "KZT", "LBP", "LKR", "MAD", "MDL",
    "MKD", "MUR", "MXN", "MYR", "NGN", "NOK", "NPR", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "PYG", "QAR",
    "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "TZS", "UAH", "UGX", "USD", "UYU",
    "UZS", "VND", "XAF", "XOF", "ZAR",
];

/// What begins or ends with a letter is a word; two-letter abbreviations keep their case, longer words do not.
static TABLE: LazyLock<HashMap<String, Codes>> = LazyLock::new(|| {
    let codes = CODES.iter().map(|code| ((*code).to_owned(), std::slice::from_ref(code)));
    let signs = SIGNS.iter().map(|(sign, codes)| (key(sign), *codes));
    codes.chain(signs).collect()
});

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let mut signs: Vec<&str> = SIGNS.iter().map(|(sign, _)| *sign).chain(CODES.iter().copied()).collect();
    signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
    let alternatives: Vec<String> = signs
        .iter()
        .map(|sign| {
            let escaped = regex::escape(sign);
            if is_long_word(sign) { format!("(?i:{escaped})") } else { escaped }
        })
        .collect();
    Regex::new(&alternatives.join("|")).expect("escaped alternatives")
});

/// Finds anything in the table, longest first.
pub(super) fn pattern() -> &'static Regex {
    &PATTERN
}

pub(super) fn candidates(sign: &str) -> Option<Codes> {
    TABLE.get(&key(sign)).copied()
}

/// Codes that stand in upper-case headings as words.
pub(super) fn is_also_a_word(sign: &str) -> bool {
    matches!(
        sign,
        "ALL"
            | "TRY"
            | "PEN"
            | "BOB"
            | "MAD"
            | "BAM"
            | "GEL"
            | "RON"
            | "CAD"
            | "TL"
            | "RM"
            | "lei"
            | "Ft"
            | "COP"
            | "SAR"
            | "đ"
    )
}

fn is_long_word(sign: &str) -> bool {
    sign.chars().count() > 3 && sign.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-'))
}

fn key(sign: &str) -> String {
    if is_long_word(sign) { sign.to_lowercase() } else { sign.to_owned() }
}
