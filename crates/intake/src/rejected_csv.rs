//! `rejected.csv`: what was written, and why it does not run.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use gleaner_contract::guarded_cell;

use crate::error::Rejected;

/// Writes the original columns of all rejected rows, in the order of their first appearance, with `reason` and
/// `message` after them. Rows of a CSV file with the usual columns can be mended here and run as a file of their own;
/// targets of other files show their keys as cells, for reading.
///
/// Cells that a spreadsheet would run as formulas are guarded, and stay so; see [`guarded_cell`].
pub fn write_rejected_csv(rejected: &[Rejected], to: impl Write) -> io::Result<()> {
    let mut columns: Vec<&str> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (name, _) in rejected.iter().flat_map(|row| &row.columns) {
        index.entry(name).or_insert_with(|| {
            columns.push(name);
            columns.len() - 1
        });
    }
    let own = ["reason", "message"].map(|name| free_name(name, &index));
    let mut writer = csv::Writer::from_writer(to);
    let header = columns.iter().copied().chain(own.iter().map(String::as_str));
    write_record(&mut writer, header)?;
    for row in rejected {
        let mut cells = vec![""; columns.len()];
        for (name, cell) in &row.columns {
            cells[index[name.as_str()]] = cell;
        }
        let message = row.to_string();
        write_record(&mut writer, cells.into_iter().chain([row.reason.as_str(), &message]))?;
    }
    writer.flush()
}

fn write_record<'a>(
    writer: &mut csv::Writer<impl Write>,
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for cell in cells {
        writer.write_field(guarded_cell(cell).as_bytes())?;
    }
    Ok(writer.write_record(None::<&[u8]>)?)
}

/// This name, or one made from it that the original columns do not have.
fn free_name(name: &str, taken: &HashMap<&str, usize>) -> String {
    let mut free = name.to_owned();
    while taken.contains_key(free.as_str()) {
        free.insert_str(0, "gleaner_");
    }
    free
}

#[cfg(test)]
mod tests;
