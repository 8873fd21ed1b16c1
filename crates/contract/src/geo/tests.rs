use super::*;

fn country(text: &str) -> Option<&'static str> {
    text.parse::<Country>().ok().map(Country::code)
}

fn currency(text: &str) -> Option<&'static str> {
    text.parse::<Currency>().ok().map(Currency::code)
}

#[test]
fn countries_are_those_of_iso_3166_by_two_letters() {
    for (text, code) in [("DE", "DE"), ("de", "DE"), (" fr ", "FR"), ("GB", "GB")] {
        assert_eq!(country(text), Some(code), "{text}");
    }
    for text in ["", "D", "DEU", "276", "UK", "EU", "ZZ", "Germany", "Ð€"] {
        assert_eq!(country(text), None, "{text}");
    }
    assert_eq!("AT".parse::<Country>().unwrap().name(), "Austria");
}

#[test]
fn currencies_are_those_of_iso_4217_by_three_letters() {
    for (text, code) in [("EUR", "EUR"), ("usd", "USD"), (" chf", "CHF"), ("JPY", "JPY")] {
        assert_eq!(currency(text), Some(code), "{text}");
    }
    for text in ["", "€", "EU", "EURO", "978", "XQX", "dollar"] {
        assert_eq!(currency(text), None, "{text}");
    }
    assert_eq!((Currency::EUR.symbol(), Currency::USD.symbol()), ("€".into(), "$".into()));
}

#[test]
fn constants_are_codes_of_the_list() {
    for constant in [Currency::USD, Currency::EUR] {
        assert_eq!(constant.code().parse(), Ok(constant));
    }
}

#[test]
fn a_bad_code_is_named_with_its_list_and_a_long_one_is_cut() {
    let error = "Germany".parse::<Country>().unwrap_err().to_string();
    assert_eq!(error, "`Germany` is not a country code of ISO 3166 (two letters, such as DE)");
    let error = "€".parse::<Currency>().unwrap_err().to_string();
    assert_eq!(error, "`€` is not a currency code of ISO 4217 (three letters, such as EUR)");
    assert!("x".repeat(5_000).parse::<Country>().unwrap_err().to_string().len() < 150);
}

#[test]
fn codes_are_checked_when_read_and_written_in_capitals() {
    assert_eq!(serde_json::from_str::<Country>("\"de\"").unwrap().to_string(), "DE");
    assert_eq!(serde_json::to_string(&Currency::EUR).unwrap(), "\"EUR\"");
    assert!(serde_json::from_str::<Country>("\"Deutschland\"").is_err());
    assert!(serde_json::from_str::<Currency>("\"E\"").is_err());
}
