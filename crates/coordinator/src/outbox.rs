//! The outbox: claim, publish, delete. A crash between publish and delete publishes twice, which epochs make harmless.

use std::time::Duration;

use gleaner_contract::{
    Envelope, Message,
    wire::{self, WireError},
};
use gleaner_ports::{PublishError, faults, jobs::OutboxRow};

use crate::{coordinator::Coordinator, events, unit::CommitError};

/// Rows claimed at once.
const CLAIM: u32 = 256;

/// Before a message of a newer version is looked at again.
const NOT_YET: Duration = Duration::from_secs(5);

/// Before a message that a full queue refused is tried again.
const FULL_WAIT: Duration = Duration::from_millis(100);

impl Coordinator {
    /// Publishes every due row. What a full queue refused is held a moment; what may or may not have arrived is tried
    /// again when its claim has run out.
    pub(crate) async fn flush_outbox(&self) -> Result<(), CommitError> {
        loop {
            let now = self.now();
            let mut tx = self.shared.store.begin().await?;
            let rows = tx.claim_outbox(now, now.after(self.shared.config.outbox_claim), CLAIM).await?;
            if rows.is_empty() {
                return Ok(());
            }
            tx.commit().await?;
            faults::at("outbox", "claimed", "");
            let mut done = Vec::with_capacity(rows.len());
            let (mut refused, mut held) = (Vec::new(), false);
            for row in rows {
                let Ok(envelope) = wire::decode::<Envelope>(&row.envelope) else {
                    events::report_dead(row.task, row.epoch, "outbox row cannot be read");
                    done.push((row.task, row.epoch));
                    continue;
                };
                let message = match Message::from_envelope(&envelope) {
                    Ok(message) => message,
                    Err(WireError::Newer(_)) => {
                        // who wrote it may lead again before its lease is over
                        done.push((row.task, row.epoch));
                        refused.push(OutboxRow { not_before: self.now().after(NOT_YET), ..row });
                        continue;
                    }
                    Err(_) => {
                        events::report_dead(row.task, row.epoch, "outbox message cannot be read");
                        done.push((row.task, row.epoch));
                        continue;
                    }
                };
                match self.shared.transport.publish(message.queue(), envelope).await {
                    Ok(()) => done.push((row.task, row.epoch)),
                    Err(error) => {
                        events::publish_held(error);
                        held = true;
                        if error == PublishError::Full {
                            let not_before = self.now().after(FULL_WAIT);
                            done.push((row.task, row.epoch));
                            refused.push(OutboxRow { not_before, ..row });
                        }
                    }
                }
            }
            faults::at("outbox", "published", "");
            let mut tx = self.shared.store.begin().await?;
            tx.delete_outbox(&done).await?;
            for row in &refused {
                tx.put_outbox(row).await?;
            }
            tx.commit().await?;
            if held {
                return Ok(());
            }
        }
    }
}
