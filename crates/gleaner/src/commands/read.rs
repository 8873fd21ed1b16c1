//! One stored page: its evidence pack, or a record read from it by rules.

use gleaner_contract::{
    Amounts, ContentHash, ErrorClass, JobId, Lane, Links, Page, PageOutcome, Record, Report, Schema, Stage,
    SubmissionId, Target, Tenant, Ticket, Timestamp, UrlOutcome, UrlReason, message::Brief, schema::BUILT_IN,
};
use gleaner_extractor::{EXTRACTOR_VERSION, Judged, PackError, PackLimits, judge_page};
use gleaner_flow::{
    Before, Context, Effect, Event, Group, JobSpec, JobState, NewTask, Policy, TaskFacts, TaskPhase,
    build_record,
};
use gleaner_intake::{Options, SchemaChoice};
use gleaner_ports::{Clock, SystemClock};
use gleaner_rules::Reading;
use serde_json::json;
use url::Url;

use super::hooks::read_file;
use crate::{
    args::{ExtractArgs, Global, ReadArgs},
    assembly,
    exit::{BadInput, Outcome},
    out::{line, note},
    settings,
};

pub(super) fn extract(global: &Global, args: &ExtractArgs) -> anyhow::Result<Outcome> {
    let bytes = read_file(&args.file)?;
    let url = parse_url(&args.url)?;
    match judge(global, &bytes, args.content_type.as_deref(), &url)? {
        Ok(judged) => {
            let not_content = match &judged {
                Judged::Content(_) => None,
                Judged::NotContent(found, _) => {
                    Some(json!({ "reason": found.kind.reason(), "detail": found.why }))
                }
            };
            let pack = judged.into_pack();
            let shown = json!({
                "text": { "main": pack.main_text(), "visible": pack.visible },
                "structured": pack.structured,
                "tables": pack.tables,
                "pairs": pack.pairs,
                "links": pack.links,
                "title": pack.title,
                "language": pack.language,
                "pageType": pack.page_type,
                "notContent": not_content,
                "textHash": pack.text_hash,
                "contentHash": ContentHash::of(&bytes),
                "extractor": pack.extractor,
            });
            line(shown)?;
            Ok(Outcome::Completed)
        }
        Err(error) => {
            line(json!({ "reason": error.reason(), "detail": error.to_string() }))?;
            Ok(Outcome::Refused)
        }
    }
}

pub(super) fn read(global: &Global, args: &ReadArgs) -> anyhow::Result<Outcome> {
    let bytes = read_file(&args.file)?;
    let url = parse_url(&args.url)?;
    let choice = if Schema::built_in(&args.schema).is_some() {
        SchemaChoice::Named(args.schema.clone())
    } else {
        SchemaChoice::File(args.schema.clone().into())
    };
    let mut schema = gleaner_intake::schema(&choice, &Options::default()).map_err(|error| {
        BadInput::new(error.to_string()).hint(format!("built in: {}", BUILT_IN.join(", ")))
    })?;
    if !args.fields.is_empty() {
        if let Some(unknown) = args.fields.iter().find(|name| schema.field(name).is_none()) {
            return Err(BadInput::new(format!("schema `{}` has no field `{unknown}`", schema.name)).into());
        }
        schema.fields.retain(|field| args.fields.contains(&field.name));
    }
    let judged = match judge(global, &bytes, args.content_type.as_deref(), &url)? {
        Ok(judged) => judged,
        Err(error) => {
            line(json!({ "reason": error.reason(), "detail": error.to_string() }))?;
            return Ok(Outcome::Refused);
        }
    };
    let now = SystemClock.now();
    let page = Page {
        url: url.to_string(),
        final_url: url.to_string(),
        status: 200,
        content_hash: ContentHash::of(&bytes),
        content_type: args.content_type.clone(),
        bytes: bytes.len() as u64,
        fetched_at: now,
    };
    let spec = job_of(&url, schema, now);
    let brief: Brief = spec.brief();
    let (outcome, reading) = match judged {
        Judged::Content(pack) => {
            let reading = gleaner_rules::read(&pack, &brief, &page);
            let (outcome, reason, text_hash) = (UrlOutcome::Fetched, UrlReason::New, pack.text_hash);
            (PageOutcome::Read { outcome, reason, page, text_hash, simhash: None }, reading)
        }
        Judged::NotContent(found, _) => {
            let reason = found.kind.reason();
            note(format_args!("{reason}: {}", found.why));
            // there is nothing to try again
            let class = ErrorClass::Permanent;
            let status = Some(page.status);
            (PageOutcome::Failed { reason, class, status, detail: found.why }, Reading::default())
        }
    };
    let record = run_through(&spec, now, |ticket| Report {
        ticket,
        stage: Stage::Extract,
        url: url.to_string(),
        depth: 0,
        outcome,
        usage: Amounts::none(),
        host: None,
        links: Links::default(),
        findings: reading.findings,
        subject: reading.subject,
        main_entity: reading.main_entity,
        at: now,
    });
    line(serde_json::to_string(&record)?)?;
    Ok(Outcome::Completed)
}

/// As the extract stage would, by the configuration at hand.
fn judge(
    global: &Global,
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
) -> anyhow::Result<Result<Judged, PackError>> {
    let trusted = assembly::content_hosts(&settings::load(global, &[])?);
    Ok(judge_page(bytes, content_type, url, &PackLimits::default(), &trusted))
}

fn parse_url(text: &str) -> Result<Url, BadInput> {
    gleaner_fetch::canon::canonical(text).map_err(|error| BadInput::because(format_args!("`{text}`"), error))
}

fn job_of(url: &Url, schema: Schema, now: Timestamp) -> JobSpec {
    let submission = SubmissionId::derive(now, &[url.as_str().as_bytes()]);
    JobSpec {
        job: JobId::derive(now, &[url.as_str().as_bytes()]),
        submission,
        tenant: Tenant::local(),
        target: Target::of_url(schema, url.as_str()),
        offline: true,
        created_at: now,
    }
}

/// A job of one page, through the same state machine as any other.
fn run_through(spec: &JobSpec, now: Timestamp, report: impl FnOnce(Ticket) -> Report) -> Record {
    let (mut state, mut group, policy) = (JobState::new(spec), Group::default(), Policy::default());
    let mut apply = |state: &mut JobState, event: Event<'_>| {
        state.apply(&mut Context { spec, policy: &policy, group: &mut group, now }, event)
    };
    let added = apply(&mut state, Event::Accepted);
    let seed = added.into_iter().find_map(|effect| match effect {
        Effect::AddTasks(tasks) => tasks.into_iter().next(),
        _ => None,
    });
    if let Some(NewTask { id, url, .. }) = seed {
        let mut task = TaskFacts {
            id,
            url,
            phase: TaskPhase::Found,
            epoch: 0,
            attempt: 0,
            crashes: 0,
            permit: Amounts::none(),
            fresh_after: None,
        };
        for effect in apply(&mut state, Event::Offered { task: &task }) {
            if let Effect::Dispatch { epoch, attempt, permit, deadline, .. } = effect {
                task = TaskFacts {
                    phase: TaskPhase::Open,
                    epoch,
                    attempt,
                    permit: permit.clone(),
                    ..task.clone()
                };
                let ticket = Ticket {
                    quarantined: false,
                    tenant: spec.tenant.clone(),
                    job: spec.job,
                    task: id,
                    epoch,
                    attempt,
                    lane: Lane::Hi,
                    deadline,
                    permit,
                };
                let report = report(ticket);
                apply(
                    &mut state,
                    Event::Reported { task: &task, report: &report, fresh: Vec::new(), same_pages: 0 },
                );
                break;
            }
        }
    }
    build_record(spec, &state, &Before::default(), EXTRACTOR_VERSION)
}
