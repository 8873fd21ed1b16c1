//! Lists of hosts, as URLs have them: lower case, ASCII.

use serde::{Deserialize, Deserializer, de};
use url::Host;

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let written = Vec::<String>::deserialize(deserializer)?;
    written.iter().map(|host| parse(host).map_err(de::Error::custom)).collect()
}

fn parse(written: &str) -> Result<String, String> {
    let refused = |why| {
        let shown: String = written.escape_debug().take(80).collect();
        format!("`{shown}` is no host name{why}")
    };
    if written.contains('*') {
        return Err(refused("; subdomains are meant anyhow"));
    }
    let host = Host::parse(written.trim().trim_end_matches('.')).map_err(|_| refused(""))?;
    Ok(host.to_string())
}

#[cfg(test)]
mod tests;
