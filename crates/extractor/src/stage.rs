//! One extract message: read the capture, or use what the same text gave before, and report.

use std::sync::Arc;

use async_trait::async_trait;
use gleaner_contract::{
    ErrorClass, EvidencePack, ExtractTask, Finding, Message, PageOutcome, Report, Stage, TaskId, TextHash,
    UrlEntry, UrlOutcome, UrlReason, wire,
};
use gleaner_evidence::likeness;
use gleaner_ports::{Clock, EvidenceError, EvidenceStore, StageError, StageRun, evidence::StoredReading};
use url::Url;

use crate::{
    content_hosts::ContentHosts,
    error::{PackError, PackLimits},
    events,
    frontier::links_of,
    not_content::NotContent,
    pack::{EXTRACTOR_VERSION, Judged, judge_page},
};

/// Bytes of a report that findings may take: what [`wire::MAX_BODY`] leaves beside links and the rest.
const MAX_FINDINGS: usize = 24 * 1024;

/// The extract stage. A page that is no content is told as failed: it gives no links, no findings, and no evidence.
#[derive(Debug)]
pub struct ExtractStage {
    evidence: EvidenceStore,
    clock: Arc<dyn Clock>,
    limits: PackLimits,
    trusted: ContentHosts,
}

/// How a page was read.
struct Done {
    text_hash: TextHash,
    reading: StoredReading,
    reason: UrlReason,
}

#[async_trait]
impl StageRun for ExtractStage {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let Message::Extract(task) = message else { return Err(StageError::NotMine(message.type_name())) };
        let done = self.read(&task).await?;
        Ok(vec![self.report(task, done)])
    }
}

impl ExtractStage {
    pub fn new(evidence: EvidenceStore, clock: Arc<dyn Clock>) -> Self {
        Self { evidence, clock, limits: PackLimits::default(), trusted: ContentHosts::default() }
    }

    /// Takes pages of these hosts for content, whatever they look like.
    pub fn trusting(self, trusted: ContentHosts) -> Self {
        Self { trusted, ..self }
    }

    async fn read(&self, task: &ExtractTask) -> Result<Result<Done, PageOutcome>, StageError> {
        let id = task.ticket.task;
        let bytes = match self.evidence.capture(&task.page.content_hash).await {
            Ok(Some(bytes)) => bytes,
            // as good as gone: the chain that comes next fetches it again
            Ok(None) | Err(EvidenceError::Damaged { .. }) => {
                events::expired(id, &task.page.url);
                return Ok(Err(PageOutcome::EvidenceExpired));
            }
            Err(error) => return Err(away(error)),
        };
        let Ok(url) = Url::parse(&task.page.final_url) else {
            return Err(StageError::Bug(format!("`{}` is no URL", task.page.final_url)));
        };
        let (content_type, limits) = (task.page.content_type.clone(), self.limits.clone());
        let trusted = self.trusted.clone();
        let judged =
            off_thread(move || judge_page(&bytes, content_type.as_deref(), &url, &limits, &trusted)).await?;
        let pack = match judged {
            Ok(Judged::Content(pack)) => pack,
            Ok(Judged::NotContent(found, _)) => {
                let reason = found.kind.reason();
                events::not_content(id, &task.page.url, reason, &found.why);
                self.mark(task, reason).await?;
                return Ok(Err(not_content(task, found)));
            }
            Err(error) => {
                events::unreadable(id, &task.page.url, error.reason(), &error.to_string());
                return Ok(Err(unreadable(&error)));
            }
        };
        let text_hash = pack.text_hash;
        let stored = if task.thorough { None } else { self.stored(task, &text_hash).await? };
        let reading = match stored {
            Some(reading) => {
                events::same_text(id, &task.page.url, reading.findings.len());
                reading
            }
            None => self.read_anew(task, pack).await?,
        };
        self.remember(task, text_hash).await?;
        let same_text = task.outcome == UrlOutcome::Fetched
            && task.reason == UrlReason::Changed
            && task.previous_text == Some(text_hash);
        let reason = if same_text { UrlReason::SameText } else { task.reason };
        Ok(Ok(Done { text_hash, reading, reason }))
    }

    /// What this text gave before for this brief, with the new capture cited: the text hash covers every text that
    /// offsets count in.
    async fn stored(
        &self,
        task: &ExtractTask,
        text_hash: &TextHash,
    ) -> Result<Option<StoredReading>, StageError> {
        let stored =
            self.evidence.reading(text_hash, EXTRACTOR_VERSION, &task.reading_key()).await.map_err(away)?;
        Ok(stored.map(|mut reading| {
            for finding in &mut reading.findings {
                finding.evidence.capture = task.page.content_hash;
                finding.evidence.fetched_at = task.page.fetched_at;
                finding.evidence.url.clone_from(&task.page.final_url);
            }
            reading
        }))
    }

    async fn read_anew(&self, task: &ExtractTask, pack: EvidencePack) -> Result<StoredReading, StageError> {
        self.evidence.put_pack(&pack).await.map_err(away)?;
        let text_hash = pack.text_hash;
        let (brief, scope, page) = (task.brief.clone(), task.scope.clone(), task.page.clone());
        let id = task.ticket.task;
        let reading = off_thread(move || {
            let links = links_of(&pack, &brief, &scope, &page);
            let read = gleaner_rules::read(&pack, &brief, &page);
            let simhash = likeness::of_page(&pack);
            events::read(id, &page.url, &pack, read.findings.len(), links.found.len());
            StoredReading {
                findings: fitting(id, read.findings),
                subject: read.subject,
                main_entity: read.main_entity,
                links,
                simhash,
            }
        })
        .await?;
        self.evidence
            .put_reading(&text_hash, EXTRACTOR_VERSION, &task.reading_key(), &reading)
            .await
            .map_err(away)?;
        Ok(reading)
    }

    /// Notes the text hash beside the URL, unless another chain has fetched other bytes meanwhile.
    async fn remember(&self, task: &ExtractTask, text_hash: TextHash) -> Result<(), StageError> {
        let tenant = &task.ticket.tenant;
        let entry = self.evidence.url_entry(tenant, &task.page.url).await.map_err(away)?;
        match entry {
            Some(mut entry)
                if entry.capture.content_hash == task.page.content_hash
                    && (entry.text_hash, entry.not_content) != (Some(text_hash), None) =>
            {
                (entry.text_hash, entry.not_content) = (Some(text_hash), None);
                self.evidence.put_url_entry(tenant, &entry).await.map_err(away)
            }
            _ => Ok(()),
        }
    }

    /// Notes beside the URL that its capture is no content, so that it serves nobody and nothing is asked by it.
    async fn mark(&self, task: &ExtractTask, reason: UrlReason) -> Result<(), StageError> {
        let tenant = &task.ticket.tenant;
        let entry = self.evidence.url_entry(tenant, &task.page.url).await.map_err(away)?;
        match entry {
            Some(entry) if entry.capture.content_hash == task.page.content_hash => {
                let (text_hash, etag, last_modified) = (None, None, None);
                let marked =
                    UrlEntry { not_content: Some(reason), text_hash, etag, last_modified, ..entry.clone() };
                if marked == entry {
                    return Ok(());
                }
                self.evidence.put_url_entry(tenant, &marked).await.map_err(away)
            }
            _ => Ok(()),
        }
    }

    fn report(&self, task: ExtractTask, done: Result<Done, PageOutcome>) -> Message {
        let url = task.page.url.clone();
        let (outcome, reading) = match done {
            Ok(Done { text_hash, reading, reason }) => {
                let (outcome, simhash) = (task.outcome, reading.simhash);
                (PageOutcome::Read { outcome, reason, page: task.page, text_hash, simhash }, reading)
            }
            Err(outcome) => (outcome, StoredReading::default()),
        };
        Message::Report(Report {
            ticket: task.ticket,
            stage: Stage::Extract,
            url,
            depth: task.depth,
            outcome,
            usage: task.usage,
            host: task.host,
            links: reading.links,
            findings: reading.findings,
            subject: reading.subject,
            main_entity: reading.main_entity,
            at: self.clock.now(),
        })
    }
}

/// The best findings that fit a report, in their order.
fn fitting(task: TaskId, findings: Vec<Finding>) -> Vec<Finding> {
    let sizes: Vec<usize> = findings
        .iter()
        .map(|finding| wire::encode(finding).map_or(usize::MAX, |bytes| bytes.len()))
        .collect();
    let mut best: Vec<usize> = (0..findings.len()).collect();
    best.sort_by_key(|&index| std::cmp::Reverse((findings[index].subject, findings[index].confidence)));
    let mut kept = vec![false; findings.len()];
    let mut room = MAX_FINDINGS;
    for index in best {
        if let Some(left) = room.checked_sub(sizes[index]) {
            room = left;
            kept[index] = true;
        }
    }
    let all = findings.len();
    let kept: Vec<Finding> =
        findings.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(finding, _)| finding).collect();
    if kept.len() < all {
        events::findings_cut(task, kept.len(), all - kept.len());
    }
    kept
}

fn unreadable(error: &PackError) -> PageOutcome {
    PageOutcome::Failed {
        reason: error.reason(),
        class: ErrorClass::Permanent,
        status: None,
        detail: error.to_string(),
    }
}

fn not_content(task: &ExtractTask, found: NotContent) -> PageOutcome {
    PageOutcome::Failed {
        reason: found.kind.reason(),
        // without the network it is what it is
        class: if task.reason == UrlReason::Offline { ErrorClass::Permanent } else { found.kind.class() },
        status: Some(task.page.status),
        detail: found.why,
    }
}

fn away(error: EvidenceError) -> StageError {
    StageError::Transient(error.to_string())
}

/// Parsing and reading take milliseconds of pure work: they stay off the threads that serve sockets.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StageError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| StageError::Bug(format!("reading a page panicked: {error}")))
}

#[cfg(test)]
mod tests;
