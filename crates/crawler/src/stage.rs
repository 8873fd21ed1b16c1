//! One crawl message: use the capture at hand, or fetch, and hand the page on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, CaptureMeta, ContentHash, Counter, CrawlTask, ErrorClass, ExtractTask, HostAdvice, Links,
    Message, Page, PageOutcome, Report, Stage, SubjectMatch, TextHash, Timestamp, UrlEntry, UrlOutcome,
    UrlReason, capture::Arrival,
};
use gleaner_ports::{
    Clock, EvidenceError, EvidenceStore, FetchError, FetchRequest, Fetched, Fetcher, StageError, StageRun,
    Validators,
};
use url::Url;

use crate::{events, robots::RobotsCache};

/// What the crawl stage is told at start.
#[derive(Debug, Clone)]
pub struct CrawlConfig {
    /// The product token that robots.txt groups are matched with.
    pub agent: String,
    /// The version of the extractor at work, which names what it left in the evidence store.
    pub extractor: String,
    /// robots.txt is asked for and obeyed.
    pub obey_robots: bool,
}

/// The crawl stage.
#[derive(Debug)]
pub struct CrawlStage {
    config: CrawlConfig,
    fetcher: Arc<dyn Fetcher>,
    evidence: EvidenceStore,
    clock: Arc<dyn Clock>,
    robots: RobotsCache,
}

/// A page that is in the evidence store, and how it got there.
struct AtHand {
    entry: UrlEntry,
    outcome: UrlOutcome,
    reason: UrlReason,
    usage: Amounts,
    /// What the text was before this chain fetched the page.
    previous_text: Option<TextHash>,
}

#[async_trait]
impl StageRun for CrawlStage {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let Message::Crawl(task) = message else { return Err(StageError::NotMine(message.type_name())) };
        let mut host = None;
        let next = match self.page(&task, &mut host).await? {
            Ok(page) => self.hand_on(task, page, host).await?,
            Err(outcome) => self.report(task, outcome, host),
        };
        Ok(vec![next])
    }
}

impl CrawlStage {
    pub fn new(
        config: CrawlConfig,
        fetcher: Arc<dyn Fetcher>,
        evidence: EvidenceStore,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let robots = RobotsCache::new(config.agent.clone());
        Self { config, fetcher, evidence, clock, robots }
    }

    /// The page of this task in the evidence store, fetched if need be; or how the chain ends here.
    async fn page(
        &self,
        task: &CrawlTask,
        host: &mut Option<HostAdvice>,
    ) -> Result<Result<AtHand, PageOutcome>, StageError> {
        let tenant = &task.ticket.tenant;
        let mut known = self.evidence.url_entry(tenant, &task.url).await.map_err(away)?;
        if let Some(entry) = &known
            && !self.has_capture(entry).await?
        {
            known = None;
        }
        if let Some(entry) = known.take_if(|entry| task.offline || entry.fetched_at >= task.fresh_after) {
            return Ok(Ok(at_hand(task, entry)));
        }
        if task.offline {
            return Ok(Err(failed(
                UrlReason::NotStored,
                ErrorClass::Permanent,
                "no stored capture of this URL",
            )));
        }
        let Ok(url) = Url::parse(&task.url) else {
            return Ok(Err(skipped(UrlReason::BadUrl, "not a URL")));
        };
        if let Some(outcome) = self.ask_robots(task, &url, host).await? {
            return Ok(Err(outcome));
        }
        self.fetch(task, url, known, host).await
    }

    /// How the chain ends when robots.txt keeps us out.
    async fn ask_robots(
        &self,
        task: &CrawlTask,
        url: &Url,
        host: &mut Option<HostAdvice>,
    ) -> Result<Option<PageOutcome>, StageError> {
        if !self.config.obey_robots {
            return Ok(None);
        }
        let verdict = self
            .robots
            .verdict(&task.ticket.tenant, url, &*self.fetcher, &self.evidence, &*self.clock)
            .await
            .map_err(away)?;
        if verdict.crawl_delay_ms.is_some() {
            *host = Some(HostAdvice {
                host: host_and_port(url),
                crawl_delay_ms: verdict.crawl_delay_ms,
                retry_after_ms: None,
            });
        }
        Ok(if verdict.allowed {
            None
        } else if verdict.unreachable {
            Some(skipped(
                UrlReason::RobotsUnreachable,
                "robots.txt could not be had, so nothing may be fetched",
            ))
        } else {
            Some(skipped(UrlReason::Robots, "robots.txt disallows it"))
        })
    }

    async fn fetch(
        &self,
        task: &CrawlTask,
        url: Url,
        known: Option<UrlEntry>,
        host: &mut Option<HostAdvice>,
    ) -> Result<Result<AtHand, PageOutcome>, StageError> {
        let authority = host_and_port(&url);
        let validators = known
            .as_ref()
            .map(|entry| Validators { etag: entry.etag.clone(), last_modified: entry.last_modified.clone() })
            .unwrap_or_default();
        let request = FetchRequest {
            url,
            validators,
            headers: Vec::new(),
            max_bytes: permitted_bytes(task),
            timeout: self.clock.now().until(task.ticket.deadline),
            // a seed may have moved, say to www; a link that leaves its site is another site's page
            follow_off_host: task.depth == 0,
        };
        let started = tokio::time::Instant::now();
        let (answer, known) = self.ask(request, known).await;
        let took = started.elapsed();
        match answer {
            Ok(fetched) => self.keep(task, known, fetched, took).await.map(Ok),
            Err(error) => {
                events::not_fetched(task.ticket.task, &task.url, error.reason, &error.detail, took);
                if let Some(wait) = error.retry_after {
                    let advice = host.get_or_insert_with(HostAdvice::default);
                    advice.host = authority;
                    advice.retry_after_ms = u64::try_from(wait.as_millis()).ok();
                }
                Ok(Err(not_fetched(error)))
            }
        }
    }

    /// One request; a second, unconditional one where a 304 came from another address than the capture at hand.
    async fn ask(
        &self,
        request: FetchRequest,
        known: Option<UrlEntry>,
    ) -> (Result<Fetched, FetchError>, Option<UrlEntry>) {
        let answer = self.fetcher.fetch(request.clone()).await;
        match (&answer, &known) {
            (Ok(Fetched::NotModified { final_url, .. }), Some(entry))
                if final_url.as_str() != entry.final_url =>
            {
                let plain = FetchRequest { validators: Validators::default(), ..request };
                (self.fetcher.fetch(plain).await, known)
            }
            _ => (answer, known),
        }
    }

    /// Keeps what came as evidence.
    async fn keep(
        &self,
        task: &CrawlTask,
        known: Option<UrlEntry>,
        fetched: Fetched,
        took: Duration,
    ) -> Result<AtHand, StageError> {
        let tenant = &task.ticket.tenant;
        let now = self.clock.now();
        match (fetched, known) {
            (Fetched::NotModified { validators, .. }, Some(mut entry)) => {
                entry.etag = validators.etag.or(entry.etag);
                entry.last_modified = validators.last_modified.or(entry.last_modified);
                confirm(&mut entry, task, now, Arrival::NotModified);
                self.evidence.put_url_entry(tenant, &entry).await.map_err(away)?;
                events::not_modified(task.ticket.task, &task.url, took);
                Ok(arrived(entry, None))
            }
            (Fetched::NotModified { .. }, None) => {
                Err(StageError::Bug("304 to a request that was not conditional".into()))
            }
            (Fetched::Body { final_url, status, content_type, validators, body, requests, .. }, known) => {
                let content_hash = ContentHash::of(&body);
                let same = known.as_ref().filter(|entry| entry.capture.content_hash == content_hash);
                let arrival = match (&known, same) {
                    (None, _) => Arrival::New,
                    (Some(_), Some(_)) => Arrival::SameBytes,
                    (Some(_), None) => Arrival::OtherBytes,
                };
                let mut entry = UrlEntry {
                    url: task.url.clone(),
                    final_url: final_url.into(),
                    status,
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    capture: CaptureMeta { content_hash, content_type, bytes: body.len() as u64 },
                    text_hash: same.and_then(|entry| entry.text_hash),
                    fetched_at: now,
                    fetched_by: task.ticket.task,
                    arrival,
                };
                confirm(&mut entry, task, now, arrival);
                self.evidence.put_page(tenant, &entry, &body).await.map_err(away)?;
                let mut page = arrived(entry, known.and_then(|entry| entry.text_hash));
                page.usage = Amounts::one(Counter::BYTES, body.len() as u64);
                let bytes = page.entry.capture.bytes;
                events::fetched(task.ticket.task, &task.url, page.reason, bytes, requests, took);
                Ok(page)
            }
        }
    }

    async fn has_capture(&self, entry: &UrlEntry) -> Result<bool, StageError> {
        match self.evidence.capture(&entry.capture.content_hash).await {
            Ok(found) => Ok(found.is_some()),
            Err(EvidenceError::Damaged { .. } | EvidenceError::Wire(_)) => Ok(false),
            Err(error) => Err(away(error)),
        }
    }

    /// To the report, where the same text was read before for the same brief; else to the extractor.
    async fn hand_on(
        &self,
        task: CrawlTask,
        at_hand: AtHand,
        host: Option<HostAdvice>,
    ) -> Result<Message, StageError> {
        let page = Page {
            url: task.url.clone(),
            final_url: at_hand.entry.final_url.clone(),
            status: at_hand.entry.status,
            content_hash: at_hand.entry.capture.content_hash,
            content_type: at_hand.entry.capture.content_type.clone(),
            bytes: at_hand.entry.capture.bytes,
            fetched_at: at_hand.entry.fetched_at,
        };
        if let Some(text_hash) = at_hand.entry.text_hash
            && !task.thorough
        {
            let stored = self
                .evidence
                .reading(&text_hash, &self.config.extractor, &task.reading_key())
                .await
                .map_err(away)?;
            events::reading_at_hand(task.ticket.task, stored.is_some());
            if let Some(mut reading) = stored {
                // the text hash covers every text that offsets count in, so they hold for this capture too
                for finding in &mut reading.findings {
                    finding.evidence.capture = page.content_hash;
                    finding.evidence.fetched_at = page.fetched_at;
                    finding.evidence.url.clone_from(&page.final_url);
                }
                return Ok(Message::Report(Report {
                    ticket: task.ticket,
                    stage: Stage::Crawl,
                    url: task.url,
                    depth: task.depth,
                    outcome: PageOutcome::Read {
                        outcome: at_hand.outcome,
                        reason: at_hand.reason,
                        page,
                        text_hash,
                    },
                    usage: at_hand.usage,
                    host,
                    links: reading.links,
                    findings: reading.findings,
                    subject: reading.subject,
                    main_entity: reading.main_entity,
                    at: self.clock.now(),
                }));
            }
        }
        Ok(Message::Extract(ExtractTask {
            ticket: task.ticket,
            depth: task.depth,
            scope: task.scope,
            brief: task.brief,
            page,
            outcome: at_hand.outcome,
            reason: at_hand.reason,
            thorough: task.thorough,
            previous_text: at_hand.previous_text,
            usage: at_hand.usage,
            host,
        }))
    }

    fn report(&self, task: CrawlTask, outcome: PageOutcome, host: Option<HostAdvice>) -> Message {
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
}

/// The bytes that the task's permit reserves: a permit without any leaves them to the fetcher's own cap.
fn permitted_bytes(task: &CrawlTask) -> u64 {
    match u64::try_from(task.ticket.permit.get(&Counter::BYTES)) {
        Ok(0) | Err(_) => u64::MAX,
        Ok(bytes) => bytes,
    }
}

fn confirm(entry: &mut UrlEntry, task: &CrawlTask, now: Timestamp, arrival: Arrival) {
    entry.fetched_at = now;
    entry.fetched_by = task.ticket.task;
    entry.arrival = arrival;
}

/// A capture that serves as it is. What this very chain fetched before it was cut off counts, and costs, as it did then.
fn at_hand(task: &CrawlTask, entry: UrlEntry) -> AtHand {
    let own = entry.fetched_by == task.ticket.task && !task.offline;
    let page = if own {
        let came = match entry.arrival {
            Arrival::NotModified => 0,
            Arrival::New | Arrival::OtherBytes | Arrival::SameBytes => entry.capture.bytes,
        };
        let permitted = permitted_bytes(task);
        AtHand { usage: Amounts::one(Counter::BYTES, came.min(permitted)), ..arrived(entry, None) }
    } else {
        let reason = if task.offline { UrlReason::Offline } else { UrlReason::Fresh };
        AtHand {
            outcome: UrlOutcome::Reused,
            reason,
            usage: Amounts::none(),
            previous_text: entry.text_hash,
            entry,
        }
    };
    events::at_hand(task.ticket.task, &task.url, page.reason);
    page
}

fn arrived(entry: UrlEntry, previous_text: Option<TextHash>) -> AtHand {
    let (outcome, reason) = match entry.arrival {
        Arrival::New => (UrlOutcome::Fetched, UrlReason::New),
        Arrival::OtherBytes => (UrlOutcome::Fetched, UrlReason::Changed),
        Arrival::SameBytes => (UrlOutcome::Fetched, UrlReason::SameBytes),
        Arrival::NotModified => (UrlOutcome::Reused, UrlReason::NotModified),
    };
    AtHand {
        outcome,
        reason,
        usage: Amounts::none(),
        previous_text: previous_text.or(entry.text_hash),
        entry,
    }
}

fn not_fetched(error: FetchError) -> PageOutcome {
    match error.reason {
        UrlReason::RefusedAddress
        | UrlReason::RefusedPort
        | UrlReason::RefusedScheme
        | UrlReason::BadUrl
        | UrlReason::OutOfScope => PageOutcome::Skipped { reason: error.reason, detail: error.detail },
        reason => {
            PageOutcome::Failed { reason, class: error.class, status: error.status, detail: error.detail }
        }
    }
}

fn failed(reason: UrlReason, class: ErrorClass, detail: &str) -> PageOutcome {
    PageOutcome::Failed { reason, class, status: None, detail: detail.to_owned() }
}

fn skipped(reason: UrlReason, detail: &str) -> PageOutcome {
    PageOutcome::Skipped { reason, detail: detail.to_owned() }
}

fn away(error: EvidenceError) -> StageError {
    StageError::Transient(error.to_string())
}

/// The name by which dispatch paces this host.
fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
