//! What an address carries that names no other page: sessions, and where a visitor came from.
//!
//! Addresses are fetched as they were found; here they are only held against each other. So what is taken off need not be
//! right for every server: at worst, one of two pages is not read, and says so.

use std::borrow::Cow;

/// Parameters that advertisers and mailers add. `utm_*` and the like are told by their beginning.
const TRACKING: &[&str] = &[
    "_ga",
    "_gac",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "cmpid",
    "dclid",
    "epik",
    "fb_action_ids",
    "fb_source",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "hsctatracking",
    "igshid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "s_kwcid",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
];
const TRACKING_STARTS: &[&str] = &["utm_", "pk_", "mtm_", "matomo_", "hsa_", "oly_", "itm_", "piwik_"];

/// Parameters that are a session's, whatever they hold.
const SESSIONS: &[&str] = &[
    "cfid",
    "cftoken",
    "jsessionid",
    "oscsid",
    "osid",
    "phpsessid",
    "sessid",
    "sessionid",
    "session_id",
    "zenid",
];
const SESSION_STARTS: &[&str] = &["aspsessionid", "phpsess"];

/// Parameters that are a session's where they hold a long random value.
const MAYBE_SESSIONS: &[&str] = &["s", "sess", "session", "sid", "ssid"];

/// Shorter values than this are names and numbers.
const LEAST_RANDOM: usize = 16;

/// The address without its noise, where it has some.
pub fn plain(url: &str) -> Option<String> {
    match without_noise(url) {
        Cow::Owned(plain) => Some(plain),
        Cow::Borrowed(_) => None,
    }
}

fn without_noise(url: &str) -> Cow<'_, str> {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    let quiet = quiet_path(path);
    let params = query.unwrap_or_default().split('&');
    let kept: Vec<&str> = params.clone().filter(|param| !is_noise(param)).collect();
    if matches!(quiet, Cow::Borrowed(_)) && kept.len() == params.count() {
        return Cow::Borrowed(url);
    }
    let mut plain = quiet.into_owned();
    if kept.iter().any(|param| !param.is_empty()) {
        plain.push('?');
        plain.push_str(&kept.join("&"));
    }
    Cow::Owned(plain)
}

/// Without `;jsessionid=…` behind a segment, and without a segment `(S(…))`.
fn quiet_path(path: &str) -> Cow<'_, str> {
    if !path.contains([';', '(']) {
        return Cow::Borrowed(path);
    }
    let segments = path.split('/').map(quiet_segment).filter(|segment| !is_cookieless(segment));
    let quiet = segments.collect::<Vec<_>>().join("/");
    if quiet == path { Cow::Borrowed(path) } else { Cow::Owned(quiet) }
}

fn quiet_segment(segment: &str) -> Cow<'_, str> {
    let mut parts = segment.split(';');
    let name = parts.next().unwrap_or_default();
    let kept: Vec<&str> = parts.filter(|part| !is_noise(part)).collect();
    if kept.is_empty() { Cow::Borrowed(name) } else { Cow::Owned(format!("{name};{}", kept.join(";"))) }
}

/// `(S(lit3py55t21z5v55vlm25s55))`, also with other letters before and after.
fn is_cookieless(segment: &str) -> bool {
    segment.len() > LEAST_RANDOM && segment.starts_with('(') && segment.ends_with("))")
}

fn is_noise(param: &str) -> bool {
    let (name, value) = param.split_once('=').unwrap_or((param, ""));
    let name = name.to_ascii_lowercase();
    let is = |known: &[&str]| known.contains(&name.as_str());
    let starts = |known: &[&str]| known.iter().any(|start| name.starts_with(start));
    let tracks = is(TRACKING) || starts(TRACKING_STARTS);
    tracks || is(SESSIONS) || starts(SESSION_STARTS) || is(MAYBE_SESSIONS) && is_random(value)
}

/// A long run of letters and digits that is neither a number nor a name.
fn is_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let others = value.len() - digits;
    value.len() >= LEAST_RANDOM
        && digits >= 3
        && others >= 3
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.%".contains(&b))
}

#[cfg(test)]
mod tests;
