//! What every keeper of spend marks does.

use futures::future::join_all;
use gleaner_contract::{TaskId, Timestamp};

use crate::{Clock, Mark, MarkRequest, SpendMarks, SystemClock};

/// See [`crate::conformance`].
#[macro_export]
macro_rules! marks_conformance {
    ($make:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!($make, marks, [$($($options)*)?],
            the_first_delivery_takes_the_mark
            another_delivery_of_the_same_epoch_does_not
            the_same_delivery_may_ask_again
            epochs_and_tasks_do_not_meet
            of_many_at_once_one_takes_it
        );
    };
}

fn task(name: &str) -> TaskId {
    TaskId::derive(Timestamp::from_millis(1), &[name.as_bytes()])
}

async fn take(marks: &dyn SpendMarks, task: TaskId, epoch: u32, nonce: &str) -> Mark {
    let now = SystemClock.now();
    let deadline = now.after(std::time::Duration::from_secs(60));
    // to the second, as a broker tells it; and published after the keeper began
    let sent_at = Some(now.after(std::time::Duration::from_secs(1)));
    marks.take(MarkRequest { task, epoch, nonce, sent_at, deadline }).await.unwrap()
}

pub async fn the_first_delivery_takes_the_mark(marks: &dyn SpendMarks) {
    assert_eq!(take(marks, task("a"), 1, "one").await, Mark::Taken);
}

pub async fn another_delivery_of_the_same_epoch_does_not(marks: &dyn SpendMarks) {
    assert_eq!(take(marks, task("a"), 1, "one").await, Mark::Taken);
    assert_eq!(take(marks, task("a"), 1, "two").await, Mark::Spent);
    assert_eq!(take(marks, task("a"), 1, "three").await, Mark::Spent);
}

pub async fn the_same_delivery_may_ask_again(marks: &dyn SpendMarks) {
    assert_eq!(take(marks, task("a"), 1, "one").await, Mark::Taken);
    assert_eq!(take(marks, task("a"), 1, "one").await, Mark::Taken);
}

pub async fn epochs_and_tasks_do_not_meet(marks: &dyn SpendMarks) {
    assert_eq!(take(marks, task("a"), 1, "one").await, Mark::Taken);
    assert_eq!(take(marks, task("a"), 2, "two").await, Mark::Taken);
    assert_eq!(take(marks, task("b"), 1, "three").await, Mark::Taken);
    assert_eq!(take(marks, task("a"), 2, "four").await, Mark::Spent);
}

pub async fn of_many_at_once_one_takes_it(marks: &dyn SpendMarks) {
    let nonces: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let tries = join_all(nonces.iter().map(|nonce| take(marks, task("a"), 1, nonce))).await;
    assert_eq!(tries.into_iter().filter(|mark| *mark == Mark::Taken).count(), 1);
}
