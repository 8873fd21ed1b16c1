use gleaner_contract::ErrorClass;
use url::Url;

use super::*;

mod oracle;

#[track_caller]
fn check(body: &str, agent: &str, url: &str, allowed: bool) {
    let verdict = Robots::parse(body.as_bytes()).check(agent, url);
    assert_eq!(verdict.allowed, allowed, "{agent} {url} under\n{body}\n{verdict:?}");
}

#[test]
fn empty_file_allows_everything() {
    check("", "gleaner", "http://a.example/x", true);
    check("", "", "", true);
}

#[test]
fn own_group_shuts_out_the_group_of_all() {
    let body = "user-agent: *\ndisallow: /\nuser-agent: gleaner\ndisallow: /private\n";
    check(body, "gleaner", "http://a.example/x", true);
    check(body, "gleaner", "http://a.example/private/x", false);
    check(body, "other", "http://a.example/x", false);
}

#[test]
fn groups_of_the_same_agent_are_joined() {
    let body = "user-agent: a\ndisallow: /1\n\nuser-agent: b\ndisallow: /\n\nuser-agent: A\ndisallow: /2\n";
    check(body, "a", "http://x.example/1", false);
    check(body, "a", "http://x.example/2", false);
    check(body, "a", "http://x.example/3", true);
}

#[test]
fn longest_rule_wins_and_allow_wins_a_tie() {
    check("user-agent: a\ndisallow: /x\nallow: /x/page.html", "a", "http://s.example/x/page.html", true);
    check("user-agent: a\ndisallow: /x/page.html\nallow: /x/", "a", "http://s.example/x/page.html", false);
    check("user-agent: a\ndisallow: /p\nallow: /p", "a", "http://s.example/p", true);
    check("user-agent: a\ndisallow: \nallow: ", "a", "http://s.example/p", true);
}

#[test]
fn other_lines_do_not_end_a_group_of_agents() {
    let body = "user-agent: a\nsitemap: https://s.example/m.xml\nnoindex: /x\nuser-agent: b\ndisallow: /";
    check(body, "a", "http://s.example/", false);
    check(body, "b", "http://s.example/", false);
}

#[test]
fn crawl_delay_does_not_end_a_group_of_agents() {
    let body = "user-agent: a\ncrawl-delay: 5\nuser-agent: b\ndisallow: /";
    check(body, "a", "http://s.example/", false);
    check(body, "b", "http://s.example/", false);
    let delay = |agent| Robots::parse(body.as_bytes()).check(agent, "http://s.example/").crawl_delay;
    assert_eq!((delay("a"), delay("b"), delay("c")), (Some(5.0), Some(5.0), None));
}

/// A rule for `pattern` holds for `path`, told by text and by URL alike.
#[track_caller]
fn check_path(pattern: &str, path: &str, matched: bool) {
    let robots = Robots::parse(format!("user-agent: *\ndisallow: {pattern}").as_bytes());
    let url = format!("http://s.example{path}");
    assert_eq!(!robots.check("a", &url).allowed, matched, "{pattern} and {path} as text");
    let url = Url::parse(&url).unwrap();
    assert_eq!(!robots.check_url("a", &url).allowed, matched, "{pattern} and {url}");
}

#[test]
fn paths_are_compared_in_one_spelling() {
    // RFC 9309, 2.2.2: each row holds in every one of its spellings
    for row in [
        &["/foo/bar?baz=quz"][..],
        &["/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"],
        &["/foo/bar/\u{30c4}", "/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"],
        &["/foo/bar/%62%61%7A", "/foo/bar/baz", "/foo/bar/%62%61%7a"],
    ] {
        for pattern in row {
            for path in row {
                check_path(pattern, path, true);
            }
        }
    }
    check_path("/admin", "/%61dmin", true);
    check_path("/a%7Eb", "/a~b", true);
    // an escaped slash is part of a name
    check_path("/a/b", "/a%2Fb", false);
    check_path("/a%2Fb", "/a/b", false);
    // RFC 9309, 2.2.3: what is special in a pattern is named by its escape
    check_path("/file-with-a-%2A.html", "/file-with-a-*.html", true);
    check_path("/file-with-a-%2A.html", "/file-with-a-b.html", false);
    check_path("/foo-%24", "/foo-$", true);
    check_path("/foo-%24", "/foo-", false);
    check_path("/*-%2a", "/foo-%2A", true);
}

#[test]
fn what_speaks_to_one_agent_decides_the_same_and_weighs_less() {
    let body = format!(
        "user-agent: *\ndisallow: /all\nuser-agent: gleaner\nuser-agent: b\ncrawl-delay: 2\ndisallow: /own\n\
         sitemap: https://s.example/1.xml\n{}",
        "user-agent: other\nallow: /\n".repeat(5000)
    );
    let whole = Robots::parse(body.as_bytes());
    for agent in ["Gleaner", "nobody"] {
        let own = whole.clone().for_agent(agent);
        for path in ["/all", "/own", "/"] {
            let url = format!("http://s.example{path}");
            assert_eq!(own.check(agent, &url), whole.check(agent, &url), "{agent} {path}");
        }
        assert!(own.weight() < 1000 && whole.weight() > 500_000, "{} {}", own.weight(), whole.weight());
    }
}

#[test]
fn deciding_rule_is_named() {
    let robots = Robots::parse(b"user-agent: *\nDisalow: /caf\xC3\xA9 # typo and accent\n");
    let verdict = robots.check("gleaner", "http://s.example/caf%C3%A9/1");
    assert_eq!(verdict.rule.as_deref(), Some("disallow: /caf%C3%A9"));
    assert_eq!(robots.check("gleaner", "http://s.example/tea").rule, None);
}

#[test]
fn escapes_in_a_url_match_in_either_case() {
    let robots = Robots::parse("user-agent: *\ndisallow: /café".as_bytes());
    for url in ["http://s.example/caf%c3%a9", "http://s.example/caf%C3%A9", "http://s.example/café"] {
        assert!(!robots.check_url("gleaner", &Url::parse(url).unwrap()).allowed, "{url}");
    }
}

#[test]
fn crawl_delay_is_the_own_groups_and_bounded() {
    let robots = Robots::parse(
        b"user-agent: *\ncrawl-delay: 2.5\ndisallow:\nuser-agent: slow\ncrawl-delay: 1e300\ndisallow:\n\
          user-agent: odd\ncrawl-delay: -1\ncrawl-delay: nan\ncrawl-delay: soon\n",
    );
    let delay = |agent| robots.check(agent, "http://s.example/").crawl_delay;
    assert_eq!(delay("any"), Some(2.5));
    assert_eq!(delay("slow"), Some(86400.0));
    assert_eq!(delay("odd"), None);
}

#[test]
fn rules_beyond_the_size_limit_are_not_read() {
    let mut body = b"user-agent: *\nallow: /\n".to_vec();
    body.resize(MAX_ROBOTS_BYTES, b'\n');
    body.extend_from_slice(b"disallow: /secret\n");
    assert!(Robots::parse(&body).check("a", "http://s.example/secret").allowed);
}

#[test]
fn missing_file_opens_a_site_and_one_that_cannot_be_had_closes_it() {
    let told = |reason, status| {
        file_of(Err(FetchError {
            reason,
            class: ErrorClass::Permanent,
            status,
            retry_after: None,
            requests: 1,
            bytes: 0,
            detail: String::new(),
        }))
    };
    for status in [300, 304, 400, 401, 403, 404, 410, 451] {
        assert_eq!(told(UrlReason::HttpStatus, Some(status)), Ok(None), "{status}");
    }
    for status in [206, 429, 500, 502, 503] {
        assert!(told(UrlReason::HttpStatus, Some(status)).is_err(), "{status}");
    }
    for reason in [UrlReason::TooManyRedirects, UrlReason::RedirectLoop] {
        assert_eq!(told(reason, None), Ok(None), "{reason}");
    }
    for reason in [UrlReason::Timeout, UrlReason::Dns, UrlReason::RefusedAddress, UrlReason::BadEncoding] {
        assert!(told(reason, None).is_err(), "{reason}");
        assert!(told(reason, Some(200)).is_err(), "{reason}");
    }
}

#[test]
fn hostile_pattern_is_matched_in_linear_time() {
    let rule = format!("disallow: {}b\n", "*a".repeat(8000));
    let body = format!("user-agent: *\n{}", rule.repeat(30));
    let url = format!("http://s.example/{}", "a".repeat(8000));
    check(&body, "a", &url, true);
}
