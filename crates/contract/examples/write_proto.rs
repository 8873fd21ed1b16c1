//! Writes the generated files of `proto/`: JSON Schemas and golden messages.

use std::{fs, io, path::Path};

use gleaner_contract::proto;

fn main() -> io::Result<()> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto"));
    for file in proto::files() {
        let path = root.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if fs::read(&path).ok().as_deref() != Some(&file.bytes[..]) {
            fs::write(&path, &file.bytes)?;
            println!("proto/{}", file.path);
        }
    }
    Ok(())
}
