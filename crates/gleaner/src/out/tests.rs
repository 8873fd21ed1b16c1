use super::*;

/// Takes some bytes, and then fails.
struct Pipe {
    room: usize,
    end: ErrorKind,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(self.end.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.room == 0 { Err(self.end.into()) } else { Ok(()) }
    }
}

fn write_much(end: ErrorKind) -> io::Result<()> {
    let mut out = Out::new(Pipe { room: 10, end });
    for _ in 0..10_000 {
        writeln!(out, "a line that is not short")?;
    }
    out.flush()
}

#[test]
fn a_closed_pipe_takes_everything() {
    write_much(ErrorKind::BrokenPipe).expect("nobody minds");
}

#[test]
fn a_full_disk_is_told() {
    assert_eq!(write_much(ErrorKind::StorageFull).expect_err("told").kind(), ErrorKind::StorageFull);
}
