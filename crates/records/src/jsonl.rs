//! JSON, one value a line.

use std::{
    io::{self, BufRead, Write},
    marker::PhantomData,
};

use serde::{Serialize, de::DeserializeOwned};

/// A line longer than this is none of ours.
const MAX_LINE: u64 = 64 << 20;

/// Why a line could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("could not read line {line}")]
    Io { line: usize, source: io::Error },
    #[error("line {line} cannot be used: {what}")]
    Form { line: usize, what: String },
    #[error("line {line} is longer than {MAX_LINE} bytes")]
    TooLong { line: usize },
}

pub fn write<T: Serialize>(values: impl IntoIterator<Item = T>, mut out: impl Write) -> io::Result<()> {
    for value in values {
        serde_json::to_writer(&mut out, &value)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Reads one value after the other; empty lines and unknown fields are passed over. After a line that is of another
/// form the next one follows; any other error is the last.
pub fn read<T: DeserializeOwned, R: BufRead>(from: R) -> Lines<T, R> {
    Lines { from, line: 0, ended: false, of: PhantomData }
}

/// See [`read`].
#[derive(Debug)]
pub struct Lines<T, R> {
    from: R,
    line: usize,
    ended: bool,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned, R: BufRead> Iterator for Lines<T, R> {
    type Item = Result<T, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.line += 1;
            let line = self.line;
            let mut bytes = Vec::new();
            // bytes, not text: a line that is no UTF-8 is of another form, and the next one may be read
            let read = io::Read::take(&mut self.from, MAX_LINE + 1).read_until(b'\n', &mut bytes);
            self.ended = !matches!(read, Ok(read) if read > 0 && read as u64 <= MAX_LINE);
            match read {
                Err(source) => return Some(Err(LineError::Io { line, source })),
                Ok(read) if read as u64 > MAX_LINE => return Some(Err(LineError::TooLong { line })),
                Ok(_) if bytes.trim_ascii().is_empty() => {}
                Ok(_) => {
                    return Some(
                        serde_json::from_slice(&bytes)
                            .map_err(|error| LineError::Form { line, what: within_line(&error) }),
                    );
                }
            }
        }
        None
    }
}

/// Each value is parsed on its own, so that the parser's count of lines says nothing.
fn within_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

#[cfg(test)]
mod tests;
