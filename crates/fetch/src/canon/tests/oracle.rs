//! Canonical URLs against two other readers: the WHATWG parser on the text as it was written, and the parser of URIs that
//! requests are sent by. Where two readers disagree on the host, one is judged and another is asked.

use fastrand::Rng;
use hyper::Uri;
use url::Url;

use super::*;

/// Each text is one reading of one rule of <https://url.spec.whatwg.org/#url-parsing>.
#[test]
fn odd_urls_are_read_by_the_rules_of_browsers() {
    for (written, read) in [
        // white space and control characters around, tabs and line ends within
        (" \t\u{0}http://s.example/a ", "http://s.example/a"),
        ("ht\ntp://s.ex\tample/a\r\nb", "http://s.example/ab"),
        // slashes: any number, either way
        ("http:s.example/a", "http://s.example/a"),
        ("http:/s.example/a", "http://s.example/a"),
        ("http:////s.example//a", "http://s.example//a"),
        ("https:\\\\s.example\\a\\..\\b", "https://s.example/b"),
        ("http://s.example\\@evil.example/", "http://s.example/@evil.example/"),
        // userinfo ends at the last @
        ("http://a@b@s.example/", "http://s.example/"),
        ("http://s.example:80@evil.example:80/", "http://evil.example/"),
        ("http://a%40b:c%3Ad@s.example/", "http://s.example/"),
        // hosts
        ("http://S.EXAMPLE./", "http://s.example./"),
        ("http://%73.example/", "http://s.example/"),
        ("http://\u{ff33}.example/", "http://s.example/"),
        ("http://stra\u{df}e.example/", "http://xn--strae-oqa.example/"),
        ("http://s\u{3002}example/", "http://s.example/"),
        ("http://s\u{ad}.example/", "http://s.example/"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        // IPv4 in every base and with parts left out
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0177.0.0.0x1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f000001./", "http://127.0.0.1/"),
        ("http://\u{2460}27.0.0.1/", "http://127.0.0.1/"),
        // IPv6
        ("http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        ("http://[2001:DB8::0:1]:80/", "http://[2001:db8::1]/"),
        // ports
        ("http://s.example:/", "http://s.example/"),
        ("http://s.example:00080/", "http://s.example/"),
        ("https://s.example:80/", "https://s.example:80/"),
        ("http://s.example:0/", "http://s.example:0/"),
        // paths
        ("http://s.example", "http://s.example/"),
        ("http://s.example/a/./b/../c/", "http://s.example/a/c/"),
        ("http://s.example/a/%2e%2E/b", "http://s.example/b"),
        ("http://s.example/../../a", "http://s.example/a"),
        ("http://s.example/a/..", "http://s.example/"),
        ("http://s.example/a b\"<>`{}", "http://s.example/a%20b%22%3C%3E%60%7B%7D"),
        ("http://s.example/%zz%7e~", "http://s.example/%zz%7e~"),
        ("http://s.example/\u{e9}", "http://s.example/%C3%A9"),
        // queries and fragments
        ("http://s.example?a=b", "http://s.example/?a=b"),
        ("http://s.example/?a'b\"<>#f", "http://s.example/?a%27b%22%3C%3E"),
        ("http://s.example/?a/../b?c", "http://s.example/?a/../b?c"),
        ("http://s.example/#a?b", "http://s.example/"),
        ("http://s.example/?\u{e9}", "http://s.example/?%C3%A9"),
    ] {
        check(written, read);
    }
}

#[test]
fn what_browsers_cannot_read_has_no_canonical_url() {
    for text in [
        "",
        "//s.example/",
        "/a",
        "http://",
        "http://:80/",
        "http://user@/",
        "http://s.example:65536/",
        "http://s.example:8o/",
        "http://s ex.example/",
        "http://s<.example/",
        "http://s^.example/",
        "http://%00.example/",
        "http://%zz.example/",
        "http://[::1/",
        "http://[::g]/",
        "http://[::1%25eth0]/",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
        "http://0x100000000/",
        "http://\u{ad}/",
        "http://xn--a/",
    ] {
        assert!(matches!(canonical(text), Err(BadUrl::Syntax(_))), "{text:?} is {:?}", canonical(text));
    }
}

fn pick<'t>(rng: &mut Rng, of: &[&'t str]) -> &'t str {
    of[rng.usize(..of.len())]
}

fn host(rng: &mut Rng) -> String {
    match rng.u8(..8) {
        0 => format!("{:#x}.{:o}.{}", rng.u8(..), rng.u8(..), rng.u16(..)),
        1 => rng.u32(..).to_string(),
        2 => format!("[{:x}::{:X}]", rng.u16(..), rng.u16(..)),
        3 => format!("[::ffff:{}.{}.0.1]", rng.u8(..), rng.u8(..)),
        4 => format!("0{:o}.0x{:X}.{}.", rng.u8(..), rng.u8(..), rng.u8(..)),
        _ => {
            let labels = [
                "s",
                "Shop",
                "b\u{fc}cher",
                "%73",
                "xn--bcher-kva",
                "-",
                "_x",
                "a..b",
                "\u{2460}",
                "\u{ff0e}",
                "\u{200d}",
                "9",
                "0x7f",
                "\u{5e9}",
                "%2e",
                "e\u{301}",
            ];
            let count = rng.usize(1..4);
            let parts: Vec<&str> = (0..count).map(|_| pick(rng, &labels)).collect();
            parts.join(".")
        }
    }
}

/// A text that is nearly a URL.
fn odd_url(rng: &mut Rng) -> String {
    let scheme = pick(
        rng,
        &["http", "https", "HTTP", "hTTps", "http", "ht\ttp", "ftp", "file", "javascript", "ws", ""],
    );
    let slashes = pick(rng, &["://", "://", "://", ":/", ":", ":\\\\", ":///", "//"]);
    let user = pick(rng, &["", "", "", "user@", "u:p@", "a@b@", ":@", "u%40:@", "s.example@"]);
    let port = pick(rng, &["", "", ":80", ":443", ":", ":8080", ":00081", ":0", ":65535", ":65536", ":8x"]);
    let pieces = [
        "/",
        "/",
        "a",
        "..",
        ".",
        "%2e",
        "%2E%2e",
        "\\",
        " ",
        "\u{e9}",
        "%",
        "%zz",
        "%C3%A9",
        ";p=1",
        ":",
        "@",
        "|",
        "^",
        "`",
        "{",
        "}",
        "\"",
        "<",
        "'",
        "[",
        "]",
        "\t",
        "\u{0}",
        "\u{7f}",
        "\u{1f600}",
        "~",
        "*",
        "$",
        "+",
        "&",
        "=",
        "//",
    ];
    let mut tail = String::new();
    for part in ["", "?", "#"] {
        if part.is_empty() || rng.bool() {
            tail.push_str(part);
            for _ in 0..rng.usize(..7) {
                tail.push_str(pick(rng, &pieces));
            }
        }
    }
    let around = pick(rng, &["", "", "", " ", "\n"]);
    format!("{around}{scheme}{slashes}{user}{}{port}{tail}{around}", host(rng))
}

#[test]
fn canonical_urls_say_what_the_url_says_and_twice_is_once() {
    let mut rng = Rng::with_seed(9309);
    let base = Url::parse("https://base.example:8443/dir/page?q").unwrap();
    let (mut read, mut sent) = (0, 0);
    for _ in 0..100_000 {
        let text = odd_url(&mut rng);
        let parsed = Url::parse(&text);
        let is_web = parsed.as_ref().is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let found = canonical(&text);
        assert_eq!(found.is_ok(), is_web, "{text:?}: {found:?}");
        let (Ok(found), Ok(parsed)) = (found, parsed) else { continue };
        read += 1;
        let said = |url: &Url| {
            let port = url.port_or_known_default();
            (
                url.scheme().to_owned(),
                url.host().map(|host| host.to_owned()),
                port,
                url.path().to_owned(),
                url.query().map(str::to_owned),
            )
        };
        assert_eq!(said(&found), said(&parsed), "{text:?}");
        assert_eq!((found.fragment(), found.username(), found.password()), (None, "", None), "{text:?}");
        assert_eq!(canonical(found.as_str()).as_ref(), Ok(&found), "{text:?}");
        let joined = base.join(&text).map(|url| said(&url));
        assert_eq!(
            canonical_join(&base, &text).map(|url| said(&url)),
            joined.map_err(BadUrl::Syntax),
            "{text:?}"
        );

        // what a request is sent by names the same place
        let Ok(uri) = found.as_str().parse::<Uri>() else { continue };
        sent += 1;
        assert_eq!(uri.host(), found.host_str(), "{text:?}");
        assert_eq!(uri.port_u16(), found.port(), "{text:?}");
        let path = uri.path_and_query().map(|path| path.as_str());
        assert_eq!(path, Some(&found[url::Position::BeforePath..]), "{text:?}");
    }
    assert!(read > 8_000 && sent > read * 4 / 5, "{read} were read and {sent} could be sent");
}
