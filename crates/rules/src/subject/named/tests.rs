use SubjectMatch::{Exact, Likely, Other, Unknown};

use super::*;

#[track_caller]
fn check(name: &str, said: &str, expected: SubjectMatch) {
    assert_eq!(compare(name, said), expected, "`{name}` and `{said}`");
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
