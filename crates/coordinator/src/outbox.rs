//! The outbox: claim, publish, delete. A crash between publish and delete publishes twice, which epochs make harmless.

use gleaner_contract::{Envelope, Message, wire};

use crate::{coordinator::Coordinator, events, unit::CommitError};

/// Rows claimed at once.
const CLAIM: u32 = 256;

impl Coordinator {
    /// Publishes every due row. What is not confirmed stays, and is tried again when its claim has run out.
    pub(crate) async fn flush_outbox(&self) -> Result<(), CommitError> {
        loop {
            let now = self.now();
            let mut tx = self.shared.store.begin().await?;
            let rows = tx.claim_outbox(now, now.after(self.shared.config.outbox_claim), CLAIM).await?;
            if rows.is_empty() {
                return Ok(());
            }
            tx.commit().await?;
            let mut sent = Vec::with_capacity(rows.len());
            for row in &rows {
                let Ok(envelope) = wire::decode::<Envelope>(&row.envelope) else {
                    events::report_dead(row.task, row.epoch, "outbox row cannot be read");
                    sent.push((row.task, row.epoch));
                    continue;
                };
                let Ok(message) = Message::from_envelope(&envelope) else {
                    events::report_dead(row.task, row.epoch, "outbox message cannot be read");
                    sent.push((row.task, row.epoch));
                    continue;
                };
                match self.shared.transport.publish(message.queue(), envelope).await {
                    Ok(()) => sent.push((row.task, row.epoch)),
                    Err(error) => events::publish_held(error),
                }
            }
            let mut tx = self.shared.store.begin().await?;
            tx.delete_outbox(&sent).await?;
            tx.commit().await?;
            if sent.len() < rows.len() {
                return Ok(());
            }
        }
    }
}
