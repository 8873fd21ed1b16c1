//! `proto/` says what the code does: its files are fresh, its schemas and the decoder agree, and a reader that shares
//! no code with ours sees the same values.

#![allow(clippy::unwrap_used, reason = "every function of this crate is part of a test")]

mod fresh;
mod independent;
mod obeys;
mod shapes;

use std::path::PathBuf;

fn proto_dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto"))
}
