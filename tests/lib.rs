//! Where the end-to-end suites find the binary: built before the tests run, by `cargo test --workspace` or `scripts/test`.

use std::path::PathBuf;

use anyhow::{Context, bail};

/// The `gleaner` binary beside this test's own target directory.
pub fn gleaner_binary() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe().context("a test knows its own path")?;
    let profile = test.ancestors().nth(2).context("tests lie in target/<profile>/deps")?;
    let binary = profile.join("gleaner");
    if !binary.exists() {
        bail!(
            "`{}` is not built: run `cargo build -p gleaner` first, as scripts/test does",
            binary.display()
        );
    }
    Ok(binary)
}
