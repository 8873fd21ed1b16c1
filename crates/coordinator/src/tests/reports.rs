//! What scripted workers answer.

use gleaner_contract::{
    Amounts, CaptureMeta, Confidence, ContentHash, CrawlTask, ErrorClass, Evidence, EvidenceKind,
    EvidencePack, Finding, FoundLink, HostAdvice, Layer, Links, Page, PageOutcome, Report, Stage,
    SubjectMatch, TextHash, Tier, UrlEntry, UrlOutcome, UrlReason, capture::Arrival, pack::PageType,
};

use super::bench::{Bench, EXTRACTOR};

pub(super) fn ends_as(task: &CrawlTask, outcome: PageOutcome) -> Report {
    Report {
        ticket: task.ticket.clone(),
        stage: Stage::Extract,
        url: task.url.clone(),
        depth: task.depth,
        outcome,
        usage: Amounts::none(),
        host: None,
        links: Links::default(),
        findings: Vec::new(),
        subject: SubjectMatch::Likely,
        main_entity: None,
        at: task.ticket.deadline,
    }
}

/// Read, and nothing found.
pub(super) fn read(task: &CrawlTask) -> Report {
    let page = Page {
        url: task.url.clone(),
        final_url: task.url.clone(),
        status: 200,
        content_hash: ContentHash::of(task.url.as_bytes()),
        content_type: None,
        bytes: 1_000,
        fetched_at: task.fresh_after,
    };
    let text_hash = TextHash::of(task.url.as_bytes());
    let (outcome, reason) = (UrlOutcome::Fetched, UrlReason::New);
    let outcome = PageOutcome::Read { outcome, reason, page, text_hash, simhash: None };
    ends_as(task, outcome)
}

pub(super) fn read_with_links(task: &CrawlTask, links: impl IntoIterator<Item = String>) -> Report {
    let found = links.into_iter().map(|url| FoundLink { url, score: 10, promises: 0 }).collect();
    Report { links: Links { found, ..Links::default() }, ..read(task) }
}

/// Read, with the name that the job wants. What it cites is in the cache only once [`keep`] put it there.
pub(super) fn answered(task: &CrawlTask) -> Report {
    Report { findings: vec![name_found(task)], ..read(task) }
}

pub(super) fn name_found(task: &CrawlTask) -> Finding {
    Finding {
        field: "name".to_owned(),
        value: "Drill".into(),
        unit: None,
        tier: Tier::Rules,
        confidence: Confidence::hundredths(90),
        subject: SubjectMatch::Likely,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: "Drill".to_owned(),
            url: task.url.clone(),
            capture: ContentHash::of(task.url.as_bytes()),
            layer: Layer::Visible,
            block: None,
            page: None,
            start: 0,
            end: 5,
            fetched_at: task.fresh_after,
        },
    }
}

/// The crawler and the extractor keep what they read: here, the URL itself.
pub(super) async fn keep(bench: &Bench, task: &CrawlTask) {
    let evidence = bench.evidence();
    let body = task.url.as_bytes();
    let entry = UrlEntry {
        url: task.url.clone(),
        final_url: task.url.clone(),
        status: 200,
        etag: None,
        last_modified: None,
        capture: CaptureMeta {
            content_hash: ContentHash::of(body),
            content_type: None,
            bytes: body.len() as u64,
        },
        text_hash: None,
        not_content: None,
        fetched_at: task.fresh_after,
        fetched_by: task.ticket.task,
        arrival: Arrival::New,
    };
    evidence.put_page(&task.ticket.tenant, &entry, body).await.unwrap();
    let pack = EvidencePack {
        extractor: EXTRACTOR.to_owned(),
        text_hash: TextHash::of(body),
        title: None,
        language: None,
        page_type: PageType::default(),
        canonical: None,
        nofollow: false,
        visible: "Drill".to_owned(),
        blocks: Vec::new(),
        tables: Vec::new(),
        pairs: Vec::new(),
        structured: Vec::new(),
        links: Vec::new(),
        truncated: false,
    };
    evidence.put_pack(&pack).await.unwrap();
}

pub(super) fn skipped(task: &CrawlTask) -> Report {
    ends_as(task, PageOutcome::Skipped { reason: UrlReason::Robots, detail: String::new() })
}

pub(super) fn failed(task: &CrawlTask, class: ErrorClass) -> Report {
    let (reason, status) = (UrlReason::HttpStatus, Some(503));
    ends_as(task, PageOutcome::Failed { reason, class, status, detail: String::new() })
}

/// The report with something to say of the task's host.
pub(super) fn advising(report: Report, crawl_delay_ms: Option<u64>, retry_after_ms: Option<u64>) -> Report {
    telling(report, HostAdvice { crawl_delay_ms, retry_after_ms, ..HostAdvice::default() })
}

/// Read, and the host answered.
pub(super) fn answering(task: &CrawlTask) -> Report {
    telling(read(task), HostAdvice { answered: Some(true), ..HostAdvice::default() })
}

/// 429: the host is there, and wants to be asked less.
pub(super) fn pushing_back(task: &CrawlTask) -> Report {
    let report = failed(task, ErrorClass::Transient);
    telling(report, HostAdvice { answered: Some(true), pushback: true, ..HostAdvice::default() })
}

/// No connection.
pub(super) fn down(task: &CrawlTask) -> Report {
    let (reason, class) = (UrlReason::Connect, ErrorClass::Transient);
    let report = ends_as(task, PageOutcome::Failed { reason, class, status: None, detail: String::new() });
    telling(report, HostAdvice { answered: Some(false), ..HostAdvice::default() })
}

fn telling(report: Report, advice: HostAdvice) -> Report {
    let host = report.url.split('/').nth(2).unwrap_or_default().to_owned();
    Report { host: Some(HostAdvice { host, ..advice }), ..report }
}
