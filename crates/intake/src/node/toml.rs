//! TOML, with the place of each value.

use ::toml::de::{DeTable, DeValue};

use super::{Key, Node, Value};
use crate::{error::Problem, source::Source};

/// The whole document, or every syntax error in it.
pub(crate) fn parse(source: &Source<'_>) -> Result<Node, Vec<Problem>> {
    let text = source.text().map_err(|problem| vec![problem])?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Node { at: table.span().start, value: read_table(table.into_inner()) });
    }
    let problem = |error: ::toml::de::Error| Problem {
        place: source.place(error.span().map_or(0, |span| span.start)),
        what: format!("not TOML: {}", error.message().replace('\n', ", ")),
        hint: None,
    };
    Err(errors.into_iter().map(problem).collect())
}

// no deeper than the parser's own limit of 80 levels
fn read_table(table: DeTable<'_>) -> Value {
    let mut entries: Vec<(Key, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let at = key.span().start;
            let node = Node { at: value.span().start, value: read_value(value.into_inner()) };
            (Key { at, name: key.into_inner().into_owned() }, node)
        })
        .collect();
    // the parser sorts keys by name; wanted is the order of the file
    entries.sort_by_key(|(key, _)| key.at);
    Value::Table(entries)
}

fn read_value(value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let digits = i128::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| number.as_str().to_owned(), |whole| whole.to_string());
            Value::Number(digits)
        }
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(_) => Value::Time,
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| Node { at: item.span().start, value: read_value(item.into_inner()) })
                .collect(),
        ),
        DeValue::Table(table) => read_table(table),
    }
}
