use proptest::prelude::*;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_counter_is_known_in_both_cases_and_no_other_word_is() {
    for counter in Counter::KNOWN {
        let snake: String = counter
            .as_str()
            .chars()
            .flat_map(|c| if c.is_ascii_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
            .collect();
        assert_eq!(Counter::known(counter.as_str()), Some(counter.clone()));
        assert_eq!(Counter::known(&snake), Some(counter), "{snake}");
    }
    for unknown in ["", "url", "low", "lowCall", "low-calls", "money ", "secs"] {
        assert_eq!(Counter::known(unknown), None, "{unknown}");
    }
}

#[test]
fn known_counters_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = Counter::KNOWN.iter().map(Counter::as_str).collect();
    assert_eq!(names.len(), Counter::KNOWN.len());
}

#[test]
fn counters_that_are_not_known_here_are_carried_all_the_same() {
    let amounts: Amounts = serde_json::from_str(r#"{"watts":"3.5","urls":"2"}"#).unwrap();
    assert_eq!(amounts.get(&Counter::URLS), decimal("2"));
    assert_eq!(serde_json::to_string(&amounts).unwrap(), r#"{"urls":"2","watts":"3.5"}"#);
}

#[test]
fn a_missing_counter_is_zero_and_a_zero_is_left_out() {
    let mut amounts = Amounts::one(Counter::URLS, 2).with(Counter::BYTES, 0);
    assert_eq!(amounts, Amounts::one(Counter::URLS, 2));
    assert_eq!(amounts.get(&Counter::BYTES), Decimal::ZERO);
    amounts.sub(&Amounts::one(Counter::URLS, 2));
    assert!(amounts.is_empty());
    assert_eq!(amounts, Amounts::none());
}

#[test]
fn amounts_are_added_and_taken_away_by_counter_without_rounding() {
    let mut amounts = Amounts::one(Counter::MONEY, decimal("0.1")).with(Counter::URLS, 1);
    amounts.add(&Amounts::one(Counter::MONEY, decimal("0.2")).with(Counter::BYTES, 5));
    assert_eq!(amounts.get(&Counter::MONEY), decimal("0.3"));
    amounts.sub(&Amounts::one(Counter::URLS, 3));
    let left: Vec<_> =
        amounts.iter().map(|(counter, amount)| (counter.as_str(), amount.to_string())).collect();
    assert_eq!(left, [("bytes", "5".into()), ("money", "0.3".into()), ("urls", "-2".into())]);
}

#[test]
fn amounts_too_large_to_add_saturate() {
    let most = Amounts::one(Counter::BYTES, Decimal::MAX);
    let mut amounts = most.clone();
    amounts.add(&most);
    assert_eq!(amounts, most);
    let mut amounts = Amounts::one(Counter::BYTES, Decimal::MIN);
    amounts.sub(&most);
    assert_eq!(amounts.get(&Counter::BYTES), Decimal::MIN);
}

#[test]
fn an_amount_that_is_no_decimal_text_is_refused() {
    for text in
        [r#"{"urls":"x"}"#, r#"{"urls":""}"#, r#"{"urls":"1e999"}"#, r#"{"urls":null}"#, r#"["urls"]"#]
    {
        assert!(serde_json::from_str::<Amounts>(text).is_err(), "{text}");
    }
}

#[test]
fn a_budget_bounds_what_it_names_and_nothing_else() {
    let budget = Budget::unlimited().with(Counter::URLS, 10);
    assert_eq!(budget.limit(&Counter::URLS), Some(decimal("10")));
    assert_eq!(budget.limit(&Counter::BYTES), None);
    // a bound of zero is a bound
    assert_eq!(
        Budget::unlimited().with(Counter::LOW_CALLS, 0).limit(&Counter::LOW_CALLS),
        Some(Decimal::ZERO)
    );
}

fn money(text: &str) -> Limit {
    Limit::Money(text.parse().unwrap())
}

#[test]
fn what_is_written_over_a_budget_replaces_lifts_or_leaves_its_bounds() {
    let base = Budget::unlimited().with(Counter::URLS, 10).overridden_by(&[(Counter::MONEY, money("1 USD"))]);
    let merged = base.clone().overridden_by(&[(Counter::URLS, Limit::Count(3))]);
    assert_eq!(merged.limit(&Counter::URLS), Some(decimal("3")));
    assert_eq!((merged.limit(&Counter::MONEY), merged.currency()), (Some(decimal("1")), Currency::USD));
    let merged = base.clone().overridden_by(&[(Counter::MONEY, money("0.5 EUR"))]);
    assert_eq!((merged.limit(&Counter::MONEY), merged.currency()), (Some(decimal("0.5")), Currency::EUR));
    let lifted = base.overridden_by(&[(Counter::URLS, Limit::Unlimited), (Counter::MONEY, Limit::Unlimited)]);
    assert_eq!(lifted, Budget::unlimited());
    assert_eq!(Budget::unlimited().currency(), Currency::USD);
}

#[test]
fn a_limit_is_a_whole_number_money_or_unlimited() {
    assert_eq!(Counter::URLS.parse_limit(" 10 "), Ok(Limit::Count(10)));
    assert_eq!(Counter::MONEY.parse_limit("0.05 USD"), Ok(money("0.05 USD")));
    for counter in Counter::KNOWN {
        assert_eq!(counter.parse_limit("unlimited"), Ok(Limit::Unlimited));
    }
    let check = |counter: Counter, written: &str, why: &str| {
        assert_eq!(counter.parse_limit(written), Err(why.to_owned()), "{written}");
    };
    check(Counter::URLS, "2.5", "a whole number from 0, or \"unlimited\", not 2.5");
    check(Counter::URLS, "+5", "a whole number from 0, or \"unlimited\", not +5");
    check(Counter::MONEY, "5", "money, such as \"0.05 USD\", or \"unlimited\", not 5");
    check(Counter::SECONDS, "315360001", "at most 315360000 (ten years), not 315360001");
}

fn amounts() -> impl Strategy<Value = Amounts> {
    let entry = (0..Counter::KNOWN.len(), -1_000_000_i64..1_000_000);
    prop::collection::vec(entry, 0..6).prop_map(|entries| {
        entries.into_iter().fold(Amounts::none(), |sum, (counter, mils)| {
            sum.with(Counter::KNOWN[counter].clone(), Decimal::new(mils, 3))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn taking_away_what_was_added_leaves_what_was(start in amounts(), change in amounts()) {
        let mut amounts = start.clone();
        amounts.add(&change);
        amounts.sub(&change);
        prop_assert_eq!(amounts, start);
    }

    #[test]
    fn the_order_of_adding_does_not_matter(a in amounts(), b in amounts()) {
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.add(&b);
        ba.add(&a);
        prop_assert_eq!(ab, ba);
    }
}
