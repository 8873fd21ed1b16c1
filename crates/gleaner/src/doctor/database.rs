//! Postgres: whether it lets us in, whose tables it has, who leads, and what waits or is dead.

use std::time::Duration;

use gleaner_contract::Timestamp;
use gleaner_store::{ConnectError, Leader, PostgresConfig, PostgresJobs, Schema, Waiting};
use tokio::time::sleep;

use super::{Check, Section, answer, clock, counted, in_time, late, shown};
use crate::worker::LEAD;

const NAME: &str = "postgres";
const SCHEMA: &str = "postgres.schema";
const CLOCK: &str = "postgres.clock";
const LEADER: &str = "coordinator";
const OUTBOX: &str = "outbox";
const DEAD: &str = "dead reports";
const REACH: &str = "is it up, and its address right (postgres.url)?";

const WAITS: Duration = Duration::from_secs(30);
const STANDS_STILL: Duration = Duration::from_secs(5 * 60);

/// A lead changes hands within a second or two.
const LOOKS: usize = 4;
const BETWEEN: Duration = Duration::from_millis(700);

pub(super) async fn examine(config: &PostgresConfig) -> Section {
    let why = match in_time(PostgresJobs::connect(config)).await {
        Some(Ok(jobs)) => {
            let section = Section { checks: look(&jobs).await, unusable: false };
            let _ = in_time(jobs.close()).await;
            return section;
        }
        Some(Err(error)) => {
            let hint = hint(&error);
            Check::bad(NAME, format!("{:#}", anyhow::Error::from(error)), hint)
        }
        None => Check::bad(NAME, late(), REACH),
    };
    Section::unusable(NAME, why, &[SCHEMA, CLOCK, LEADER, OUTBOX, DEAD])
}

/// What to do about a database that cannot be used.
pub(crate) fn hint(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Login { .. } => {
            "does the role of postgres.url exist there, and is postgres.password (or its file) that role's?"
        }
        ConnectError::Refused { .. } => "does the database at the end of postgres.url exist, for that role?",
        ConnectError::Url => "for example postgres://gleaner@127.0.0.1:5432/gleaner",
        _ => REACH,
    }
}

async fn look(jobs: &PostgresJobs) -> Vec<Check> {
    let (schema, clock, leader) =
        tokio::join!(answer(jobs.schema()), clock::examine(CLOCK, jobs.time()), leader(jobs));
    let readable = matches!(schema, Ok(Schema::Current(_) | Schema::Older { .. }));
    let schema = match schema {
        Ok(schema) => schema_check(schema),
        Err(why) => Check::bad(SCHEMA, format!("not told: {why}"), "may the role read _sqlx_migrations?"),
    };
    let mut checks = vec![Check::ok(NAME, "lets us in"), schema, clock, leader];
    if readable {
        let (outbox, dead) = tokio::join!(outbox(jobs), dead(jobs));
        checks.extend([outbox, dead]);
    } else {
        checks.extend([OUTBOX, DEAD].map(|name| Check::note(name, "not asked: see postgres.schema")));
    }
    checks
}

pub(super) fn schema_check(schema: Schema) -> Check {
    match schema {
        Schema::Current(number) => Check::ok(SCHEMA, format!("number {number}, as ours")),
        Schema::Absent => {
            Check::bad(SCHEMA, "there are no tables yet", "start a coordinator or an api: it makes them")
        }
        Schema::Older { found, ours } => Check::warn(
            SCHEMA,
            format!("number {found}, ours is {ours}"),
            "replace coordinator and api by this version: the first to start brings the tables up to date",
        ),
        Schema::Newer { found, ours } => Check::bad(
            SCHEMA,
            format!("number {found}, ours is {ours}: a newer version wrote it"),
            "use that version for all workers; this one does not start on it",
        ),
        Schema::Damaged(number) => Check::bad(
            SCHEMA,
            format!("migration {number} was broken off, or is not the one that we know"),
            "restore the last dump, or use the version that wrote it",
        ),
    }
}

async fn leader(jobs: &PostgresJobs) -> Check {
    let mut found = answer(jobs.leader(LEAD)).await;
    for _ in 1..LOOKS {
        if !matches!(found, Ok(None)) {
            break;
        }
        sleep(BETWEEN).await;
        found = answer(jobs.leader(LEAD)).await;
    }
    match found {
        Ok(Some(Leader { address, since })) => {
            let from = address.map(|address| format!(" from {address}")).unwrap_or_default();
            let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
            Check::ok(LEADER, format!("one leads{from}{since}"))
        }
        Ok(None) => Check::bad(
            LEADER,
            "nobody leads: reports wait, and nothing is dispatched",
            "start `coordinator`, or with compose: docker compose up -d coordinator; its log says what it waits for",
        ),
        Err(why) => Check::bad(LEADER, format!("not told: {why}"), "look again once Postgres answers"),
    }
}

async fn outbox(jobs: &PostgresJobs) -> Check {
    let asked = answer(async {
        // by the server's clock, so that ours may differ
        let now = jobs.time().await?;
        Ok::<_, gleaner_ports::StoreError>((jobs.waiting(now).await?, now))
    });
    match asked.await {
        Ok((waiting, now)) => outbox_check(waiting, now),
        Err(why) => Check::bad(OUTBOX, format!("not told: {why}"), "look again once Postgres answers"),
    }
}

pub(super) fn outbox_check(Waiting { rows, since }: Waiting, now: Timestamp) -> Check {
    let Some(since) = since else { return Check::ok(OUTBOX, "nothing waits") };
    let age = since.until(now);
    let found = format!("{} due and not sent, the oldest for {}", counted(rows, "message"), shown(age));
    let hint = "is there a coordinator that leads, and does RabbitMQ take messages (queues full, alarms)? the \
                coordinator's log says what was not confirmed";
    if age > STANDS_STILL {
        Check::bad(OUTBOX, found, hint)
    } else if age > WAITS {
        Check::warn(OUTBOX, found, hint)
    } else {
        Check::ok(OUTBOX, found)
    }
}

async fn dead(jobs: &PostgresJobs) -> Check {
    match answer(jobs.dead_rows()).await {
        Ok(0) => Check::ok(DEAD, "none"),
        Ok(rows) => Check::warn(
            DEAD,
            format!("{} filed that could not be handled", counted(rows, "report")),
            "`gleaner dead list` lists them; each is replayed (`gleaner dead replay N`) or, once understood, deleted \
             (`gleaner dead purge N`)",
        ),
        Err(why) => Check::bad(DEAD, format!("not told: {why}"), "look again once Postgres answers"),
    }
}
