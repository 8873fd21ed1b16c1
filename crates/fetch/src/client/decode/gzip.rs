//! gzip with its members, one after another (RFC 1952, 2.2); what is no member after the last one is ignored, as browsers
//! do.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use super::Capped;

/// Members of a few bytes each would have a decoder built for each.
const MAX_MEMBERS: u32 = 4096;

pub(super) struct Gzip {
    decoder: GzDecoder<Capped>,
    members: u32,
    place: Place,
}

enum Place {
    Member,
    /// Behind a member; the first byte of another one may have been seen.
    Between {
        begun: bool,
    },
    Trailer,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { decoder: GzDecoder::new(Capped::default()), members: 1, place: Place::Member }
    }

    pub(super) fn output(&mut self) -> &mut Capped {
        self.decoder.get_mut()
    }

    pub(super) fn push(&mut self, mut input: &[u8]) -> io::Result<()> {
        while let [first, rest @ ..] = input {
            match self.place {
                Place::Member => match self.decoder.write(input)? {
                    0 => {
                        self.decoder.try_finish()?;
                        self.place = Place::Between { begun: false };
                    }
                    taken => input = &input[taken..],
                },
                Place::Between { begun: false } if *first == 0x1f => {
                    self.place = Place::Between { begun: true };
                    input = rest;
                }
                Place::Between { begun: true } if *first == 0x8b => self.next_member()?,
                Place::Between { .. } | Place::Trailer => {
                    self.place = Place::Trailer;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        match self.place {
            Place::Member => self.decoder.try_finish(),
            Place::Between { .. } | Place::Trailer => Ok(()),
        }
    }

    fn next_member(&mut self) -> io::Result<()> {
        self.members += 1;
        if self.members > MAX_MEMBERS {
            return Err(io::Error::other(format!("more than {MAX_MEMBERS} gzip members")));
        }
        let output = std::mem::take(self.decoder.get_mut());
        self.decoder = GzDecoder::new(output);
        self.decoder.write_all(&[0x1f])?;
        self.place = Place::Member;
        Ok(())
    }
}
