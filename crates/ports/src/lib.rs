//! The small traits between stages and adapters. Transport, JobStore, Cache, Leases, SpendMarks and Fetcher each have a
//! conformance suite that runs on every implementation (feature `conformance`). What tests put in the place of an adapter
//! lies beside its trait (feature `doubles`).
//!
//! A stage sees only these: never a queue, a database or another worker.

mod blob;
pub mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod evidence;
pub mod faults;
pub mod fetch;
pub mod jobs;
pub mod leases;
pub mod marks;
pub mod stage;
pub mod transport;

#[cfg(any(test, feature = "doubles"))]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use evidence::{Apart, Cache, CacheKey, EvidenceError, EvidenceStore};
pub use fetch::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};
pub use jobs::{JobStore, JobTx, StoreError};
pub use leases::{InProcessLeases, Lease, Leases};
pub use marks::{InProcessMarks, Mark, MarkRequest, SpendMarks};
pub use stage::{StageError, StageRun};
pub use transport::{Consumer, Death, Delivery, Passage, PublishError, Transport};
