//! One crawl message: use the capture at hand, or fetch, and hand the page on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, ContentHash, Counter, CrawlTask, ErrorClass, ExtractTask, HostAdvice, Links, Message, Money,
    Page, PageOutcome, Report, Stage, SubjectMatch, TextHash, Ticket, UrlEntry, UrlOutcome, UrlReason,
    capture::Arrival,
};
use gleaner_fetch::{HopLimits, Hops, NotCome};
use gleaner_ports::{
    Clock, EvidenceError, EvidenceStore, Fetcher, Lease, Leases, StageError, StageRun, faults,
};
use tokio::time::Instant;
use url::Url;

use crate::{
    events,
    robots::RobotsCache,
    visit::{self, Came, Wanted},
    way::{Halt, Way, failed, leaves_scope, not_fetched, skipped},
};

/// When a page that another task is fetching is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the crawl stage is told at start.
#[derive(Debug, Clone)]
pub struct CrawlConfig {
    /// The product token that robots.txt groups are matched with.
    pub agent: String,
    /// The version of the extractor at work, which names what it left in the evidence store.
    pub extractor: String,
    /// How far redirects of pages are followed.
    pub hops: HopLimits,
    /// What asking for a page costs.
    pub page_price: Option<Money>,
}

/// The crawl stage.
#[derive(Debug)]
pub struct CrawlStage {
    config: CrawlConfig,
    fetcher: Arc<dyn Fetcher>,
    evidence: EvidenceStore,
    /// Of URLs that are being fetched: no two tasks ask for one at once.
    leases: Arc<dyn Leases>,
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

/// What a look at the evidence store comes to.
enum Look {
    /// The capture that is there serves, or the chain ends here.
    Serves(Result<AtHand, Ending>),
    /// It is to be fetched; an older capture lends its validators.
    Known(Option<UrlEntry>),
}

/// How the chain ends without a page, and what it took.
struct Ending {
    outcome: PageOutcome,
    usage: Amounts,
}

impl From<PageOutcome> for Ending {
    fn from(outcome: PageOutcome) -> Self {
        Self { outcome, usage: Amounts::none() }
    }
}

#[async_trait]
impl StageRun for CrawlStage {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let Message::Crawl(task) = message else { return Err(StageError::NotMine(message.type_name())) };
        let mut host = None;
        let next = match self.page(&task, &mut host).await? {
            Ok(page) => self.hand_on(task, page, host).await?,
            Err(ending) => self.report(task, ending, host),
        };
        Ok(vec![next])
    }
}

impl CrawlStage {
    pub fn new(
        config: CrawlConfig,
        fetcher: Arc<dyn Fetcher>,
        evidence: EvidenceStore,
        leases: Arc<dyn Leases>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let robots = RobotsCache::new(config.agent.clone(), fetcher.clone(), evidence.clone(), clock.clone());
        Self { config, fetcher, evidence, leases, clock, robots }
    }

    /// The page of this task in the evidence store, fetched if need be; or how the chain ends here.
    async fn page(
        &self,
        task: &CrawlTask,
        host: &mut Option<HostAdvice>,
    ) -> Result<Result<AtHand, Ending>, StageError> {
        if let Look::Serves(page) = self.look(task).await? {
            return Ok(page);
        }
        if task.offline {
            let detail = "no stored capture of this URL";
            return Ok(Err(failed(UrlReason::NotStored, ErrorClass::Permanent, detail).into()));
        }
        let Ok(url) = Url::parse(&task.url) else {
            return Ok(Err(skipped(UrlReason::BadUrl, "not a URL").into()));
        };
        let fetch = async {
            // whoever fetched it meanwhile left a capture
            match self.look(task).await? {
                Look::Serves(page) => Ok(page),
                Look::Known(known) => self.fetch(task, url, known, host).await,
            }
        };
        self.alone(task, fetch).await
    }

    /// What is stored of the task's URL.
    async fn look(&self, task: &CrawlTask) -> Result<Look, StageError> {
        let mut known =
            visit::remembered(&self.evidence, &task.ticket.tenant, &task.url).await.map_err(away)?;
        let is_fresh = |entry: &UrlEntry| entry.not_content.is_none() && entry.fetched_at >= task.fresh_after;
        let Some(entry) = known.take_if(|entry| task.offline || is_fresh(entry)) else {
            return Ok(Look::Known(known));
        };
        // a seed may have fetched it from where a link may not follow
        let elsewhere = Url::parse(&entry.final_url).ok().and_then(|url| leaves_scope(task, &url));
        Ok(Look::Serves(match elsewhere {
            Some(outcome) => Err(outcome.into()),
            None => Ok(at_hand(task, entry)),
        }))
    }

    /// Does `fetch` while no other task fetches the same URL; one that does is waited for, and its capture may serve.
    async fn alone<T>(
        &self,
        task: &CrawlTask,
        fetch: impl Future<Output = Result<T, StageError>>,
    ) -> Result<T, StageError> {
        let Ticket { tenant, task: id, deadline, .. } = &task.ticket;
        let name = format!("fetch:{tenant}:{}", ContentHash::of(task.url.as_bytes()).hex());
        // not by epoch: a task that was reissued does not wait for itself
        let holder = id.to_string();
        match self.leases.acquire(&name, &holder, self.clock.now().until(*deadline)).await {
            Ok(Lease::Held(left)) => {
                events::fetched_elsewhere(*id, &task.url);
                return Err(StageError::Snooze { after: left.min(LOOK_AGAIN) });
            }
            Ok(Lease::Mine) => {}
            // at worst, a page is asked for twice
            Err(error) => events::leases_away(&error),
        }
        let done = fetch.await;
        if let Err(error) = self.leases.release(&name, &holder).await {
            events::leases_away(&error);
        }
        done
    }

    async fn fetch(
        &self,
        task: &CrawlTask,
        url: Url,
        known: Option<UrlEntry>,
        host: &mut Option<HostAdvice>,
    ) -> Result<Result<AtHand, Ending>, StageError> {
        let left = self.clock.now().until(task.ticket.deadline);
        // whoever is cut off at the deadline cannot tell any more what it cost
        let by = Instant::now() + (left - left / 20);
        let mut way = Way::new(task, &url, &self.robots, by);
        let wanted = Wanted { url, headers: Vec::new(), max_bytes: permitted_bytes(task), by };
        let hops = Hops::new(&*self.fetcher, self.config.hops);
        let started = Instant::now();
        let came = visit::ask(hops, &wanted, known, &mut way).await;
        let took = started.elapsed();
        match &came {
            Ok(_) => way.came(),
            Err(NotCome::Failed(failure)) => way.failed(failure),
            Err(NotCome::Stopped(_)) => {}
        }
        let paid = if way.answered { self.price() } else { Amounts::none() };
        *host = way.advice;
        faults::at("crawl", "fetched", &task.url);
        match came {
            Ok(came) => self.keep(task, came, took).await.map(Ok),
            Err(NotCome::Stopped(Halt::Stage(error))) => Err(error),
            Err(NotCome::Stopped(Halt::Outcome(outcome))) => Ok(Err(Ending { outcome, usage: paid })),
            Err(NotCome::Failed(failure)) => {
                let error = failure.error;
                events::not_fetched(task.ticket.task, &task.url, &error, took);
                let price = self.price();
                let mut usage = Amounts::one(Counter::BYTES, error.bytes.min(permitted_bytes(task)));
                // redirects are part of their page
                usage.add(if error.status.is_some() { &price } else { &paid });
                Ok(Err(Ending { outcome: not_fetched(error), usage }))
            }
        }
    }

    /// What was paid for a page that came.
    fn price(&self) -> Amounts {
        let price = self.config.page_price.map(|price| price.amount);
        Amounts::none().with(Counter::MONEY, price.unwrap_or_default())
    }

    /// Keeps what came as evidence.
    async fn keep(&self, task: &CrawlTask, came: Came, took: Duration) -> Result<AtHand, StageError> {
        let (requests, previous_text) = match &came {
            Came::Unchanged { requests, .. } => (*requests, None),
            Came::Page { known, requests, .. } => {
                (*requests, known.as_ref().and_then(|entry| entry.text_hash))
            }
        };
        let Ticket { tenant, task: by, .. } = &task.ticket;
        let entry = visit::keep(&self.evidence, tenant, &task.url, came, *by, self.clock.now())
            .await
            .map_err(away)?;
        let mut page = arrived(entry, previous_text);
        if page.entry.arrival == Arrival::NotModified {
            events::not_modified(*by, &task.url, took);
        } else {
            let bytes = page.entry.capture.bytes;
            page.usage = Amounts::one(Counter::BYTES, bytes);
            events::fetched(*by, &task.url, page.reason, bytes, requests, took);
        }
        page.usage.add(&self.price());
        Ok(page)
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
            events::reading_looked_up(task.ticket.task, stored.is_some());
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
                        simhash: reading.simhash,
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

    fn report(&self, task: CrawlTask, ending: Ending, host: Option<HostAdvice>) -> Message {
        Message::Report(Report {
            ticket: task.ticket,
            stage: Stage::Crawl,
            url: task.url,
            depth: task.depth,
            outcome: ending.outcome,
            usage: ending.usage,
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

fn away(error: EvidenceError) -> StageError {
    StageError::Transient(error.to_string())
}
