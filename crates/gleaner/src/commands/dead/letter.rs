//! How a dead letter is shown.

use std::fmt::Write as _;

use gleaner_contract::{Envelope, Message, wire};
use gleaner_ports::jobs::Filed;
use gleaner_records::printable;
use serde_json::{Value, json};

/// Bytes that are shown of what cannot be read.
const SHOWN: usize = 256;

pub(super) struct Letter<'f> {
    filed: &'f Filed,
}

impl<'f> Letter<'f> {
    pub(super) fn of(filed: &'f Filed) -> Self {
        Self { filed }
    }

    /// A line for people.
    pub(super) fn line(&self) -> String {
        let (number, row) = (self.filed.number, &self.filed.row);
        let queue = if row.queue.is_empty() { "-" } else { &row.queue };
        let told = [&row.class, queue, &row.detail].map(printable);
        let [class, queue, detail] = told;
        format!("{number:>5}  {}  {class:<14}  {queue}  job {}  {detail}", row.at, row.job)
    }

    /// The row, for programs.
    pub(super) fn row(&self) -> Value {
        let row = &self.filed.row;
        json!({
            "number": self.filed.number,
            "at": row.at,
            "class": row.class,
            "queue": Some(&row.queue).filter(|queue| !queue.is_empty()),
            "detail": row.detail,
            "job": row.job,
            "task": row.task,
            "epoch": row.epoch,
            "bytes": row.envelope.len(),
        })
    }

    /// The row with its message: `headers`, and `body` or else `bodyHex` and `problem`; null where it has none.
    pub(super) fn whole(&self) -> Value {
        let (mut whole, bytes) = (self.row(), &self.filed.row.envelope);
        let mut set = |key: &str, value: Value| whole[key] = value;
        if bytes.is_empty() {
            return whole;
        }
        let envelope = match wire::decode::<Envelope>(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                set("problem", error.to_string().into());
                set("bodyHex", hex(bytes).into());
                return whole;
            }
        };
        set("headers", json!(envelope.headers));
        match body(&envelope) {
            Ok(body) => set("body", body),
            Err(problem) => {
                set("problem", problem.into());
                set("bodyHex", hex(&envelope.body).into());
            }
        }
        whole
    }

    /// The same for people.
    pub(super) fn sheet(&self, whole: &Value) -> Result<String, serde_json::Error> {
        let mut sheet = String::new();
        for (name, value) in whole.as_object().into_iter().flatten() {
            let shown = match value {
                Value::Null => "-".to_owned(),
                Value::String(text) => printable(text),
                // JSON escapes what a terminal must not get, but for marks that reorder text
                Value::Object(_) => format!("\n{}", lines(&serde_json::to_string_pretty(value)?)),
                other => other.to_string(),
            };
            // writing to a string cannot fail
            let _ = writeln!(sheet, "{name:<9} {shown}");
        }
        if self.filed.row.envelope.is_empty() {
            sheet.push_str("it has no message: a page brought its workers down too often");
        }
        Ok(sheet.trim_end().to_owned())
    }
}

fn lines(text: &str) -> String {
    let indented = |line: &str| {
        let depth = line.len() - line.trim_start().len();
        format!("{:depth$}{}", "", printable(line))
    };
    text.lines().map(indented).collect::<Vec<_>>().join("\n")
}

fn body(envelope: &Envelope) -> Result<Value, String> {
    let message =
        Message::from_envelope(envelope).map_err(|error| match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        })?;
    let value = match &message {
        Message::Crawl(task) => serde_json::to_value(task),
        Message::Render(task) => serde_json::to_value(task),
        Message::Extract(task) => serde_json::to_value(task),
        Message::Llm(task) | Message::Deep(task) => serde_json::to_value(task),
        Message::Report(report) => serde_json::to_value(report),
    };
    value.map_err(|error| error.to_string())
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * SHOWN + 3);
    for byte in bytes.iter().take(SHOWN) {
        let _ = write!(hex, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        hex.push('…');
    }
    hex
}

#[cfg(test)]
mod tests;
