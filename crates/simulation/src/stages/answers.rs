//! What the scripted stages answer.

use gleaner_contract::{
    Amounts, Confidence, ContentHash, CrawlTask, Evidence, EvidenceKind, EvidencePack, ExtractTask, Finding,
    FoundLink, HostAdvice, Layer, Links, Message, Page, PageOutcome, Report, Stage, SubjectMatch, TextHash,
    Tier, UrlReason,
};

use super::Shop;
use crate::{plan::EXTRACTOR, site};

impl Shop {
    pub(super) fn crawled(&self, task: CrawlTask, outcome: PageOutcome, host: Option<HostAdvice>) -> Message {
        Message::Report(Report {
            ticket: task.ticket,
            stage: Stage::Crawl,
            url: task.url,
            depth: task.depth,
            outcome,
            usage: Amounts::none(),
            host,
            links: Links::default(),
            findings: Vec::new(),
            subject: SubjectMatch::Unknown,
            main_entity: None,
            at: self.clock.now(),
        })
    }

    pub(super) fn extracted(
        &self,
        task: ExtractTask,
        outcome: PageOutcome,
        read: Option<&site::Page>,
    ) -> Message {
        let mut links = Links::default();
        let mut findings = Vec::new();
        if let Some(page) = read {
            let found = page.links.iter().map(|url| FoundLink { url: url.clone(), score: 10, promises: 0 });
            links.found = found.collect();
            // as many as its epoch, so that the ledger shows whose report counted
            links.dropped.insert(UrlReason::OutOfScope, task.ticket.epoch);
            findings =
                page.says.iter().map(|(field, value)| finding(&task.page, page, field, value)).collect();
        }
        Message::Report(Report {
            ticket: task.ticket,
            stage: Stage::Extract,
            url: task.page.url,
            depth: task.depth,
            outcome,
            usage: task.usage,
            host: task.host,
            links,
            findings,
            subject: SubjectMatch::Likely,
            main_entity: None,
            at: self.clock.now(),
        })
    }
}

fn finding(capture: &Page, page: &site::Page, field: &str, value: &str) -> Finding {
    let start = page.body.find(value).unwrap_or(0);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Finding {
        field: field.to_owned(),
        value: value.into(),
        unit: None,
        tier: Tier::Rules,
        confidence: Confidence::hundredths(90),
        subject: SubjectMatch::Likely,
        evidence: Evidence {
            kind: EvidenceKind::Quote,
            quote: value.to_owned(),
            url: capture.final_url.clone(),
            capture: if page.lies { ContentHash::of(b"elsewhere") } else { capture.content_hash },
            layer: Layer::Visible,
            block: None,
            page: None,
            start: place(start),
            end: place(start + value.len()),
            fetched_at: capture.fetched_at,
        },
    }
}

/// All that a reader sees is the text.
pub(super) fn pack(text: &str, text_hash: TextHash) -> EvidencePack {
    EvidencePack {
        extractor: EXTRACTOR.to_owned(),
        text_hash,
        title: None,
        language: None,
        page_type: Default::default(),
        canonical: None,
        nofollow: false,
        visible: text.to_owned(),
        blocks: Vec::new(),
        tables: Vec::new(),
        pairs: Vec::new(),
        structured: Vec::new(),
        links: Vec::new(),
        truncated: false,
    }
}
