//! One suite for each port, which every implementation must pass.
//!
//! A suite is a macro that makes one test of each behaviour, so that a failure names what was broken. It is given an
//! async function that returns a fresh implementation, and with it whatever must live as long:
//!
//! ```text
//! async fn fresh() -> (MemoryJobs, ()) {
//!     (MemoryJobs::new(), ())
//! }
//! gleaner_ports::job_store_conformance!(fresh);
//! ```
//!
//! The function for the fetcher's suite is told what the far side does; see [`fetcher`].
//!
//! `gleaner_ports::transport_conformance!(fresh, start_paused = true)` hands the rest to `tokio::test`. The caller's
//! crate needs tokio with its macros.
#![expect(clippy::unwrap_used, reason = "a suite fails by panicking, as tests do")]

pub mod cache;
pub mod fetcher;
pub mod jobs;
pub mod leases;
pub mod marks;
pub mod transport;

/// One test for each name, of the function of that name in the suite.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($make:ident, $suite:ident, [$($options:tt)*],) => {};
    (@told $make:ident, $suite:ident, [$($options:tt)*],) => {};
    // the behaviour makes its subjects itself, each for what it is to meet
    (@told $make:ident, $suite:ident, [$($options:tt)*], $behaviour:ident $($rest:ident)*) => {
        #[tokio::test($($options)*)]
        async fn $behaviour() {
            $crate::conformance::$suite::$behaviour($make).await;
        }

        $crate::conformance_tests!(@told $make, $suite, [$($options)*], $($rest)*);
    };
    ($make:ident, $suite:ident, [$($options:tt)*], $behaviour:ident $($rest:ident)*) => {
        #[tokio::test($($options)*)]
        async fn $behaviour() {
            let (subject, _kept) = $make().await;
            $crate::conformance::$suite::$behaviour(&subject).await;
        }

        $crate::conformance_tests!($make, $suite, [$($options)*], $($rest)*);
    };
}
