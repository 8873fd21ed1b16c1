//! Keys: who may ask, known by hashes alone.

use blake3::Hash;
use gleaner_contract::Tenant;

/// Random bytes in a key.
const KEY_BYTES: usize = 32;

/// Begins every key, so that one that leaked is known for what it is.
const PREFIX: &str = "gleaner_";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller {
    pub tenant: Tenant,
    /// The key's name, for logs and limits.
    pub key: String,
}

/// The keys that are let in.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    entries: Vec<(Caller, Hash)>,
}

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct KeysError {
    pub line: usize,
    pub what: &'static str,
}

/// A key that was just made. What it is, is known now and never again.
pub struct NewKey {
    pub key: String,
    /// Its line in the file of keys.
    pub line: String,
}

impl Keys {
    /// Lines of `tenant name blake3:<hex>`; `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut entries: Vec<(Caller, Hash)> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default();
            let wrong = |what| KeysError { line: number, what };
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [] => {}
                [tenant, name, hash] => {
                    let hex =
                        hash.strip_prefix("blake3:").ok_or_else(|| wrong("a key is written blake3:<hex>"))?;
                    let hash = Hash::from_hex(hex).map_err(|_| wrong("a hash has 64 hexadecimal digits"))?;
                    if entries.iter().any(|(_, known)| *known == hash) {
                        return Err(wrong("this key is there already"));
                    }
                    entries.push((Caller { tenant: Tenant(tenant.to_owned()), key: name.to_owned() }, hash));
                }
                _ => return Err(wrong("a line is `tenant name blake3:<hex>`")),
            }
        }
        Ok(Self { entries })
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whose key this is. Takes as long for a wrong key as for a right one: hashes compare in constant time, and all of
    /// them are compared.
    pub fn caller(&self, key: &str) -> Option<&Caller> {
        let hash = blake3::hash(key.as_bytes());
        let mut found = None;
        for (caller, known) in &self.entries {
            if *known == hash {
                found = Some(caller);
            }
        }
        found
    }

    /// Makes a key for a tenant.
    pub fn generate(tenant: &Tenant, name: &str) -> Result<NewKey, getrandom::Error> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{PREFIX}{hex}");
        let line = Self::line(tenant, name, &key);
        Ok(NewKey { key, line })
    }

    /// The line of a key in the file of keys.
    pub fn line(tenant: &Tenant, name: &str, key: &str) -> String {
        format!("{tenant} {name} blake3:{}", blake3::hash(key.as_bytes()).to_hex())
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("line", &self.line).finish_non_exhaustive()
    }
}
