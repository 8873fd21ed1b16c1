//! What is kept of pages: captures, evidence packs, and the values read from them.

use serde_json::json;

use super::{Format, format, tasks};
use crate::{
    CaptureMeta, Confidence, ContentHash, Evidence, EvidenceKind, EvidencePack, Finding, Layer, Page,
    SubjectMatch, TextHash, Tier, UrlEntry, UrlReason,
    capture::Arrival,
    pack::{Block, BlockKind, Cell, Link, PageType, Pair, Region, Span, StructuredBlock, Syntax, Table},
};

const URL: &str = "https://shop.example/42";

pub(super) fn formats() -> Vec<Format> {
    vec![
        format("capture-meta", &[("", capture())]),
        format(
            "url-entry",
            &[("", url_entry()), ("least", least_url_entry()), ("challenge", challenged_url_entry())],
        ),
        format("evidence-pack", &[("", pack()), ("least", least_pack())]),
        format("finding", &[("", price()), ("structured", weight())]),
    ]
}

pub(super) fn page() -> Page {
    Page {
        url: URL.into(),
        final_url: "https://shop.example/42/acme-drill-18v".into(),
        status: 200,
        content_hash: capture().content_hash,
        content_type: capture().content_type,
        bytes: capture().bytes,
        fetched_at: tasks::at(1),
    }
}

fn capture() -> CaptureMeta {
    CaptureMeta {
        content_hash: ContentHash::of(b"the page's bytes"),
        content_type: Some("text/html; charset=utf-8".into()),
        bytes: 51_234,
    }
}

fn url_entry() -> UrlEntry {
    UrlEntry {
        url: URL.into(),
        final_url: page().final_url,
        status: 200,
        etag: Some("W/\"42-7\"".into()),
        last_modified: Some("Sun, 22 Nov 2026 09:00:00 GMT".into()),
        capture: capture(),
        text_hash: Some(TextHash::of(b"what the page says")),
        not_content: None,
        fetched_at: tasks::at(1),
        fetched_by: tasks::task(),
        arrival: Arrival::OtherBytes,
    }
}

fn least_url_entry() -> UrlEntry {
    UrlEntry {
        etag: None,
        last_modified: None,
        capture: CaptureMeta { content_type: None, ..capture() },
        text_hash: None,
        arrival: Arrival::New,
        ..url_entry()
    }
}

fn challenged_url_entry() -> UrlEntry {
    UrlEntry { not_content: Some(UrlReason::Challenge), ..least_url_entry() }
}

pub(super) fn price() -> Finding {
    Finding {
        field: "price".into(),
        value: json!("129.00"),
        unit: Some("EUR".into()),
        tier: Tier::Rules,
        confidence: Confidence::hundredths(97),
        subject: SubjectMatch::Exact,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: "129,00 €".into(),
            url: page().final_url,
            capture: capture().content_hash,
            layer: Layer::Visible,
            block: None,
            page: None,
            start: 27,
            end: 35,
            fetched_at: tasks::at(1),
        },
    }
}

pub(super) fn weight() -> Finding {
    let price = price();
    Finding {
        field: "weight".into(),
        value: json!(1.4),
        unit: Some("kg".into()),
        confidence: Confidence::hundredths(100),
        evidence: Evidence {
            quote: "1.4".into(),
            layer: Layer::Structured,
            block: Some(0),
            start: 52,
            end: 55,
            ..price.evidence
        },
        ..price
    }
}

fn pack() -> EvidencePack {
    let block = |kind, start, end, region, level, heading, main| Block {
        kind,
        span: Span::new(start, end),
        region,
        level,
        heading,
        main,
    };
    let cell =
        |text: &str, start, end, header| Cell { text: text.into(), span: Span::new(start, end), header };
    EvidencePack {
        extractor: "1".into(),
        text_hash: TextHash::of(b"what the page says"),
        title: Some("Acme Drill 18V".into()),
        language: Some("de".into()),
        page_type: PageType::Product,
        canonical: Some(URL.into()),
        nofollow: true,
        visible: "Start\nAcme Drill 18V\nPreis 129,00 €\n".into(),
        blocks: vec![
            block(BlockKind::Paragraph, 0, 5, Region::Navigation, 0, None, false),
            block(BlockKind::Heading, 6, 20, Region::Main, 1, None, true),
            block(BlockKind::TableRow, 21, 35, Region::Main, 0, Some(1), true),
        ],
        tables: vec![Table {
            caption: Some("Daten".into()),
            rows: vec![vec![cell("Preis", 21, 26, true), cell("129,00 €", 27, 35, false)]],
        }],
        pairs: vec![Pair { label: Span::new(21, 26), value: Span::new(27, 35) }],
        structured: vec![StructuredBlock {
            block: 0,
            syntax: Syntax::JsonLd,
            text: r#"{"@type":"Product","name":"Acme Drill 18V","weight":1.4,"gtin":null,"new":true}"#.into(),
            data: json!({
                "@type": "Product", "name": "Acme Drill 18V", "weight": 1.4, "gtin": null, "new": true,
                "offers": [{ "price": 129, "stock": -1 }],
            }),
        }],
        links: vec![Link {
            href: "https://shop.example/".into(),
            text: "Start".into(),
            region: Region::Navigation,
            span: Some(Span::new(0, 5)),
            nofollow: true,
        }],
        truncated: true,
    }
}

fn least_pack() -> EvidencePack {
    EvidencePack {
        extractor: "1".into(),
        text_hash: TextHash::of(b""),
        title: None,
        language: None,
        page_type: PageType::Other,
        canonical: None,
        nofollow: false,
        visible: String::new(),
        blocks: Vec::new(),
        tables: Vec::new(),
        pairs: Vec::new(),
        structured: Vec::new(),
        links: Vec::new(),
        truncated: false,
    }
}
