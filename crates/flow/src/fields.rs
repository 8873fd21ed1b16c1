//! What is known of each wanted field: findings come in, the best of them stands, equals that disagree are a conflict.

use std::collections::BTreeMap;

use gleaner_contract::{
    Confidence, Evidence, FieldMode, FieldReason, FieldSpec, FieldState, Finding, Layer, SubjectMatch,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field counts as resolved, and is not looked for any further, from this confidence on.
pub const RESOLVED_AT: Confidence = Confidence::hundredths(70);

/// Distinct values kept of a scalar field, quotes kept of a value, items kept of an array.
const MAX_VALUES: usize = 8;
const MAX_QUOTES: usize = 4;
const MAX_ITEMS: usize = 200;

/// One value with all that supports it, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Findings of one and the same value.
    pub findings: Vec<Finding>,
}

impl Candidate {
    pub fn best(&self) -> &Finding {
        // made with one finding and only ever extended
        &self.findings[0]
    }

    fn rank(&self) -> (SubjectMatch, Confidence) {
        (self.best().subject, self.best().confidence)
    }

    /// Best first. A total order, so that it does not matter which page was read first.
    fn sort(&mut self) {
        self.findings.sort_by(|one, other| {
            let rank = |finding: &Finding| (finding.subject, finding.confidence);
            rank(other).cmp(&rank(one)).then_with(|| place(one).cmp(&place(other)))
        });
    }

    /// The evidence that the best value can be read from as it is written. A source that agrees but for case lends no
    /// quote, since the published value does not stand in it; nor does one that does not show to be about the subject.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        let best = self.best();
        self.findings
            .iter()
            .filter(|finding| finding.subject >= best.subject.min(SubjectMatch::Likely))
            .filter(|finding| same_json(&best.value, &finding.value, squeeze))
            .map(|finding| &finding.evidence)
    }
}

/// Candidates by field name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(BTreeMap<String, Vec<Candidate>>);

/// What a field came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    pub state: FieldState,
    pub reason: Option<FieldReason>,
    /// Supported: one candidate, or one for each item of an array. Conflict: those that disagree.
    pub candidates: Vec<&'a Candidate>,
}

impl Fields {
    /// Takes in what a page gave. Findings of fields that are not wanted are dropped.
    pub fn add(&mut self, specs: &[FieldSpec], findings: &[Finding]) {
        for finding in findings {
            let Some(spec) = specs.iter().find(|spec| spec.name == finding.field) else { continue };
            let candidates = self.0.entry(finding.field.clone()).or_default();
            match candidates.iter_mut().find(|candidate| same_value(candidate.best(), finding)) {
                Some(candidate) => {
                    if !candidate.findings.iter().any(|known| known.evidence == finding.evidence) {
                        candidate.findings.push(finding.clone());
                        candidate.sort();
                        candidate.findings.truncate(MAX_QUOTES);
                    }
                }
                None => {
                    candidates.push(Candidate { findings: vec![finding.clone()] });
                    let most = if spec.array { MAX_ITEMS } else { MAX_VALUES };
                    if candidates.len() > most {
                        let worst = (0..candidates.len()).min_by(|&one, &other| {
                            let (one, other) = (&candidates[one], &candidates[other]);
                            let places = (place(other.best()), place(one.best()));
                            one.rank().cmp(&other.rank()).then(places.0.cmp(&places.1))
                        });
                        candidates.remove(worst.unwrap_or(0));
                    }
                }
            }
        }
    }

    /// What the field comes to now. `named` says that it is known what the target is: otherwise lists collect what pages
    /// say, whatever they are about.
    pub fn verdict(&self, spec: &FieldSpec, named: bool) -> Verdict<'_> {
        let empty = |state, reason| Verdict { state, reason: Some(reason), candidates: Vec::new() };
        if spec.mode != FieldMode::Quoted {
            return empty(FieldState::Skipped, FieldReason::NoModel);
        }
        let all = self.0.get(&spec.name).map_or(&[][..], Vec::as_slice);
        if all.is_empty() {
            return empty(FieldState::NotFound, FieldReason::NoCandidate);
        }
        let about: Vec<&Candidate> = all.iter().filter(|c| c.best().subject != SubjectMatch::Other).collect();
        if about.is_empty() {
            return empty(FieldState::OtherSubject, FieldReason::OtherSubject);
        }
        let collects = spec.array && !named;
        let sure: Vec<&Candidate> =
            about.iter().filter(|c| collects || c.best().subject >= SubjectMatch::Likely).copied().collect();
        if sure.is_empty() {
            return empty(FieldState::Unverified, FieldReason::SubjectUnknown);
        }
        if spec.array {
            let mut sure = sure;
            sure.sort_by(|one, other| place(one.best()).cmp(&place(other.best())));
            return Verdict { state: FieldState::Supported, reason: None, candidates: sure };
        }
        let top = sure.iter().map(|c| c.rank()).max().unwrap_or_default();
        let mut best: Vec<&Candidate> = sure.into_iter().filter(|c| c.rank() == top).collect();
        best.sort_by(|one, other| place(one.best()).cmp(&place(other.best())));
        if best.len() > 1 {
            return Verdict {
                state: FieldState::Conflict,
                reason: Some(FieldReason::Disagreement),
                candidates: best,
            };
        }
        Verdict { state: FieldState::Supported, reason: None, candidates: best }
    }

    /// Whether no further page is needed for this field: it stands on good evidence, or no tier at hand could fill it.
    pub(crate) fn is_resolved(&self, spec: &FieldSpec, named: bool) -> bool {
        let verdict = self.verdict(spec, named);
        match verdict.state {
            FieldState::Supported => {
                verdict.candidates.iter().any(|candidate| candidate.best().confidence >= RESOLVED_AT)
            }
            FieldState::Skipped => true,
            _ => false,
        }
    }
}

/// Where a finding stands: page by page, and within a page in its order.
fn place(finding: &Finding) -> (&str, Layer, Option<u32>, u32, u32) {
    let Evidence { url, layer, block, start, end, .. } = &finding.evidence;
    (url, *layer, *block, *start, *end)
}

/// Whether two findings say the same: equal values, but for case and white space of texts and the scale of decimals.
fn same_value(one: &Finding, other: &Finding) -> bool {
    one.unit == other.unit && same_json(&one.value, &other.value, |text| squeeze(text).to_lowercase())
}

/// Equal decimals, or equal texts once `written` has evened out what does not matter.
fn same_json(one: &Value, other: &Value, written: impl Fn(&str) -> String) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            match (one.parse::<rust_decimal::Decimal>(), other.parse::<rust_decimal::Decimal>()) {
                // "129.0" and "129.00", but not "007" and "7"
                (Ok(a), Ok(b)) if one.contains('.') || other.contains('.') => a == b,
                _ => written(one) == written(other),
            }
        }
        _ => one == other,
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
