//! The ledger as files, and the URL equation over its rows.

use std::io::{self, Write};

use gleaner_contract::{LedgerKind, LedgerRow, UrlCounts, sheet::guarded_cell};

use crate::csv::plain;

pub fn write_csv(rows: &[LedgerRow], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["job", "kind", "subject", "outcome", "reason", "detail", "count", "at", "cost"])?;
    for row in rows {
        let cost: Vec<String> =
            row.cost.iter().map(|(counter, amount)| format!("{counter}={}", plain(amount))).collect();
        let cells = [
            row.job.to_string(),
            row.kind.as_str().to_owned(),
            row.subject.clone(),
            row.outcome.clone(),
            row.reason.clone(),
            row.detail.clone(),
            row.count.to_string(),
            row.at.to_string(),
            cost.join(" "),
        ];
        table.write_record(cells.iter().map(|cell| guarded_cell(cell).into_owned()))?;
    }
    table.flush()
}

/// The terms of the URL equation, counted from the rows.
pub fn url_counts(rows: &[LedgerRow]) -> UrlCounts {
    let mut counts = UrlCounts::default();
    for row in rows.iter().filter(|row| row.kind == LedgerKind::Url) {
        counts.discovered += u64::from(row.count);
        if let Ok(outcome) = row.outcome.parse() {
            counts.add(outcome, u64::from(row.count));
        }
    }
    counts
}

#[cfg(test)]
mod tests;
