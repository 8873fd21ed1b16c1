use super::*;

#[test]
fn only_codes_with_a_right_check_digit_are_codes() {
    let digits = |text| gtins(text).into_iter().map(|code| code.digits).collect::<Vec<_>>();
    assert_eq!(digits("EAN 4006381333931"), ["4006381333931"]);
    assert_eq!(digits("EAN 4006381333932"), Vec::<String>::new());
    assert_eq!(digits("ISBN 978-3-16-148410-0"), ["9783161484100"]);
}

#[test]
fn vat_ids_are_known_by_country_prefix() {
    let ids: Vec<String> = vat_ids("VAT ID: DE123456788").into_iter().map(|vat| vat.id).collect();
    assert_eq!(ids, ["DE123456788"]);
}
