//! The reaper: reissues what vanished and ends what is out of time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use gleaner_contract::{JobId, TaskId};
use gleaner_flow::Event;
use gleaner_ports::jobs::{TaskRow, TaskState};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{coordinator::Coordinator, events, rows::facts, unit::CommitError};

const AT_ONCE: u32 = 200;

/// Between two looks for jobs that were cancelled elsewhere.
const FORGET_EVERY: Duration = Duration::from_secs(5);

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

    /// Jobs may be cancelled by another process: from time to time, those that have ended are no longer counted.
    pub(crate) async fn forget_loop(&self, shutdown: CancellationToken) {
        while shutdown.run_until_cancelled(sleep(FORGET_EVERY)).await.is_some() {
            if let Err(error) = self.forget_ended().await {
                events::store_away(&error);
            }
        }
    }

    pub(crate) async fn forget_ended(&self) -> Result<(), CommitError> {
        let counted = self.begun().jobs();
        for jobs in counted.chunks(AT_ONCE as usize) {
            let found = self.shared.store.begin().await?.jobs(jobs).await?;
            let goes_on: BTreeSet<JobId> =
                found.iter().filter(|job| job.ended_at.is_none()).map(|job| job.id).collect();
            let mut begun = self.begun();
            for job in jobs.iter().filter(|job| !goes_on.contains(job)) {
                begun.ended(*job);
            }
        }
        Ok(())
    }

    pub(crate) async fn reap_once(&self) -> Result<(), CommitError> {
        let mut tx = self.shared.store.begin().await?;
        let now = self.now();
        let mut due: BTreeMap<JobId, Vec<TaskId>> = BTreeMap::new();
        for task in tx.lapsed_tasks(now, AT_ONCE).await? {
            due.entry(task.job).or_default().push(task.id);
        }
        for job in tx.overdue_jobs(now, AT_ONCE).await? {
            due.entry(job).or_default();
        }
        drop(tx);
        match self.reap(&due).await {
            Err(error) if !error.is_passing() => {}
            done => return done,
        }
        // one that cannot be carried on must not keep the others
        for (job, tasks) in due {
            match self.reap(&BTreeMap::from([(job, tasks)])).await {
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => events::set_aside(job, &error),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn reap(&self, due: &BTreeMap<JobId, Vec<TaskId>>) -> Result<(), CommitError> {
        if due.is_empty() {
            return Ok(());
        }
        let mut unit = self.begin().await?;
        let (jobs, tasks) = (Vec::from_iter(due.keys().copied()), due.values().flatten().copied());
        let tasks = Vec::from_iter(tasks);
        let now = unit.now;
        // its report may have come since it was seen
        let lapsed = |row: &&TaskRow| {
            row.state == TaskState::Open && row.lease_until.is_some_and(|until| until <= now)
        };
        unit.load(&jobs, &tasks).await?;
        for id in tasks {
            let Some(row) = unit.task(id).filter(lapsed) else { continue };
            let (job, task) = (row.job, facts(row));
            events::reissued(job, task.id, task.epoch);
            unit.apply(job, Event::Lapsed { task: &task }).await?;
        }
        for job in jobs {
            unit.apply(job, Event::Ticked).await?;
        }
        self.commit(unit).await
    }
}
