//! The small traits between stages and adapters. Each has at least two implementations, a memory double beside it, and
//! one conformance suite that runs on every implementation.
//!
//! A stage sees only these: never a queue, a database or another worker.

mod blob;
pub mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod evidence;
pub mod fetch;
pub mod jobs;
pub mod stage;
pub mod transport;

pub use clock::{Clock, ManualClock, SystemClock};
pub use evidence::{Cache, CacheKey, EvidenceError, EvidenceStore};
pub use fetch::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};
pub use jobs::{JobStore, JobTx, StoreError};
pub use stage::{StageError, StageRun};
pub use transport::{Consumer, Delivery, PublishError, Transport};
