//! Whether a delivery may be run at all: not what may have brought its workers down, and nothing paid for a second time.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use gleaner_contract::{ContentHash, Headers, Timestamp};
use gleaner_ports::{Mark, MarkRequest, Passage, faults};
use tokio::time::sleep;

use super::{Handler, failure::Failure};
use crate::events;

/// Between two tries to take a mark while their keeper is away.
const MARKS_AWAY: Duration = Duration::from_millis(500);

impl Handler {
    /// Whether a delivery may be run: not what may have brought its workers down, and nothing paid for a second time.
    pub(super) async fn admit(&self, headers: &Headers, passage: &Passage) -> Result<(), Failure> {
        if let Some(marks) = self.marks.as_ref().filter(|_| !faults::skips("runner.mark")) {
            let nonce = nonce(headers, self.clock.now());
            let request = MarkRequest {
                task: headers.task,
                epoch: headers.epoch,
                nonce: &nonce,
                sent_at: passage.sent_at,
                deadline: headers.deadline,
            };
            loop {
                let error = match marks.take(request).await {
                    Ok(Mark::Taken) => break,
                    // once for each epoch, however often it came back
                    Ok(Mark::Spent) => return Err(Failure::Lost { crashes: passage.returned.min(1) }),
                    Err(error) => error,
                };
                if self.clock.now() >= headers.deadline {
                    // another delivery may have begun it: that nothing was spent is more than is known
                    return Err(Failure::Lost { crashes: 0 });
                }
                events::marks_away(headers, &error);
                sleep(MARKS_AWAY).await;
            }
        }
        if passage.returned >= self.most_returns {
            // once for each epoch: a broker that dies hands a message on to every consumer that is gone, and counts that
            return Err(Failure::Lost { crashes: 1 });
        }
        if passage.returned > 0 && self.clock.now() >= headers.deadline {
            return Err(Failure::Lost { crashes: 0 });
        }
        Ok(())
    }
}

/// A name of this delivery that no other has.
fn nonce(headers: &Headers, now: Timestamp) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let (now, process) = (now.as_millis().to_le_bytes(), std::process::id().to_le_bytes());
    ContentHash::of_parts([headers.task.to_bytes().as_slice(), &now, &process, &count.to_le_bytes()]).hex()
}
