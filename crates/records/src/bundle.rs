//! A source bundle: each cited page under its hash, and an index of what was read where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use gleaner_contract::{ContentHash, Record};
use serde::{Deserialize, Serialize};

const INDEX: &str = "index.jsonl";

/// A line of `index.jsonl`: one for each page and address that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexRow {
    pub hash: ContentHash,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    pub bytes: u64,
    /// The file's name in the bundle.
    pub file: String,
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
    rows: BTreeSet<IndexRow>,
}

impl Writer {
    /// Creates the directory; a bundle that is there already is added to.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let rows = match fs::File::open(dir.join(INDEX)) {
            Ok(file) => read_rows(BufReader::new(file))?.into_iter().collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { dir: dir.to_owned(), rows })
    }

    pub fn add(
        &mut self,
        hash: ContentHash,
        content_type: Option<&str>,
        urls: &BTreeSet<String>,
        body: &[u8],
    ) -> io::Result<()> {
        let file = format!("{}.bin", hash.hex());
        write_whole(&self.dir.join(&file), body)?;
        for url in urls {
            self.rows.insert(IndexRow {
                hash,
                url: url.clone(),
                content_type: content_type.map(str::to_owned),
                bytes: body.len() as u64,
                file: file.clone(),
            });
        }
        Ok(())
    }

    pub fn finish(self) -> io::Result<()> {
        let mut index = Vec::new();
        for row in &self.rows {
            serde_json::to_writer(&mut index, row)?;
            index.push(b'\n');
        }
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

/// The index of a bundle.
pub fn read_index(dir: &Path) -> io::Result<Vec<IndexRow>> {
    read_rows(BufReader::new(fs::File::open(dir.join(INDEX))?))
}

/// The bytes of a page, by its hash alone: what the index says of file names is not trusted.
pub fn read_page(dir: &Path, hash: &ContentHash) -> io::Result<Vec<u8>> {
    fs::read(dir.join(format!("{}.bin", hash.hex())))
}

fn read_rows(from: impl BufRead) -> io::Result<Vec<IndexRow>> {
    from.lines()
        .filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()))
        .map(|line| serde_json::from_str(&line?).map_err(io::Error::other))
        .collect()
}
