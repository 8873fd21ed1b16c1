//! CSV with a header: which column is what, and rows as targets. Other columns pass through.

mod columns;
mod rows;

pub(crate) use columns::Columns;
pub(crate) use rows::read;

use crate::{batch::Batch, defaults::Defaults, error::Problem, files::Files, source::Source};

/// Reads the CSV file that a targets file refers to.
pub(crate) fn read_referenced(
    columns: &Columns,
    referrer: &Source<'_>,
    files: &dyn Files,
    defaults: &Defaults<'_>,
    batch: &mut Batch<'_>,
) {
    let bytes = match files.read(&columns.path, batch.options.limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            return batch.problems([Problem {
                place: referrer.place(columns.at),
                what: format!("`from.csv`: `{}`: {error}", columns.path),
                hint: error.hint().or_else(|| Some("the path is relative to the targets file".into())),
            }]);
        }
    };
    match Source::new(&columns.path, &bytes) {
        Ok(source) => read(&source, columns, referrer, files, defaults, batch),
        Err(problem) => batch.problems([problem]),
    }
}

#[cfg(test)]
mod tests;
