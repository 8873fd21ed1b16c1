//! Pages for tests, read as the extract stage reads them. Every reading is checked for what holds of all of them.

use gleaner_contract::{
    Brief, ContentHash, EvidencePack, FieldFormat, FieldSpec, FieldType, Page, Subject, SubjectMatch,
    Timestamp,
};
use gleaner_extractor::{PackLimits, build_pack, layer_text};
use serde_json::Value;
use url::Url;

use super::{Reading, read};

pub(super) const ADDRESS: &str = "https://shop.example/drill-18v";

/// A page's reading with the few questions that tests ask.
pub(super) struct Read(pub(super) Reading);

pub(super) fn brief(fields: &[FieldSpec], subject: Subject) -> Brief {
    Brief { fields: fields.to_vec(), subject }
}

/// Reads a page for a target without a name.
#[track_caller]
pub(super) fn page(html: &str, fields: &[FieldSpec]) -> Read {
    about(html, fields, Subject::default())
}

/// Reads a page for a target; all quotes must stand at their offsets.
#[track_caller]
pub(super) fn about(html: &str, fields: &[FieldSpec], subject: Subject) -> Read {
    let url = Url::parse(ADDRESS).expect("a URL");
    let pack = build_pack(html.as_bytes(), Some("text/html; charset=utf-8"), &url, &PackLimits::default())
        .expect("a page");
    let page = Page {
        url: ADDRESS.into(),
        final_url: ADDRESS.into(),
        status: 200,
        content_hash: ContentHash::of(html.as_bytes()),
        content_type: None,
        bytes: html.len() as u64,
        fetched_at: Timestamp::default(),
    };
    let reading = read(&pack, &brief(fields, subject), &page);
    check_quotes(&pack, &reading);
    Read(reading)
}

#[track_caller]
fn check_quotes(pack: &EvidencePack, reading: &Reading) {
    for finding in &reading.findings {
        let evidence = &finding.evidence;
        let text = layer_text(pack, evidence.layer, evidence.block).expect("the layer that is named");
        let (start, end) = (evidence.start as usize, evidence.end as usize);
        let slice: String = text.chars().skip(start).take(end - start).collect();
        assert_eq!(slice, evidence.quote, "of {}", finding.field);
        assert!(!slice.trim().is_empty());
    }
}

impl Read {
    /// The value that a record would publish: the best about the target, none in a tie.
    pub(super) fn best(&self, field: &str) -> Option<Value> {
        let mut own: Vec<_> =
            self.0.findings.iter().filter(|f| f.field == field && f.subject != SubjectMatch::Other).collect();
        own.sort_by_key(|finding| std::cmp::Reverse((finding.subject, finding.confidence)));
        match own.as_slice() {
            [best, next, ..]
                if (best.subject, best.confidence) == (next.subject, next.confidence)
                    && best.value != next.value =>
            {
                None
            }
            [best, ..] => Some(best.value.clone()),
            [] => None,
        }
    }

    pub(super) fn all(&self, field: &str) -> Vec<String> {
        self.0
            .findings
            .iter()
            .filter(|finding| finding.field == field)
            .map(|finding| text(&finding.value))
            .collect()
    }

    pub(super) fn quote(&self, field: &str) -> Option<&str> {
        self.0
            .findings
            .iter()
            .find(|finding| finding.field == field)
            .map(|finding| finding.evidence.quote.as_str())
    }

    pub(super) fn unit(&self, field: &str) -> Option<&str> {
        self.0.findings.iter().find(|finding| finding.field == field)?.unit.as_deref()
    }

    #[track_caller]
    pub(super) fn check(&self, field: &str, expected: &str) {
        assert_eq!(
            self.best(field).as_ref().map(text).as_deref(),
            Some(expected),
            "{field} of {:#?}",
            self.0.findings
        );
    }

    #[track_caller]
    pub(super) fn check_none(&self, field: &str) {
        assert_eq!(self.best(field), None, "{field} of {:#?}", self.0.findings);
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The fields of the built-in product schema.
pub(super) fn product() -> Vec<FieldSpec> {
    gleaner_contract::Schema::built_in("product").expect("built in").fields
}

pub(super) fn company() -> Vec<FieldSpec> {
    gleaner_contract::Schema::built_in("company").expect("built in").fields
}

pub(super) fn article() -> Vec<FieldSpec> {
    gleaner_contract::Schema::built_in("article").expect("built in").fields
}

pub(super) fn list(name: &str, format: Option<FieldFormat>) -> FieldSpec {
    FieldSpec { array: true, format, ..FieldSpec::named(name) }
}

pub(super) fn number(name: &str, unit: Option<&str>, aliases: &[&str]) -> FieldSpec {
    FieldSpec {
        field_type: FieldType::Number,
        unit: unit.map(str::to_owned),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        ..FieldSpec::named(name)
    }
}

/// A page of this body, with a JSON-LD script for each text.
pub(super) fn html(title: &str, scripts: &[&str], body: &str) -> String {
    let scripts: String =
        scripts.iter().map(|json| format!("<script type='application/ld+json'>{json}</script>")).collect();
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{scripts}</head><body>{body}</body></html>"
    )
}
