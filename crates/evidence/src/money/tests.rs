use super::{find_all, parse, resolve, signs};
use crate::hints::Hints;

fn country(code: &str) -> Hints {
    Hints::for_country(code.parse().expect("a country"))
}

/// Each mention as `CODE amount`, `?` for a currency left open.
fn mentions(text: &str, hints: &Hints) -> Vec<String> {
    find_all(text, hints)
        .iter()
        .map(|m| format!("{} {}", m.currency.map_or("?", |c| c.code()), m.amount))
        .collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(mentions(text, &Hints::none()), expected, "{text:?}");
}

fn check_in(code: &str, text: &str, expected: &[&str]) {
    assert_eq!(mentions(text, &country(code)), expected, "{text:?} in {code}");
}

#[test]
fn signs_stand_before_or_after() {
    check("129,00 €", &["EUR 129.00"]);
    check("129,00\u{a0}€ inkl. MwSt.", &["EUR 129.00"]);
    check("€129.00", &["EUR 129.00"]);
    check("EUR 1.299,-", &["EUR 1299"]);
    check("EUR12.99", &["EUR 12.99"]);
    check("CHF 12.–", &["CHF 12"]);
    check("£10", &["GBP 10"]);
    check("R$ 10,00", &["BRL 10.00"]);
    check("₹1,299", &["INR 1299"]);
    check("₹1,29,999.00", &["INR 129999.00"]);
    check("49,90 zł", &["PLN 49.90"]);
    check("1 990 Kč", &["CZK 1990"]);
    check("12 Euro", &["EUR 12"]);
    check("US $5.00", &["USD 5.00"]);
}

#[test]
fn a_shared_sign_needs_a_hint() {
    check("$1,299.00", &["? 1299.00"]);
    check_in("US", "$1,299.00", &["USD 1299.00"]);
    check_in("CA", "$1,299.00", &["CAD 1299.00"]);
    check_in("SE", "1 234 kr", &["SEK 1234"]);
    check_in("PK", "Rs. 900", &["PKR 900"]);
    check_in("DE", "$20", &["? 20"]);
}

#[test]
fn a_price_in_thousands_is_no_price_in_thousandths() {
    check("$1,299", &["? 1299"]);
    check("€ 1.299", &["EUR 1299"]);
    let one = parse("€ 1.299", &Hints::none()).expect("one amount");
    assert_eq!(one.other, Some("1.299".parse().expect("a decimal")));
}

#[test]
fn cents_set_apart_by_the_page_are_joined() {
    check("£ 9 . 99 / 2 pack", &["GBP 9.99"]);
    check("$ 999 .99 Sale", &["? 999.99"]);
    check("12€90", &["EUR 12.90"]);
    check("Over $ 5 , 10 people came", &["? 5"]);
}

#[test]
fn neighbouring_prices_keep_their_own_sign() {
    check("129,00 € 99,00 €", &["EUR 129.00", "EUR 99.00"]);
    check("€ 129,00 € 99,00", &["EUR 129.00", "EUR 99.00"]);
    check("was $139.00 now $129.00", &["? 139.00", "? 129.00"]);
    check("$5 – $10", &["? 5", "? 10"]);
    check("-20 % 49,95 €", &["EUR 49.95"]);
}

#[test]
fn words_that_are_codes_too_need_cents() {
    check("ALL 12 sizes", &[]);
    check("TRY 2 samples", &[]);
    check("TRY 129,90", &["TRY 129.90"]);
    check("EUROPE 12", &[]);
    check("USB 3 SEKunden", &[]);
}

#[test]
fn ranges_cover_amount_and_sign_in_code_points() {
    let text = "für nur 129,00\u{a0}€!";
    let found = &find_all(text, &Hints::none())[0];
    assert_eq!(found.range, 8..16);
}

#[test]
fn more_than_one_amount_is_not_one_price() {
    assert_eq!(parse("10 € statt 20 €", &Hints::none()), None);
    assert_eq!(parse("free", &Hints::none()), None);
}

#[test]
fn a_sign_without_an_amount_is_found() {
    let found = signs("Alle Preise in € (EUR)");
    assert_eq!(found.iter().map(|sign| sign.candidates[0]).collect::<Vec<_>>(), ["EUR", "EUR"]);
}

#[test]
fn every_candidate_is_a_currency() {
    for text in ["€", "$", "kr", "¥", "Rs", "元", "dollars", "XOF"] {
        for code in signs(text)[0].candidates {
            assert!(resolve(&[code], &Hints::none()).is_some(), "{code}");
        }
    }
}
