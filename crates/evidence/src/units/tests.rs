use rust_decimal::Decimal;

use super::{UnitError, convert, dimensions, find_all, known, mentioned, parse, suggest, unit};
use crate::hints::Hints;

fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn check(text: &str, expected: &[&str]) {
    let found: Vec<_> =
        find_all(text, &Hints::none()).iter().map(|q| format!("{} {}", q.value, q.unit.symbol())).collect();
    assert_eq!(found, expected, "{text:?}");
}

fn check_converted(value: &str, from: &str, to: &str, expected: &str) {
    let converted = convert(dec(value), unit(from).expect(from), unit(to).expect(to));
    assert_eq!(converted, Ok(dec(expected)), "{value} {from} in {to}");
}

#[test]
fn quantities_are_read_in_several_languages() {
    check("Gewicht: 1,4 kg", &["1.4 kg"]);
    check("1400g", &["1400 g"]);
    check("3.5 pounds (1.6 kg)", &["3.5 lb", "1.6 kg"]);
    check("18V, 5.0Ah", &["18 V", "5.0 Ah"]);
    check("120 m² Wohnfläche, 2 Stück", &["120 m²", "2 pcs"]);
    check("500 mètres carrés", &["500 m²"]);
    check("-20 % und 5 %", &["-20 %", "5 %"]);
    check("12 fl oz bottle", &["12 fl oz"]);
    check("0 bis 1.500 U/min", &["1.500 rpm"]);
    check("15.6\" screen", &["15.6 in"]);
    check("80 km/h", &["80 km/h"]);
    check("2 years warranty", &["2 year"]);
    check("20 °C", &["20 °C"]);
    check("5 apples and 7 XL", &[]);
}

#[test]
fn conversions_are_exact() {
    check_converted("1400", "g", "kg", "1.4");
    check_converted("1", "lb", "g", "453.59237");
    check_converted("90", "km/h", "m/s", "25");
    check_converted("212", "°F", "°C", "100");
    check_converted("0", "°C", "K", "273.15");
    check_converted("1.5", "kWh", "Wh", "1500");
    check_converted("12", "KGM", "g", "12000");
}

#[test]
fn different_dimensions_do_not_convert() {
    let (kg, m) = (unit("kg").expect("kg"), unit("m").expect("m"));
    assert_eq!(convert(Decimal::ONE, kg, m), Err(UnitError::Mismatch { from: "kg", to: "m" }));
}

#[test]
fn an_unknown_unit_is_answered_with_the_nearest() {
    assert!(known("kg") && known("Zoll") && !known("kgg"));
    assert_eq!(suggest("kilogrms"), Some("kg"));
    assert_eq!(suggest("metrs"), Some("m"));
    assert_eq!(suggest("parsecs of love"), None);
    let error = unit("kilogrms").expect_err("unknown");
    assert_eq!(error.to_string(), "unit `kilogrms` is not known, did you mean `kg`?");
}

#[test]
fn dimensions_share_their_unit() {
    let read = |text: &str| -> Vec<String> {
        dimensions(text, &Hints::none())
            .iter()
            .map(|d| format!("{:?} {} {:?}", d.values, d.unit.symbol(), d.range))
            .collect()
    };
    assert_eq!(read("Maße 12 × 8 × 3 cm."), ["[12, 8, 3] cm 5..18"]);
    assert_eq!(read("12x8x3cm"), ["[12, 8, 3] cm 0..8"]);
    assert_eq!(read("12 cm x 8 cm x 3.5 cm"), ["[12, 8, 3.5] cm 0..21"]);
    assert_eq!(read("4 x 16 GB"), Vec::<String>::new());
    assert_eq!(read("5 cm and 3 cm"), Vec::<String>::new());
}

#[test]
fn a_quantity_alone_is_parsed() {
    assert_eq!(parse(" 1,4 kg ", &Hints::none()).map(|q| q.range), Some(1..7));
    assert_eq!(parse("about 1,4 kg", &Hints::none()), None);
}

#[test]
fn a_label_names_its_unit() {
    assert_eq!(mentioned("Weight (kg): 1.4").iter().map(|u| u.symbol()).collect::<Vec<_>>(), ["kg"]);
}

#[test]
fn a_quantity_in_two_units_is_one() {
    check("3 lb 4 oz", &["52 oz"]);
    check("5 ft 10 in", &["70 in"]);
    check("5' 10\"", &["70 in"]);
    check("1 h 30 min", &["90 min"]);
    check("2 h, 5 min and 10 s", &["7510 s"]);
    check("Gewicht: 1 kg 400 g", &["1400 g"]);
    let range = find_all("about 3 lb 4 oz.", &Hints::none()).remove(0).range;
    assert_eq!(range, 6..15);
}

#[test]
fn two_writings_of_a_quantity_stay_two() {
    check("1 kg 35 oz", &["1 kg", "35 oz"]);
    check("1.5 kg 300 g", &["1.5 kg", "300 g"]);
    check("2 m 250 cm", &["2 m", "250 cm"]);
    check("1 lb (16 oz)", &["1 lb", "16 oz"]);
    check("2 h / 30 min", &["2 h", "30 min"]);
}
