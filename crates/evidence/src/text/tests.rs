use proptest::prelude::*;

use super::{CodePoints, Folded, squeeze};

fn check_fold(a: &str, b: &str) {
    assert_eq!(Folded::new(a).text(), Folded::new(b).text(), "{a:?} and {b:?}");
}

#[test]
fn variants_of_one_writing_fold_to_the_same() {
    check_fold("Müller", "Mu\u{308}ller");
    check_fold("STRASSE", "Straße");
    check_fold("“Acme’s”", "\"acme's\"");
    check_fold("12\u{a0}\u{202f}kg", "12 kg");
    check_fold("5–10", "5-10");
    check_fold("soft\u{ad}hyphen\u{200b}ed", "softhyphened");
    check_fold("١٢٣", "123");
    check_fold("１２×３", "12x3");
}

#[test]
fn different_writings_stay_apart() {
    for (a, b) in [("é", "e"), ("1½", "11/2"), ("10²", "102"), ("a b", "ab"), ("1.5", "15")] {
        assert_ne!(Folded::new(a).text(), Folded::new(b).text(), "{a:?} and {b:?}");
    }
}

#[test]
fn a_match_that_cuts_a_character_has_no_origin() {
    let folded = Folded::new("ﬁne");
    assert_eq!(folded.text(), "fine");
    assert_eq!(folded.origin(0..2), Some(0..1));
    assert_eq!(folded.origin(1..4), None);
    assert_eq!(folded.origin(2..4), Some(1..3));
}

#[test]
fn occurrences_come_with_code_points() {
    let text = CodePoints::new("€ 5 und € 7");
    assert_eq!(text.find_all("€").collect::<Vec<_>>(), [0..1, 8..9]);
    assert_eq!(text.find_all("").count(), 0);
}

#[test]
fn ranges_outside_the_text_have_no_slice() {
    let text = CodePoints::new("größe");
    assert_eq!(text.slice(2..4), Some("öß"));
    assert_eq!(text.slice(3..6), None);
    #[expect(clippy::reversed_empty_ranges, reason = "the range under test")]
    let reversed = 4..2;
    assert_eq!(text.slice(reversed), None);
}

#[test]
fn white_space_of_any_kind_is_squeezed() {
    assert_eq!(squeeze(" a\u{a0}\n\tb\u{200b} c "), "a b c");
}

proptest! {
    #[test]
    fn offsets_round_trip_on_any_text(text in "\\PC{0,400}|[a-zé€\u{10348}]{100,400}", at in any::<prop::sample::Index>()) {
        let index = CodePoints::new(&text);
        prop_assert_eq!(index.len(), text.chars().count());
        let code_point = at.index(index.len() + 1);
        let byte = index.byte_of(code_point).expect("within the text");
        prop_assert_eq!(index.code_point_of(byte), Some(code_point));
        prop_assert_eq!(index.slice(0..code_point).map(str::len), Some(byte));
        prop_assert_eq!(index.byte_of(index.len() + 1), None);
    }

    #[test]
    fn every_piece_of_a_folded_text_leads_back_to_text_that_folds_to_it(text in "\\PC{0,80}") {
        let folded = Folded::new(&text);
        let index = CodePoints::new(&text);
        for (byte, c) in folded.text().char_indices() {
            if let Some(origin) = folded.origin(byte..byte + c.len_utf8()) {
                let slice = index.slice(origin).expect("an origin lies in the text");
                let again = Folded::new(slice);
                // Digits above the line stay as they are after a digit only.
                prop_assert!(again.text() == c.to_string() || slice == c.to_string(), "{slice:?} {c:?}");
            }
        }
    }
}
