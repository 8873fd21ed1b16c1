//! Reports: taken in batches, one transaction a batch; one that breaks its batch is found by bisecting.

use std::{collections::BTreeSet, time::Duration};

use gleaner_contract::{
    FoundLink, JobId, Message, PageOutcome, Queue, Report, Stage, TaskId,
    wire::{self, WireError},
};
use gleaner_flow::{Event, TaskPhase, frontier::plain};
use gleaner_ports::{
    Consumer, Delivery, faults,
    jobs::{DeadRow, TaskRow, TaskState},
    transport::Backoff,
};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    cite::Citation,
    coordinator::{Coordinator, halves},
    events,
    rows::facts,
    unit::{CommitError, Unit},
};

/// Between two tries while the store is away.
pub(crate) const AWAY_WAIT: Duration = Duration::from_millis(500);

pub(crate) struct Incoming {
    report: Report,
    delivery: Delivery,
}

impl Coordinator {
    /// Takes reports until `shutdown`, through as many sessions with the transport as it takes.
    pub(crate) async fn take_reports(&self, mut reports: Box<dyn Consumer>, shutdown: CancellationToken) {
        loop {
            let batch = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                batch = self.gather(&mut reports) => batch,
            };
            match batch {
                Some(batch) => self.take_in(batch, &shutdown).await,
                None => match shutdown.run_until_cancelled(self.consume_reports()).await {
                    Some(again) => reports = again,
                    None => return,
                },
            }
        }
    }

    /// Opens the consumer of reports, however long that takes.
    async fn consume_reports(&self) -> Box<dyn Consumer> {
        let mut backoff = Backoff::default();
        loop {
            backoff.wait().await;
            match self.shared.transport.consume(Queue::Report, self.shared.config.batch_max * 2).await {
                Ok(reports) => return reports,
                Err(error) => events::reports_away(&error),
            }
        }
    }

    /// The first report, and what follows it within the batch's wait.
    pub(crate) async fn gather(&self, reports: &mut Box<dyn Consumer>) -> Option<Vec<Incoming>> {
        let mut batch = Vec::new();
        self.receive(reports.next().await?, &mut batch).await;
        let until = Instant::now() + self.shared.config.batch_wait;
        while batch.len() < self.shared.config.batch_max {
            match timeout_at(until, reports.next()).await {
                Ok(Some(delivery)) => self.receive(delivery, &mut batch).await,
                Ok(None) | Err(_) => break,
            }
        }
        Some(batch)
    }

    async fn receive(&self, delivery: Delivery, batch: &mut Vec<Incoming>) {
        match Message::from_envelope(&delivery.envelope) {
            Ok(Message::Report(mut report)) => {
                keep_cited(&mut report);
                batch.push(Incoming { report, delivery });
            }
            Ok(other) => {
                let headers = &delivery.envelope.headers;
                events::report_dead(headers.task, headers.epoch, other.type_name());
                delivery.reject().await;
            }
            // what it did is not known here: its task waits for who can read it
            Err(WireError::Newer(_)) => {
                let headers = &delivery.envelope.headers;
                let outcome = PageOutcome::Lost { crashes: 0 };
                let report = Report::of_unread(headers, Stage::Crawl, outcome, self.now());
                batch.push(Incoming { report, delivery });
            }
            Err(error) => {
                let headers = &delivery.envelope.headers;
                events::report_dead(headers.task, headers.epoch, &error.to_string());
                delivery.reject().await;
            }
        }
    }

    /// Commits the batch, in halves where it cannot be committed whole; acknowledges what is durable.
    pub(crate) async fn take_in(&self, batch: Vec<Incoming>, shutdown: &CancellationToken) {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            faults::at("reports", "received", "");
            match self.commit_reports(&part).await {
                Ok(()) => {
                    faults::at("reports", "committed", "");
                    events::batch_committed(part.len());
                    for incoming in part {
                        incoming.delivery.ack().await;
                    }
                }
                Err(error) if error.is_passing() => {
                    events::store_away(&error);
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        () = sleep(AWAY_WAIT) => parts.push(part),
                    }
                }
                Err(error) if part.len() > 1 => {
                    events::batch_bisected(part.len(), &error);
                    parts.extend(halves(part));
                }
                Err(error) => match self.file_dead(&part[0], &error).await {
                    Ok(()) => {
                        for incoming in part {
                            incoming.delivery.ack().await;
                        }
                    }
                    Err(error) => {
                        events::store_away(&error);
                        tokio::select! {
                            () = shutdown.cancelled() => return,
                            () = sleep(AWAY_WAIT) => parts.push(part),
                        }
                    }
                },
            }
        }
    }

    async fn commit_reports(&self, batch: &[Incoming]) -> Result<(), CommitError> {
        let mut heard = Vec::new();
        let committed = self.apply_reports(batch, &mut heard).await;
        if committed.is_err() {
            self.shared.pacer.lock().await.forget(&heard);
        }
        committed
    }

    /// In one transaction. The hosts that the pacer heard of are told, whatever becomes of it.
    async fn apply_reports(&self, batch: &[Incoming], heard: &mut Vec<String>) -> Result<(), CommitError> {
        let mut citations = Vec::with_capacity(batch.len());
        for incoming in batch {
            citations.push(self.citation(&incoming.report).await?);
        }
        let jobs: Vec<JobId> = distinct(batch.iter().map(|incoming| incoming.report.ticket.job));
        let tasks: Vec<TaskId> = distinct(batch.iter().map(|incoming| incoming.report.ticket.task));
        // the pacer before any row, as the dispatcher does
        let mut pacer = self.shared.pacer.lock().await;
        let mut unit = self.begin().await?;
        unit.load(&jobs, &tasks).await?;
        let mut news = Vec::with_capacity(batch.len());
        for (report, citation) in batch.iter().map(|incoming| &incoming.report).zip(citations) {
            if take_one(&mut unit, report, citation).await? {
                news.push(report);
            }
        }
        for report in news {
            let Some(own) = unit.task(report.ticket.task).map(|task| task.resource.clone()) else { continue };
            // of its own host a chain may tell, of no other
            let advice = report.host.as_ref().filter(|advice| advice.host == own);
            heard.push(own.clone());
            pacer.heard(&mut unit.tx, &own, &report.ticket, advice, unit.now).await?;
        }
        drop(pacer);
        faults::at("reports", "applied", "");
        self.commit(unit).await
    }

    /// Files a report that cannot be applied. Its chain counts as a crash, so that a page whose reports are all such ends.
    async fn file_dead(&self, dead: &Incoming, error: &CommitError) -> Result<(), CommitError> {
        let ticket = &dead.report.ticket;
        events::report_dead(ticket.task, ticket.epoch, &error.to_string());
        let mut unit = self.begin().await?;
        self.file_report(&mut unit, dead, error).await?;
        match unit.crash(ticket.job, ticket.task, ticket.epoch).await {
            Ok(_) => return self.commit(unit).await,
            Err(error) if error.is_passing() => return Err(error),
            // its job cannot be carried on at all: it is filed all the same
            Err(_) => drop(unit),
        }
        let mut unit = self.begin().await?;
        self.file_report(&mut unit, dead, error).await?;
        self.commit(unit).await
    }

    async fn file_report(
        &self,
        unit: &mut Unit<'_>,
        dead: &Incoming,
        error: &CommitError,
    ) -> Result<(), CommitError> {
        let ticket = &dead.report.ticket;
        unit.tx
            .file_dead(&DeadRow {
                task: ticket.task,
                epoch: ticket.epoch,
                job: ticket.job,
                class: "poison".to_owned(),
                detail: error.to_string(),
                queue: Queue::Report.to_string(),
                envelope: wire::encode(&dead.delivery.envelope).unwrap_or_default(),
                at: self.now(),
            })
            .await?;
        Ok(())
    }
}

/// One report against the fence: it counts only while its task is open under its own epoch. Tells whether it is news: no
/// report of the same chain was taken before.
async fn take_one(unit: &mut Unit<'_>, report: &Report, citation: Citation) -> Result<bool, CommitError> {
    let ticket = &report.ticket;
    let fenced = !faults::skips("coordinator.fence");
    let current = |task: &TaskRow| task.state == TaskState::Open && task.epoch == ticket.epoch;
    let counts = unit.job(ticket.job).is_some_and(|job| !job.state.status.is_terminal())
        && unit.task(ticket.task).is_some_and(|task| task.job == ticket.job && (!fenced || current(task)));
    if !counts && matches!(report.outcome, PageOutcome::Lost { .. }) {
        // it knows of no spending, so what is unknown stays so
        events::late_report(ticket, false);
        return Ok(false);
    }
    if !counts {
        let permit = unit.tx.take_unknown(ticket.task, ticket.epoch).await?;
        let is_news = permit.is_some();
        events::late_report(ticket, is_news);
        if let Some(unknown) = permit {
            if unit.job(unknown.job).is_none() {
                unit.load(&[unknown.job], &[]).await?;
            }
            unit.apply(unknown.job, Event::ReportedLate { permit: &unknown.permit, report }).await?;
        }
        return Ok(is_news);
    }
    let expired;
    let report = match citation {
        Citation::Nothing => report,
        Citation::Page(page) => {
            unit.tx.put_cited(&page).await?;
            report
        }
        Citation::Gone => {
            let PageOutcome::Read { page, .. } = &report.outcome else { return Ok(false) };
            if unit.tx.has_cited(&page.content_hash).await? {
                report
            } else {
                events::evidence_expired(ticket);
                expired =
                    Report { outcome: PageOutcome::EvidenceExpired, findings: Vec::new(), ..report.clone() };
                &expired
            }
        }
    };
    let (fresh, same_pages) = unseen(unit, report).await?;
    let Some(mut task) = unit.task(ticket.task).map(facts) else { return Ok(false) };
    if !fenced {
        (task.phase, task.epoch) = (TaskPhase::Open, ticket.epoch);
    }
    unit.apply(ticket.job, Event::Reported { task: &task, report, fresh, same_pages }).await?;
    Ok(true)
}

/// The report's links that the job has not seen, without those to pages that it has seen by their plain address, and how
/// many these are.
async fn unseen(unit: &mut Unit<'_>, report: &Report) -> Result<(Vec<FoundLink>, u32), CommitError> {
    if report.links.found.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let plain: Vec<Option<String>> = report.links.found.iter().map(|link| plain(&link.url)).collect();
    let mut urls: Vec<String> = report.links.found.iter().map(|link| link.url.clone()).collect();
    urls.extend(plain.iter().flatten().cloned());
    let known = unit.tx.known_urls(report.ticket.job, &urls).await?;
    let mut fresh: Vec<FoundLink> = Vec::new();
    let mut same_pages = 0;
    let mut taken = BTreeSet::new();
    for (link, plain) in report.links.found.iter().zip(plain) {
        if known.contains(&link.url) || !taken.insert(link.url.as_str()) {
            continue;
        }
        if plain.is_some_and(|plain| known.contains(&plain)) {
            same_pages += 1;
        } else {
            fresh.push(link.clone());
        }
    }
    Ok((fresh, same_pages))
}

/// Drops findings whose quote is not of the page that is stored with them.
fn keep_cited(report: &mut Report) {
    let Report { outcome: PageOutcome::Read { page, .. }, ticket, findings, .. } = report else { return };
    findings.retain(|finding| {
        let cited = finding.evidence.capture == page.content_hash;
        if !cited {
            events::finding_uncited(ticket, &finding.field);
        }
        cited
    });
}

fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}
