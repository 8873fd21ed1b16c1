//! What happens in the extract stage, told once.

use gleaner_contract::{EvidencePack, Shown, TaskId, UrlReason};
use tracing::{debug, info};

pub(crate) fn read(task: TaskId, url: &str, pack: &EvidencePack, findings: usize, links: usize) {
    info!(
        task.id = %task, url.full = %Shown(url), pack.points = pack.blocks.last().map_or(0, |block| block.span.end),
        pack.structured = pack.structured.len(), pack.truncated = pack.truncated, findings, links, "read page"
    );
}

pub(crate) fn same_text(task: TaskId, url: &str, findings: usize) {
    info!(task.id = %task, url.full = %Shown(url), findings, "text is known, earlier reading is used");
}

pub(crate) fn unreadable(task: TaskId, url: &str, reason: UrlReason, detail: &str) {
    info!(task.id = %task, url.full = %Shown(url), reason = reason.as_str(), detail, "page cannot be read");
}

pub(crate) fn not_content(task: TaskId, url: &str, reason: UrlReason, detail: &str) {
    info!(task.id = %task, url.full = %Shown(url), reason = reason.as_str(), detail, "page is no content");
}

pub(crate) fn expired(task: TaskId, url: &str) {
    debug!(task.id = %task, url.full = %Shown(url), "capture has left the cache");
}

pub(crate) fn findings_cut(task: TaskId, kept: usize, dropped: usize) {
    info!(task.id = %task, kept, dropped, "findings do not all fit a report");
}
