//! The vocabulary of gleaner: what people write, what they get, and what workers tell each other.
//!
//! Types only: no I/O, no clock, no async. JSON is camelCase; on the wire the same types travel as MessagePack named
//! maps ([`wire`]), so a reader may meet unknown fields and an older writer may leave new ones out.

pub mod amounts;
pub mod capture;
mod closed;
pub mod duration;
pub mod field;
pub mod geo;
pub mod hash;
pub mod ids;
pub mod kind;
pub mod ledger;
pub mod message;
pub mod money;
pub mod pack;
pub mod proto;
pub mod reason;
pub mod record;
pub mod schema;
mod scope;
pub mod sheet;
pub mod shown;
pub mod simhash;
pub mod state;
pub mod target;
pub mod time;
pub mod wire;

pub use amounts::{Amounts, Budget, Cost, Counter, Limit};
pub use capture::{CaptureMeta, UrlEntry};
pub use field::{FieldFormat, FieldMode, FieldSpec, FieldType};
pub use geo::{Country, Currency};
pub use hash::{ContentHash, TextHash};
pub use ids::{JobId, SubmissionId, TaskId, Tenant};
pub use kind::{Kind, Source};
pub use ledger::{LedgerKind, LedgerRow, UrlCounts};
pub use message::{
    Brief, CrawlTask, Envelope, ErrorClass, ExtractTask, FoundLink, Headers, HostAdvice, Lane, Links,
    MainEntity, Message, ModelTask, Page, PageOutcome, Queue, RenderTask, Report, Stage, Subject, Ticket,
};
pub use money::Money;
pub use pack::EvidencePack;
pub use reason::{FieldReason, RejectReason, StopReason, UrlReason};
pub use record::{
    Change, Confidence, Evidence, EvidenceKind, FieldRecord, Finding, Layer, Record, SubjectMatch, Tier,
};
pub use schema::{Schema, SchemaError};
pub use sheet::guarded_cell;
pub use shown::Shown;
pub use simhash::SimHash;
pub use state::{FieldState, JobStatus, UrlOutcome};
pub use target::{Scope, Submission, Target};
pub use time::Timestamp;
