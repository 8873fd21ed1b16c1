use proptest::prelude::*;

use super::{BadQuote, Found, Haystack, check, find};

const TEXT: &str =
    "Acme Drill 18V\nPreis: 129,00\u{a0}€ inkl. MwSt.\nWas 1 299,00 kr. Tel. 0845 519 7209 “Größe: 5–10 cm”";

fn check_found(quote: &str, slice: &str, exact: bool) {
    let hay = Haystack::new(TEXT);
    let found = hay.find(quote).unwrap_or_else(|error| panic!("{quote:?}: {error}"));
    assert_eq!(hay.code_points().slice(found.range.clone()), Some(slice), "{quote:?}");
    assert_eq!(found.exact, exact, "{quote:?}");
    assert_eq!(hay.check(found.range, quote), Ok(()), "{quote:?}");
}

fn check_refused(text: &str, quote: &str, error: BadQuote) {
    assert_eq!(Haystack::new(text).find(quote), Err(error), "{quote:?} in {text:?}");
}

#[test]
fn a_verbatim_quote_is_found() {
    check_found("129,00\u{a0}€", "129,00\u{a0}€", true);
    check_found("Acme Drill", "Acme Drill", true);
    check_found("5–10 cm", "5–10 cm", true);
}

#[test]
fn another_writing_of_a_quote_is_found() {
    check_found("129,00 €", "129,00\u{a0}€", false);
    check_found("acme  DRILL 18v preis", "Acme Drill 18V\nPreis", false);
    check_found("\"Größe: 5-10 cm\"", "“Größe: 5–10 cm”", false);
    check_found("gro\u{308}ße", "Größe", false);
}

#[test]
fn a_merely_similar_quote_is_refused() {
    for quote in ["Acme Drill 18W", "Acme-Drill", "Grosse", "Gröse", "129.00 €", "129,00 EUR", "AcmeDrill"]
    {
        check_refused(TEXT, quote, BadQuote::Missing);
    }
}

#[test]
fn a_quote_that_cuts_a_word_or_a_number_is_refused() {
    for quote in ["29,00\u{a0}€", "129", "cme Drill", "Dril", "299,00 kr", "519 7", "MwS"] {
        check_refused(TEXT, quote, BadQuote::Cut);
    }
    check_refused("price 1.299.00", "299", BadQuote::Cut);
    check_refused("22.11.2026", "11.2026", BadQuote::Cut);
    check_refused("call 866-643-0919", "643-0919", BadQuote::Cut);
}

#[test]
fn words_set_side_by_side_by_markup_are_still_words() {
    for (text, quote) in [
        ("BrandAcmeDrill", "Acme"),
        ("129.00Add to cart", "129.00"),
        ("5kg", "5"),
        ("価格は12円です", "12円"),
        ("東京都港区", "港区"),
    ] {
        assert!(find(text, quote).is_some(), "{quote:?} in {text:?}");
    }
}

#[test]
fn a_whole_occurrence_is_found_behind_a_cut_one() {
    assert_eq!(find("Drillmaster: Drill", "Drill"), Some(13..18));
    assert_eq!(find("1129 und 129", "129"), Some(9..12));
    assert_eq!(find("11 1 1", "1 1"), Some(3..6));
}

#[test]
fn the_nearest_occurrence_is_found() {
    let hay = Haystack::new("10 € heute, 10 € morgen");
    assert_eq!(hay.find_near("10 €", 11), Ok(Found { range: 12..16, exact: true }));
}

#[test]
fn offsets_must_name_the_quote() {
    assert_eq!(check(TEXT, 0..10, "Acme Drill"), Ok(()));
    assert_eq!(check(TEXT, 0..10, "acme drill"), Ok(()));
    assert_eq!(check(TEXT, 1..10, "Acme Drill"), Err(BadQuote::Differs));
    assert_eq!(check(TEXT, 0..9, "Acme Dril"), Err(BadQuote::Cut));
    assert_eq!(check(TEXT, 0..100_000, "Acme Drill"), Err(BadQuote::OutOfText));
    assert_eq!(check(TEXT, 3..3, ""), Err(BadQuote::Empty));
    assert_eq!(check(TEXT, 10..11, " "), Err(BadQuote::Empty));
    assert_eq!(find(TEXT, "\u{200b}"), None);
}

#[test]
fn an_endless_quote_is_refused() {
    check_refused(TEXT, &"a".repeat(super::MAX_QUOTE + 1), BadQuote::TooLong);
}

fn fold(text: &str) -> String {
    crate::text::Folded::new(text).text().trim().to_owned()
}

proptest! {
    #[test]
    fn nothing_is_accepted_that_is_not_in_the_text(text in "[a-cA-C0-2 .,é€\u{a0}–-]{0,60}", quote in "[a-cA-C0-2 .,é€-]{1,6}") {
        let hay = Haystack::new(&text);
        if let Ok(found) = hay.find(&quote) {
            let slice = hay.code_points().slice(found.range.clone()).expect("in the text");
            prop_assert_eq!(fold(slice), fold(&quote));
            prop_assert_eq!(hay.check(found.range, &quote), Ok(()));
        }
    }

    #[test]
    fn every_run_of_words_is_found(words in prop::collection::vec("[a-zà-ý]{1,8}", 1..20), from in any::<prop::sample::Index>(), upto in any::<prop::sample::Index>()) {
        let text = words.join(" ");
        let first = from.index(words.len());
        let last = first + upto.index(words.len() - first);
        let quote = words[first..=last].join("\u{a0}").to_uppercase();
        prop_assert!(find(&text, &quote).is_some(), "{:?} in {:?}", quote, text);
    }

    #[test]
    fn a_mutated_quote_is_refused(words in prop::collection::vec("[a-z]{2,8}", 2..20), at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9]") {
        let text = words.join(" ");
        let position = at.index(text.len());
        let mut quote = text.clone();
        quote.replace_range(position..position + 1, &letter);
        prop_assume!(fold(&quote) != fold(&text));
        prop_assert_eq!(find(&text, &quote), None);
    }

    #[test]
    fn any_text_and_quote_are_looked_at(text in "\\PC{0,60}", quote in "\\PC{0,6}", start in 0_usize..70, end in 0_usize..70) {
        let hay = Haystack::new(&text);
        if let Ok(found) = hay.find(&quote) {
            prop_assert_eq!(hay.check(found.range, &quote), Ok(()));
        }
        if hay.check(start..end, &quote).is_ok() {
            prop_assert!(hay.find(&quote).is_ok());
        }
    }
}
