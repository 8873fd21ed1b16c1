use super::{gtin, name, part_number};

#[test]
fn forms_of_one_gtin_are_equal() {
    assert_eq!(gtin("036000291452"), Some("00036000291452".into()));
    assert_eq!(gtin("0036000291452"), gtin("036000291452"));
    assert_eq!(gtin("978-0-306-40615-7"), Some("09780306406157".into()));
    assert_eq!(gtin("96385074"), Some("00000096385074".into()));
}

#[test]
fn a_wrong_check_digit_is_no_gtin() {
    for text in ["036000291453", "1234567", "00000000", "03600029145a", ""] {
        assert_eq!(gtin(text), None, "{text:?}");
    }
}

#[test]
fn part_numbers_compare_loosely() {
    assert_eq!(part_number("AD-18 v"), part_number("ad18V"));
    assert_ne!(part_number("AD-18"), part_number("AD-19"));
}

#[test]
fn names_compare_without_legal_form() {
    for other in [
        "ACME Tools, Inc.",
        "Acme Tools",
        "acme tools LLC",
        "ACME TOOLS GmbH & Co. KG",
        "The Acme Tools Ltd.",
    ] {
        let expected = if other.starts_with("The") { "the acme tools" } else { "acme tools" };
        assert_eq!(name(other), expected, "{other:?}");
    }
    assert_eq!(name("Katz, Marshall & Banks"), "katz marshall and banks");
    assert_eq!(name("Limited"), "limited");
}
