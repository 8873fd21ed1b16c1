use SubjectMatch::{Exact, Likely, Other, Unknown};

use super::*;

#[track_caller]
fn check(name: &str, said: &str, expected: SubjectMatch) {
    assert_eq!(compare(name, said, Care::Usual), expected, "`{name}` and `{said}`");
}

#[track_caller]
fn check_strict(name: &str, said: &str, expected: SubjectMatch) {
    assert_eq!(compare(name, said, Care::Strict), expected, "`{name}` and `{said}`");
}

#[test]
fn case_punctuation_and_legal_form_do_not_tell_names_apart() {
    check("ACME Tools, Inc.", "Acme Tools", Exact);
    check("Müller & Söhne GmbH", "müller and söhne", Exact);
}

#[test]
fn a_longer_name_is_likely_the_same_unless_it_names_another_model() {
    check("Acme Drill 18V", "Acme Drill 18V blue", Likely);
    check("Acme Drill", "Acme Drill Pro", Unknown);
    check("Acme Drill 18V", "Acme Drill 12V", Other);
    check("Acme Drill 18V", "Acme Drill", Unknown);
}

#[test]
fn names_without_a_common_word_are_of_different_things() {
    check("Acme Tools", "Brown Bakery", Other);
}

#[test]
fn what_is_made_for_a_thing_is_another_thing() {
    check("Acme Drill 18V", "Battery for Acme Drill 18V", Other);
    check("Acme Drill 18V", "Ersatzakku für Acme Drill 18V", Other);
    check("Acme Drill 18V", "Chargeur pour Acme Drill 18V", Other);
    check("Acme Drill 18V", "Strap compatible with the Acme Drill 18V", Other);
    check("Acme Drill 18V", "Acme Drill 18V for metal and wood", Likely);
    check("Battery for Acme Drill", "Battery for Acme Drill, black", Likely);
}

#[test]
fn an_accessory_that_begins_with_the_name_is_not_it() {
    for said in [
        "Acme Drill 18V Battery",
        "Acme Drill 18V Charger (black)",
        "Acme Drill 18V Akku",
        "Tasche Acme Drill 18V",
    ] {
        check("Acme Drill 18V", said, Unknown);
    }
    check("Acme Drill 18V Battery", "Acme Drill 18V", Unknown);
    check("Acme Drill 18V", "Acme Drill 18V with battery", Likely);
    check("Acme GSR", "Acme GSR Akku-Bohrschrauber", Likely);
}

#[test]
fn variants_of_a_name_stay_likely_on_pages_of_any_kind() {
    for said in [
        "Acme 18V Drill",
        "Drill 18V Acme",
        "Maker Acme Drill 18V",
        "Acme Drill 18V blue",
        "Acme Drill 18V, black, size M",
        "Acme Drill 18V | Shop",
        "Buy Acme Drill 18V online",
        "Acme Drill 18V - technical details",
    ] {
        check("Acme Drill 18V", said, Likely);
        check_strict("Acme Drill 18V", said, Likely);
    }
}

#[test]
fn where_a_link_led_a_name_with_another_thing_in_it_does_not_count() {
    check("Acme Drill 18V", "Acme Drill 18V Sticker", Likely);
    check_strict("Acme Drill 18V", "Acme Drill 18V Sticker", Unknown);
    check_strict("Acme Drill 18V", "The big book of the Acme Drill 18V", Unknown);
}

#[test]
fn names_of_companies_may_hold_any_word() {
    assert_eq!(compare("Acme Tools", "Acme Tools Repair", Care::None), Likely);
}
