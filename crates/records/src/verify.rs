//! Verification: no network, no model, no trust in the record.
//!
//! For each value: hash the page's bytes, extract its text again, find the quote at its offsets, parse the value out of it.
//! Every flipped byte of a page, and of a record's values and evidence, fails. What no page can tell is not checked: ids,
//! schema, status, subject, cost, changes, times, the caller's own columns, tier, confidence, and the reasons of nulls.

use std::{
    collections::BTreeMap,
    io::{self, BufRead},
    path::Path,
};

use gleaner_contract::{Evidence, EvidencePack, FieldRecord, FieldState, Layer, Record, field::pointer};
use gleaner_evidence::quote::Haystack;
use gleaner_extractor::{EXTRACTOR_VERSION, layer_text};
use serde::Serialize;
use serde_json::Value;

use crate::jsonl::{self, LineError};
use sources::Sources;
use value::Said;

mod sources;
mod value;
mod verbatim;

/// One thing that does not hold. Without id, job and field it is a line that is no record, or the bundle's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub id: String,
    pub job: String,
    pub field: String,
    pub what: String,
}

impl Failure {
    fn outside_of_records(what: String) -> Self {
        Self { id: String::new(), job: String::new(), field: String::new(), what }
    }
}

/// What came of verifying records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub records: usize,
    pub values: usize,
    pub quotes: usize,
    /// Quotes of an older extractor's records that were found in their layer, at another place.
    pub moved: usize,
    pub failures: Vec<Failure>,
}

impl Report {
    pub fn holds(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Checks every value and every quote of these records against the bundle in `dir`.
#[cfg(test)]
fn verify(records: &[Record], dir: &Path) -> io::Result<Report> {
    let mut verifier = Verifier::open(dir)?;
    for record in records {
        verifier.record(record);
    }
    Ok(verifier.report)
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("the records cannot be read")]
    Records(#[source] LineError),
    #[error("the bundle has no index")]
    Bundle(#[source] io::Error),
}

/// Checks records as they are read. A line that is no record is a failure, as a record that does not hold is.
pub fn verify_lines(records: impl BufRead, dir: &Path) -> Result<Report, Unusable> {
    let mut verifier = Verifier::open(dir).map_err(Unusable::Bundle)?;
    for record in jsonl::read(records) {
        match record {
            Ok(record) => verifier.record(&record),
            Err(error @ LineError::Io { .. }) => return Err(Unusable::Records(error)),
            Err(error) => verifier.report.failures.push(Failure::outside_of_records(error.to_string())),
        }
    }
    Ok(verifier.report)
}

struct Verifier {
    sources: Sources,
    report: Report,
}

impl Verifier {
    fn open(dir: &Path) -> io::Result<Self> {
        let mut sources = Sources::open(dir)?;
        let failures = sources.faults.drain(..).map(Failure::outside_of_records).collect();
        Ok(Self { sources, report: Report { failures, ..Report::default() } })
    }

    fn record(&mut self, record: &Record) {
        self.report.records += 1;
        let wanted = entries_wanted(record);
        for (key, value) in &wanted {
            match record.fields.get(key) {
                Some(field) => self.field(record, key, field, value),
                None if value.is_null() => self.fail(record, key, "is null, and nothing says why"),
                None => self.fail(record, key, "has a value and no evidence"),
            }
        }
        for key in record.fields.keys().filter(|key| !wanted.contains_key(*key)) {
            self.fail(record, key, "has evidence, and is not in the data");
        }
    }

    fn field(&mut self, record: &Record, key: &str, field: &FieldRecord, value: &Value) {
        let supported = field.state == FieldState::Supported;
        if value.is_null() {
            if supported {
                self.fail(record, key, "is said to be supported, but has no value");
            }
            if field.state == FieldState::Conflict && field.evidence.len() < 2 {
                self.fail(record, key, "is said to be in conflict, and not both sides are quoted");
            }
        } else {
            self.report.values += 1;
            if !supported {
                self.fail(record, key, "has a value, but is not said to be supported");
            } else if field.evidence.is_empty() {
                self.fail(record, key, "has a value and no quote");
            }
        }
        // sources that disagree are quoted as well, beside a null
        let mut said = Vec::new();
        for evidence in &field.evidence {
            self.report.quotes += 1;
            match self.evidence(record, field, value, evidence) {
                Ok(one) => said.push(one),
                Err(what) => self.fail(record, key, &what),
            }
        }
        if !said.is_empty() && said.len() == field.evidence.len() && !said.contains(&Said::Exactly) {
            self.fail(record, key, &format!("{value} is written otherwise in its quote"));
        }
    }

    /// Checks that the quote stands, and says the value if there is one.
    fn evidence(
        &mut self,
        record: &Record,
        field: &FieldRecord,
        value: &Value,
        evidence: &Evidence,
    ) -> Result<Said, String> {
        let pack = self.sources.page(&evidence.capture, &evidence.url)?;
        let (text, moved) = match quoted_text(pack, evidence) {
            Ok(text) => (text, false),
            Err(_) if is_older(&record.extractor) => (
                text_with(pack, evidence)
                    .ok_or_else(|| format!("quote \"{}\" is not in the page", short(&evidence.quote)))?,
                true,
            ),
            Err(what) => return Err(what),
        };
        let unit = field.unit.as_deref();
        let said = if value.is_null() { Said::Exactly } else { value::said(value, unit, evidence, text) };
        if said == Said::Not {
            let unit = unit.map(|unit| format!(" in {unit}")).unwrap_or_default();
            return Err(format!(
                "{value}{unit} cannot be read from the quote \"{}\"",
                short(&evidence.quote)
            ));
        }
        self.report.moved += usize::from(moved);
        Ok(said)
    }

    fn fail(&mut self, record: &Record, key: &str, what: &str) {
        self.report.failures.push(Failure {
            id: record.id.clone(),
            job: record.job.to_string(),
            field: key.to_owned(),
            what: what.to_owned(),
        });
    }
}

/// By JSON Pointer: each value that needs an entry of its own. The items of an array have theirs, an empty array has one.
fn entries_wanted(record: &Record) -> BTreeMap<String, &Value> {
    let mut wanted = BTreeMap::new();
    for (name, value) in &record.data {
        let own = pointer(name);
        match value.as_array().filter(|items| !items.is_empty()) {
            Some(items) => {
                wanted.extend(items.iter().enumerate().map(|(at, item)| (format!("{own}/{at}"), item)))
            }
            None => drop(wanted.insert(own, value)),
        }
    }
    wanted
}

/// The text in which the quote stands at its offsets, whole words of it.
fn quoted_text<'p>(pack: &'p EvidencePack, evidence: &Evidence) -> Result<&'p str, String> {
    let text = layer_text(pack, evidence.layer, evidence.block)
        .filter(|_| evidence.page.is_none())
        .ok_or("names a text that the page does not have")?;
    let haystack = Haystack::new(text);
    let range = evidence.start as usize..evidence.end as usize;
    if haystack.code_points().slice(range.clone()) != Some(evidence.quote.as_str()) {
        let (start, end, quote) = (evidence.start, evidence.end, short(&evidence.quote));
        return Err(format!("quote \"{quote}\" does not stand at {start}..{end}"));
    }
    haystack.check(range, &evidence.quote).map_err(|error| error.to_string())?;
    Ok(text)
}

/// A text of the quote's layer that holds the quote verbatim, anywhere.
fn text_with<'p>(pack: &'p EvidencePack, evidence: &Evidence) -> Option<&'p str> {
    let texts: Vec<&str> = match evidence.layer {
        Layer::Visible => vec![&pack.visible],
        Layer::Structured => pack.structured.iter().map(|block| block.text.as_str()).collect(),
        Layer::Pdf => Vec::new(),
    };
    texts.into_iter().find(|text| Haystack::new(text).find(&evidence.quote).is_ok_and(|found| found.exact))
}

/// Whether a record's extractor came before ours. Its versions are numbers.
fn is_older(extractor: &str) -> bool {
    let number = |version: &str| version.parse::<u32>().ok();
    number(extractor) < number(EXTRACTOR_VERSION) && number(extractor).is_some()
}

fn short(quote: &str) -> String {
    const MOST: usize = 60;
    if quote.chars().nth(MOST).is_some() {
        quote.chars().take(MOST).chain(std::iter::once('…')).collect()
    } else {
        quote.to_owned()
    }
}

#[cfg(test)]
mod tests;
