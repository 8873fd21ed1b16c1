use std::io::Read;

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use proptest::prelude::*;

use super::*;

const RATIO: u64 = 200;

pub(in crate::client) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::client) fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorReader::new(bytes, 4096, 5, 20).read_to_end(&mut out).unwrap();
    out
}

pub(in crate::client) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn decode(encodings: &str, wire: &[u8], chunk: usize, max: u64) -> Result<Vec<u8>, DecodeFault> {
    let mut decoder = Decoder::new(encodings, max, RATIO)?;
    for chunk in wire.chunks(chunk) {
        decoder.push(chunk)?;
    }
    decoder.finish(false)
}

#[track_caller]
fn check(encodings: &str, wire: &[u8], expected: &[u8]) {
    for chunk in [1, 7, 1 << 20] {
        assert_eq!(
            decode(encodings, wire, chunk, 1 << 20).unwrap(),
            expected,
            "{encodings} in chunks of {chunk}"
        );
    }
}

const PAGE: &[u8] = b"<p>129,00 EUR</p><p>129,00 EUR</p><p>129,00 EUR</p>";

#[test]
fn every_encoding_is_undone() {
    check("", PAGE, PAGE);
    check("identity", PAGE, PAGE);
    check("gzip", &gzip(PAGE), PAGE);
    check("X-GZip", &gzip(PAGE), PAGE);
    check("br", &brotli(PAGE), PAGE);
    check("zstd", &zstd(PAGE), PAGE);
    check("deflate", &zlib(PAGE), PAGE);
    check("deflate", &deflate(PAGE), PAGE);
}

#[test]
fn two_encodings_are_undone_last_first() {
    check("gzip, br", &brotli(&gzip(PAGE)), PAGE);
    check("br,identity, zstd", &zstd(&brotli(PAGE)), PAGE);
    check("deflate, gzip", &gzip(&zlib(PAGE)), PAGE);
}

#[test]
fn third_encoding_and_unknown_ones_are_refused() {
    for encodings in ["gzip, gzip, gzip", "br,br,br,br", "compress", "gzip;q=1"] {
        assert!(matches!(decode(encodings, PAGE, 9, 100), Err(DecodeFault::Encoding(_))), "{encodings}");
    }
}

#[test]
fn encodings_are_counted_before_any_is_built() {
    // undone from the last: the unknown one is never looked at
    let Err(DecodeFault::Encoding(detail)) = decode("compress, gzip, gzip", PAGE, 9, 100) else {
        panic!("three encodings")
    };
    assert!(detail.contains("more than 2"), "{detail}");
}

#[test]
fn brotli_windows_beyond_the_standard_are_refused() {
    let window = |lgwin, large_window| {
        let params =
            brotli::enc::BrotliEncoderParams { quality: 5, lgwin, large_window, ..Default::default() };
        let mut wire = Vec::new();
        brotli::BrotliCompress(&mut &PAGE[..], &mut wire, &params).unwrap();
        wire
    };
    assert!(matches!(decode("br", &window(30, true), 9, 1 << 20), Err(DecodeFault::Encoding(_))));
    check("br", &window(24, false), PAGE);
}

#[test]
fn what_decodes_to_nothing_is_cut_off_at_the_limit() {
    const MAX: u64 = 1 << 20;
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
    for (encoding, wire) in [
        ("deflate", [0, 0, 0, 0xff, 0xff].repeat(1 << 19)),
        ("zstd", skippable.repeat(1 << 18)),
        ("gzip", [gzip(PAGE), vec![b'A'; 2 << 20]].concat()),
        ("br", [brotli(PAGE), vec![b'A'; 2 << 20]].concat()),
    ] {
        let mut decoder = Decoder::new(encoding, MAX, RATIO).unwrap();
        let fault = wire.chunks(4096).find_map(|chunk| decoder.push(chunk).err());
        assert_eq!(fault, Some(DecodeFault::TooLarge), "{encoding}");
        assert!(decoder.spent() < MAX + (128 << 10), "{encoding}: {}", decoder.spent());
    }
}

#[test]
fn members_of_gzip_are_read_one_after_another() {
    let wire = [gzip(b"first "), gzip(b""), gzip(b"second")].concat();
    check("gzip", &wire, b"first second");
    check("gzip", &[wire.as_slice(), b"\x1f"].concat(), b"first second");
    check("gzip", &[wire.as_slice(), b"\x1fgarbage"].concat(), b"first second");
    for cut in [wire.len() - 1, gzip(b"first ").len() + 3] {
        assert!(matches!(decode("gzip", &wire[..cut], 5, 1000), Err(DecodeFault::Encoding(_))), "{cut}");
    }
    assert_eq!(decode("gzip", &gzip(PAGE).repeat(9), 64, 400), Err(DecodeFault::TooLarge));
    assert!(matches!(decode("gzip", &gzip(b"").repeat(5000), 4096, 1 << 20), Err(DecodeFault::Encoding(_))));
}

#[test]
fn what_fits_the_limit_is_there_for_who_takes_a_cut_body() {
    let text: Vec<u8> = (0..40_000u32).flat_map(|n| n.to_le_bytes()).collect();
    for (encoding, wire) in [
        ("", text.clone()),
        ("gzip", gzip(&text)),
        ("br", brotli(&text)),
        ("zstd", zstd(&text)),
        ("deflate", deflate(&text)),
        ("gzip, br", brotli(&gzip(&text))),
    ] {
        let mut decoder = Decoder::new(encoding, 100_000, RATIO).unwrap();
        let fault = wire.chunks(4096).find_map(|chunk| decoder.push(chunk).err());
        assert_eq!(fault, Some(DecodeFault::TooLarge), "{encoding}");
        assert!(decoder.cut() == text[..100_000], "{encoding}");
    }
}

#[test]
fn empty_answer_needs_no_stream() {
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        check(encoding, b"", b"");
    }
}

#[test]
fn stream_cut_short_or_broken_is_an_error() {
    for (encoding, wire) in [
        ("gzip", gzip(PAGE)),
        ("br", brotli(PAGE)),
        ("zstd", zstd(PAGE)),
        ("deflate", zlib(PAGE)),
        ("deflate", deflate(PAGE)),
    ] {
        let cut = &wire[..wire.len() / 2];
        assert!(matches!(decode(encoding, cut, 5, 1000), Err(DecodeFault::Encoding(_))), "{encoding} cut");
        assert!(
            matches!(decode(encoding, &wire[..1], 5, 1000), Err(DecodeFault::Encoding(_))),
            "{encoding} one byte"
        );
    }
    for encoding in ["gzip", "zstd", "br"] {
        let noise = [0xA5; 64];
        assert!(
            matches!(decode(encoding, &noise, 64, 1000), Err(DecodeFault::Encoding(_))),
            "{encoding} noise"
        );
    }
}

#[test]
fn bytes_after_the_end_are_ignored() {
    for (encoding, wire) in [("gzip", gzip(PAGE)), ("br", brotli(PAGE)), ("deflate", zlib(PAGE))] {
        let wire = [wire.as_slice(), b"\0\0trailing"].concat();
        check(encoding, &wire, PAGE);
    }
}

#[test]
fn far_more_bytes_than_they_decode_to_are_no_page() {
    let wire = [gzip(PAGE), vec![0; 100 << 10]].concat();
    assert!(matches!(decode("gzip", &wire, 4096, 1 << 20), Err(DecodeFault::Encoding(_))));
}

#[test]
fn limit_holds_to_the_byte() {
    for (encoding, wire) in
        [("", PAGE.to_vec()), ("gzip", gzip(PAGE)), ("br", brotli(PAGE)), ("zstd", zstd(PAGE))]
    {
        let length = PAGE.len() as u64;
        assert_eq!(decode(encoding, &wire, 9, length).unwrap(), PAGE, "{encoding}");
        assert_eq!(decode(encoding, &wire, 9, length - 1), Err(DecodeFault::TooLarge), "{encoding}");
    }
}

#[test]
fn bombs_go_off_at_the_limit() {
    let zeros = vec![0; 64 << 20];
    for (encoding, wire) in [
        ("gzip", gzip(&zeros)),
        ("br", brotli(&zeros)),
        ("zstd", zstd(&zeros)),
        ("deflate", deflate(&zeros)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
        ("br, br", brotli(&brotli(&zeros))),
    ] {
        assert_eq!(decode(encoding, &wire, 4096, 1 << 20), Err(DecodeFault::TooLarge), "{encoding}");
        assert_eq!(decode(encoding, &wire, 4096, 32 << 20), Err(DecodeFault::Ratio), "{encoding}");
    }
}

#[test]
fn bomb_between_two_stages_goes_off_too() {
    // the outer stage swells, the inner one would read a short stream and ignore the rest
    let mut inner = gzip(PAGE);
    inner.resize(64 << 20, 0);
    assert_eq!(decode("gzip, br", &brotli(&inner), 4096, 1 << 20), Err(DecodeFault::TooLarge));
}

#[test]
fn no_stage_holds_more_than_the_limit() {
    let wire = gzip(&vec![0; 64 << 20]);
    let mut decoder = Decoder::new("gzip", 1 << 20, RATIO).unwrap();
    assert_eq!(decoder.push(&wire), Err(DecodeFault::TooLarge));
    assert!(decoder.stages[0].output().unwrap().held.capacity() <= 2 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_encoded_comes_back(
        body in prop::collection::vec(any::<u8>(), 1..5000),
        chunk in 1usize..700,
    ) {
        for (encoding, wire) in [
            ("gzip", gzip(&body)), ("br", brotli(&body)), ("zstd", zstd(&body)),
            ("deflate", zlib(&body)), ("zstd, gzip", gzip(&zstd(&body))),
        ] {
            // what no encoder can shrink grows a little between two stages
            prop_assert_eq!(&decode(encoding, &wire, chunk, 6000).unwrap(), &body, "{}", encoding);
        }
    }

    #[test]
    fn noise_never_panics_or_passes_the_limit(
        wire in prop::collection::vec(any::<u8>(), 0..300),
        encoding in prop::sample::select(vec!["gzip", "br", "zstd", "deflate", "br, gzip"]),
    ) {
        if let Ok(body) = decode(encoding, &wire, 50, 1000) {
            prop_assert!(body.len() <= 1000);
        }
    }
}
