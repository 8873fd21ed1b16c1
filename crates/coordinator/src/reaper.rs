//! The reaper: reissues what vanished and ends what is out of time.

use std::collections::BTreeSet;

use gleaner_contract::{JobId, TaskId};
use gleaner_flow::Event;
use gleaner_ports::jobs::TaskState;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{coordinator::Coordinator, events, rows::facts, unit::CommitError};

const AT_ONCE: u32 = 200;

impl Coordinator {
    pub(crate) async fn reap_loop(&self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = sleep(self.shared.config.reap_every) => {}
            }
            if let Err(error) = self.reap_once().await {
                events::store_away(&error);
            }
        }
    }

    pub(crate) async fn reap_once(&self) -> Result<(), CommitError> {
        let mut unit = self.begin().await?;
        let lapsed = unit.tx.lapsed_tasks(unit.now, AT_ONCE).await?;
        let overdue = unit.tx.overdue_jobs(unit.now, AT_ONCE).await?;
        if lapsed.is_empty() && overdue.is_empty() {
            return Ok(());
        }
        let jobs: BTreeSet<JobId> =
            lapsed.iter().map(|task| task.job).chain(overdue.iter().copied()).collect();
        let tasks: Vec<TaskId> = lapsed.iter().map(|task| task.id).collect();
        unit.load(&Vec::from_iter(jobs), &tasks).await?;
        for id in tasks {
            let Some(row) = unit.task(id).filter(|row| row.state == TaskState::Open) else { continue };
            let (job, task) = (row.job, facts(row));
            events::reissued(task.id, task.epoch);
            unit.apply(job, Event::Lapsed { task: &task }).await?;
        }
        for job in overdue {
            unit.apply(job, Event::Ticked).await?;
        }
        self.commit(unit).await
    }
}
