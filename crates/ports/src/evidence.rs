//! The evidence store: captures, packs, findings and what is remembered of URLs. A cache: it may forget, and a missing
//! key is a normal outcome. What a record cites is kept with the record, elsewhere.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use gleaner_contract::{
    ContentHash, EvidencePack, Finding, Links, MainEntity, SimHash, SubjectMatch, Tenant, TextHash,
    Timestamp, UrlEntry,
    wire::{self, WireError},
};
use serde::{Deserialize, Serialize};

use crate::blob;

#[cfg(any(test, feature = "doubles"))]
mod memory;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "doubles"))]
pub use memory::MemoryCache;

/// Why the cache did not answer. Not for a missing key, which is `None`.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("evidence store is unavailable: {0}")]
    Unavailable(String),
    #[error("stored evidence under `{key}` is damaged")]
    Damaged { key: String },
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// What is kept, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CacheKey {
    /// By tenant and canonical URL.
    Url {
        tenant: Tenant,
        url: String,
    },
    Capture(ContentHash),
    Pack {
        text: TextHash,
        extractor: String,
    },
    /// What the rules tier read from a text for a brief.
    Findings {
        text: TextHash,
        extractor: String,
        brief: ContentHash,
    },
    /// By tenant and origin (`https://host:port`).
    Robots {
        tenant: Tenant,
        origin: String,
    },
}

impl CacheKey {
    /// The key's name in the store.
    pub fn name(&self) -> String {
        match self {
            Self::Url { tenant, url } => {
                format!("url:{tenant}:{}", ContentHash::of(url.as_bytes()).hex())
            }
            Self::Capture(hash) => format!("capture:{}", hash.hex()),
            Self::Pack { text, extractor } => format!("pack:{}:{extractor}", text.hex()),
            Self::Findings { text, extractor, brief } => {
                format!("findings:{}:{extractor}:{}", text.hex(), brief.hex())
            }
            Self::Robots { tenant, origin } => {
                format!("robots:{tenant}:{}", ContentHash::of(origin.as_bytes()).hex())
            }
        }
    }
}

/// Bytes under names. A `put` may be lost and a `get` may miss; what a `get` returns was put whole.
#[async_trait]
pub trait Cache: Send + Sync + Debug {
    async fn get(&self, key: &CacheKey) -> Result<Option<Bytes>, EvidenceError>;

    /// All of these or, when the store fails, possibly none.
    async fn put(&self, entries: Vec<(CacheKey, Bytes)>) -> Result<(), EvidenceError>;
}

/// What was read from a page, as it is kept for the next time that the same text comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredReading {
    pub findings: Vec<Finding>,
    pub subject: SubjectMatch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_entity: Option<MainEntity>,
    pub links: Links,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simhash: Option<SimHash>,
}

/// robots.txt of an origin, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredRobots {
    /// The file as it came, in whatever charset; `None` where the origin has none (4xx).
    #[serde(with = "serde_bytes")]
    pub text: Option<Vec<u8>>,
    pub fetched_at: Timestamp,
}

/// Which URLs are asked for with credentials. What comes of them is remembered apart: by those who ask with the same
/// ones alone.
pub trait Apart: Send + Sync + Debug {
    /// A name of the credentials that a URL is asked for with; `None` where there are none.
    fn apart(&self, url: &str) -> Option<ContentHash>;
}

/// The typed view of a [`Cache`]: encodes, compresses, and checks what comes back.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    cache: Arc<dyn Cache>,
    apart: Option<Arc<dyn Apart>>,
}

impl EvidenceStore {
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache, apart: None }
    }

    /// The same store for one who asks for some URLs with credentials.
    pub fn with_apart(self, apart: Arc<dyn Apart>) -> Self {
        Self { apart: Some(apart), ..self }
    }

    pub async fn url_entry(&self, tenant: &Tenant, url: &str) -> Result<Option<UrlEntry>, EvidenceError> {
        self.load(&self.url_key(tenant, url)).await
    }

    pub async fn put_url_entry(&self, tenant: &Tenant, entry: &UrlEntry) -> Result<(), EvidenceError> {
        match self.rememberable(entry) {
            true => self.cache.put(vec![self.remembered(tenant, entry)?]).await,
            false => Ok(()),
        }
    }

    /// Keeps a page's bytes together with what is remembered of its URL.
    pub async fn put_page(
        &self,
        tenant: &Tenant,
        entry: &UrlEntry,
        body: &[u8],
    ) -> Result<(), EvidenceError> {
        let capture = CacheKey::Capture(entry.capture.content_hash);
        let stored = compress(&capture, body)?;
        let mut entries = vec![(capture, stored)];
        if self.rememberable(entry) {
            entries.push(self.remembered(tenant, entry)?);
        }
        self.cache.put(entries).await
    }

    fn remembered(&self, tenant: &Tenant, entry: &UrlEntry) -> Result<(CacheKey, Bytes), EvidenceError> {
        Ok((self.url_key(tenant, &entry.url), wire::encode(entry)?.into()))
    }

    /// Not where a redirect led to other credentials than its URL is kept under, or away from all.
    fn rememberable(&self, entry: &UrlEntry) -> bool {
        self.apart_of(&entry.url) == self.apart_of(&entry.final_url)
    }

    fn url_key(&self, tenant: &Tenant, url: &str) -> CacheKey {
        CacheKey::Url { tenant: tenant.clone(), url: self.name_apart(url) }
    }

    fn robots_key(&self, tenant: &Tenant, origin: &str) -> CacheKey {
        CacheKey::Robots { tenant: tenant.clone(), origin: self.name_apart(origin) }
    }

    /// A URL has no space, so no other URL has this name.
    fn name_apart(&self, url: &str) -> String {
        match self.apart_of(url) {
            Some(credentials) => format!("{url} {credentials}"),
            None => url.to_owned(),
        }
    }

    fn apart_of(&self, url: &str) -> Option<ContentHash> {
        self.apart.as_ref()?.apart(url)
    }

    /// The bytes of a capture, whose hash was checked.
    pub async fn capture(&self, hash: &ContentHash) -> Result<Option<Bytes>, EvidenceError> {
        let key = CacheKey::Capture(*hash);
        let Some(stored) = self.cache.get(&key).await? else { return Ok(None) };
        let body = decompress(&key, &stored)?;
        if ContentHash::of(&body) == *hash { Ok(Some(body.into())) } else { Err(damaged(&key)) }
    }

    pub async fn pack(
        &self,
        text: &TextHash,
        extractor: &str,
    ) -> Result<Option<EvidencePack>, EvidenceError> {
        let key = CacheKey::Pack { text: *text, extractor: extractor.to_owned() };
        match self.cache.get(&key).await? {
            Some(stored) => Ok(Some(wire::decode(&decompress(&key, &stored)?)?)),
            None => Ok(None),
        }
    }

    pub async fn put_pack(&self, pack: &EvidencePack) -> Result<(), EvidenceError> {
        let key = CacheKey::Pack { text: pack.text_hash, extractor: pack.extractor.clone() };
        let stored = compress(&key, &wire::encode(pack)?)?;
        self.cache.put(vec![(key, stored)]).await
    }

    pub async fn reading(
        &self,
        text: &TextHash,
        extractor: &str,
        brief: &ContentHash,
    ) -> Result<Option<StoredReading>, EvidenceError> {
        self.load(&CacheKey::Findings { text: *text, extractor: extractor.to_owned(), brief: *brief }).await
    }

    pub async fn put_reading(
        &self,
        text: &TextHash,
        extractor: &str,
        brief: &ContentHash,
        reading: &StoredReading,
    ) -> Result<(), EvidenceError> {
        let key = CacheKey::Findings { text: *text, extractor: extractor.to_owned(), brief: *brief };
        self.cache.put(vec![(key, wire::encode(reading)?.into())]).await
    }

    pub async fn robots(&self, tenant: &Tenant, origin: &str) -> Result<Option<StoredRobots>, EvidenceError> {
        self.load(&self.robots_key(tenant, origin)).await
    }

    pub async fn put_robots(
        &self,
        tenant: &Tenant,
        origin: &str,
        robots: &StoredRobots,
    ) -> Result<(), EvidenceError> {
        self.cache.put(vec![(self.robots_key(tenant, origin), wire::encode(robots)?.into())]).await
    }

    async fn load<T: serde::de::DeserializeOwned>(&self, key: &CacheKey) -> Result<Option<T>, EvidenceError> {
        match self.cache.get(key).await? {
            // an entry of another version of ours is as good as none
            Some(stored) => Ok(wire::decode(&stored).ok()),
            None => Ok(None),
        }
    }
}

fn compress(key: &CacheKey, bytes: &[u8]) -> Result<Bytes, EvidenceError> {
    blob::pack(bytes, 1).map(Bytes::from).map_err(|_| damaged(key))
}

fn decompress(key: &CacheKey, stored: &[u8]) -> Result<Vec<u8>, EvidenceError> {
    blob::unpack(stored).map_err(|_| damaged(key))
}

fn damaged(key: &CacheKey) -> EvidenceError {
    EvidenceError::Damaged { key: key.name() }
}
