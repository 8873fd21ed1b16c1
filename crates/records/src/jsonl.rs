//! Records as JSON, one a line.

use std::io::{self, BufRead, Write};

use gleaner_contract::Record;

/// A line longer than this is no record of ours.
const MAX_LINE: u64 = 64 << 20;

/// Why a file is no list of records.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("could not read line {line}")]
    Io { line: usize, source: io::Error },
    #[error("line {line} is no record: {what}")]
    Record { line: usize, what: String },
    #[error("line {line} is longer than {MAX_LINE} bytes")]
    TooLong { line: usize },
}

pub fn write(records: &[Record], mut out: impl Write) -> io::Result<()> {
    for record in records {
        serde_json::to_writer(&mut out, record)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads records; empty lines and unknown fields are passed over.
pub fn read(mut from: impl BufRead) -> Result<Vec<Record>, ReadError> {
    let mut records = Vec::new();
    for line in 1.. {
        let mut text = String::new();
        let mut limited = io::Read::take(&mut from, MAX_LINE + 1);
        let read = limited.read_line(&mut text).map_err(|source| ReadError::Io { line, source })?;
        if read == 0 {
            break;
        }
        if read as u64 > MAX_LINE {
            return Err(ReadError::TooLong { line });
        }
        if !text.trim().is_empty() {
            let record = serde_json::from_str(&text)
                .map_err(|error| ReadError::Record { line, what: error.to_string() })?;
            records.push(record);
        }
    }
    Ok(records)
}
