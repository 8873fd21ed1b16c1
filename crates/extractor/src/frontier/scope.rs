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
    hosts: Vec<String>,
}

impl<'a> Limits<'a> {
    pub(super) fn of(scope: &'a Scope, brief: &Brief, page: &Page) -> Self {
        // a seed that moved takes its target with it
        let of_page = [&page.url, &page.final_url].into_iter().filter_map(|url| Url::parse(url).ok());
        let of_page = of_page.filter_map(|url| url.host_str().map(str::to_owned));
        let mut hosts: Vec<String> = brief.subject.hosts.iter().cloned().chain(of_page).collect();
        hosts.sort();
        hosts.dedup();
        Self { scope, hosts }
    }

    /// Why not to go there, if so.
    pub(super) fn refuse(&self, url: &Url) -> Option<UrlReason> {
        if !self.scope.admits(self.hosts.iter().map(String::as_str), url) {
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

#[cfg(test)]
mod tests;
