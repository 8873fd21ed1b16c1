use std::time::Duration;

use gleaner_contract::Timestamp;
use tokio::time::sleep;

use super::{Clock, ManualClock, RuntimeClock};

#[tokio::test(start_paused = true)]
async fn the_runtime_clock_goes_with_paused_time() {
    let clock = RuntimeClock::starting_at(Timestamp::from_millis(1_000));
    assert_eq!(clock.now(), Timestamp::from_millis(1_000));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(clock.now(), Timestamp::from_millis(6_000));
}

#[tokio::test(start_paused = true)]
async fn a_manual_clock_moves_only_when_moved() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
    let same = clock.clone();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(clock.now(), Timestamp::from_millis(1_000));
    assert_eq!(clock.advance(Duration::from_millis(250)), Timestamp::from_millis(1_250));
    assert_eq!(same.now(), Timestamp::from_millis(1_250));
    same.set(Timestamp::from_millis(7));
    assert_eq!(clock.now(), Timestamp::from_millis(7));
}
