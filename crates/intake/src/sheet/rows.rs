//! Rows as targets.

use gleaner_contract::{Country, Currency, RejectReason};

use super::columns::{Columns, Header, Role};
use crate::{
    batch::{Batch, no_schema},
    defaults::Defaults,
    error::{Place, Problem},
    files::Files,
    node::{Key, Node, Value},
    schemas::{Schemas, TARGETS_FILE},
    source::Source,
    target::{self, Outcome},
};

/// More columns than this are no table of targets.
const MAX_COLUMNS: usize = 1_000;

/// Reads a CSV file. `columns` says which column is what, as written in `referrer` (the file itself, when nothing is).
pub(crate) fn read(
    source: &Source<'_>,
    columns: &Columns,
    referrer: &Source<'_>,
    files: &dyn Files,
    defaults: &Defaults<'_>,
    batch: &mut Batch<'_>,
) {
    batch.begin_input(defaults);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(source.bytes))
        .from_reader(source.bytes);
    let mut record = csv::ByteRecord::new();
    match read_header(&mut reader, &mut record, columns, source, referrer) {
        Err(problems) => batch.problems(problems),
        Ok(_) if batch.has_problems() => {}
        Ok(_) if defaults.schema.is_none() => batch.problems([no_schema(Place::whole(referrer.name))]),
        Ok(header) => {
            let mut schemas = Schemas::new(files, TARGETS_FILE, batch.options.limits);
            // reading from memory does not fail, and ends with the bytes
            while reader.read_byte_record(&mut record).unwrap_or(false) {
                if read_row(&record, &header, source, defaults, &mut schemas, batch).is_break() {
                    break;
                }
            }
        }
    }
    batch.end_input(source.name);
}

fn read_header(
    reader: &mut csv::Reader<&[u8]>,
    record: &mut csv::ByteRecord,
    columns: &Columns,
    source: &Source<'_>,
    referrer: &Source<'_>,
) -> Result<Header, Vec<Problem>> {
    let problem = |what: String, hint: &str| {
        let place = Place { line: Some(1), ..Place::whole(source.name) };
        vec![Problem { place, what, hint: Some(hint.to_owned()) }]
    };
    if !reader.read_byte_record(record).unwrap_or(false) {
        return Err(problem(
            "the file is empty".into(),
            "its first line names the columns, such as id,name,url",
        ));
    }
    if record.len() > MAX_COLUMNS {
        return Err(problem(format!("more than {MAX_COLUMNS} columns"), "is this a CSV file with a header?"));
    }
    let cells: Result<Vec<String>, _> =
        record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned)).collect();
    let cells = cells.map_err(|_| problem("the header is not UTF-8".into(), "save the file as UTF-8"))?;
    Header::resolve(&cells, columns, source, referrer)
}

fn read_row(
    record: &csv::ByteRecord,
    header: &Header,
    source: &Source<'_>,
    defaults: &Defaults<'_>,
    schemas: &mut Schemas<'_>,
    batch: &mut Batch<'_>,
) -> std::ops::ControlFlow<()> {
    let at = start_of(record, source.bytes);
    let place = source.line(at);
    let mut issues = batch.issues();
    let limit = issues.limits.cell_bytes;
    let columns = || written(record, header, limit);
    let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
    let bad_row = match &cells {
        _ if record.iter().all(|cell| cell.trim_ascii().is_empty()) => {
            Some((RejectReason::Empty, "the row is empty".to_owned(), "remove it"))
        }
        _ if record.iter().any(|cell| cell.len() > limit) => {
            let hint = "is a quote opened and never closed?";
            Some((RejectReason::BadRow, format!("a cell exceeds {limit} bytes"), hint))
        }
        _ if record.len() != header.names.len() => {
            let what = format!("{} cells where the header names {}", record.len(), header.names.len());
            Some((RejectReason::BadRow, what, "a cell that contains the separator or a quote must be quoted"))
        }
        Err(_) => Some((RejectReason::BadRow, "the row is not UTF-8".to_owned(), "save the file as UTF-8")),
        Ok(_) => None,
    };
    if let Some((reason, what, hint)) = bad_row {
        issues.add_hinted(at, reason, what, hint);
        return batch.admit(Outcome::Wrong, issues, place, None, columns);
    }
    let cells = cells.unwrap_or_default();
    let node = as_target(&cells, header, at, |name, what, cell| batch.ignore(&place, name, what, cell));
    let mut outcome = target::read(&node, defaults, schemas, &mut issues);
    if let Outcome::Read(target) = &mut outcome {
        let columns = header.roles.iter().zip(&header.names).zip(&cells);
        let passed = columns.filter(|((role, _), _)| role.is_none_or(Role::passes));
        target.extra = passed.map(|((_, name), cell)| (name.clone(), (*cell).to_owned())).collect();
    }
    batch.admit(outcome, issues, place, target::written_id(&node), columns)
}

/// The row as the table that a targets file would write of it. Blank cells are absent; so is what only looks like a code
/// by the name of its column, of which `ignore` is told.
fn as_target(
    cells: &[&str],
    header: &Header,
    at: usize,
    mut ignore: impl FnMut(&str, &'static str, &str),
) -> Node {
    let mut entries = Vec::new();
    let mut known = Vec::new();
    let text = |text: &str| Node { at, value: Value::Text(text.to_owned()) };
    for ((role, column), cell) in header.roles.iter().zip(&header.names).zip(cells) {
        let Some(role) = role.filter(|_| !cell.trim().is_empty()) else { continue };
        let other = match role.name {
            "country" if cell.trim().parse::<Country>().is_err() => Some("country code such as DE"),
            "currency" if cell.trim().parse::<Currency>().is_err() => Some("currency code such as EUR"),
            _ => None,
        };
        if let Some(what) = other.filter(|_| role.guessed) {
            ignore(column, what, cell);
            continue;
        }
        let (name, value) = match role.name {
            "url" => ("urls", Node { at, value: Value::List(urls_of(cell).into_iter().map(text).collect()) }),
            "id" | "name" | "country" | "currency" => (role.name, text(cell)),
            identifier => {
                known.push((Key { at, name: identifier.to_owned() }, text(cell)));
                continue;
            }
        };
        entries.push((Key { at, name: name.to_owned() }, value));
    }
    if !known.is_empty() || entries.is_empty() {
        entries.push((Key { at, name: "known".to_owned() }, Node { at, value: Value::Table(known) }));
    }
    Node { at, value: Value::Table(entries) }
}

/// The URLs of one cell, separated by `|` or line breaks. Other white space separates those that all have a scheme: else
/// it belongs to the one URL that is there.
fn urls_of(cell: &str) -> Vec<&str> {
    let parts = cell.split(['|', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty());
    let urls = parts.flat_map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        let all_urls = words.iter().all(|word| word.contains("://"));
        if all_urls { words } else { vec![part] }
    });
    urls.collect()
}

/// The row as it was written, with a name for each cell that the header does not name.
fn written(record: &csv::ByteRecord, header: &Header, limit: usize) -> Vec<(String, String)> {
    let cells = record.iter().take(MAX_COLUMNS).enumerate();
    let named = cells.map(|(index, cell)| {
        let name = header.names.get(index).cloned().unwrap_or_else(|| format!("column {}", index + 1));
        (name, String::from_utf8_lossy(&cell[..cell.len().min(limit)]).into_owned())
    });
    named.collect()
}

/// Where the row starts: the reader counts blank lines before it as part of it.
fn start_of(record: &csv::ByteRecord, bytes: &[u8]) -> usize {
    let start = record.position().map_or(0, csv::Position::byte);
    let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
    start + bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// What separates the header's cells: the most frequent of comma, semicolon and tab outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    let header = bytes.trim_ascii_start();
    for byte in header.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')) {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            byte => counts.iter_mut().filter(|(candidate, _)| candidate == byte).for_each(|(_, n)| *n += 1),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(candidate, _)| *candidate)
}
