//! A page, a record of it with true offsets, and the bundle of both.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use gleaner_contract::{
    Confidence, ContentHash, Counter, Evidence, EvidenceKind, EvidencePack, FieldReason, FieldRecord,
    FieldState, JobId, JobStatus, Layer, Record, StopReason, SubjectMatch, Tier, Timestamp,
};
use gleaner_evidence::text::CodePoints;
use gleaner_extractor::{EXTRACTOR_VERSION, PackLimits, build_pack, layer_text};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use url::Url;

use crate::bundle::Writer;

pub(crate) const URL: &str = "https://shop.example/drill";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Astral characters stand before most quotes, so that offsets in bytes or UTF-16 would be others.
pub(crate) const BODY: &str = r#"<!doctype html><html lang="en"><head><title>Acme Drill</title>
<script type="application/ld+json">{"@type":"Product","name":"Acme \u201eDrill\u201c 18V","gtin13":"4006381333931","image":"/img/drill.jpg",
"offers":{"@type":"Offer","price":"129.00","priceCurrency":"EUR","availability":"https://schema.org/InStock"}}</script>
<script type="application/ld+json">{"@type":"Organization","name":"Fixture Tools","slogan":"Tools & more"}</script></head>
<body><main><h1>🛠🧰 Acme Drill 18V</h1><p>Only 129,00 € this week, 12.5 % off.</p>
<table><tr><th>Weight</th><td>1.4 kg</td></tr><tr><th>Cordless</th><td>yes</td></tr><tr><th>Rating</th><td>4.5</td></tr>
<tr><th>Released</th><td>14 March 2026</td></tr><tr><th>Colours</th><td>signal red, deep blue</td></tr>
<tr><th>Maker</th><td>Acme Works</td></tr><tr><th>Made by</th><td>Fixture Works</td></tr></table></main></body></html>"#;

pub(crate) struct Shop {
    pub(crate) record: Record,
    pub(crate) pack: EvidencePack,
    dir: TempDir,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("the system has a temporary directory");
        let mut writer = Writer::open(dir.path()).expect("the directory is new");
        add(&mut writer, URL, BODY);
        writer.finish().expect("the directory is writable");
        let pack = pack(BODY);
        Self { record: record(&pack), pack, dir }
    }

    pub(crate) fn bundle(&self) -> &Path {
        self.dir.path()
    }

    /// The one page's file.
    pub(crate) fn page(&self) -> std::path::PathBuf {
        self.bundle().join(crate::bundle::file_name(&ContentHash::of(BODY.as_bytes())))
    }
}

pub(crate) fn add(writer: &mut Writer, url: &str, body: &str) {
    let (hash, urls) = (ContentHash::of(body.as_bytes()), BTreeSet::from([url.to_owned()]));
    writer.add(hash, Some(HTML), &urls, body.as_bytes()).expect("the directory is writable");
}

pub(crate) fn pack(body: &str) -> EvidencePack {
    let url = Url::parse(URL).expect("a URL");
    build_pack(body.as_bytes(), Some(HTML), &url, &PackLimits::default()).expect("a page")
}

/// The first place of a quote in the visible text, or in a structured block.
pub(crate) fn evidence(pack: &EvidencePack, block: Option<u32>, quote: &str) -> Evidence {
    let layer = if block.is_some() { Layer::Structured } else { Layer::Visible };
    let text = layer_text(pack, layer, block).expect("the page has this text");
    let points = CodePoints::new(text);
    let range = points.find_all(quote).next().unwrap_or_else(|| panic!("`{quote}` is not in {text}"));
    Evidence {
        kind: EvidenceKind::Quote,
        quote: quote.to_owned(),
        url: URL.to_owned(),
        capture: ContentHash::of(BODY.as_bytes()),
        layer,
        block,
        page: None,
        start: u32::try_from(range.start).expect("a small page"),
        end: u32::try_from(range.end).expect("a small page"),
        fetched_at: Timestamp::from_millis(1_795_000_000_000),
    }
}

pub(crate) fn supported(unit: Option<&str>, evidence: Evidence) -> FieldRecord {
    FieldRecord {
        state: FieldState::Supported,
        reason: None,
        unit: unit.map(str::to_owned),
        tier: Some(Tier::Rules),
        confidence: Some(Confidence::hundredths(90)),
        evidence: vec![evidence],
        pages_read: None,
    }
}

pub(crate) fn missing(state: FieldState, reason: FieldReason) -> FieldRecord {
    FieldRecord {
        state,
        reason: Some(reason),
        unit: None,
        tier: None,
        confidence: None,
        evidence: Vec::new(),
        pages_read: Some(1),
    }
}

/// A record without fields.
pub(crate) fn blank(id: &str) -> Record {
    let at = Timestamp::from_millis(1_795_000_000_000);
    Record {
        id: id.to_owned(),
        job: JobId::derive(at, &[id.as_bytes()]),
        schema: "product".into(),
        status: JobStatus::Completed,
        stop_reason: StopReason::FrontierExhausted,
        subject: SubjectMatch::Exact,
        revision: 1,
        publishable: true,
        data: Map::new(),
        fields: BTreeMap::new(),
        cost: BTreeMap::from([(Counter::MONEY, json!("0.0000 USD")), (Counter::URLS, json!(1))]),
        changes: Vec::new(),
        extra: BTreeMap::new(),
        created_at: at,
        extractor: EXTRACTOR_VERSION.to_owned(),
        degraded: false,
    }
}

/// One value of each form, an array, a conflict and a field that nothing was found for.
fn record(pack: &EvidencePack) -> Record {
    let mut record = blank("42");
    let mut put = |name: &str, value: Value, unit: Option<&str>, block: Option<u32>, quote: &str| {
        record.data.insert(name.to_owned(), value);
        record.fields.insert(format!("/{name}"), supported(unit, evidence(pack, block, quote)));
    };
    put("name", json!("Acme Drill 18V"), None, None, "Acme Drill 18V");
    put("title", json!("Acme „Drill“ 18V"), None, Some(0), r"Acme \u201eDrill\u201c 18V");
    put("price", json!("129.00"), Some("EUR"), None, "129,00 €");
    put("offer", json!("129.00"), Some("EUR"), Some(0), "129.00");
    put("currency", json!("EUR"), None, Some(0), "EUR");
    put("availability", json!("InStock"), None, Some(0), "https://schema.org/InStock");
    put("gtin", json!("4006381333931"), None, Some(0), "4006381333931");
    put("image", json!("https://shop.example/img/drill.jpg"), None, Some(0), "/img/drill.jpg");
    put("shop", json!("Fixture Tools"), None, Some(1), "Fixture Tools");
    put("weight", json!(1.4), Some("kg"), None, "1.4 kg");
    put("rating", json!(4.5), None, None, "4.5");
    put("cordless", json!(true), None, None, "Cordless | yes");
    put("released", json!("2026-03-14"), None, None, "14 March 2026");
    record.data.insert("colours".into(), json!(["signal red", "deep blue"]));
    for (at, colour) in ["signal red", "deep blue"].into_iter().enumerate() {
        record.fields.insert(format!("/colours/{at}"), supported(None, evidence(pack, None, colour)));
    }
    record.data.insert("maker".into(), Value::Null);
    let makers = ["Acme Works", "Fixture Works"].map(|maker| evidence(pack, None, maker));
    let conflict = missing(FieldState::Conflict, FieldReason::Disagreement);
    record.fields.insert("/maker".into(), FieldRecord { evidence: makers.into(), ..conflict });
    record.data.insert("industry".into(), Value::Null);
    record.fields.insert("/industry".into(), missing(FieldState::Skipped, FieldReason::NoModel));
    record
}
