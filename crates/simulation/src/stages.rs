//! The two stages, scripted: they use captures as the real ones do, and ask the scripted web instead of a network.

use std::{
    collections::BTreeMap,
    panic,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, CaptureMeta, ContentHash, Counter, CrawlTask, ErrorClass, ExtractTask, HostAdvice, Message,
    Page, PageOutcome, SimHash, Stage, TaskId, TextHash, UrlEntry, UrlOutcome, UrlReason, capture::Arrival,
};
use gleaner_ports::{Clock, EvidenceStore, StageError, StageRun};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    journal::Journal,
    options::{Options, Pace, Sabotage},
    site::{self, Fate, Site},
};

mod answers;

use answers::pack;

/// Longer than any deadline.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// What all stages of a world share.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) site: Site,
    pub(crate) evidence: EvidenceStore,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    /// How often a task came to a stage.
    pub(crate) tries: Mutex<BTreeMap<(Stage, TaskId), u32>>,
}

/// One stage of one worker.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) shop: Arc<Shop>,
    /// Cancelled when the worker is killed: what runs does nothing from then on.
    pub(crate) killed: CancellationToken,
}

#[async_trait]
impl StageRun for Scripted {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let work = async {
            match message {
                Message::Crawl(task) => self.shop.crawl(task).await,
                Message::Extract(task) => self.shop.extract(task).await,
                other => Err(StageError::NotMine(other.type_name())),
            }
        };
        match self.killed.run_until_cancelled(work).await {
            Some(next) => Ok(vec![next?]),
            None => futures::future::pending().await,
        }
    }
}

impl Shop {
    async fn crawl(&self, task: CrawlTask) -> Result<Message, StageError> {
        self.journal.chain_run(&task);
        let tenant = &task.ticket.tenant;
        let known = self.evidence.url_entry(tenant, &task.url).await.map_err(away)?;
        if let Some(entry) = known.filter(|entry| entry.fetched_at >= task.fresh_after)
            && self.evidence.capture(&entry.capture.content_hash).await.map_err(away)?.is_some()
        {
            let own = entry.fetched_by == task.ticket.task;
            return Ok(self.hand_on(task, &entry, own));
        }
        self.fetch(task).await
    }

    async fn fetch(&self, task: CrawlTask) -> Result<Message, StageError> {
        let failed = |reason, class, status| PageOutcome::Failed {
            reason,
            class,
            status: Some(status),
            detail: "as scripted".to_owned(),
        };
        let broken = |task: CrawlTask, retry_after_ms| {
            let outcome = failed(UrlReason::HttpStatus, ErrorClass::Transient, 503);
            let up = self.advice(&task.url);
            let host = HostAdvice {
                retry_after_ms,
                pushback: up.answered.is_some(),
                answered: up.answered.map(|_| false),
                ..up
            };
            Ok(self.crawled(task, outcome, Some(host)))
        };
        let chain = (task.ticket.task, task.ticket.epoch);
        let Some(page) = self.site.page(&task.url) else {
            self.journal.requested(chain);
            return Ok(self.crawled(task, failed(UrlReason::HttpStatus, ErrorClass::Permanent, 404), None));
        };
        let nth = self.nth(Stage::Crawl, task.ticket.task);
        match page.fate {
            Fate::Robots => {
                let outcome = PageOutcome::Skipped { reason: UrlReason::Robots, detail: String::new() };
                return Ok(self.crawled(task, outcome, None));
            }
            Fate::Snoozed(times) if nth <= times => {
                return Err(StageError::Snooze { after: self.options.pace.seconds(7) });
            }
            Fate::ServiceAway(times) if nth <= times => {
                return Err(StageError::Transient("cache is away, as scripted".to_owned()));
            }
            _ => {}
        }
        self.journal.requested(chain);
        if self.options.sabotage == Some(Sabotage::Wandering) {
            // a request that no permit covers
            for (number, link) in page.links.iter().enumerate() {
                let stray = TaskId::derive(task.fresh_after, &[link.as_bytes(), &number.to_le_bytes()]);
                self.journal.read().job_of.insert(stray, task.ticket.job);
                self.journal.requested((stray, 1));
            }
        }
        sleep(self.options.pace.millis(page.latency_ms)).await;
        match page.fate {
            Fate::Gone => {
                let outcome = failed(UrlReason::HttpStatus, ErrorClass::Permanent, 404);
                let host = self.advice(&task.url);
                return Ok(self.crawled(task, outcome, Some(host)));
            }
            Fate::Flaky(times) if nth <= times => return broken(task, None),
            Fate::Limited(times) if nth <= times => {
                let wait = self.options.pace.seconds(20).as_millis();
                return broken(task, u64::try_from(wait).ok());
            }
            // without the hook: a scripted panic is no news
            Fate::CrawlPanics(times) if nth <= times => panic::resume_unwind(Box::new("as scripted")),
            Fate::CrawlHangs(times) if nth <= times => sleep(FOR_EVER).await,
            _ => {}
        }
        self.keep(task, page).await
    }

    /// The page has come: it is kept, and counted, in one step.
    async fn keep(&self, task: CrawlTask, page: &site::Page) -> Result<Message, StageError> {
        let mut body = page.body.clone();
        let permit = task.ticket.permit.get(&Counter::BYTES);
        if let Ok(most) = u64::try_from(permit)
            && most > 0
        {
            // a body beyond the permit is cut off
            body.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        let factor = if self.options.sabotage == Some(Sabotage::BeyondPermit) { 2 } else { 1 };
        let bytes = body.len() as u64;
        self.journal.came((task.ticket.task, task.ticket.epoch), bytes * factor);
        let entry = UrlEntry {
            url: task.url.clone(),
            final_url: task.url.clone(),
            status: 200,
            etag: None,
            last_modified: None,
            capture: CaptureMeta {
                content_hash: ContentHash::of(body.as_bytes()),
                content_type: None,
                bytes,
            },
            text_hash: None,
            not_content: None,
            fetched_at: self.clock.now(),
            fetched_by: task.ticket.task,
            arrival: Arrival::New,
        };
        self.evidence.put_page(&task.ticket.tenant, &entry, body.as_bytes()).await.map_err(away)?;
        let mut next = self.hand_on(task, &entry, true);
        if let Message::Extract(task) = &mut next {
            task.host = Some(self.advice(&task.page.url));
        }
        Ok(next)
    }

    /// What is told of a host that answered. Its pauses and probes are as long as a deployment's at every pace, so nothing
    /// leads to any where seconds are shorter.
    fn advice(&self, url: &str) -> HostAdvice {
        let answered = (self.options.pace == Pace(1)).then_some(true);
        HostAdvice { host: host_of(url), answered, ..HostAdvice::default() }
    }

    /// To the extractor; what this task fetched itself costs what it cost then.
    fn hand_on(&self, task: CrawlTask, entry: &UrlEntry, own: bool) -> Message {
        let permitted = u64::try_from(task.ticket.permit.get(&Counter::BYTES)).unwrap_or(0);
        let permitted = if permitted == 0 { u64::MAX } else { permitted };
        let (outcome, reason, bytes) = if own {
            (UrlOutcome::Fetched, UrlReason::New, entry.capture.bytes.min(permitted))
        } else {
            (UrlOutcome::Reused, UrlReason::Fresh, 0)
        };
        Message::Extract(ExtractTask {
            depth: task.depth,
            scope: task.scope,
            brief: task.brief,
            page: Page {
                url: task.url.clone(),
                final_url: entry.final_url.clone(),
                status: entry.status,
                content_hash: entry.capture.content_hash,
                content_type: None,
                bytes: entry.capture.bytes,
                fetched_at: entry.fetched_at,
            },
            outcome,
            reason,
            thorough: task.thorough,
            previous_text: None,
            usage: Amounts::one(Counter::BYTES, bytes),
            host: None,
            ticket: task.ticket,
        })
    }

    async fn extract(&self, task: ExtractTask) -> Result<Message, StageError> {
        let nth = self.nth(Stage::Extract, task.ticket.task);
        let Some(page) = self.site.page(&task.page.url) else {
            return Err(StageError::Bug("a page that is not of the site".to_owned()));
        };
        sleep(self.options.pace.millis(20)).await;
        match page.fate {
            Fate::ExtractPanics(times) if nth <= times => panic::resume_unwind(Box::new("as scripted")),
            Fate::ExtractHangs(times) if nth <= times => sleep(FOR_EVER).await,
            _ => {}
        }
        let Some(body) = self.evidence.capture(&task.page.content_hash).await.map_err(away)? else {
            return Ok(self.extracted(task, PageOutcome::EvidenceExpired, None));
        };
        let text = String::from_utf8_lossy(&body).into_owned();
        let text_hash = TextHash::of(text.as_bytes());
        self.evidence.put_pack(&pack(&text, text_hash)).await.map_err(away)?;
        let outcome = PageOutcome::Read {
            outcome: task.outcome,
            reason: task.reason,
            page: task.page.clone(),
            text_hash,
            simhash: Some(likeness(&text)),
        };
        Ok(self.extracted(task, outcome, Some(page)))
    }

    /// Which try of this task it is, from 1.
    fn nth(&self, stage: Stage, task: TaskId) -> u32 {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = tries.entry((stage, task)).or_default();
        *nth += 1;
        *nth
    }
}

/// Half of all pages read alike.
fn likeness(text: &str) -> SimHash {
    let hash = ContentHash::of(text.as_bytes());
    let bits = hash.as_bytes().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    SimHash::from_bits(if bits & 1 == 0 { 0 } else { bits })
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}

fn away(error: gleaner_ports::EvidenceError) -> StageError {
    StageError::Transient(error.to_string())
}
