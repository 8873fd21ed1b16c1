//! One input's bytes, and the line and column of an offset in them.

use crate::error::{Place, Problem};

/// Further right nobody counts: a whole file on one line would cost its length for each place.
const MAX_COLUMN: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    /// Without the byte order mark.
    pub(crate) bytes: &'a [u8],
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(name: &'a str, bytes: &'a [u8]) -> Result<Self, Problem> {
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if utf16 {
            return Err(Problem {
                place: Place::whole(name),
                what: "the file is UTF-16".into(),
                hint: Some("save it as UTF-8".into()),
            });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        Ok(Self { name, bytes, line_starts })
    }

    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        std::str::from_utf8(self.bytes).map_err(|error| Problem {
            place: self.place(error.valid_up_to()),
            what: "the file is not UTF-8".into(),
            hint: Some("save it as UTF-8".into()),
        })
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.bytes.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let before = &self.bytes[start..offset];
        let column =
            (before.len() <= MAX_COLUMN).then(|| String::from_utf8_lossy(before).chars().count() + 1);
        Place { file: self.name.to_owned(), line: Some(line), column }
    }

    /// The line alone, for forms in which a column says nothing.
    pub(crate) fn line(&self, offset: usize) -> Place {
        Place { column: None, ..self.place(offset) }
    }
}
