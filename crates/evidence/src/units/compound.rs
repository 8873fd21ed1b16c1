//! Quantities in two units, a larger and a smaller: `3 lb 4 oz`, `5 ft 10 in`, `1 h 30 min`.

use rust_decimal::Decimal;

use super::{Quantity, convert};

/// Which smaller units people set behind a larger one. Others stand side by side as two writings of one quantity.
const PAIRS: &[(&str, &[&str])] = &[
    ("lb", &["oz"]),
    ("yd", &["ft", "in"]),
    ("ft", &["in"]),
    ("km", &["m"]),
    ("m", &["cm", "mm"]),
    ("cm", &["mm"]),
    ("t", &["kg"]),
    ("kg", &["g"]),
    ("g", &["mg"]),
    ("l", &["ml"]),
    ("year", &["month"]),
    ("week", &["d"]),
    ("d", &["h"]),
    ("h", &["min", "s"]),
    ("min", &["s"]),
];

/// The two as one quantity in the smaller unit: where the first is whole and the second less than one more of it.
pub(super) fn sum(larger: &Quantity, smaller: &Quantity) -> Option<Quantity> {
    let known = PAIRS
        .iter()
        .any(|(large, small)| *large == larger.unit.symbol() && small.contains(&smaller.unit.symbol()));
    let one = convert(Decimal::ONE, larger.unit, smaller.unit).ok().filter(|_| known)?;
    let whole = larger.value.is_integer() && larger.value > Decimal::ZERO && larger.other.is_none();
    let part = smaller.value >= Decimal::ZERO && smaller.value < one && smaller.other.is_none();
    (whole && part).then_some(())?;
    Some(Quantity {
        value: larger.value.checked_mul(one)?.checked_add(smaller.value)?.normalize(),
        other: None,
        unit: smaller.unit,
        range: larger.range.start..smaller.range.end,
    })
}
