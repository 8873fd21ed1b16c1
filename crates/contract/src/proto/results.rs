//! What people write and get: submissions, records, ledger rows.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{Format, format, pages, tasks};
use crate::{
    Budget, Change, ContentHash, Counter, Currency, FieldReason, FieldRecord, FieldSpec, FieldState,
    JobStatus, LedgerKind, LedgerRow, Money, Record, Schema, Source, StopReason, SubjectMatch, Submission,
    Target, Tier, UrlCounts, UrlReason,
};

pub(super) fn formats() -> Vec<Format> {
    vec![
        format("submission", &[("", submission()), ("least", least_submission())]),
        format("target", &[("", target())]),
        format(
            "source",
            &[
                ("url", Source::Url("https://shop.example/42".into())),
                ("document", Source::Document(ContentHash::of(b"a document's bytes"))),
                ("collection", Source::Collection("catalogue-2026".into())),
            ],
        ),
        format("record", &[("", record()), ("least", least_record())]),
        format("ledger-row", &[("", ledger_row()), ("folded", folded_row())]),
        format("url-counts", &[("", url_counts())]),
    ]
}

fn money(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), Currency::USD)
}

fn target() -> Target {
    Target {
        id: "42".into(),
        name: Some("Acme Drill 18V".into()),
        urls: vec!["https://shop.example/42".into()],
        known: BTreeMap::from([("sku".into(), "AD-18".into())]),
        country: Some("DE".parse().expect("a country code")),
        currency: Some(Currency::EUR),
        scope: tasks::scope(),
        schema: Schema::built_in("product").expect("a built-in schema"),
        budget: Budget::unlimited().with(Counter::URLS, 10).with(Counter::SECONDS, 120).with_money(&money(5)),
        extra: BTreeMap::from([("region".into(), "north".into())]),
    }
}

fn least_target() -> Target {
    Target {
        id: "1".into(),
        name: None,
        urls: Vec::new(),
        known: BTreeMap::new(),
        country: None,
        currency: None,
        scope: crate::Scope::default(),
        schema: Schema { name: "own".into(), fields: vec![FieldSpec::named("title")] },
        budget: Budget::unlimited(),
        extra: BTreeMap::new(),
    }
}

fn submission() -> Submission {
    Submission {
        targets: vec![target(), least_target()],
        total: Budget::unlimited().with_money(&money(500)),
        offline: true,
    }
}

fn least_submission() -> Submission {
    Submission { targets: vec![least_target()], total: Budget::unlimited(), offline: false }
}

fn supported() -> FieldRecord {
    let price = pages::price();
    FieldRecord {
        state: FieldState::Supported,
        reason: None,
        unit: price.unit,
        tier: Some(Tier::Rules),
        confidence: Some(price.confidence),
        evidence: vec![price.evidence],
        pages_read: None,
    }
}

fn not_found() -> FieldRecord {
    FieldRecord {
        state: FieldState::NotFound,
        reason: Some(FieldReason::NoCandidate),
        unit: None,
        tier: None,
        confidence: None,
        evidence: Vec::new(),
        pages_read: Some(3),
    }
}

fn record() -> Record {
    let data = [("name", json!("Acme Drill 18V")), ("price", json!("129.00")), ("battery", Value::Null)];
    Record {
        id: "42".into(),
        job: tasks::job(),
        schema: "product".into(),
        status: JobStatus::Partial,
        stop_reason: StopReason::Budget(Counter::URLS),
        subject: SubjectMatch::Exact,
        revision: 2,
        publishable: true,
        data: data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        fields: BTreeMap::from([("/price".into(), supported()), ("/battery".into(), not_found())]),
        cost: BTreeMap::from([
            (Counter::MONEY, json!("0.0000 USD")),
            (Counter::URLS, json!(3)),
            (Counter::LOW_CALLS, json!(0)),
        ]),
        changes: vec![Change { field: "/price".into(), from: json!("139.00"), to: json!("129.00") }],
        extra: BTreeMap::from([("region".into(), "north".into())]),
        created_at: tasks::at(60),
        extractor: "1".into(),
        degraded: true,
    }
}

fn least_record() -> Record {
    Record {
        status: JobStatus::Failed,
        stop_reason: StopReason::NoPageRead,
        subject: SubjectMatch::Unknown,
        revision: 1,
        publishable: false,
        data: Map::new(),
        fields: BTreeMap::new(),
        cost: BTreeMap::new(),
        changes: Vec::new(),
        extra: BTreeMap::new(),
        degraded: false,
        ..record()
    }
}

fn ledger_row() -> LedgerRow {
    LedgerRow {
        job: tasks::job(),
        kind: LedgerKind::Url,
        subject: "https://shop.example/42".into(),
        outcome: "failed".into(),
        reason: UrlReason::HttpStatus.as_str().into(),
        detail: "status 503".into(),
        at: tasks::at(3),
        cost: BTreeMap::from([(Counter::BYTES, 512.into()), (Counter::URLS, 1.into())]),
        count: 1,
    }
}

fn folded_row() -> LedgerRow {
    LedgerRow {
        subject: "+12 more".into(),
        outcome: "skipped".into(),
        reason: UrlReason::OutOfScope.as_str().into(),
        detail: String::new(),
        cost: BTreeMap::new(),
        count: 12,
        ..ledger_row()
    }
}

fn url_counts() -> UrlCounts {
    UrlCounts { discovered: 20, fetched: 3, reused: 2, failed: 1, skipped: 14, open: 0 }
}
