//! Pure text work: normalised texts and offsets, the quote verifier, numbers, units and money as pages write them, and
//! how like two pages are.
//!
//! No I/O, no clock, no async. Every offset that leaves this crate counts Unicode code points, `end` exclusive.

pub mod date;
pub mod hints;
pub mod ids;
pub mod likeness;
pub mod money;
pub mod number;
pub mod quote;
pub mod shape;
pub mod text;
pub mod units;

pub use hints::{DateOrder, DecimalMark, Hints};
