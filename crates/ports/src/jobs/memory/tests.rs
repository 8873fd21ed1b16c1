use tokio::task::yield_now;

use super::MemoryJobs;
use crate::JobStore;

async fn fresh() -> (MemoryJobs, ()) {
    (MemoryJobs::new(), ())
}

mod conformance {
    use super::fresh;

    crate::job_store_conformance!(fresh);
}

#[tokio::test]
async fn transactions_have_their_turn_in_the_order_they_began() {
    let store = MemoryJobs::new();
    let held = store.begin().await.unwrap();
    let turns = std::cell::RefCell::new(Vec::new());
    let take = async |n: u32| {
        let tx = store.begin().await.unwrap();
        turns.borrow_mut().push(n);
        yield_now().await;
        drop(tx);
    };
    tokio::join!(take(1), take(2), take(3), async {
        yield_now().await;
        turns.borrow_mut().push(0);
        drop(held);
    });
    assert_eq!(turns.into_inner(), [0, 1, 2, 3]);
}
