use serde_json::json;

use super::*;

fn check(value: Value, kind: ValueKind, quote: &str, holds: bool) {
    let result = supports(&value, kind, quote, &Hints::none());
    assert_eq!(result.is_ok(), holds, "{value} from {quote:?}: {result:?}");
}

#[test]
fn amounts_are_read_as_pages_write_them() {
    check(json!("129.00"), ValueKind::Amount, "129,00 €", true);
    check(json!("1299.00"), ValueKind::Amount, "$1,299.00", true);
    check(json!("12.90"), ValueKind::Amount, "129,00 €", false);
}

#[test]
fn numbers_are_converted_to_the_wanted_unit() {
    let kg = units::unit("kg").ok();
    check(json!(1.4), ValueKind::Number(kg), "1400 g", true);
    check(json!(1.4), ValueKind::Number(kg), "1,4 kg", true);
    check(json!(14), ValueKind::Number(kg), "1,4 kg", false);
}

#[test]
fn texts_stand_in_their_quote() {
    check(json!("Acme Drill"), ValueKind::Text, "The Acme  Drill 18V", true);
    check(json!("Acme Saw"), ValueKind::Text, "The Acme Drill 18V", false);
    check(json!(""), ValueKind::Text, "anything", false);
}

#[test]
fn availability_is_read_from_words_and_addresses() {
    check(json!("InStock"), ValueKind::Availability, "https://schema.org/InStock", true);
    check(json!("OutOfStock"), ValueKind::Availability, "Ausverkauft", true);
    check(json!("InStock"), ValueKind::Availability, "Sold out", false);
}

#[test]
fn currencies_are_read_from_signs_and_codes() {
    check(json!("EUR"), ValueKind::Currency, "129,00 €", true);
    check(json!("USD"), ValueKind::Currency, "129,00 €", false);
}
