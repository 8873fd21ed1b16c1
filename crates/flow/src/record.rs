//! The record of an ended harvest job.

use std::collections::BTreeMap;

use gleaner_contract::{
    Change, Cost, Counter, FieldReason, FieldRecord, FieldSpec, FieldState, Finding, Record, StopReason,
    SubjectMatch, amounts::told, field::pointer,
};
use serde_json::{Map, Value};

use crate::{
    fields::{Candidate, Verdict},
    harvest::{JobSpec, JobState},
};

/// What came before a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The last revision's number; 0 when there is none.
    pub revision: u32,
    /// The values of the last revision that did not fail.
    pub data: Option<Map<String, Value>>,
}

/// Builds the record of an ended job.
pub fn build_record(spec: &JobSpec, state: &JobState, before: &Before, extractor: &str) -> Record {
    let mut data = Map::new();
    let mut fields = BTreeMap::new();
    let mut publishable = true;
    let mut subject = SubjectMatch::Unknown;
    for field in &spec.target.schema.fields {
        let verdict = settle(state, state.fields.verdict(field, state.names_subject(spec)));
        publishable &= !field.critical || verdict.state == FieldState::Supported;
        if verdict.state == FieldState::Supported {
            subject =
                verdict.candidates.iter().map(|c| c.best().subject).max().unwrap_or_default().max(subject);
        }
        data.insert(field.name.clone(), value_of(field, &verdict));
        describe(field, &verdict, state, &mut fields);
    }
    let stop_reason = state.stop.clone().unwrap_or(StopReason::FrontierExhausted);
    Record {
        id: spec.target.id.clone(),
        job: spec.job,
        schema: spec.target.schema.name.clone(),
        status: state.status,
        stop_reason,
        subject: subject.max(state.subject),
        revision: before.revision + 1,
        publishable,
        changes: before.data.as_ref().map(|from| changes(state, from, &data)).unwrap_or_default(),
        data,
        fields,
        cost: cost(state),
        extra: spec.target.extra.clone(),
        created_at: state.ended_at.unwrap_or(spec.created_at),
        extractor: extractor.to_owned(),
        degraded: false,
    }
}

/// A field that nothing was found for may say more about why.
fn settle<'a>(state: &JobState, verdict: Verdict<'a>) -> Verdict<'a> {
    let reason = match (verdict.state, &state.stop) {
        (FieldState::NotFound, Some(StopReason::Cancelled)) => FieldReason::Cancelled,
        (FieldState::NotFound, Some(StopReason::Budget(_) | StopReason::Total(_))) => FieldReason::Budget,
        (FieldState::NotFound, _) if state.pages_read == 0 => FieldReason::NoPageRead,
        _ => return verdict,
    };
    Verdict { reason: Some(reason), ..verdict }
}

fn value_of(field: &FieldSpec, verdict: &Verdict<'_>) -> Value {
    if verdict.state != FieldState::Supported {
        return Value::Null;
    }
    if field.array {
        return verdict.candidates.iter().map(|candidate| candidate.best().value.clone()).collect();
    }
    verdict.candidates.first().map_or(Value::Null, |candidate| candidate.best().value.clone())
}

/// Array fields have an entry for each item; everything else has one entry.
fn describe(
    field: &FieldSpec,
    verdict: &Verdict<'_>,
    state: &JobState,
    fields: &mut BTreeMap<String, FieldRecord>,
) {
    if field.array && verdict.state == FieldState::Supported {
        for (index, candidate) in verdict.candidates.iter().enumerate() {
            fields.insert(format!("{}/{index}", field.pointer()), supported(candidate));
        }
        return;
    }
    let entry = match (verdict.state, verdict.candidates.first()) {
        (FieldState::Supported, Some(candidate)) => supported(candidate),
        _ => FieldRecord {
            state: verdict.state,
            reason: verdict.reason,
            unit: None,
            tier: None,
            confidence: None,
            evidence: verdict.candidates.iter().map(|candidate| candidate.best().evidence.clone()).collect(),
            pages_read: Some(state.pages_read),
        },
    };
    fields.insert(field.pointer(), entry);
}

fn supported(candidate: &Candidate) -> FieldRecord {
    let best: &Finding = candidate.best();
    FieldRecord {
        state: FieldState::Supported,
        reason: None,
        unit: best.unit.clone(),
        tier: Some(best.tier),
        confidence: Some(best.confidence),
        evidence: candidate.evidence().cloned().collect(),
        pages_read: None,
    }
}

/// What a reader of the last values should know. A job that read nothing has nothing to tell; a field that was not
/// wanted before has not changed.
fn changes(state: &JobState, from: &Map<String, Value>, to: &Map<String, Value>) -> Vec<Change> {
    if state.pages_read == 0 {
        return Vec::new();
    }
    to.iter()
        .filter_map(|(name, value)| {
            let before = from.get(name)?;
            (before != value).then(|| Change {
                field: pointer(name),
                from: before.clone(),
                to: value.clone(),
            })
        })
        .collect()
}

fn cost(state: &JobState) -> Cost {
    let account = &state.account;
    [
        Counter::MONEY,
        Counter::URLS,
        Counter::BYTES,
        Counter::LOW_CALLS,
        Counter::HIGH_CALLS,
        Counter::DEEP_CALLS,
    ]
    .map(|counter| {
        let told = told(&counter, account.settled.get(&counter), account.budget.currency());
        (counter, told)
    })
    .into()
}
