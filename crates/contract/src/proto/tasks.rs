//! Messages, and the envelope that a transport carries them in.

use std::collections::BTreeMap;

use super::{Format, binary, format, pages};
use crate::{
    Amounts, Brief, Counter, Country, CrawlTask, Currency, Envelope, ErrorClass, ExtractTask, FieldMode,
    FieldSpec, FieldType, FoundLink, Headers, HostAdvice, JobId, Lane, Links, MainEntity, Message, ModelTask,
    PageOutcome, RenderTask, Report, Scope, SimHash, Stage, Subject, SubjectMatch, TaskId, Tenant, TextHash,
    Ticket, Timestamp, UrlOutcome, UrlReason,
};

pub(super) fn formats() -> Vec<Format> {
    vec![
        format(
            CrawlTask::TYPE,
            &[("", crawl()), ("least", least_crawl()), ("quarantined", quarantined_crawl())],
        ),
        format(RenderTask::TYPE, &[("", render())]),
        format(ExtractTask::TYPE, &[("", extract())]),
        format(ModelTask::LLM_TYPE, &[("", model())]),
        format(ModelTask::DEEP_TYPE, &[("", model())]),
        format(
            Report::TYPE,
            &[
                ("read", read()),
                ("failed", ended(failed())),
                ("skipped", ended(skipped())),
                ("snoozed", ended(PageOutcome::Snoozed { after_ms: 7_000 })),
                ("expired", ended(PageOutcome::EvidenceExpired)),
                ("lost", ended(PageOutcome::Lost { crashes: 2 })),
            ],
        ),
        envelope(),
        format("headers", &[("", carried().headers)]),
    ]
}

/// 2026-11-22T10:00:00Z and `seconds`.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_341_600_000 + seconds * 1_000)
}

pub(super) fn job() -> JobId {
    JobId::derive(at(0), &[b"golden job"])
}

pub(super) fn task() -> TaskId {
    TaskId::derive(at(0), &[b"golden task"])
}

fn ticket() -> Ticket {
    Ticket {
        tenant: Tenant::local(),
        job: job(),
        task: task(),
        epoch: 2,
        attempt: 1,
        lane: Lane::Hi,
        deadline: at(90),
        permit: Amounts::one(Counter::BYTES, 5_000_000).with(Counter::URLS, 1),
        quarantined: false,
    }
}

fn brief() -> Brief {
    let weight = FieldSpec {
        field_type: FieldType::Number,
        unit: Some("kg".into()),
        aliases: vec!["Gewicht".into()],
        critical: true,
        description: Some("without packaging".into()),
        ..FieldSpec::named("weight")
    };
    let industry = FieldSpec {
        mode: FieldMode::Classified,
        labels: vec!["energy".into(), "retail".into()],
        ..FieldSpec::named("industry")
    };
    let products = FieldSpec { array: true, mode: FieldMode::Composed, ..FieldSpec::named("products") };
    Brief {
        fields: vec![weight, industry, products],
        subject: Subject {
            name: Some("Acme Drill 18V".into()),
            known: BTreeMap::from([("sku".into(), "AD-18".into())]),
            hosts: vec!["shop.example".into()],
            country: Some("DE".parse::<Country>().expect("a country code")),
            currency: Some(Currency::EUR),
            linked: true,
        },
    }
}

pub(super) fn scope() -> Scope {
    Scope {
        hosts: vec!["shop.example".into()],
        include: vec!["/p/*".into()],
        exclude: vec!["/p/old/*".into()],
    }
}

fn crawl() -> CrawlTask {
    CrawlTask {
        ticket: ticket(),
        url: "https://shop.example/42".into(),
        depth: 1,
        fresh_after: at(-3_600),
        offline: true,
        thorough: true,
        scope: scope(),
        brief: brief(),
    }
}

fn quarantined_crawl() -> CrawlTask {
    CrawlTask { ticket: Ticket { quarantined: true, ..ticket() }, ..least_crawl() }
}

fn least_crawl() -> CrawlTask {
    CrawlTask {
        ticket: Ticket { permit: Amounts::none(), lane: Lane::Lo, ..ticket() },
        url: "https://shop.example/".into(),
        depth: 0,
        fresh_after: at(0),
        offline: false,
        thorough: false,
        scope: Scope::default(),
        brief: Brief::default(),
    }
}

fn render() -> RenderTask {
    RenderTask {
        ticket: ticket(),
        url: "https://shop.example/42".into(),
        depth: 1,
        scope: scope(),
        brief: brief(),
        usage: usage(),
        host: Some(host()),
    }
}

fn model() -> ModelTask {
    ModelTask {
        ticket: ticket(),
        depth: 1,
        brief: brief(),
        page: pages::page(),
        text_hash: TextHash::of(b"what the page says"),
    }
}

fn host() -> HostAdvice {
    HostAdvice {
        host: "shop.example".into(),
        crawl_delay_ms: Some(1_500),
        retry_after_ms: Some(30_000),
        pushback: true,
        answered: Some(false),
    }
}

fn usage() -> Amounts {
    Amounts::one(Counter::BYTES, 51_234).with(Counter::URLS, 1)
}

fn extract() -> ExtractTask {
    ExtractTask {
        ticket: ticket(),
        depth: 1,
        scope: scope(),
        brief: brief(),
        page: pages::page(),
        outcome: UrlOutcome::Fetched,
        reason: UrlReason::Changed,
        thorough: false,
        previous_text: Some(TextHash::of(b"an older text")),
        usage: usage(),
        host: Some(host()),
    }
}

fn ended(outcome: PageOutcome) -> Report {
    Report {
        ticket: ticket(),
        stage: Stage::Crawl,
        url: "https://shop.example/42".into(),
        depth: 1,
        outcome,
        usage: Amounts::none(),
        host: None,
        links: Links::default(),
        findings: Vec::new(),
        subject: SubjectMatch::Unknown,
        main_entity: None,
        at: at(3),
    }
}

fn read() -> Report {
    Report {
        stage: Stage::Extract,
        usage: usage(),
        host: Some(host()),
        links: Links {
            found: vec![FoundLink { url: "https://shop.example/p/43".into(), score: 700, promises: 0b101 }],
            dropped: BTreeMap::from([(UrlReason::OutOfScope, 12), (UrlReason::NotAPage, 300)]),
        },
        findings: vec![pages::price(), pages::weight()],
        subject: SubjectMatch::Exact,
        main_entity: Some(MainEntity {
            name: Some("Acme Drill 18V".into()),
            known: BTreeMap::from([("sku".into(), "AD-18".into())]),
        }),
        ..ended(PageOutcome::Read {
            outcome: UrlOutcome::Fetched,
            reason: UrlReason::New,
            page: pages::page(),
            text_hash: TextHash::of(b"what the page says"),
            simhash: Some(SimHash::from_bits(0x00c0_ffee_0123_4567)),
        })
    }
}

fn failed() -> PageOutcome {
    PageOutcome::Failed {
        reason: UrlReason::HttpStatus,
        class: ErrorClass::Transient,
        status: Some(503),
        detail: "service unavailable".into(),
    }
}

fn skipped() -> PageOutcome {
    PageOutcome::Skipped { reason: UrlReason::Robots, detail: "disallow: /42".into() }
}

fn carried() -> Envelope {
    Message::Crawl(least_crawl())
        .to_envelope(
            Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            Some("gleaner=1".into()),
        )
        .expect("a small message")
}

fn envelope() -> Format {
    let carried = carried();
    let bare = Headers { traceparent: None, tracestate: None, ..carried.headers.clone() };
    let bare = Envelope { headers: bare, body: carried.body.clone() };
    let body = carried.body.clone();
    let mut described = format("envelope", &[("", carried), ("untraced", bare)]);
    for golden in &mut described.goldens {
        golden.seen["body"] = binary(&body);
    }
    described
}
