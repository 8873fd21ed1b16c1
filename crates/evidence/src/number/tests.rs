use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{BadNumber, Number, find_all, parse};
use crate::hints::{DecimalMark, Hints};

fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn check(written: &str, value: &str) {
    let number = parse(written, &Hints::none()).unwrap_or_else(|error| panic!("{written:?}: {error}"));
    assert_eq!((number.value, number.other), (dec(value), None), "{written:?}");
}

fn check_found(text: &str, values: &[&str]) {
    let found: Vec<_> = find_all(text, &Hints::none()).into_iter().map(|number| number.value).collect();
    assert_eq!(found, values.iter().map(|value| dec(value)).collect::<Vec<_>>(), "{text:?}");
}

#[test]
fn separators_of_many_countries_are_read() {
    check("1.299,00", "1299.00");
    check("1,299.00", "1299.00");
    check("1 299,00", "1299.00");
    check("1\u{a0}299,00", "1299.00");
    check("1\u{202f}299\u{202f}000", "1299000");
    check("1'299.50", "1299.50");
    check("1’299’000", "1299000");
    check("1.299.000", "1299000");
    check("1,29,999.00", "129999.00");
    check("12,34,56,789", "123456789");
    check("٤٢", "42");
    check("0.125", "0.125");
    check(".5", "0.5");
    check("129,00", "129.00");
    check("1234.567", "1234.567");
}

#[test]
fn dashes_for_cents_belong_to_the_number() {
    check("129,–", "129");
    check("12.-", "12");
    check("1299:-", "1299");
    check("5,--", "5");
}

#[test]
fn fractions_are_read() {
    check("½", "0.5");
    check("1½", "1.5");
    check("1 1/2", "1.5");
    check("3/4", "0.75");
    check("-2 ¼", "-2.25");
}

#[test]
fn one_separator_before_three_digits_is_ambiguous() {
    let number = parse("1.299", &Hints::none()).expect("a number");
    assert_eq!((number.value, number.other), (dec("1.299"), Some(dec("1299"))));
    let number = parse("1,299", &Hints::none()).expect("a number");
    assert_eq!((number.value, number.other), (dec("1299"), Some(dec("1.299"))));
}

#[test]
fn a_hint_settles_what_is_ambiguous() {
    let comma = Hints::none().with_decimal(DecimalMark::Comma);
    let number = parse("1.299", &comma).expect("a number");
    assert_eq!((number.value, number.other), (dec("1299"), None));
    let number = parse("1,299", &comma).expect("a number");
    assert_eq!((number.value, number.other), (dec("1.299"), None));
}

#[test]
fn a_hint_does_not_overrule_a_certain_shape() {
    let comma = Hints::none().with_decimal(DecimalMark::Comma);
    assert_eq!(parse("1,299.00", &comma).expect("a number").value, dec("1299.00"));
    assert_eq!(parse("12.5", &comma).expect("a number").value, dec("12.5"));
}

#[test]
fn signs_are_read_and_ranges_have_none() {
    check("-5", "-5");
    check("−5", "-5");
    check("+5", "5");
    check_found("5–10", &["5", "10"]);
    check_found("from 5 to -10 °C", &["5", "-10"]);
    check_found("866-643-0919", &["866", "643", "919"]);
}

#[test]
fn versions_dates_exponents_and_identifiers_are_no_numbers() {
    check_found("v1.2.3", &[]);
    check_found("version 1.2.3", &[]);
    check_found("22.11.2026", &[]);
    check_found("1e5 and 1.2E+3", &[]);
    check_found("AB123 X-4", &["4"]);
    check_found("1.2.3.4 then 7", &["7"]);
    check_found("99999999999999999999999999999999", &[]);
}

#[test]
fn pairs_are_two_numbers() {
    check_found("24/7", &["24", "7"]);
    check_found("11/22/2026", &["11", "22", "2026"]);
    check_found("12 129", &["12129"]);
    check_found("2026 129", &["2026", "129"]);
    check_found("Suite 320 310-566-0858", &["320", "310", "566", "858"]);
    check_found("3, 4, and 5.", &["3", "4", "5"]);
    check_found("1 299 99", &["1299", "99"]);
}

#[test]
fn ranges_count_code_points() {
    let found = find_all("Größe: 1½ m, é 20", &Hints::none());
    assert_eq!(found.iter().map(|number| number.range.clone()).collect::<Vec<_>>(), [7..9, 15..17]);
}

#[test]
fn a_text_with_more_than_a_number_is_refused() {
    assert_eq!(parse("5 kg", &Hints::none()), Err(BadNumber::More("5 kg".into())));
    assert_eq!(parse("none", &Hints::none()), Err(BadNumber::None("none".into())));
}

/// Writes a decimal the way a country does.
fn write(value: Decimal, group: &str, mark: &str) -> String {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{mark}{fraction}") }
}

proptest! {
    #[test]
    fn what_a_locale_writes_is_read_back(units in -9_999_999_999_i64..9_999_999_999, scale in 0_u32..5, locale in 0_usize..6) {
        let (group, mark) = [(".", ","), (",", "."), (" ", ","), ("\u{202f}", ","), ("'", "."), ("", ".")][locale];
        let value = Decimal::new(units, scale);
        let hints = Hints::none().with_decimal(if mark == "," { DecimalMark::Comma } else { DecimalMark::Point });
        let written = write(value, group, mark);
        let read = parse(&written, &hints).map(|Number { value, other, .. }| (value, other));
        prop_assert_eq!(read, Ok((value, None)), "{}", written);
    }

    #[test]
    fn any_text_is_scanned_and_ranges_lie_in_it(text in "[-+0-9., '’/½¼a-z€\u{a0}\u{202f}٣]{0,60}|\\PC{0,60}") {
        let length = text.chars().count();
        let mut last = 0;
        for number in find_all(&text, &Hints::none()) {
            prop_assert!(last <= number.range.start && number.range.start < number.range.end && number.range.end <= length);
            last = number.range.end;
        }
    }
}
