//! Tasks: the URLs of jobs.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use gleaner_contract::{Amounts, JobId, TaskId, Timestamp, UrlOutcome, UrlReason};

use super::{
    super::{Closed, TaskRow, TaskState, UnknownPermit},
    Result,
    tables::{Tables, broken, count, first_by},
};

impl Tables {
    pub(super) fn insert_tasks(&mut self, rows: &[TaskRow]) -> Result<Vec<TaskId>> {
        let mut added = Vec::new();
        for row in rows {
            let url = (row.job, row.url.clone());
            if self.tasks.has(&row.id) || self.urls.has(&url) {
                continue;
            }
            if !self.jobs.has(&row.job) {
                return Err(broken(format!("job {} of task {} is not there", row.job, row.id)));
            }
            let last = self.found.rows().range(of_job(row.job)).next_back();
            let next = last.map_or(0, |((_, seq), _)| seq + 1);
            self.found.put((row.job, next), row.id);
            self.urls.put(url, row.id);
            self.tasks.put(row.id, row.clone());
            added.push(row.id);
        }
        Ok(added)
    }

    pub(super) fn known_urls(&self, job: JobId, urls: &[String]) -> BTreeSet<String> {
        urls.iter().filter(|url| self.urls.has(&(job, (*url).clone()))).cloned().collect()
    }

    pub(super) fn tasks(&self, ids: &[TaskId]) -> Vec<TaskRow> {
        let ids: BTreeSet<&TaskId> = ids.iter().collect();
        ids.into_iter().filter_map(|id| self.tasks.get(id)).cloned().collect()
    }

    pub(super) fn save_task(&mut self, row: &TaskRow) -> Result<()> {
        let known = self
            .tasks
            .get(&row.id)
            .ok_or_else(|| broken(format!("task {} is not there to be saved", row.id)))?;
        let saved = TaskRow {
            job: known.job,
            url: known.url.clone(),
            depth: known.depth,
            resource: known.resource.clone(),
            ..row.clone()
        };
        self.tasks.put(row.id, saved);
        Ok(())
    }

    pub(super) fn ready_tasks(&self, job: JobId, now: Timestamp, limit: u32) -> Vec<TaskRow> {
        let ready = self.idle(job).filter(|row| row.not_before <= now);
        // the sort is stable: equals stay in the order they were found
        let first = first_by(ready, limit, |row| (row.state != TaskState::Waiting, Reverse(row.score)));
        first.into_iter().cloned().collect()
    }

    pub(super) fn next_ready(&self, job: JobId) -> Option<Timestamp> {
        self.idle(job).map(|row| row.not_before).min()
    }

    pub(super) fn close_tasks(&mut self, job: JobId, reason: UrlReason, now: Timestamp) -> Result<Closed> {
        let unfinished: Vec<TaskRow> =
            self.in_order(job).filter(|row| row.state != TaskState::Done).cloned().collect();
        let mut closed = Closed::default();
        for mut row in unfinished {
            match row.state {
                TaskState::Open => closed.open += 1,
                _ => closed.idle += 1,
            }
            let permit = std::mem::replace(&mut row.permit, Amounts::none());
            if !permit.is_empty() {
                self.add_unknown(&UnknownPermit { job, task: row.id, epoch: row.epoch, permit })?;
            }
            row.state = TaskState::Done;
            row.outcome = Some((UrlOutcome::Skipped, reason));
            row.ended_at = Some(now);
            row.lease_until = None;
            self.tasks.put(row.id, row);
        }
        Ok(closed)
    }

    pub(super) fn lapsed_tasks(&self, now: Timestamp, limit: u32) -> Vec<TaskRow> {
        let lapsed = self.open().filter(|row| row.lease_until.is_some_and(|lease| lease <= now));
        first_by(lapsed, limit, |row| (row.lease_until, row.id)).into_iter().cloned().collect()
    }

    pub(super) fn open_tasks(&self, after: Option<TaskId>, limit: u32) -> Vec<TaskRow> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.tasks
            .rows()
            .range((start, Bound::Unbounded))
            .map(|(_, row)| row)
            .filter(|row| row.state == TaskState::Open)
            .take(count(limit))
            .cloned()
            .collect()
    }

    pub(super) fn open_by_resource(&self) -> Vec<(String, u32)> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for row in self.open() {
            *counts.entry(&row.resource).or_default() += 1;
        }
        counts.into_iter().map(|(resource, open)| (resource.to_owned(), open)).collect()
    }

    pub(super) fn tasks_of(&self, job: JobId) -> Vec<TaskRow> {
        self.in_order(job).cloned().collect()
    }

    fn in_order(&self, job: JobId) -> impl Iterator<Item = &TaskRow> {
        self.found.rows().range(of_job(job)).filter_map(|(_, id)| self.tasks.get(id))
    }

    fn idle(&self, job: JobId) -> impl Iterator<Item = &TaskRow> {
        self.in_order(job).filter(|row| matches!(row.state, TaskState::Found | TaskState::Waiting))
    }

    fn open(&self) -> impl Iterator<Item = &TaskRow> {
        self.tasks.rows().values().filter(|row| row.state == TaskState::Open)
    }
}

fn of_job(job: JobId) -> std::ops::RangeInclusive<(JobId, u64)> {
    (job, 0)..=(job, u64::MAX)
}
