//! Unknown permits and the outbox.

use gleaner_contract::{TaskId, Timestamp};

use super::{
    super::{OutboxRow, UnknownPermit},
    Result,
    tables::{Outgoing, Tables, broken, first_by},
};

impl Tables {
    pub(super) fn add_unknown(&mut self, permit: &UnknownPermit) -> Result<()> {
        let key = (permit.task, permit.epoch);
        if self.unknown.has(&key) {
            return Err(broken(format!(
                "permit {} of task {} is unknown already",
                permit.epoch, permit.task
            )));
        }
        self.unknown.put(key, permit.clone());
        Ok(())
    }

    pub(super) fn take_unknown(&mut self, task: TaskId, epoch: u32) -> Option<UnknownPermit> {
        self.unknown.take(&(task, epoch))
    }

    pub(super) fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        let key = (row.task, row.epoch);
        if self.outbox.has(&key) {
            return Err(broken(format!("message {} of task {} is there already", row.epoch, row.task)));
        }
        let seq = self.outbox.rows().values().map(|out| out.seq + 1).max().unwrap_or(0);
        self.outbox.put(key, Outgoing { due_at: row.not_before, seq, row: row.clone() });
        Ok(())
    }

    pub(super) fn claim_outbox(
        &mut self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Vec<OutboxRow> {
        let due = self.outbox.rows().values().filter(|out| out.due_at <= now).cloned();
        let claimed = first_by(due, limit, |out| (out.due_at, out.seq));
        let mut rows = Vec::with_capacity(claimed.len());
        for mut out in claimed {
            out.due_at = claimed_until;
            rows.push(out.row.clone());
            self.outbox.put((out.row.task, out.row.epoch), out);
        }
        rows
    }

    pub(super) fn release_outbox(&mut self) -> u64 {
        let claimed = |out: &&Outgoing| out.due_at > out.row.not_before;
        let claimed: Vec<Outgoing> = self.outbox.rows().values().filter(claimed).cloned().collect();
        let released = claimed.len() as u64;
        for out in claimed {
            let due_at = out.row.not_before;
            self.outbox.put((out.row.task, out.row.epoch), Outgoing { due_at, ..out });
        }
        released
    }

    pub(super) fn delete_outbox(&mut self, sent: &[(TaskId, u32)]) {
        for key in sent {
            self.outbox.take(key);
        }
    }

    pub(super) fn next_outbox(&self) -> Option<Timestamp> {
        self.outbox.rows().values().map(|out| out.due_at).min()
    }
}
