//! What the broker must have, as data: declared by whoever connects, printed for operators.
//!
//! Queues keep their arguments for life, so a change of any is a new version in their names and a drain of the old ones.
//! How long they may get is a policy, which operators tune.

use std::fmt;

use gleaner_contract::{Queue, Stage};
use lapin::{
    Channel, ExchangeKind as AmqpKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use serde::Serialize;
use serde_json::{Value, json};

/// Everything that is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    pub exchanges: Vec<Exchange>,
    pub queues: Vec<QueueDeclaration>,
    /// Not declared over AMQP: set at the broker.
    pub policy: Policy,
}

/// A durable exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    pub name: &'static str,
    pub kind: ExchangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExchangeKind {
    Direct,
    Fanout,
}

/// A durable queue, and what reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueDeclaration {
    /// What it is to us; not printed.
    #[serde(skip)]
    pub queue: Queue,
    pub name: String,
    pub exchange: &'static str,
    pub routing_key: String,
    pub arguments: Vec<(&'static str, Argument)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Argument {
    Text(&'static str),
    Number(i64),
}

/// How long queues may get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub name: &'static str,
    pub pattern: &'static str,
    pub apply_to: &'static str,
    pub max_length: i64,
    pub max_length_bytes: i64,
}

/// Work is published here.
pub(crate) const WORK: &str = "gleaner.work";
const DEAD: &str = "gleaner.dead";
const CONTROL: &str = "gleaner.control";

/// A message that was delivered so often without being settled is set aside: a backstop, since tries are counted with
/// the tasks.
const DELIVERY_LIMIT: i64 = 20;

/// Where a message for this queue is published, within `gleaner.work`.
pub(crate) fn routing_key(queue: Queue) -> String {
    match queue {
        Queue::Work(stage, lane) => format!("{}.{}", stage.as_str(), lane.as_str()),
        Queue::Quarantine(stage) => format!("quarantine.{}", stage.as_str()),
        Queue::Report => "report".to_owned(),
        Queue::Dead => "dead".to_owned(),
    }
}

/// What a queue's messages are for, for headers and people.
pub(crate) fn stage_name(queue: Queue) -> &'static str {
    match queue {
        Queue::Work(stage, _) | Queue::Quarantine(stage) => Stage::as_str(stage),
        Queue::Report => "report",
        Queue::Dead => "dead",
    }
}

impl Topology {
    /// What this version needs.
    pub fn current() -> Self {
        Self {
            exchanges: vec![
                Exchange { name: WORK, kind: ExchangeKind::Direct },
                Exchange { name: DEAD, kind: ExchangeKind::Fanout },
                Exchange { name: CONTROL, kind: ExchangeKind::Fanout },
            ],
            queues: Queue::all().into_iter().map(declaration).collect(),
            policy: Policy {
                name: "gleaner-limits",
                // not the dead letters, of which none is ever dropped
                pattern: r"^gleaner\.v1\.(?!dead$)",
                apply_to: "queues",
                max_length: 200_000,
                max_length_bytes: 2 << 30,
            },
        }
    }

    /// What a broker imports at its start: the policy, which cannot be declared over AMQP, on this virtual host.
    pub fn definitions(&self, virtual_host: &str) -> Value {
        let Policy { name, pattern, apply_to, max_length, max_length_bytes } = &self.policy;
        let policy = json!({
            "vhost": virtual_host,
            "name": name,
            "pattern": pattern,
            "apply-to": apply_to,
            "priority": 0,
            "definition": { "max-length": max_length, "max-length-bytes": max_length_bytes },
        });
        // of 4.0 on, a quorum queue drops what came back twenty times, where it has no dead letters of its own
        let dead = json!({
            "vhost": virtual_host,
            "name": "gleaner-dead",
            "pattern": r"^gleaner\.v1\.dead$",
            "apply-to": apply_to,
            "priority": 0,
            "definition": { "delivery-limit": 1_000_000 },
        });
        json!({ "vhosts": [{ "name": virtual_host }], "policies": [policy, dead] })
    }

    /// Declares it all; what is there already stays as it is.
    pub(crate) async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        for exchange in &self.exchanges {
            exchange.declare(channel, DURABLE).await?;
        }
        for queue in &self.queues {
            queue.declare(channel, QueueDeclareOptions::durable()).await?;
            channel
                .queue_bind(
                    queue.name.as_str().into(),
                    queue.exchange.into(),
                    queue.routing_key.as_str().into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await?;
        }
        Ok(())
    }
}

/// How our exchanges are declared.
pub(crate) const DURABLE: ExchangeDeclareOptions = ExchangeDeclareOptions {
    durable: true,
    passive: false,
    auto_delete: false,
    internal: false,
    nowait: false,
};

impl Exchange {
    pub(crate) async fn declare(
        &self,
        channel: &Channel,
        options: ExchangeDeclareOptions,
    ) -> lapin::Result<()> {
        let kind = match self.kind {
            ExchangeKind::Direct => AmqpKind::Direct,
            ExchangeKind::Fanout => AmqpKind::Fanout,
        };
        channel.exchange_declare(self.name.into(), kind, options, FieldTable::default()).await
    }
}

impl QueueDeclaration {
    pub(crate) async fn declare(
        &self,
        channel: &Channel,
        options: QueueDeclareOptions,
    ) -> lapin::Result<lapin::Queue> {
        let mut arguments = FieldTable::default();
        for (name, value) in &self.arguments {
            let value = match value {
                Argument::Text(text) => AMQPValue::LongString((*text).into()),
                Argument::Number(number) => AMQPValue::LongLongInt(*number),
            };
            arguments.insert((*name).into(), value);
        }
        channel.queue_declare(self.name.as_str().into(), options, arguments).await
    }
}

fn declaration(queue: Queue) -> QueueDeclaration {
    let mut arguments = vec![("x-queue-type", Argument::Text("quorum"))];
    if queue == Queue::Dead {
        // nothing in it expires, and nothing leaves it but by hand
    } else {
        arguments.extend([
            ("x-dead-letter-exchange", Argument::Text(DEAD)),
            ("x-dead-letter-strategy", Argument::Text("at-least-once")),
            ("x-overflow", Argument::Text("reject-publish")),
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
        ]);
    }
    QueueDeclaration {
        queue,
        name: queue.to_string(),
        exchange: if queue == Queue::Dead { DEAD } else { WORK },
        routing_key: routing_key(queue),
        arguments,
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exchange in &self.exchanges {
            let kind = if exchange.kind == ExchangeKind::Direct { "direct" } else { "fanout" };
            writeln!(f, "exchange  {:<32} {kind}, durable", exchange.name)?;
        }
        for queue in &self.queues {
            writeln!(f, "queue     {:<32} {} {}", queue.name, queue.exchange, queue.routing_key)?;
            for (name, value) in &queue.arguments {
                match value {
                    Argument::Text(text) => writeln!(f, "          {:<32} {name}={text}", "")?,
                    Argument::Number(number) => writeln!(f, "          {:<32} {name}={number}", "")?,
                }
            }
        }
        let Policy { name, pattern, apply_to, max_length, max_length_bytes } = &self.policy;
        writeln!(f, "policy    {name:<32} {pattern} ({apply_to}), set at the broker:")?;
        writeln!(f, "          {:<32} max-length={max_length}", "")?;
        writeln!(f, "          {:<32} max-length-bytes={max_length_bytes}", "")
    }
}
