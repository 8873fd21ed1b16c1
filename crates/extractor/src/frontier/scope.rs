//! Whether an address is a page of the target at all.

use gleaner_contract::{Brief, Page, Scope, UrlReason};
use url::Url;

/// Endings of paths that are no pages. PDF is not among these.
const NOT_PAGES: &[&str] = &[
    "7z",
    "aac",
    "apk",
    "atom",
    "avi",
    "avif",
    "bin",
    "bmp",
    "bz2",
    "css",
    "csv",
    "deb",
    "dmg",
    "doc",
    "docx",
    "eot",
    "eps",
    "epub",
    "exe",
    "flac",
    "flv",
    "gif",
    "gz",
    "ico",
    "ics",
    "iso",
    "jar",
    "jpeg",
    "jpg",
    "js",
    "json",
    "m4a",
    "m4v",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "msi",
    "odp",
    "ods",
    "odt",
    "ogg",
    "otf",
    "pkg",
    "png",
    "ppt",
    "pptx",
    "ps",
    "psd",
    "rar",
    "rpm",
    "rss",
    "rtf",
    "svg",
    "swf",
    "tar",
    "tgz",
    "tif",
    "tiff",
    "ttf",
    "vcf",
    "wav",
    "webm",
    "webmanifest",
    "webp",
    "wma",
    "wmv",
    "woff",
    "woff2",
    "xls",
    "xlsx",
    "xml",
    "xz",
    "zip",
    "zst",
];

/// Words in paths that do something instead of telling something.
const ACTIONS: &[&str] = &[
    "cart",
    "basket",
    "checkout",
    "login",
    "logout",
    "signin",
    "signup",
    "register",
    "wishlist",
    "compare",
    "add-to-cart",
    "warenkorb",
    "panier",
    "wp-login.php",
    "wp-admin",
    "xmlrpc.php",
    "wp-json",
    "cdn-cgi",
];

/// What a target's pages are.
#[derive(Debug)]
pub(super) struct Limits<'a> {
    scope: &'a Scope,
    /// Patterns of hosts, without `www.`.
    hosts: Vec<String>,
}

impl<'a> Limits<'a> {
    pub(super) fn of(scope: &'a Scope, brief: &Brief, page: &Page) -> Self {
        let bare = |host: &str| host.trim_start_matches("www.").to_ascii_lowercase();
        let mut hosts: Vec<String> = if scope.hosts.is_empty() {
            // a seed that moved takes its target with it
            let of_page = [&page.url, &page.final_url];
            let of_page = of_page.into_iter().filter_map(|url| Url::parse(url).ok()?.host_str().map(bare));
            brief.subject.hosts.iter().map(|host| bare(host)).chain(of_page).collect()
        } else {
            scope.hosts.iter().map(|host| bare(host)).collect()
        };
        hosts.sort();
        hosts.dedup();
        Self { scope, hosts }
    }

    /// Why not to go there, if so.
    pub(super) fn refuse(&self, url: &Url) -> Option<UrlReason> {
        let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
        if !self.hosts.iter().any(|pattern| matches(pattern, host)) {
            return Some(UrlReason::OutOfScope);
        }
        let path = match url.query() {
            Some(query) => &format!("{}?{query}", url.path()),
            None => url.path(),
        };
        let among = |patterns: &[String]| {
            patterns.iter().any(|pattern| matches(pattern, path) || matches(pattern, url.path()))
        };
        if (!self.scope.include.is_empty() && !among(&self.scope.include)) || among(&self.scope.exclude) {
            return Some(UrlReason::OutOfScope);
        }
        let last = url.path().rsplit('/').next().unwrap_or_default();
        if let Some((_, ending)) = last.rsplit_once('.')
            && NOT_PAGES.iter().any(|known| ending.eq_ignore_ascii_case(known))
        {
            return Some(UrlReason::NotAPage);
        }
        let acts = |part: &str| ACTIONS.iter().any(|action| part.eq_ignore_ascii_case(action));
        let adds = url.query_pairs().any(|(name, _)| acts(&name.replace('_', "-")));
        (adds || url.path().split('/').any(acts)).then_some(UrlReason::Irrelevant)
    }
}

/// Whether a text is what a pattern says, where `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
