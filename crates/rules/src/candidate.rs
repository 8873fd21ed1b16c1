//! Candidates: values with the place that they were read from, and the check that each must pass.

use std::ops::Range;

use gleaner_contract::{Confidence, Evidence, EvidenceKind, Finding, Layer, SubjectMatch, Tier};
use gleaner_evidence::quote::{ValueKind, supports};
use serde_json::Value;

use crate::{doc::Doc, wanted::Wanted};

/// A longer quote proves nothing that a shorter one would not.
const MAX_QUOTE: usize = 2_000;

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) layer: Layer,
    /// Indexes the pack's structured blocks.
    pub(crate) block: Option<usize>,
    /// Code points.
    pub(crate) range: Range<usize>,
}

impl Place {
    pub(crate) fn visible(range: Range<usize>) -> Self {
        Self { layer: Layer::Visible, block: None, range }
    }
}

/// A value that a source claims to have read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) value: Value,
    pub(crate) unit: Option<String>,
    pub(crate) place: Place,
    pub(crate) confidence: u8,
    pub(crate) subject: SubjectMatch,
}

impl Candidate {
    pub(crate) fn text(
        value: impl Into<String>,
        place: Place,
        confidence: u8,
        subject: SubjectMatch,
    ) -> Self {
        Self { value: Value::String(value.into()), unit: None, place, confidence, subject }
    }

    /// The finding, when quote and value hold.
    pub(crate) fn verified(&self, wanted: &Wanted<'_>, doc: &Doc<'_>) -> Option<Finding> {
        let haystack = doc.haystack(self.place.layer, self.place.block)?;
        let quote = haystack.code_points().slice(self.place.range.clone())?;
        if quote.chars().nth(MAX_QUOTE).is_some() || haystack.check(self.place.range.clone(), quote).is_err()
        {
            return None;
        }
        supports(&self.value, ValueKind::of(wanted.spec).ok()?, quote, &doc.hints).ok()?;
        Some(Finding {
            field: wanted.spec.name.clone(),
            value: self.value.clone(),
            unit: self.unit.clone(),
            tier: Tier::Rules,
            confidence: Confidence::hundredths(self.confidence),
            subject: self.subject,
            evidence: Evidence {
                kind: EvidenceKind::Quote,
                quote: quote.to_owned(),
                url: doc.page.final_url.clone(),
                capture: doc.page.content_hash,
                layer: self.place.layer,
                block: self.place.block.map(|block| doc.pack.structured[block].block),
                page: None,
                start: u32::try_from(self.place.range.start).ok()?,
                end: u32::try_from(self.place.range.end).ok()?,
                fetched_at: doc.page.fetched_at,
            },
        })
    }
}
