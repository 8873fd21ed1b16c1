//! Content-Encoding, undone in chunks, so that the limits hold on decoded bytes before they are held.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecoderParameter, DecompressorWriter};
use flate2::write::{DeflateDecoder, ZlibDecoder};

mod gzip;

use gzip::Gzip;

/// What we ask for; just what can be undone here.
pub(super) const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// No honest server stacks more.
const MAX_STACKED: usize = 2;

/// Below this many decoded bytes no ratio is an attack.
const RATIO_FLOOR: u64 = 1 << 20;

/// Windows of 8 MiB, which RFC 8878 asks every decoder to have; a larger one is memory on demand.
const ZSTD_WINDOW_LOG: u32 = 23;

const BUFFER: usize = 16 * 1024;

/// What an encoder may add to bytes that it cannot shrink. More than this beyond the limit decodes to nothing.
const WIRE_SLACK: u64 = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum DecodeFault {
    TooLarge,
    Ratio,
    Encoding(String),
}

/// Undoes up to two encodings. Each stage holds no more than the limit and its window (16 MiB for brotli, 8 MiB for zstd).
pub(super) struct Decoder {
    stages: Vec<Stage>,
    body: Vec<u8>,
    wire: u64,
    max_bytes: u64,
    max_ratio: u64,
}

impl Decoder {
    /// A decoder for the value of Content-Encoding, empty for none.
    pub(super) fn new(encodings: &str, max_bytes: u64, max_ratio: u64) -> Result<Self, DecodeFault> {
        let mut stages = Vec::new();
        // the last applied stands last and is undone first
        for name in encodings.split(',').rev() {
            let name = name.trim().to_ascii_lowercase();
            if matches!(name.as_str(), "" | "identity" | "none") {
                continue;
            }
            // before it is built: a head has room for thousands of names
            if stages.len() == MAX_STACKED {
                let detail = format!("more than {MAX_STACKED} stacked content encodings");
                return Err(DecodeFault::Encoding(detail));
            }
            stages.push(match name.as_str() {
                "gzip" | "x-gzip" => Stage::Gzip(Gzip::new()),
                "br" => Stage::Brotli(Box::new(brotli_decoder())),
                "zstd" => {
                    Stage::Zstd(zstd_decoder().map_err(|source| DecodeFault::Encoding(source.to_string()))?)
                }
                "deflate" => Stage::DeflateUnseen { seen: Vec::new(), limit: 0 },
                other => {
                    let other: String = other.chars().take(40).collect();
                    return Err(DecodeFault::Encoding(format!("unknown content encoding `{other}`")));
                }
            });
        }
        Ok(Self { stages, body: Vec::new(), wire: 0, max_bytes, max_ratio })
    }

    /// Takes the next bytes from the wire.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), DecodeFault> {
        self.wire += chunk.len() as u64;
        self.run(chunk, |stage, input| stage.push(input))?;
        if self.wire > self.max_bytes.saturating_add(WIRE_SLACK) {
            return Err(DecodeFault::TooLarge);
        }
        Ok(())
    }

    /// What has come so far costs this much: the larger of what was sent and what it decoded to.
    pub(super) fn spent(&self) -> u64 {
        self.wire.max(self.body.len() as u64)
    }

    /// The body up to the limit, after [`DecodeFault::TooLarge`].
    pub(super) fn cut(self) -> Vec<u8> {
        self.body
    }

    /// The whole body, once the wire has nothing more; a stream cut short is an error.
    pub(super) fn finish(mut self, may_cut: bool) -> Result<Vec<u8>, DecodeFault> {
        // an answer without a body may still name an encoding
        if self.wire > 0 {
            let rest = self.run(&[], |stage, input| {
                stage.push(input)?;
                stage.finish()
            });
            match rest {
                Err(DecodeFault::TooLarge) if may_cut => {}
                rest => rest?,
            }
        }
        // a body is paid for by what it decodes to
        if self.wire > self.body.len() as u64 + WIRE_SLACK {
            return Err(DecodeFault::Encoding("far more was sent than it decodes to".into()));
        }
        Ok(self.body)
    }

    fn run(
        &mut self,
        input: &[u8],
        step: impl Fn(&mut Stage, &[u8]) -> io::Result<()>,
    ) -> Result<(), DecodeFault> {
        let by_ratio = self.wire.saturating_mul(self.max_ratio).max(RATIO_FLOOR);
        let limit = self.max_bytes.min(by_ratio);
        let beyond = || if by_ratio < self.max_bytes { DecodeFault::Ratio } else { DecodeFault::TooLarge };
        let mut decoded: Option<Vec<u8>> = None;
        let mut tripped = false;
        for stage in &mut self.stages {
            stage.set_limit(limit);
            let outcome = step(stage, decoded.as_deref().unwrap_or(input));
            tripped |= stage.output().is_some_and(|output| output.tripped);
            if !tripped {
                outcome
                    .map_err(|source| DecodeFault::Encoding(format!("broken content encoding: {source}")))?;
            }
            decoded = Some(stage.output().map(Capped::take).unwrap_or_default());
        }
        let decoded = decoded.as_deref().unwrap_or(input);
        let room = usize::try_from(self.max_bytes).unwrap_or(usize::MAX).saturating_sub(self.body.len());
        self.body.extend_from_slice(&decoded[..decoded.len().min(room)]);
        match (tripped, decoded.len() > room) {
            (true, _) => Err(beyond()),
            (false, true) => Err(DecodeFault::TooLarge),
            (false, false) => Ok(()),
        }
    }
}

fn brotli_decoder() -> DecompressorWriter<Capped> {
    let mut decoder = DecompressorWriter::new(Capped::default(), BUFFER);
    // RFC 7932 ends at 16 MiB; the larger windows fill up to 1 GiB before a byte comes out
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    decoder
}

fn zstd_decoder() -> io::Result<zstd::stream::write::Decoder<'static, Capped>> {
    let mut decoder = zstd::stream::write::Decoder::new(Capped::default())?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// Takes what a decoder writes, up to a limit on all that it ever wrote.
#[derive(Debug, Default)]
struct Capped {
    held: Vec<u8>,
    total: u64,
    limit: u64,
    tripped: bool,
}

impl Capped {
    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.total);
        self.total += bytes.len() as u64;
        if self.total > self.limit {
            self.tripped = true;
            // who takes a body cut at the limit gets all of it
            self.held.extend_from_slice(&bytes[..usize::try_from(room).unwrap_or(bytes.len())]);
            return Err(io::Error::other("limit reached"));
        }
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Stage {
    Gzip(Gzip),
    Zlib(ZlibDecoder<Capped>),
    Deflate(DeflateDecoder<Capped>),
    /// `deflate` before its first two bytes, which tell zlib from the bare stream that some servers send.
    DeflateUnseen {
        seen: Vec<u8>,
        limit: u64,
    },
    Brotli(Box<DecompressorWriter<Capped>>),
    Zstd(zstd::stream::write::Decoder<'static, Capped>),
}

impl Stage {
    fn push(&mut self, input: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(gzip) => gzip.push(input),
            Self::Zlib(decoder) => feed(decoder, input),
            Self::Deflate(decoder) => feed(decoder, input),
            Self::Brotli(decoder) => feed(decoder, input),
            Self::Zstd(decoder) => feed(decoder, input),
            Self::DeflateUnseen { seen, limit } => {
                seen.extend_from_slice(input);
                let &[first, second, ..] = seen.as_slice() else { return Ok(()) };
                let start = std::mem::take(seen);
                let output = Capped { limit: *limit, ..Capped::default() };
                let zlib = first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0;
                *self = match zlib {
                    true => Self::Zlib(ZlibDecoder::new(output)),
                    false => Self::Deflate(DeflateDecoder::new(output)),
                };
                self.push(&start)
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(gzip) => gzip.finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.do_finish(),
            Self::DeflateUnseen { .. } => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn output(&mut self) -> Option<&mut Capped> {
        match self {
            Self::Gzip(gzip) => Some(gzip.output()),
            Self::Zlib(decoder) => Some(decoder.get_mut()),
            Self::Deflate(decoder) => Some(decoder.get_mut()),
            Self::Brotli(decoder) => Some(decoder.get_mut()),
            Self::Zstd(decoder) => Some(decoder.get_mut()),
            Self::DeflateUnseen { .. } => None,
        }
    }

    fn set_limit(&mut self, new: u64) {
        match self {
            Self::DeflateUnseen { limit, .. } => *limit = new,
            _ => self.output().into_iter().for_each(|output| output.limit = new),
        }
    }
}

/// Writes until the input is used up or the stream has ended; what follows its end is ignored, as browsers do.
fn feed(decoder: &mut impl Write, mut input: &[u8]) -> io::Result<()> {
    while !input.is_empty() {
        match decoder.write(input)? {
            0 => break,
            taken => input = &input[taken..],
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
