//! The one way to standard output, and to standard error beside logs.
//!
//! A reader that closed its pipe has what it wanted: what is written after that goes nowhere, and the command goes on to
//! its other work and its own exit code.

use std::{
    fmt,
    io::{self, BufWriter, ErrorKind, StdoutLock, Write},
};

/// Standard output, locked and buffered; what is left is written when it is dropped.
#[derive(Debug)]
pub(crate) struct Out<W: Write = StdoutLock<'static>> {
    to: BufWriter<Open<W>>,
}

#[derive(Debug)]
struct Open<W> {
    to: W,
    closed: bool,
}

/// Standard output.
pub(crate) fn out() -> Out {
    Out::new(io::stdout().lock())
}

/// One line on standard output.
pub(crate) fn line(what: impl fmt::Display) -> io::Result<()> {
    let mut out = out();
    writeln!(out, "{what}")?;
    out.flush()
}

/// Tells whoever watches standard error; nobody may.
pub(crate) fn note(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{what}");
}

impl<W: Write> Out<W> {
    fn new(to: W) -> Self {
        Self { to: BufWriter::new(Open { to, closed: false }) }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl<W: Write> Open<W> {
    /// Tries until the reader is found gone, and then answers `gone`.
    fn or_closed<T>(&mut self, gone: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.closed {
            return Ok(gone);
        }
        match act(&mut self.to) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(gone)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Open<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.or_closed(bytes.len(), |to| to.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.or_closed((), Write::flush)
    }
}

#[cfg(test)]
mod tests;
