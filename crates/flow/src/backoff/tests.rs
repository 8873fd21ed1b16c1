use super::*;
use gleaner_contract::Timestamp;

fn task(name: &str) -> TaskId {
    TaskId::derive(Timestamp::from_millis(0), &[name.as_bytes()])
}

#[test]
fn waits_stay_between_base_and_cap() {
    let policy = Policy::default();
    for attempt in 1..10 {
        for name in ["a", "b", "c", "d"] {
            let wait = delay(&policy, task(name), attempt, None);
            assert!(wait >= policy.backoff_base && wait <= policy.backoff_cap, "{wait:?}");
        }
    }
}

#[test]
fn two_tasks_do_not_wait_in_step() {
    let policy = Policy::default();
    assert_ne!(delay(&policy, task("a"), 3, None), delay(&policy, task("b"), 3, None));
}

#[test]
fn a_longer_stated_wait_wins() {
    let policy = Policy::default();
    let stated = Duration::from_secs(90);
    assert_eq!(delay(&policy, task("a"), 1, Some(stated)), stated);
}
