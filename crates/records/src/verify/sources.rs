//! The pages of a bundle, read as the extract stage reads them. The index only tells how a page is to be read.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    io,
    path::{Path, PathBuf},
};

use gleaner_contract::{ContentHash, EvidencePack};
use gleaner_extractor::{PackLimits, build_pack};
use url::Url;

use crate::bundle::{self, IndexRow};

/// Pages kept in memory: records cite few, and mostly their own.
const KEPT: usize = 32;

type Key = (ContentHash, String);

#[derive(Debug)]
pub(super) struct Sources {
    dir: PathBuf,
    index: BTreeMap<ContentHash, BTreeMap<String, IndexRow>>,
    read: HashMap<Key, Result<EvidencePack, String>>,
    /// What is wrong with the index itself.
    pub(super) faults: Vec<String>,
}

impl Sources {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let mut index: BTreeMap<ContentHash, BTreeMap<String, IndexRow>> = BTreeMap::new();
        let mut faults = Vec::new();
        for row in bundle::read_index(dir)? {
            let row: IndexRow = match row {
                Ok(row) => row,
                Err(error) => {
                    faults.push(format!("the bundle's index: {error}"));
                    continue;
                }
            };
            match index.entry(row.hash).or_default().entry(row.url.clone()) {
                Entry::Vacant(place) => {
                    place.insert(row);
                }
                Entry::Occupied(known) if *known.get() == row => {}
                Entry::Occupied(_) => {
                    faults.push(format!("the bundle's index tells two things of page {}", row.hash));
                }
            }
        }
        Ok(Self { dir: dir.to_owned(), index, read: HashMap::new(), faults })
    }

    /// What the page with this hash says, provided that it was read from this address.
    pub(super) fn page(&mut self, hash: &ContentHash, url: &str) -> Result<&EvidencePack, String> {
        let key = (*hash, url.to_owned());
        if !self.read.contains_key(&key) {
            if self.read.len() >= KEPT {
                self.read.clear();
            }
            let page = self.load(hash, url);
            self.read.insert(key.clone(), page);
        }
        match self.read.get(&key) {
            Some(page) => page.as_ref().map_err(Clone::clone),
            None => Err(format!("page {hash} is not in the bundle")),
        }
    }

    fn load(&self, hash: &ContentHash, url: &str) -> Result<EvidencePack, String> {
        let rows = self.index.get(hash).ok_or_else(|| format!("page {hash} is not in the bundle"))?;
        let row = rows.get(url).ok_or_else(|| format!("page {hash} was not read from {url}"))?;
        if row.file != bundle::file_name(hash) {
            return Err(format!("the bundle's index looks for page {hash} in `{}`", row.file));
        }
        let body = bundle::read_page(&self.dir, hash).map_err(|error| format!("page {hash}: {error}"))?;
        if body.len() as u64 != row.bytes || ContentHash::of(&body) != *hash {
            return Err(format!("page {hash} has other bytes than its hash says"));
        }
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        build_pack(&body, row.content_type.as_deref(), &url, &PackLimits::default())
            .map_err(|error| format!("page {hash}: {error}"))
    }
}
