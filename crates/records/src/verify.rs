//! Verification: no network, no model, no trust in the record.
//!
//! For each value: hash the page's bytes, extract its text again, find the quote at its offsets, parse the value out of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use gleaner_contract::{
    ContentHash, Evidence, EvidencePack, FieldRecord, FieldState, Record, field::pointer,
};
use gleaner_evidence::{
    Hints,
    quote::{Haystack, ValueKind, supports},
    units,
};
use gleaner_extractor::{EXTRACTOR_VERSION, PackLimits, build_pack, layer_text};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::bundle::{self, IndexRow};

mod verbatim;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub id: String,
    pub job: String,
    pub field: String,
    pub what: String,
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

/// A page of the bundle, read once.
struct Source {
    pack: Result<EvidencePack, String>,
    urls: BTreeSet<String>,
}

/// Checks every value of these records against the bundle in `dir`.
pub fn verify(records: &[Record], dir: &Path) -> io::Result<Report> {
    let mut index: BTreeMap<ContentHash, Vec<IndexRow>> = BTreeMap::new();
    for row in bundle::read_index(dir)? {
        index.entry(row.hash).or_default().push(row);
    }
    let mut verifier = Verifier { dir, index, sources: BTreeMap::new(), report: Report::default() };
    for record in records {
        verifier.record(record);
    }
    Ok(verifier.report)
}

struct Verifier<'b> {
    dir: &'b Path,
    index: BTreeMap<ContentHash, Vec<IndexRow>>,
    sources: BTreeMap<ContentHash, Source>,
    report: Report,
}

impl Verifier<'_> {
    fn record(&mut self, record: &Record) {
        self.report.records += 1;
        for (name, value) in &record.data {
            let own = pointer(name);
            match value {
                Value::Null => {}
                Value::Array(items) => {
                    for (item, value) in items.iter().enumerate() {
                        self.value(record, &format!("{own}/{item}"), value);
                    }
                }
                value => self.value(record, &own, value),
            }
        }
        for (key, field) in &record.fields {
            if field.state == FieldState::Supported && look_up(record, key).is_none_or(Value::is_null) {
                self.fail(record, key, "is said to be supported, but has no value");
            }
        }
    }

    fn value(&mut self, record: &Record, key: &str, value: &Value) {
        self.report.values += 1;
        let Some(field) = record.fields.get(key) else {
            return self.fail(record, key, "has a value and no evidence");
        };
        if field.state != FieldState::Supported {
            return self.fail(record, key, "has a value, but is not said to be supported");
        }
        if field.evidence.is_empty() {
            return self.fail(record, key, "has a value and no quote");
        }
        for evidence in &field.evidence {
            self.report.quotes += 1;
            match self.evidence(record, field, value, evidence) {
                Ok(moved) => self.report.moved += usize::from(moved),
                Err(what) => self.fail(record, key, &what),
            }
        }
    }

    /// Whether the quote stands elsewhere than told, which an older extractor's record may say.
    fn evidence(
        &mut self,
        record: &Record,
        field: &FieldRecord,
        value: &Value,
        evidence: &Evidence,
    ) -> Result<bool, String> {
        let source = self.source(&evidence.capture)?;
        if !source.urls.contains(&evidence.url) {
            return Err(format!("page {} was not read from {}", evidence.capture, evidence.url));
        }
        let pack = source.pack.as_ref().map_err(Clone::clone)?;
        let text = layer_text(pack, evidence.layer, evidence.block)
            .ok_or("names a text that the page does not have")?;
        let haystack = Haystack::new(text);
        let (start, end) = (evidence.start as usize, evidence.end as usize);
        let in_place = haystack.code_points().slice(start..end) == Some(evidence.quote.as_str());
        let moved = if in_place {
            false
        } else if record.extractor == EXTRACTOR_VERSION {
            return Err(format!("quote \"{}\" does not stand at {start}..{end}", short(&evidence.quote)));
        } else if haystack.find(&evidence.quote).is_ok_and(|found| found.exact) {
            true
        } else {
            return Err(format!("quote \"{}\" is not in the page", short(&evidence.quote)));
        };
        if parses(value, field.unit.as_deref(), evidence) {
            Ok(moved)
        } else {
            Err(format!("{value} cannot be read from the quote \"{}\"", short(&evidence.quote)))
        }
    }

    fn source(&mut self, hash: &ContentHash) -> Result<&Source, String> {
        if !self.sources.contains_key(hash) {
            let source = self.load(hash)?;
            self.sources.insert(*hash, source);
        }
        self.sources.get(hash).ok_or_else(|| format!("page {hash} is not in the bundle"))
    }

    fn load(&self, hash: &ContentHash) -> Result<Source, String> {
        let rows = self.index.get(hash).ok_or_else(|| format!("page {hash} is not in the bundle"))?;
        let body = bundle::read_page(self.dir, hash).map_err(|error| format!("page {hash}: {error}"))?;
        if ContentHash::of(&body) != *hash {
            return Err(format!("page {hash} has other bytes than its hash says"));
        }
        let first = &rows[0];
        let pack = Url::parse(&first.url).map_err(|error| error.to_string()).and_then(|url| {
            build_pack(&body, first.content_type.as_deref(), &url, &PackLimits::default())
                .map_err(|error| error.to_string())
        });
        Ok(Source { pack, urls: rows.iter().map(|row| row.url.clone()).collect() })
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

/// Whether the value can be read from the quote, as anything that a value of its form may be.
fn parses(value: &Value, unit: Option<&str>, evidence: &Evidence) -> bool {
    let quote = &evidence.quote;
    let hints = Hints {
        base: Url::parse(&evidence.url).ok(),
        // what the page's other words settled, such as which dollar: a sign never reads as a currency that it cannot mean
        currency: unit.or(value.as_str()).and_then(|code| code.parse().ok()),
        ..Hints::none()
    };
    let reads = |kind| supports(value, kind, quote, &hints).is_ok();
    match value {
        Value::Number(_) => match unit {
            Some(unit) => units::unit(unit).is_ok_and(|unit| reads(ValueKind::Number(Some(unit)))),
            None => reads(ValueKind::Number(None)),
        },
        Value::Bool(_) => reads(ValueKind::Boolean),
        Value::String(text) => {
            verbatim::stands_in(text, quote)
                || [
                    ValueKind::Amount,
                    ValueKind::Currency,
                    ValueKind::Availability,
                    ValueKind::Date,
                    ValueKind::Gtin,
                    ValueKind::Url,
                ]
                .into_iter()
                .any(reads)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn look_up<'r>(record: &'r Record, key: &str) -> Option<&'r Value> {
    record.data.iter().find_map(|(name, value)| {
        let rest = key.strip_prefix(&pointer(name))?;
        if rest.is_empty() { Some(value) } else { value.get(rest.strip_prefix('/')?.parse::<usize>().ok()?) }
    })
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
