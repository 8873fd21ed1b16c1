use super::{DateOrder, DecimalMark, Hints, currency_of, decimal_mark};

fn of(country: &str) -> Hints {
    Hints::for_country(country.parse().expect("a country"))
}

#[test]
fn a_country_implies_its_habits() {
    let german = of("DE");
    assert_eq!(german.decimal_mark(), Some(DecimalMark::Comma));
    assert_eq!(german.order_of_dates(), Some(DateOrder::DayFirst));
    assert_eq!(german.local_currency().map(|c| c.code()), Some("EUR"));
    let american = of("US");
    assert_eq!(american.decimal_mark(), Some(DecimalMark::Point));
    assert_eq!(american.order_of_dates(), Some(DateOrder::MonthFirst));
}

#[test]
fn where_both_habits_are_common_nothing_is_implied() {
    assert_eq!(of("CA").decimal_mark(), None);
    assert_eq!(of("CA").order_of_dates(), None);
    assert_eq!(Hints::none().local_currency(), None);
}

#[test]
fn what_is_given_wins_over_the_country() {
    let hints = of("DE").with_decimal(DecimalMark::Point).with_currency("CHF".parse().expect("a currency"));
    assert_eq!(hints.decimal_mark(), Some(DecimalMark::Point));
    assert_eq!(hints.local_currency().map(|c| c.code()), Some("CHF"));
}

#[test]
fn every_currency_in_the_table_is_one_of_iso_4217() {
    for a in 'A'..='Z' {
        for b in 'A'..='Z' {
            let country = format!("{a}{b}");
            if let Some(code) = currency_of(&country) {
                assert!(code.parse::<gleaner_contract::Currency>().is_ok(), "{country}: {code}");
                assert!(country == "XK" || country.parse::<gleaner_contract::Country>().is_ok(), "{country}");
            }
            if decimal_mark(&country).is_some() {
                assert!(country == "XK" || country.parse::<gleaner_contract::Country>().is_ok(), "{country}");
            }
        }
    }
}

#[test]
fn a_language_says_the_decimal_mark_where_its_countries_agree() {
    assert_eq!(super::mark_of_language("de"), Some(DecimalMark::Comma));
    assert_eq!(super::mark_of_language("EN"), Some(DecimalMark::Point));
    assert_eq!(super::mark_of_language("es"), None);
    assert_eq!(super::mark_of_language("xx"), None);
}
