//! A source bundle: each cited page under its hash, and an index of what was read where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use gleaner_contract::{ContentHash, Record, capture::MAX_KEPT_BYTES};
use serde::{Deserialize, Serialize};

use crate::jsonl::{self, Lines};

const INDEX: &str = "index.jsonl";

/// No cited page is larger.
const MAX_PAGE: u64 = MAX_KEPT_BYTES as u64;

/// A line of `index.jsonl`: one for each page and address that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexRow {
    pub hash: ContentHash,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    pub bytes: u64,
    /// The file's name in the bundle: its hash tells it, see [`file_name`].
    pub file: String,
}

/// The name of a page's file in a bundle.
pub(crate) fn file_name(hash: &ContentHash) -> String {
    format!("{}.bin", hash.hex())
}

/// The pages that records cite, with the addresses they were read from.
pub fn cited(records: &[Record]) -> BTreeMap<ContentHash, BTreeSet<String>> {
    let mut pages: BTreeMap<ContentHash, BTreeSet<String>> = BTreeMap::new();
    for evidence in records.iter().flat_map(|record| record.fields.values()).flat_map(|field| &field.evidence)
    {
        pages.entry(evidence.capture).or_default().insert(evidence.url.clone());
    }
    pages
}

/// Writes pages one by one, then the index. Each file appears whole or not at all.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    /// One row for each page and address.
    rows: BTreeMap<(ContentHash, String), IndexRow>,
}

impl Writer {
    /// Creates the directory; a bundle that is there already is added to.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let mut rows = BTreeMap::new();
        match read_index(dir) {
            Ok(index) => {
                for row in index {
                    let row: IndexRow = row.map_err(io::Error::other)?;
                    rows.insert((row.hash, row.url.clone()), row);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self { dir: dir.to_owned(), rows })
    }

    pub fn add(
        &mut self,
        hash: ContentHash,
        content_type: Option<&str>,
        urls: &BTreeSet<String>,
        body: &[u8],
    ) -> io::Result<()> {
        let file = file_name(&hash);
        write_whole(&self.dir.join(&file), body)?;
        for url in urls {
            let row = IndexRow {
                hash,
                url: url.clone(),
                content_type: content_type.map(str::to_owned),
                bytes: body.len() as u64,
                file: file.clone(),
            };
            self.rows.insert((hash, url.clone()), row);
        }
        Ok(())
    }

    pub fn finish(self) -> io::Result<()> {
        let mut index = Vec::new();
        jsonl::write(self.rows.values(), &mut index)?;
        write_whole(&self.dir.join(INDEX), &index)
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(partial, path)
}

/// The index of a bundle, row by row.
pub(crate) fn read_index(dir: &Path) -> io::Result<Lines<IndexRow, BufReader<fs::File>>> {
    Ok(jsonl::read(BufReader::new(fs::File::open(dir.join(INDEX))?)))
}

/// The bytes of a page, by its hash alone: what the index says of file names is not trusted, and neither links nor
/// devices are followed out of the bundle.
pub(crate) fn read_page(dir: &Path, hash: &ContentHash) -> io::Result<Vec<u8>> {
    let path = dir.join(file_name(hash));
    let meta = fs::symlink_metadata(&path)?;
    if !meta.is_file() {
        return Err(io::Error::other("its file in the bundle is no plain file"));
    }
    if meta.len() > MAX_PAGE {
        return Err(io::Error::other(format!("its file is larger than {MAX_PAGE} bytes")));
    }
    let mut body = Vec::new();
    fs::File::open(&path)?.take(MAX_PAGE).read_to_end(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests;
