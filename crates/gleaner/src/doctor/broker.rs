//! RabbitMQ: whether it lets us in, has what we declare, passes messages on, and takes new ones.

use futures::future::join_all;
use gleaner_contract::{Queue, Stage};
use gleaner_rabbitmq::{Depth, Found, Inspector, QueueDeclaration, RabbitConfig, RabbitError, Topology};

use super::{Check, Section, answer, counted, in_time, late};

const NAME: &str = "rabbitmq";
const ALARMS: &str = "rabbitmq.alarms";
const DECLARE: &str = "start or restart any worker but the api: it declares what is missing";

pub(super) async fn examine(config: &RabbitConfig) -> Section {
    let connect = || in_time(Inspector::connect(config, "gleaner-doctor"));
    // whoever asks for alarms may be held back from then on
    let (looks, asks) = tokio::join!(connect(), connect());
    let (looks, asks) = match (looks, asks) {
        (Some(Ok(looks)), Some(Ok(asks))) => (looks, asks),
        (Some(Err(error)), _) | (_, Some(Err(error))) => {
            let why = Check::bad(NAME, &error, hint(&error));
            return Section::unusable(NAME, why, &["exchanges", "queues", ALARMS]);
        }
        (None, _) | (_, None) => {
            let why = Check::bad(NAME, late(), REACH);
            return Section::unusable(NAME, why, &["exchanges", "queues", ALARMS]);
        }
    };
    let mut checks = vec![Check::ok(NAME, format!("lets us in at {}", looks.place()))];
    let topology = Topology::current();
    let exchanges =
        join_all(topology.exchanges.iter().map(
            async |exchange| match answer(looks.exchange(exchange)).await {
                Ok(found) => exchange_check(exchange.name, found),
                Err(why) => not_told(exchange.name, &why),
            },
        ));
    let queues = join_all(topology.queues.iter().map(async |queue| match answer(looks.queue(queue)).await {
        Ok(found) => queue_check(queue, found),
        Err(why) => not_told(&queue.name, &why),
    }));
    let (exchanges, queues, alarm) = tokio::join!(exchanges, queues, answer(asks.alarm()));
    checks.extend(exchanges);
    checks.extend(queues);
    checks.push(match alarm {
        Ok(None) => Check::ok(ALARMS, "none: takes what is published"),
        Ok(Some(reason)) => Check::bad(
            ALARMS,
            format!("holds back whoever publishes: {reason}"),
            "give the broker memory or disk, or drain queues; workers wait until then, and nothing is lost",
        ),
        Err(why) => not_told(ALARMS, &why),
    });
    tokio::join!(looks.close(), asks.close());
    Section { checks, unusable: false }
}

const REACH: &str = "is it up, and its address right (rabbitmq.url)?";

fn hint(error: &RabbitError) -> &'static str {
    match error {
        RabbitError::Login { .. } => {
            "does the user of rabbitmq.url exist there, and is rabbitmq.password (or its file) that user's?"
        }
        RabbitError::VirtualHost { .. } => {
            "does the virtual host at the end of rabbitmq.url exist, and is the user permitted there?"
        }
        RabbitError::Url => "for example amqp://gleaner@127.0.0.1:5672/gleaner",
        RabbitError::Unreachable { .. } | RabbitError::Topology { .. } => REACH,
    }
}

fn not_told(name: &str, why: &str) -> Check {
    Check::warn(
        name,
        format!("not told: {why}"),
        "look again once its exchanges and queues are well; else the broker's log says why",
    )
}

pub(super) fn exchange_check(name: &str, found: Found<()>) -> Check {
    match found {
        Found::AsDeclared(()) => Check::ok(name, "as declared"),
        Found::Missing => Check::bad(name, "is missing", DECLARE),
        Found::Otherwise(why) => Check::bad(
            name,
            format!("is another than declared: {why}"),
            "delete it once nobody publishes, and restart a worker: it declares it as it should be",
        ),
    }
}

pub(super) fn queue_check(declared: &QueueDeclaration, found: Found<Depth>) -> Check {
    let name = declared.name.as_str();
    let depth = match found {
        Found::AsDeclared(depth) => depth,
        Found::Missing => {
            let hint = format!("{DECLARE}; what lay in it is dispatched anew once its lease is over");
            return Check::bad(name, "is missing", hint);
        }
        Found::Otherwise(why) => {
            return Check::bad(
                name,
                format!("is another than declared: {why}"),
                "let it drain, delete it and restart a worker, which declares it as it should be; arguments that \
                 differ on purpose need a new version in the queue's name",
            );
        }
    };
    let (messages, consumers) = (u64::from(depth.messages), u64::from(depth.consumers));
    let found = format!("{}, {}", counted(messages, "message"), counted(consumers, "consumer"));
    let (worker, start) = match declared.queue {
        Queue::Work(stage, _) => worker_of(stage),
        Queue::Report => ("coordinator", "coordinator"),
        Queue::Quarantine(_) | Queue::Dead => return set_aside(declared, messages, consumers),
    };
    match (messages, consumers) {
        (0, 0) => Check::note(name, format!("{found}: no {worker} works")),
        (_, 0) => Check::warn(
            name,
            found,
            format!("nobody takes them: start `{start}`, or with compose: docker compose up -d {worker}"),
        ),
        _ => Check::ok(name, found),
    }
}

/// Messages that went wrong: each has its taker, but somebody should look at what becomes of them.
fn set_aside(declared: &QueueDeclaration, messages: u64, consumers: u64) -> Check {
    let (name, found) = (declared.name.as_str(), counted(messages, "message"));
    if messages == 0 {
        return Check::ok(name, found);
    }
    let start = match declared.queue {
        Queue::Quarantine(Stage::Crawl) => "start `crawler --quarantine`, which tries them one at a time",
        Queue::Quarantine(Stage::Extract) => "start `extractor --quarantine`, which tries them one at a time",
        Queue::Quarantine(_) => {
            "no worker serves it: their tasks are dispatched anew once their leases are over"
        }
        _ => "start `coordinator`, which takes up again what is waited for, and files the rest",
    };
    let taken = format!("{found}, {}", counted(consumers, "consumer"));
    let hint = match consumers {
        0 => format!("nobody takes them: {start}; `gleaner dead list` lists what is filed"),
        _ => {
            "they are being taken: look again; `gleaner dead list` lists what is filed in the end".to_owned()
        }
    };
    Check::warn(name, taken, hint)
}

/// Who takes the stage's messages, as compose names it, and how it is started.
fn worker_of(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Crawl => ("crawler", "crawler"),
        Stage::Render => ("renderer", "crawler --render"),
        Stage::Extract => ("extractor", "extractor"),
        Stage::Llm => ("llm-router", "llm-router"),
        Stage::Deep => ("deep-job", "deep-job"),
    }
}
