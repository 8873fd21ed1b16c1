//! Submissions and jobs.

use std::{cmp::Reverse, collections::BTreeSet};

use gleaner_contract::{ContentHash, JobId, SubmissionId, Tenant, Timestamp};

use super::{
    super::{JobRow, SubmissionRow},
    Result,
    tables::{Tables, broken, count, first_by},
};

impl Tables {
    pub(super) fn insert_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        if self.submissions.has(&row.id) {
            return Err(broken(format!("submission {} is there already", row.id)));
        }
        self.submissions.put(row.id, row.clone());
        Ok(())
    }

    pub(super) fn submission_of(&self, tenant: &Tenant, content: &ContentHash) -> Option<SubmissionRow> {
        self.submissions
            .rows()
            .values()
            .filter(|row| row.tenant == *tenant && row.content == *content)
            .max_by_key(|row| (row.created_at, row.id))
            .cloned()
    }

    pub(super) fn submission(&self, id: SubmissionId) -> Option<SubmissionRow> {
        self.submissions.get(&id).cloned()
    }

    pub(super) fn save_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        let known = self
            .submission(row.id)
            .ok_or_else(|| broken(format!("submission {} is not there to be saved", row.id)))?;
        let saved = SubmissionRow { jobs: row.jobs, ended: row.ended, account: row.account.clone(), ..known };
        self.submissions.put(row.id, saved);
        Ok(())
    }

    pub(super) fn submissions(&self, tenant: &Tenant, limit: u32) -> Vec<SubmissionRow> {
        let rows = self.submissions.rows().values().filter(|row| row.tenant == *tenant);
        let newest = first_by(rows, limit, |row| Reverse((row.created_at, row.id)));
        newest.into_iter().cloned().collect()
    }

    pub(super) fn insert_job(&mut self, row: &JobRow) -> Result<()> {
        if !self.submissions.has(&row.submission) {
            return Err(broken(format!("submission {} of job {} is not there", row.submission, row.id)));
        }
        let place = (row.submission, row.position);
        if self.jobs.has(&row.id) || self.places.has(&place) {
            return Err(broken(format!("job {} or its place is taken", row.id)));
        }
        self.places.put(place, row.id);
        self.jobs.put(row.id, row.clone());
        Ok(())
    }

    pub(super) fn jobs(&self, ids: &[JobId]) -> Vec<JobRow> {
        let ids: BTreeSet<&JobId> = ids.iter().collect();
        ids.into_iter().filter_map(|id| self.jobs.get(id)).cloned().collect()
    }

    pub(super) fn save_job(&mut self, row: &JobRow) -> Result<()> {
        let known = self
            .jobs
            .get(&row.id)
            .ok_or_else(|| broken(format!("job {} is not there to be saved", row.id)))?
            .clone();
        let saved = JobRow {
            lane: row.lane,
            status: row.status,
            state: row.state.clone(),
            next_due: row.next_due,
            deadline: row.deadline,
            served: row.served,
            ended_at: row.ended_at,
            ..known
        };
        self.jobs.put(row.id, saved);
        Ok(())
    }

    pub(super) fn jobs_of(&self, submission: SubmissionId, from_position: u32, limit: u32) -> Vec<JobRow> {
        self.places
            .rows()
            .range((submission, from_position)..=(submission, u32::MAX))
            .filter_map(|(_, id)| self.jobs.get(id))
            .take(count(limit))
            .cloned()
            .collect()
    }

    pub(super) fn due_jobs(&self, now: Timestamp, limit: u32) -> Vec<JobId> {
        let due = self.unfinished().filter(|row| row.next_due.is_some_and(|due| due <= now));
        ids(first_by(due, limit, |row| (row.lane, row.served, row.created_at, row.id)))
    }

    pub(super) fn idle_jobs(&self, submission: SubmissionId, limit: u32) -> Vec<JobId> {
        let idle = self.unfinished().filter(|row| row.submission == submission && row.next_due.is_none());
        ids(first_by(idle, limit, |row| row.position))
    }

    pub(super) fn overdue_jobs(&self, now: Timestamp, limit: u32) -> Vec<JobId> {
        let overdue = self.unfinished().filter(|row| row.deadline.is_some_and(|deadline| deadline <= now));
        ids(first_by(overdue, limit, |row| (row.deadline, row.id)))
    }

    pub(super) fn wake_waiting(&mut self, now: Timestamp) -> u64 {
        let waits = |row: &&JobRow| row.next_due.is_some_and(|due| due > now);
        let waiting: Vec<JobRow> = self.unfinished().filter(waits).cloned().collect();
        let woken = waiting.len() as u64;
        for row in waiting {
            self.jobs.put(row.id, JobRow { next_due: Some(now), ..row });
        }
        woken
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.unfinished().filter_map(|row| row.next_due).min()
    }

    fn unfinished(&self) -> impl Iterator<Item = &JobRow> {
        self.jobs.rows().values().filter(|row| row.ended_at.is_none())
    }
}

fn ids(rows: Vec<&JobRow>) -> Vec<JobId> {
    rows.into_iter().map(|row| row.id).collect()
}
