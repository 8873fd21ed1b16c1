//! What workers tell each other: hints with ids, a permit and keys, never page bodies.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    amounts::Amounts,
    field::FieldSpec,
    geo::{Country, Currency},
    hash::{ContentHash, TextHash},
    ids::{JobId, TaskId, Tenant},
    kind::Kind,
    reason::UrlReason,
    record::Finding,
    simhash::SimHash,
    state::UrlOutcome,
    target::{Scope, Target},
    time::Timestamp,
};

/// The work queues' stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Crawl,
    Render,
    Extract,
    Llm,
    Deep,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Crawl, Self::Render, Self::Extract, Self::Llm, Self::Deep];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crawl => "crawl",
            Self::Render => "render",
            Self::Extract => "extract",
            Self::Llm => "llm",
            Self::Deep => "deep",
        }
    }
}

/// Two lanes, each with its own prefetch, reserve capacity in both directions.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    Hi,
    #[default]
    Lo,
}

impl Lane {
    pub const ALL: [Self; 2] = [Self::Hi, Self::Lo];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hi => "hi",
            Self::Lo => "lo",
        }
    }
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    Work(Stage, Lane),
    /// One at a time: what brought workers down before.
    Quarantine(Stage),
    Report,
    Dead,
}

impl Queue {
    /// Every queue there is.
    pub fn all() -> Vec<Self> {
        let lanes = |stage| Lane::ALL.map(|lane| Self::Work(stage, lane));
        let mut queues: Vec<Self> = Stage::ALL.into_iter().flat_map(lanes).collect();
        queues.extend(Stage::ALL.map(Self::Quarantine));
        queues.extend([Self::Report, Self::Dead]);
        queues
    }
}

impl std::fmt::Display for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Work(stage, lane) => write!(f, "gleaner.v1.{}.{}", stage.as_str(), lane.as_str()),
            Self::Quarantine(stage) => write!(f, "gleaner.v1.quarantine.{}", stage.as_str()),
            Self::Report => f.write_str("gleaner.v1.report"),
            Self::Dead => f.write_str("gleaner.v1.dead"),
        }
    }
}

/// The right to do one piece of work, and what it may spend: minted at dispatch, settled by (task, epoch).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    pub tenant: Tenant,
    pub job: JobId,
    pub task: TaskId,
    /// Raised by each reissue. A report counts only while its task is open and its epoch is the task's.
    pub epoch: u32,
    /// Tries so far that count against the task, this one included.
    pub attempt: u32,
    pub lane: Lane,
    /// Past this instant workers no longer run the message; they say so, and its lease need not pass first.
    pub deadline: Timestamp,
    /// What may be spent, by counter. A counter with a budget and no amount here must not be spent; one without a
    /// budget is not listed.
    pub permit: Amounts,
    /// Workers went down with it before: the whole chain runs apart from others, one at a time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quarantined: bool,
}

/// What is wanted of a page: fields and the subject that they must be about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Brief {
    pub fields: Vec<FieldSpec>,
    #[serde(default)]
    pub subject: Subject,
}

impl Brief {
    /// What workers need to know of a target.
    pub fn of(target: &Target) -> Self {
        let host_of = |url: &String| Some(url::Url::parse(url).ok()?.host_str()?.to_owned());
        let mut hosts: Vec<String> = target.urls.iter().filter_map(host_of).collect();
        hosts.sort();
        hosts.dedup();
        Self {
            fields: target.schema.fields.clone(),
            subject: Subject {
                name: target.name.clone(),
                known: target.known.clone(),
                hosts,
                country: target.country,
                currency: target.currency,
                linked: false,
            },
        }
    }
}

/// Who or what the target is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<String, String>,
    /// The seeds' hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The page was found by following links, not named by the target: on a shop it may well be about something else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
}

/// What a page says that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MainEntity {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Identifiers by the names of built-in fields: `sku`, `mpn`, `gtin`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<String, String>,
}

impl Subject {
    /// Whether the target says what it is about, beyond where to look.
    pub fn is_named(&self) -> bool {
        self.name.is_some() || !self.known.is_empty()
    }
}

/// `harvest.crawl.1`: fetch one page, or use a capture newer than `fresh_after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrawlTask {
    pub ticket: Ticket,
    /// Canonical.
    pub url: String,
    pub depth: u16,
    pub fresh_after: Timestamp,
    /// Use stored captures only.
    #[serde(default)]
    pub offline: bool,
    /// A chain before this one found the cache incomplete: trust no shortcut, make everything that it should hold.
    #[serde(default)]
    pub thorough: bool,
    /// Links outside of it are dropped at the source and counted.
    #[serde(default)]
    pub scope: Scope,
    pub brief: Brief,
}

/// `harvest.render.1`: fetch one page by a browser, since its HTML alone lacks what a reader sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderTask {
    pub ticket: Ticket,
    /// Canonical.
    pub url: String,
    pub depth: u16,
    #[serde(default)]
    pub scope: Scope,
    pub brief: Brief,
    /// What the crawl stage spent and learned, passed on into the report.
    pub usage: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostAdvice>,
}

/// A page in the evidence cache, as the crawler hands it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The canonical URL asked for.
    pub url: String,
    pub final_url: String,
    pub status: u16,
    pub content_hash: ContentHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    pub bytes: u64,
    pub fetched_at: Timestamp,
}

/// `harvest.extract.1`: read one capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExtractTask {
    pub ticket: Ticket,
    pub depth: u16,
    pub scope: Scope,
    pub brief: Brief,
    pub page: Page,
    /// How the page came: `Fetched` or `Reused`, with what the crawler knows of why.
    pub outcome: UrlOutcome,
    pub reason: UrlReason,
    /// See [`CrawlTask::thorough`].
    #[serde(default)]
    pub thorough: bool,
    /// The text hash of the capture before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_text: Option<TextHash>,
    /// What the crawl stage spent and learned, passed on into the report.
    pub usage: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostAdvice>,
}

/// `harvest.llm.1` and `harvest.deep.1`: settle fields by a model, out of one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelTask {
    pub ticket: Ticket,
    pub depth: u16,
    /// The fields still wanted, and the subject that they must be about.
    pub brief: Brief,
    pub page: Page,
    /// Which pack to read it by.
    pub text_hash: TextHash,
}

/// What a crawler learned about a host, for the one who paces it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostAdvice {
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crawl_delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// It asked to be asked less (429, 503, 529), with or without a wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pushback: bool,
    /// Whether it answered at all, and with less than a 5xx. Nothing where it was not asked, or where that tells nothing
    /// of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
}

/// A link that a page offers, already canonical and in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundLink {
    pub url: String,
    /// Relevance to the wanted fields, higher is sooner.
    pub score: u16,
    /// Which wanted fields the link promises, a bit each in the order of the brief's first 32. None where it is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub promises: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}

/// The links of a page: the best that fit, and how many did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<FoundLink>,
    /// Distinct links left out, by reason: `out_of_scope`, `not_a_page`, `frontier_full`, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<UrlReason, u32>,
}

/// What decides whether a failed chain is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// May go away: tried again with backoff.
    Transient,
    Permanent,
    /// A panic or a broken promise of ours.
    Bug,
}

/// How a chain ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum PageOutcome {
    /// The page was read.
    Read {
        /// `Fetched` or `Reused`.
        outcome: UrlOutcome,
        reason: UrlReason,
        page: Page,
        text_hash: TextHash,
        /// What tells pages apart that say nearly the same; absent where nothing is said, and in older reports.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        simhash: Option<SimHash>,
    },
    Failed {
        reason: UrlReason,
        class: ErrorClass,
        /// The HTTP status, where one came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// For people; at most a line.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    Skipped {
        reason: UrlReason,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// Not now: come back after this time. Not charged as an attempt.
    Snoozed { after_ms: u64 },
    /// What it should have read has left the cache.
    EvidenceExpired,
    /// What became of an earlier delivery is not known, nor what it spent. It was not run again.
    Lost {
        /// How often its workers went away with it; 0 where nobody did.
        crashes: u32,
    },
}

/// `harvest.report.1`: how a chain ended, what it spent and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub ticket: Ticket,
    /// Which stage ended the chain.
    pub stage: Stage,
    /// The canonical URL of the task.
    pub url: String,
    pub depth: u16,
    pub outcome: PageOutcome,
    /// What was really spent, by counter.
    #[serde(default)]
    pub usage: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostAdvice>,
    #[serde(default)]
    pub links: Links,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Whether the page is about the target at all.
    #[serde(default)]
    pub subject: crate::record::SubjectMatch,
    /// The one main entity of the page, by name and identifiers; told where the brief names no subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_entity: Option<MainEntity>,
    pub at: Timestamp,
}

/// Every message there is. A message's type is written `kind.op.version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Crawl(CrawlTask),
    Render(RenderTask),
    Extract(ExtractTask),
    Llm(ModelTask),
    Deep(ModelTask),
    Report(Report),
}

impl Message {
    /// The kind of job that the message belongs to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Crawl(_)
            | Self::Render(_)
            | Self::Extract(_)
            | Self::Llm(_)
            | Self::Deep(_)
            | Self::Report(_) => Kind::Harvest,
        }
    }

    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Crawl(_) => CrawlTask::TYPE,
            Self::Render(_) => RenderTask::TYPE,
            Self::Extract(_) => ExtractTask::TYPE,
            Self::Llm(_) => ModelTask::LLM_TYPE,
            Self::Deep(_) => ModelTask::DEEP_TYPE,
            Self::Report(_) => Report::TYPE,
        }
    }

    pub fn ticket(&self) -> &Ticket {
        match self {
            Self::Crawl(task) => &task.ticket,
            Self::Render(task) => &task.ticket,
            Self::Extract(task) => &task.ticket,
            Self::Llm(task) | Self::Deep(task) => &task.ticket,
            Self::Report(report) => &report.ticket,
        }
    }

    /// The queue that this message belongs in.
    pub fn queue(&self) -> Queue {
        let work = |stage| match self.ticket().quarantined {
            true => Queue::Quarantine(stage),
            false => Queue::Work(stage, self.ticket().lane),
        };
        match self {
            Self::Crawl(_) => work(Stage::Crawl),
            Self::Render(_) => work(Stage::Render),
            Self::Extract(_) => work(Stage::Extract),
            Self::Llm(_) => work(Stage::Llm),
            Self::Deep(_) => work(Stage::Deep),
            Self::Report(_) => Queue::Report,
        }
    }
}

impl CrawlTask {
    pub const TYPE: &'static str = "harvest.crawl.1";

    /// What a reading depends on beside the page's text: the brief, and which links are in scope.
    pub fn reading_key(&self) -> ContentHash {
        reading_key(&self.brief, &self.scope)
    }
}

impl RenderTask {
    pub const TYPE: &'static str = "harvest.render.1";
}

impl ModelTask {
    pub const LLM_TYPE: &'static str = "harvest.llm.1";
    pub const DEEP_TYPE: &'static str = "harvest.deep.1";
}

impl ExtractTask {
    pub const TYPE: &'static str = "harvest.extract.1";

    /// See [`CrawlTask::reading_key`].
    pub fn reading_key(&self) -> ContentHash {
        reading_key(&self.brief, &self.scope)
    }
}

fn reading_key(brief: &Brief, scope: &Scope) -> ContentHash {
    let json = serde_json::to_vec(&(brief, scope)).expect("strings and maps with string keys");
    ContentHash::of(&json)
}

impl Report {
    pub const TYPE: &'static str = "harvest.report.1";

    /// About a message of which nothing but the headers can be read here.
    pub fn of_unread(headers: &Headers, stage: Stage, outcome: PageOutcome, at: Timestamp) -> Self {
        Self {
            ticket: Ticket {
                tenant: headers.tenant.clone(),
                job: headers.job,
                task: headers.task,
                epoch: headers.epoch,
                attempt: headers.attempt,
                lane: headers.lane,
                deadline: headers.deadline,
                permit: Amounts::none(),
                quarantined: false,
            },
            stage,
            url: String::new(),
            depth: 0,
            outcome,
            usage: Amounts::none(),
            host: None,
            links: Links::default(),
            findings: Vec::new(),
            subject: crate::record::SubjectMatch::Unknown,
            main_entity: None,
            at,
        }
    }
}

/// Enough to route, fence, dead-letter and replay a message without decoding its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headers {
    /// `kind.op.version`.
    #[serde(rename = "type")]
    pub message_type: String,
    pub tenant: Tenant,
    pub job: JobId,
    pub task: TaskId,
    pub epoch: u32,
    pub attempt: u32,
    pub lane: Lane,
    pub deadline: Timestamp,
    /// W3C Trace Context, where a trace is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
}

/// A message as a transport carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    pub headers: Headers,
    /// MessagePack, at most [`crate::wire::MAX_BODY`] bytes.
    #[serde(with = "serde_bytes")]
    #[schemars(with = "Vec<u8>")]
    pub body: Vec<u8>,
}

#[cfg(test)]
mod tests;
