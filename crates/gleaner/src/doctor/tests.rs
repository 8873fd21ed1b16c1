//! What is made of what was found; the servers themselves are asked by the end-to-end suite.

use std::time::Duration;

use gleaner_api::Readiness;
use gleaner_contract::{Lane, Queue, Stage, Timestamp};
use gleaner_rabbitmq::{Depth, Found, Topology};
use gleaner_store::{Schema, Waiting};
use serde_json::json;

use super::{Check, Report, broker, clock, database, report::Verdict, shown, versions};
use crate::exit::Outcome;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

#[test]
fn a_clock_is_judged_by_what_its_answer_cannot_explain() {
    for (before, told, after, verdict, found) in [
        (0, 0, 0, Verdict::Ok, "within 2 s"),
        // the answer took long; any time in between is right
        (0, 4, 4, Verdict::Ok, "within 2 s"),
        (0, 2, 0, Verdict::Ok, "within 2 s"),
        (0, 3, 0, Verdict::Warn, "3 s ahead of"),
        (0, -3, 0, Verdict::Warn, "3 s behind"),
        (0, 30, 0, Verdict::Warn, "30 s ahead of"),
        (0, 31, 0, Verdict::Bad, "31 s ahead of"),
        (0, -7_200, 1, Verdict::Bad, "2 h behind"),
    ] {
        let check = clock::judge("clock", at(before), at(told), at(after));
        assert_eq!(check.verdict, verdict, "{check:?}");
        assert!(check.found.starts_with(found), "{check:?}");
    }
}

#[test]
fn an_outbox_is_judged_by_its_oldest_row() {
    for (since, verdict) in [
        (None, Verdict::Ok),
        (Some(30), Verdict::Ok),
        (Some(31), Verdict::Warn),
        (Some(300), Verdict::Warn),
        (Some(301), Verdict::Bad),
    ] {
        let waiting = Waiting { rows: 2, since: since.map(|age| at(-age)) };
        assert_eq!(database::outbox_check(waiting, at(0)).verdict, verdict, "{since:?}");
    }
}

#[test]
fn a_queue_with_messages_and_no_consumer_names_the_worker_to_start() {
    let topology = Topology::current();
    let check = |queue: Queue, messages, consumers| {
        let declared = topology.queues.iter().find(|declared| declared.queue == queue).expect("declared");
        broker::queue_check(declared, Found::AsDeclared(Depth { messages, consumers }))
    };
    let work = |stage| Queue::Work(stage, Lane::Lo);
    let crawl = work(Stage::Crawl);
    assert_eq!(check(crawl, 0, 1).verdict, Verdict::Ok);
    assert_eq!(check(crawl, 9, 1).verdict, Verdict::Ok);
    assert_eq!(check(crawl, 0, 0).verdict, Verdict::Note);
    let left = check(crawl, 1, 0);
    assert_eq!((left.verdict, &*left.found), (Verdict::Warn, "1 message, 0 consumers"));
    for (queue, worker) in [
        (crawl, "`crawler`"),
        (work(Stage::Render), "`crawler --render`"),
        (work(Stage::Deep), "`deep-job`"),
        (Queue::Report, "`coordinator`"),
    ] {
        let hint = check(queue, 1, 0).hint.expect("a hint");
        assert!(hint.contains(worker), "{hint}");
    }
    for aside in [Queue::Dead, Queue::Quarantine(Stage::Crawl)] {
        assert_eq!(check(aside, 0, 0).verdict, Verdict::Ok);
        for consumers in [0, 1] {
            let left = check(aside, 1, consumers);
            assert_eq!(left.verdict, Verdict::Warn);
            assert!(left.hint.expect("a hint").contains("`gleaner dead list`"));
        }
    }
    for (aside, worker) in [
        (Queue::Dead, "`coordinator`"),
        (Queue::Quarantine(Stage::Crawl), "`crawler --quarantine`"),
        (Queue::Quarantine(Stage::Extract), "`extractor --quarantine`"),
    ] {
        let hint = check(aside, 1, 0).hint.expect("a hint");
        assert!(hint.contains(worker), "{hint}");
    }
}

#[test]
fn tables_of_another_version_are_told_apart() {
    for (schema, verdict) in [
        (Schema::Current(1), Verdict::Ok),
        (Schema::Absent, Verdict::Bad),
        (Schema::Older { found: 1, ours: 2 }, Verdict::Warn),
        (Schema::Newer { found: 3, ours: 2 }, Verdict::Bad),
        (Schema::Damaged(1), Verdict::Bad),
    ] {
        assert_eq!(database::schema_check(schema).verdict, verdict, "{schema:?}");
    }
}

#[test]
fn another_version_is_warned_of_and_one_that_is_not_ready_is_bad() {
    let api = |ready, version: Option<&str>| {
        let readiness = Readiness { ready, version: version.map(str::to_owned) };
        versions::api_check("http://api", &readiness).verdict
    };
    assert_eq!(api(true, Some(env!("CARGO_PKG_VERSION"))), Verdict::Ok);
    assert_eq!(api(true, Some("0.0.1")), Verdict::Warn);
    assert_eq!(api(true, None), Verdict::Warn);
    assert_eq!(api(false, None), Verdict::Bad);

    // what listens there may be something else
    assert_eq!(versions::worker_check(&json!({"status": "up"})), None);
    let told = json!({"worker": "crawler", "ready": false, "phase": "running",
                      "dependencies": {"rabbitmq": "no answer in time", "redis": "ok"}});
    let check = versions::worker_check(&told).expect("a worker");
    assert_eq!((check.verdict, &*check.found), (Verdict::Bad, "running, rabbitmq: no answer in time"));
}

#[test]
fn the_report_is_as_bad_as_its_worst_check_and_notes_are_none() {
    let mut report = Report::default();
    let mut then = |check, verdict, outcome| {
        report.checks.push(check);
        assert_eq!((report.verdict(), report.outcome()), (verdict, outcome));
    };
    then(Check::note("a", "x"), Verdict::Ok, Outcome::Completed);
    then(Check::warn("b", "x", "look"), Verdict::Warn, Outcome::Completed);
    then(Check::bad("name", "two\n  lines", "do"), Verdict::Bad, Outcome::Refused);
    report.unusable = true;
    assert_eq!(report.outcome(), Outcome::Unusable);
    let mut text = Vec::new();
    report.write(&mut text).expect("memory is writable");
    let text = String::from_utf8(text).expect("text");
    assert_eq!(
        text,
        "note  a     x\nwarn  b     x\n            -> look\nbad   name  two lines\n            -> do\n"
    );
    let told = report.json();
    assert_eq!(told["verdict"], "bad");
    assert_eq!(
        told["checks"][2],
        json!({"name": "name", "verdict": "bad", "found": "two lines", "hint": "do"})
    );
    assert_eq!(told["checks"][0]["hint"], json!(null));
}

#[test]
fn times_are_shown_in_their_unit() {
    let all = [(400, "400 ms"), (119_000, "119 s"), (120_000, "2 min"), (7_200_000, "2 h")];
    for (millis, text) in all {
        assert_eq!(shown(Duration::from_millis(millis)), text);
    }
}
