//! What jobs leave: records, cited pages, ledger rows, dead reports; and how resources are paced.

use gleaner_contract::{ContentHash, JobId, LedgerRow, Record};

use super::{
    super::{CitedPage, DeadRow, Filed, ResourceRow},
    Result,
    tables::{Tables, broken, count},
};

impl Tables {
    pub(super) fn insert_record(&mut self, key: &ContentHash, record: &Record) -> Result<()> {
        if self.records.has(&record.job) {
            return Err(broken(format!("job {} has its record already", record.job)));
        }
        self.records.put(record.job, (*key, record.clone()));
        Ok(())
    }

    /// The newest revision that `counts`.
    pub(super) fn latest_record(
        &self,
        key: &ContentHash,
        counts: impl Fn(&Record) -> bool,
    ) -> Option<Record> {
        let revisions = self.records.rows().values().filter(|(of, _)| of == key).map(|(_, record)| record);
        revisions.filter(|record| counts(record)).max_by_key(|record| (record.revision, record.job)).cloned()
    }

    pub(super) fn record_of(&self, job: JobId) -> Option<Record> {
        self.records.get(&job).map(|(_, record)| record.clone())
    }

    pub(super) fn put_cited(&mut self, page: &CitedPage) {
        if !self.pages.has(&page.content_hash) {
            self.pages.put(page.content_hash, page.clone());
        }
    }

    pub(super) fn cited(&self, hash: &ContentHash) -> Option<CitedPage> {
        self.pages.get(hash).cloned()
    }

    pub(super) fn append_ledger(&mut self, rows: &[LedgerRow]) {
        for row in rows {
            self.ledger.append(row.clone());
        }
    }

    pub(super) fn ledger_of(&self, job: JobId) -> Vec<LedgerRow> {
        self.ledger.rows().values().filter(|row| row.job == job).cloned().collect()
    }

    pub(super) fn file_dead(&mut self, row: &DeadRow) {
        self.filed.append(row.clone());
    }

    pub(super) fn dead(&self, after: i64, limit: u32) -> Vec<Filed> {
        let filed = self.filed.rows().iter();
        let filed = filed.map(|(place, row)| Filed { number: number(*place), row: row.clone() });
        filed.filter(|filed| filed.number > after).take(count(limit)).collect()
    }

    pub(super) fn take_dead(&mut self, wanted: i64) -> Option<DeadRow> {
        let place = self.filed.rows().keys().copied().find(|place| number(*place) == wanted)?;
        self.filed.take(&place)
    }

    pub(super) fn resource(&self, name: &str) -> Option<ResourceRow> {
        self.resources.get(name).cloned()
    }

    pub(super) fn save_resource(&mut self, row: &ResourceRow) {
        self.resources.put(row.name.clone(), row.clone());
    }
}

/// Numbers begin at 1.
fn number(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1)
}
