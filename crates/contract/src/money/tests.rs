use super::*;

fn check(text: &str, expected: &str) {
    let money: Money = text.parse().unwrap();
    assert_eq!(money.to_string(), expected);
    assert_eq!(expected.parse::<Money>(), Ok(money));
}

fn refused(text: &str) -> String {
    text.parse::<Money>().unwrap_err().to_string()
}

#[test]
fn money_is_an_amount_and_a_currency_shown_with_four_decimals_or_more() {
    check("0.05 USD", "0.0500 USD");
    check("5 USD", "5.0000 USD");
    check("0 EUR", "0.0000 EUR");
    check("-0 EUR", "0.0000 EUR");
    check("0.123456 EUR", "0.123456 EUR");
    check("0.1230000000 EUR", "0.1230 EUR");
    check("  12.5   chf ", "12.5000 CHF");
    check("1000000000000000000000000 JPY", "1000000000000000000000000.0000 JPY");
}

#[test]
fn equal_amounts_are_equal_money_however_they_were_written() {
    assert_eq!("1 USD".parse::<Money>(), "1.00 USD".parse::<Money>());
    assert_ne!("1 USD".parse::<Money>(), "1 EUR".parse::<Money>());
}

#[test]
fn tenths_add_up() {
    let tenth: Money = "0.1 USD".parse().unwrap();
    let sum: Decimal = std::iter::repeat_n(tenth.amount, 10).sum();
    assert_eq!(Money::new(sum, Currency::USD), "1 USD".parse().unwrap());
}

#[test]
fn what_is_no_money_is_refused_with_what_is_wrong() {
    let no_amount = ["five", "1,50", "1.5.0", "1e3", "1_000", ".5", "5.", "+5", "--5", "NaN", "٥"];
    let no_amount = no_amount.map(|amount| format!("{amount} USD"));
    for text in ["", "5", "USD", "USD 5", "5USD"].into_iter().chain(no_amount.iter().map(String::as_str)) {
        let form = format!("`{text}` is not money: write an amount and a currency, such as \"0.05 USD\"");
        assert_eq!(refused(text), form);
    }
    assert_eq!(refused("-0.01 USD"), "`-0.01 USD` is negative");
    assert!(refused("5 XQX").contains("`XQX` is not a currency code"));
    assert!(refused("5 US D").contains("not a currency code"));
    assert!(refused(&"9".repeat(500)).len() < 150, "the message quotes no long input");
}

#[test]
fn money_travels_as_text_and_never_as_a_number() {
    let money: Money = "0.05 USD".parse().unwrap();
    assert_eq!(serde_json::to_string(&money).unwrap(), "\"0.0500 USD\"");
    assert_eq!(serde_json::from_str::<Money>("\"0.05 USD\"").unwrap(), money);
    for json in ["0.05", "{\"amount\":\"0.05\",\"currency\":\"USD\"}", "null"] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}
