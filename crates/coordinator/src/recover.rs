//! Starting again after a stop, where every worker stopped with us: an embedded run.

use std::collections::BTreeSet;

use gleaner_contract::{JobId, TaskId, Timestamp};
use gleaner_flow::Event;
use gleaner_ports::jobs::TaskRow;

use crate::{
    coordinator::{Coordinator, halves},
    events,
    rows::facts,
    unit::CommitError,
};

const AT_ONCE: u32 = 200;

impl Coordinator {
    /// Puts every open task back at once, since nobody can be working on it, and takes back what was not yet published.
    /// Only for a process that holds the state directory alone and runs all workers itself.
    ///
    /// Unfinished jobs then rest until they are submitted again. Returns how many tasks were put back.
    pub async fn recover(&self) -> Result<usize, CommitError> {
        let mut put_back = 0;
        let mut after = None;
        loop {
            let open = self.shared.store.begin().await?.open_tasks(after, AT_ONCE).await?;
            let Some(last) = open.last() else { break };
            after = Some(last.id);
            let mut parts = vec![open];
            while let Some(part) = parts.pop() {
                match self.put_back(&part).await {
                    Ok(()) => put_back += part.len(),
                    Err(error) if error.is_passing() => return Err(error),
                    Err(_) if part.len() > 1 => parts.extend(halves(part)),
                    Err(error) => events::set_aside(part[0].job, &error),
                }
            }
        }
        self.rest_all().await?;
        if put_back > 0 {
            events::recovered(put_back);
        }
        Ok(put_back)
    }

    async fn put_back(&self, open: &[TaskRow]) -> Result<(), CommitError> {
        let mut unit = self.begin().await?;
        let jobs: BTreeSet<JobId> = open.iter().map(|task| task.job).collect();
        let tasks: Vec<TaskId> = open.iter().map(|task| task.id).collect();
        unit.load(&Vec::from_iter(jobs), &tasks).await?;
        unit.tx.delete_outbox(&open.iter().map(|task| (task.id, task.epoch)).collect::<Vec<_>>()).await?;
        for row in open {
            unit.apply(row.job, Event::Restarted { task: &facts(row) }).await?;
        }
        self.commit(unit).await
    }

    async fn rest_all(&self) -> Result<(), CommitError> {
        loop {
            let mut tx = self.shared.store.begin().await?;
            let due = tx.due_jobs(Timestamp::from_millis(i64::MAX), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for mut row in tx.jobs(&due).await? {
                row.next_due = None;
                tx.save_job(&row).await?;
            }
            tx.commit().await?;
        }
    }
}
