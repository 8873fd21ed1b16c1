//! Faults on demand, for tests of what must outlive them. Only builds with debug assertions can fail so; in a release every
//! call here is nothing.
//!
//! `GLEANER_FAULTS` lists them, separated by commas: `STEP=ACTION`, or `STEP@TEXT=ACTION` where only work whose subject
//! holds the text is meant. Actions are `crash` (the process aborts), `panic`, and `skip` (the step is left out).
//! `crash*3` does so three times. Times are counted over all processes, by files in `GLEANER_FAULTS_DIR`, which also tell
//! a test that the fault came.

#[cfg(debug_assertions)]
mod told;

/// Fails at this step of a part (`crawl.fetched`), if it was told to. `subject` is what is worked on: a URL, or nothing.
#[cfg(debug_assertions)]
pub fn at(part: &str, step: &str, subject: &str) {
    told::at(part, step, subject);
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn at(_part: &str, _step: &str, _subject: &str) {}

/// Whether this safeguard is to be left out, so that a test sees what it is good for.
#[cfg(debug_assertions)]
pub fn skips(step: &str) -> bool {
    told::skips(step)
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn skips(_step: &str) -> bool {
    false
}
