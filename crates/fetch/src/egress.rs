//! The egress gate: every connection to a host outside the deployment goes through it.
//!
//! A URL is parsed once, by the WHATWG rules; its host is resolved once; every answer is judged; and just the judged
//! addresses are dialled. Denied by default: what is not known to be public internet, on a port that is known to be
//! web, is refused. The operator lets in more by [`AllowRule`]s, which hold for one [`Purpose`] each.
//!
//! The gate decides about addresses alone. Whether a page *may* be read is for [`robots`](crate::robots), and whether it
//! should be for the crawler.

mod address;
mod allow;
mod gate;
mod lookup;
mod reason;
#[cfg(test)]
mod tests;

pub use address::refused;
pub use allow::{AllowRule, BadRule, Purpose};
pub use gate::{Gate, GateError, Refusal, Verdict};
pub use lookup::Lookup;
pub use reason::RefusalReason;
