//! Cited pages: a value is accepted only in the transaction that stores the text it cites.

use gleaner_contract::{PageOutcome, Report};
use gleaner_ports::{EvidenceError, StoreError, jobs::CitedPage};

use crate::coordinator::Coordinator;

/// What a report with findings needs beside it.
pub(crate) enum Citation {
    /// It cites nothing.
    Nothing,
    Page(Box<CitedPage>),
    /// The evidence store has forgotten the page.
    Gone,
}

impl Coordinator {
    /// Fetches what a report cites from the evidence store, before any lock is taken.
    pub(crate) async fn citation(&self, report: &Report) -> Result<Citation, StoreError> {
        let PageOutcome::Read { page, text_hash, .. } = &report.outcome else { return Ok(Citation::Nothing) };
        if report.findings.is_empty() {
            return Ok(Citation::Nothing);
        }
        let evidence = &self.shared.evidence;
        let pack = match evidence.pack(text_hash, &self.shared.config.extractor).await {
            Ok(Some(pack)) => pack,
            Ok(None) | Err(EvidenceError::Damaged { .. } | EvidenceError::Wire(_)) => {
                return Ok(Citation::Gone);
            }
            Err(error @ EvidenceError::Unavailable(_)) => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
        };
        let body = match evidence.capture(&page.content_hash).await {
            Ok(Some(body)) => body,
            Ok(None) | Err(EvidenceError::Damaged { .. } | EvidenceError::Wire(_)) => {
                return Ok(Citation::Gone);
            }
            Err(error @ EvidenceError::Unavailable(_)) => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
        };
        let cited = CitedPage::pack(page, &pack.visible, &body);
        Ok(Citation::Page(Box::new(cited.map_err(|error| StoreError::Broken(error.to_string()))?)))
    }
}
