//! Pages and packs as stores keep them: one zstd frame each, which unpacks to no more than [`MAX_KEPT_BYTES`].

use std::io;

use gleaner_contract::capture::MAX_KEPT_BYTES;

pub(crate) fn pack(bytes: &[u8], level: i32) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, level)
}

/// What a frame holds; one that holds more than it says, or says too much, is an error.
pub(crate) fn unpack(stored: &[u8]) -> io::Result<Vec<u8>> {
    let told = zstd::zstd_safe::get_frame_content_size(stored).ok().flatten().unwrap_or(0);
    match usize::try_from(told).ok().filter(|size| *size <= MAX_KEPT_BYTES) {
        // no more than this is set aside, whatever the frame holds
        Some(size) => zstd::bulk::decompress(stored, size),
        None => Err(io::Error::other(format!("it holds more than {MAX_KEPT_BYTES} bytes"))),
    }
}
