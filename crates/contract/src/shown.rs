//! URLs as logs may show them.

use std::fmt;

use url::{Position, Url};

/// A URL without userinfo, and with the names alone of its query: the values may be keys and tokens.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(url) = Url::parse(self.0) else { return f.write_str("(not a URL)") };
        write!(f, "{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPath])?;
        let mut before = '?';
        for pair in url.query().into_iter().flat_map(|query| query.split('&')) {
            // without a name, the whole of it is a value
            match pair.split_once('=') {
                Some((name, _)) => write!(f, "{before}{name}=…")?,
                None => write!(f, "{before}…")?,
            }
            before = '&';
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
