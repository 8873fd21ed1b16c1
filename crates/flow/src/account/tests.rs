use super::*;

fn urls(n: u32) -> Amounts {
    Amounts::one(Counter::URLS, n)
}

fn account(limit: u32) -> Account {
    Account::new(Budget::unlimited().with(Counter::URLS, limit))
}

#[test]
fn a_counter_without_a_limit_always_has_room() {
    assert_eq!(account(1).check(&Counter::BYTES, Decimal::from(1_000_000)), Ok(()));
}

#[test]
fn open_reservations_are_waited_for_before_a_budget_is_called_spent() {
    let mut account = account(2);
    account.reserve(&urls(2));
    assert_eq!(account.check(&Counter::URLS, Decimal::ONE), Err(NoRoom::Wait(Counter::URLS)));
    account.settle(&urls(1), &Amounts::none());
    assert_eq!(account.check(&Counter::URLS, Decimal::ONE), Ok(()));
    account.settle(&urls(1), &urls(1));
    account.reserve(&urls(1));
    account.lose(&urls(1));
    assert_eq!(account.check(&Counter::URLS, Decimal::ONE), Err(NoRoom::Spent(Counter::URLS)));
}

#[test]
fn a_late_report_turns_unknown_into_settled_and_frees_the_rest() {
    let mut account = Account::new(Budget::unlimited().with(Counter::BYTES, 100));
    let permit = Amounts::one(Counter::BYTES, 100);
    account.reserve(&permit);
    account.lose(&permit);
    assert_eq!(account.room(&Counter::BYTES), Some(Decimal::ZERO));
    account.settle_late(&permit, &Amounts::one(Counter::BYTES, 30));
    assert_eq!(account.room(&Counter::BYTES), Some(Decimal::from(70)));
}

#[test]
fn a_claim_beyond_the_permit_is_booked_at_the_permit() {
    let mut account = Account::new(Budget::unlimited().with(Counter::BYTES, 100));
    let permit = Amounts::one(Counter::BYTES, 60);
    account.reserve(&permit);
    account.settle(&permit, &Amounts::one(Counter::BYTES, 500));
    assert!(account.holds());
    assert_eq!(account.settled.get(&Counter::BYTES), Decimal::from(60));
}
