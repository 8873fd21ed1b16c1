//! The observer bites: where a promise is broken on purpose, worlds break.

use super::failures;
use crate::{Options, Sabotage};

/// So many of 200 worlds break, at least.
fn check(sabotage: Sabotage, least: usize) {
    let options = Options { sabotage: Some(sabotage), ..Options::default() };
    let broke = failures(0..200, options);
    assert!(broke.len() >= least, "{} of 200 worlds broke under {sabotage:?}", broke.len());
    let first: Vec<&str> =
        broke.iter().filter_map(|failure| failure.broke.first()).map(String::as_str).collect();
    println!("{} broke:\n{}", broke.len(), first.join("\n"));
}

#[test]
fn reports_past_the_fence_are_noticed() {
    check(Sabotage::ForgedEpochs, 1);
}

#[test]
fn reports_acknowledged_before_their_commit_are_noticed() {
    check(Sabotage::AckedEarly, 1);
}

#[test]
fn spending_beyond_a_permit_is_noticed() {
    check(Sabotage::BeyondPermit, 1);
}

#[test]
fn requests_without_a_permit_are_noticed() {
    check(Sabotage::Wandering, 1);
}
