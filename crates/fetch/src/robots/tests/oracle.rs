//! robots.txt against another reader: a port of Google's parser. Where RFC 9309 says otherwise than that port, the
//! difference is listed with its reason, and holds in just this form.

use fastrand::Rng;
use proptest::prelude::*;
use robotstxt::{
    DefaultMatcher,
    matcher::{RobotsMatchStrategy, RobotsMatcher},
};

use super::*;

/// The pattern language in its plainest form. The oracle's own matcher loses positions: it denies that `/*ab` matches
/// `/aab`.
#[derive(Default)]
struct Plain;

impl Plain {
    fn matches_at(path: &[u8], pattern: &[u8]) -> bool {
        match pattern {
            [] => true,
            [b'$'] => path.is_empty(),
            [b'*', rest @ ..] => (0..=path.len()).any(|at| Self::matches_at(&path[at..], rest)),
            [byte, rest @ ..] => path.first() == Some(byte) && Self::matches_at(&path[1..], rest),
        }
    }
}

impl RobotsMatchStrategy for Plain {
    fn match_allow(&self, path: &str, pattern: &str) -> i32 {
        if Self::matches_at(path.as_bytes(), pattern.as_bytes()) { pattern.len() as i32 } else { -1 }
    }

    fn match_disallow(&self, path: &str, pattern: &str) -> i32 {
        self.match_allow(path, pattern)
    }
}

/// The oracle closes a group at every line that it does not know, as Google's parser did before RFC 9309; it gets the
/// text without them.
fn oracle(body: &str, agent: &str, url: &str) -> bool {
    let keys = ["user-agent", "useragent", "user agent", "allow", "disal", "dissal"];
    let says_something = |line: &&str| {
        let line = line.to_lowercase();
        // a space stands for the colon, so without one the key is `user`
        let key = keys.iter().find(|key| line.trim_start().starts_with(**key));
        key.is_some_and(|key| !key.contains(' ') || line.contains(':'))
    };
    let known: String = body.lines().filter(says_something).flat_map(|line| [line, "\n"]).collect();
    RobotsMatcher::<Plain>::default().one_agent_allowed_by_robots(&known, agent, url)
}

fn robots_text() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "user-agent",
        "User-Agent",
        "useragent",
        "user agent",
        "allow",
        "Allow",
        "disallow",
        "Disalow",
        "dissallow",
        "sitemap",
        "crawl-delay",
        "noindex",
        "all",
        "",
    ]);
    let separator = prop::sample::select(vec![":", ": ", " : ", " ", "\t", ""]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "a",
            "b",
            "A/2",
            "*",
            "* x",
            "a b",
            "b1",
            "",
            "/",
            "/index.html",
            "/x/index.htm"
        ])
        .prop_map(String::from),
        "[/ab*$%?.é]{0,9}",
        "/[ab]{0,3}[*]?[ab]{0,2}[$]?",
    ];
    let comment = prop::sample::select(vec!["", "", " # c", "#", " "]);
    let end = prop::sample::select(vec!["\n", "\n\n"]);
    let line = (key, separator, value, comment, end).prop_map(|(k, s, v, c, e)| format!("{k}{s}{v}{c}{e}"));
    prop::collection::vec(line, 0..14).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_googles_matcher(
        body in robots_text(),
        agent in prop::sample::select(vec!["a", "b", "c", "A"]),
        path in "(/[ab]{0,4}(/|[.]|[?]|index[.]html)?[ab]{0,2}|[/ab?;#:%$*]{0,8})",
        prefix in prop::sample::select(vec!["http://s.example", "//s.example", "s.example", ""]),
    ) {
        let url = format!("{prefix}{path}");
        let verdict = Robots::parse(body.as_bytes()).check(agent, &url);
        // the oracle leaves escapes in URLs as they stand
        let url = format!("{prefix}{}", pattern::escape(path.as_bytes()));
        prop_assert_eq!(verdict.allowed, oracle(&body, agent, &url), "{:?}", verdict);
    }

    #[test]
    fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..400), url in "\\PC{0,40}") {
        Robots::parse(&body).check("a", &url);
    }
}

/// What the other reader says of a file as it stands.
fn port(body: &str, agent: &str, url: &str) -> bool {
    DefaultMatcher::default().one_agent_allowed_by_robots(body, agent, url)
}

fn ours(body: &str, agent: &str, url: &str) -> bool {
    Robots::parse(body.as_bytes()).check(agent, url).allowed
}

#[test]
fn both_readers_keep_the_rules_of_the_language() {
    const ONE: &str = "user-agent: FooBot\ndisallow: /\n";
    for (body, agent, path, allowed) in [
        // who is meant: names without version, in any case, whole; spaces end them
        (ONE, "FooBot", "/x", false),
        (ONE, "foobot", "/x", false),
        (ONE, "Foo", "/x", true),
        (ONE, "FooBots", "/x", true),
        ("user-agent: FooBot/1.2 (x)\ndisallow: /\n", "foobot", "/x", false),
        ("user-agent: Foo Bot\ndisallow: /\n", "foo", "/x", false),
        ("user-agent: Foo Bot\ndisallow: /\n", "Foo Bot", "/x", true),
        ("user-agent: foo_bot-x\ndisallow: /\n", "FOO_BOT-X", "/x", false),
        // nobody is meant
        ("disallow: /\nuser-agent: a\nallow: /y\n", "a", "/x", true),
        ("disallow: /\n", "a", "/x", true),
        ("user-agent: \ndisallow: /\n", "a", "/x", true),
        // everybody, but whoever is named
        ("user-agent: *\ndisallow: /\nuser-agent: a\nallow: /\n", "a", "/x", true),
        ("user-agent: *\ndisallow: /\nuser-agent: a\nallow: /\n", "b", "/x", false),
        ("user-agent: * x\ndisallow: /\n", "b", "/x", false),
        ("user-agent: *x\ndisallow: /\n", "b", "/x", true),
        ("user-agent: *\ndisallow: /\nuser-agent: a\n", "a", "/x", true),
        ("user-agent: *\ndisallow: /\nuser-agent: a\ndisallow:\n", "a", "/x", true),
        // groups: several names before the rules, several groups of a name
        ("user-agent: a\nuser-agent: b\ndisallow: /\n", "a", "/x", false),
        ("user-agent: a\nuser-agent: b\ndisallow: /\n", "b", "/x", false),
        ("user-agent: a\n\n\nuser-agent: b\ndisallow: /\n", "a", "/x", false),
        (
            "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: a\ndisallow: /y\n",
            "a",
            "/y",
            false,
        ),
        (
            "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: a\ndisallow: /y\n",
            "a",
            "/z",
            true,
        ),
        // keys in any case and misspelt, a space for the colon
        ("USER-AGENT: a\nDISALLOW: /\n", "a", "/x", false),
        ("useragent: a\ndisallow: /\n", "a", "/x", false),
        ("user agent: a\ndisallow: /\n", "a", "/x", false),
        ("user-agent a\ndisallow /\n", "a", "/x", false),
        ("user-agent\ta\ndisallow\t/\n", "a", "/x", false),
        ("user-agent: a\ndissallow: /\n", "a", "/x", false),
        ("user-agent: a\ndisalow: /\n", "a", "/x", false),
        ("user-agent: a\ndiasllow: /\n", "a", "/x", false),
        ("user-agent: a\ndisallaw: /\n", "a", "/x", false),
        ("user-agent: a\ndissalow: /\n", "a", "/x", false),
        ("user-agent: a\nnotallow: /\n", "a", "/x", true),
        ("user-agent: a\ndisallow / x\n", "a", "/x", true),
        // comments and the ends of lines
        ("user-agent: a # who\ndisallow: / # all\n", "a", "/x", false),
        ("# disallow: /\nuser-agent: a\n#disallow: /\n", "a", "/x", true),
        ("user-agent: a\rdisallow: /\r", "a", "/x", false),
        ("user-agent: a\r\ndisallow: /\r\n", "a", "/x", false),
        ("user-agent: a\ndisallow: /", "a", "/x", false),
        // paths: case counts, beginnings match
        ("user-agent: a\ndisallow: /X/\n", "a", "/x/", true),
        ("user-agent: a\ndisallow: /x\n", "a", "/xy", false),
        ("user-agent: a\ndisallow: /x/\n", "a", "/x", true),
        ("user-agent: a\ndisallow: x\n", "a", "/x", true),
        // the longest rule, and allow among equals
        ("user-agent: a\nallow: /p\ndisallow: /\n", "a", "/page", true),
        ("user-agent: a\nallow: /folder\ndisallow: /folder\n", "a", "/folder/page", true),
        ("user-agent: a\nallow: /page\ndisallow: /*.htm\n", "a", "/page.htm", false),
        ("user-agent: a\nallow: /$\ndisallow: /\n", "a", "/", true),
        ("user-agent: a\nallow: /$\ndisallow: /\n", "a", "/page", false),
        ("user-agent: a\ndisallow: /*?\nallow: /*?x=1\n", "a", "/p?x=1", true),
        // stars and the end
        ("user-agent: a\ndisallow: /foo/bar/quz\nallow: /foo/*/qux\n", "a", "/foo/x/qux", true),
        ("user-agent: a\ndisallow: /*.gif$\n", "a", "/i.gif", false),
        ("user-agent: a\ndisallow: /*.gif$\n", "a", "/i.gif?x", true),
        ("user-agent: a\ndisallow: /a$b\n", "a", "/a$b", false),
        ("user-agent: a\ndisallow: /a*$\n", "a", "/abc", false),
        ("user-agent: a\ndisallow: *\n", "a", "/abc", false),
        // a folder is opened by its index
        ("user-agent: a\nallow: /f/index.html\ndisallow: /f\n", "a", "/f/", true),
        ("user-agent: a\nallow: /f/index.htm\ndisallow: /f\n", "a", "/f/", true),
        ("user-agent: a\nallow: /f/index.html\ndisallow: /f\n", "a", "/f/x", false),
        ("user-agent: a\nallow: /f/index.html\ndisallow: /f\n", "a", "/f", false),
        // escapes of what has to be escaped, in either case
        ("user-agent: a\ndisallow: /\u{30c4}\n", "a", "/%E3%83%84", false),
        ("user-agent: a\ndisallow: /%e3%83%84\n", "a", "/%E3%83%84", false),
        ("user-agent: a\ndisallow: /b?c=d%2Fe\n", "a", "/b?c=d%2Fe", false),
        // what is no robots.txt
        ("", "a", "/", true),
        ("<html><body>404</body></html>", "a", "/", true),
        ("\u{1}\u{2}:\n::\n:::\n", "a", "/", true),
    ] {
        let url = format!("https://s.example{path}");
        assert_eq!(ours(body, agent, &url), allowed, "ours: {agent} {path} under\n{body}");
        assert_eq!(port(body, agent, &url), allowed, "the port: {agent} {path} under\n{body}");
    }
}

#[test]
fn differences_are_these_and_each_has_a_reason() {
    let far = format!("user-agent: a\n{}disallow: /x\n", "#\n".repeat(MAX_ROBOTS_BYTES / 2));
    for (reason, body, path, allowed) in [
        (
            "RFC 9309, 2.2.4: other lines do not end a group",
            "user-agent: a\nsitemap: https://s.example/m\nuser-agent: b\ndisallow: /",
            "/x",
            false,
        ),
        ("the same of a delay", "user-agent: a\ncrawl-delay: 1\nuser-agent: b\ndisallow: /", "/x", false),
        (
            "the same of a line that nobody knows",
            "user-agent: a\nhost: s.example\nuser-agent: b\ndisallow: /",
            "/x",
            false,
        ),
        (
            "2.2.3: a star is any run of characters; the port forgets places that it could begin at",
            "user-agent: a\ndisallow: /*ab",
            "/aab",
            false,
        ),
        ("2.2.2: the escape of a letter is the letter", "user-agent: a\ndisallow: /%78", "/x", false),
        ("the same in a URL", "user-agent: a\ndisallow: /x", "/%78", false),
        (
            "2.2.2: what is beyond ASCII is compared by its escape, in a URL too",
            "user-agent: a\ndisallow: /\u{e9}",
            "/\u{e9}",
            false,
        ),
        ("the same of the case of escapes in a URL", "user-agent: a\ndisallow: /\u{e9}", "/%c3%a9", false),
        (
            "2.2.2, the table: in a query a slash and its escape are one",
            "user-agent: a\ndisallow: /?u=a%2Fb",
            "/?u=a/b",
            false,
        ),
        (
            "2.2.3: a star of the path is named by its escape",
            "user-agent: a\ndisallow: /x-%2A",
            "/x-*",
            false,
        ),
        ("2.2.3: and a dollar sign", "user-agent: a\ndisallow: /x-%24", "/x-$", false),
        (
            "2.2: bytes are UTF-8, and files begin with its mark; the port looks for its bytes among characters",
            "\u{feff}user-agent: a\ndisallow: /",
            "/x",
            false,
        ),
        ("Google's own reader is of C: a line ends at a NUL", "user-agent: a\ndisallow: /x\0y", "/x", false),
        ("white space before a key says nothing, colon or not", "user-agent: a\n disallow /x", "/x", false),
        (
            "2.2: white space is a space or a tab; others are part of a path",
            "user-agent: a\ndisallow: /x\u{a0}",
            "/x",
            true,
        ),
        (
            "what is no escape stays as it is; the port drops it where another character is escaped",
            "user-agent: a\ndisallow: /%zz\u{e9}",
            "/%C3%A9",
            true,
        ),
        ("2.5: no more than 500 KiB need be read", &far, "/x", true),
    ] {
        let url = format!("https://s.example{path}");
        assert_eq!(ours(body, "a", &url), allowed, "ours: {reason}");
        assert_eq!(port(body, "a", &url), !allowed, "the port: {reason}");
    }
}

fn pick<'t>(rng: &mut Rng, of: &[&'t str]) -> &'t str {
    of[rng.usize(..of.len())]
}

/// A path of the shop that the files below are about.
fn path(rng: &mut Rng) -> String {
    let parts = [
        "shop",
        "cart",
        "a",
        "aa",
        "index.html",
        "index.htm",
        "p.pdf",
        "%C3%A9",
        "%2F",
        "Shop",
        "search",
        "",
    ];
    let mut path: String = (0..rng.usize(1..4)).map(|_| format!("/{}", pick(rng, &parts))).collect();
    path.push_str(pick(rng, &["", "", "/", "?", "?sort=price", "?q=a&sort=b", ";id=1"]));
    path
}

fn pattern(rng: &mut Rng) -> String {
    let mut pattern = match rng.u8(..6) {
        0 => pick(rng, &["", "/", "*", "/*", "/$", "*.pdf$", "/*?", "/*?sort=", "/*/cart", "/*index.html"])
            .to_owned(),
        _ => path(rng),
    };
    if rng.u8(..4) == 0 {
        let at = pattern.len() / 2;
        if pattern.is_char_boundary(at)
            && !pattern[..at].ends_with('%')
            && !pattern[..at].ends_with("%C")
            && !pattern[..at].ends_with("%2")
        {
            pattern.insert(at, '*');
        }
    }
    pattern + pick(rng, &["", "", "", "$", "*", "*$"])
}

/// A file as people write them: groups of names and rules, comments and blank lines, each kind of line end.
fn file(rng: &mut Rng) -> String {
    let end = pick(rng, &["\n", "\n", "\r\n", "\r"]);
    let mut lines = Vec::new();
    for _ in 0..rng.usize(1..6) {
        for _ in 0..rng.usize(1..4) {
            let name = pick(
                rng,
                &[
                    "*",
                    "*",
                    "gleaner",
                    "Gleaner/2.0",
                    "GoogleBot",
                    "price-bot",
                    "Price_Bot",
                    "gleaners",
                    "a b",
                    "7",
                    "* all",
                ],
            );
            let key =
                pick(rng, &["User-agent: ", "user-agent:", "USER-AGENT : ", "useragent: ", "User Agent: "]);
            lines.push(format!("{key}{name}"));
        }
        for _ in 0..rng.usize(..9) {
            let key = pick(
                rng,
                &["Disallow: ", "Disallow: ", "disallow:", "Allow: ", "allow :", "Disalow: ", "DISSALLOW: "],
            );
            lines.push(format!("{key}{}{}", pattern(rng), pick(rng, &["", "", " # why", "  "])));
        }
        lines.push(pick(rng, &["", "# ----", "  "]).to_owned());
    }
    lines.join(end)
}

#[test]
fn both_readers_agree_on_thousands_of_files() {
    let mut rng = Rng::with_seed(2_022);
    let (mut asked, mut closed, mut forgotten) = (0u32, 0u32, 0u32);
    for _ in 0..2_500 {
        let body = file(&mut rng);
        let robots = Robots::parse(body.as_bytes());
        for agent in ["gleaner", "googlebot", "Price-Bot", "nobody"] {
            let own = robots.clone().for_agent(agent);
            for _ in 0..8 {
                let url = format!("https://s.example{}", path(&mut rng));
                let allowed = robots.check(agent, &url).allowed;
                // the same decision by the port's own parser and groups, with stars that forget nothing
                let plain = RobotsMatcher::<Plain>::default().one_agent_allowed_by_robots(&body, agent, &url);
                assert_eq!(allowed, plain, "{agent} {url} under\n{body}");
                assert_eq!(allowed, own.check(agent, &url).allowed, "{agent} {url} under\n{body}");
                forgotten += u32::from(port(&body, agent, &url) != plain);
                asked += 1;
                closed += u32::from(!allowed);
            }
        }
    }
    assert!((asked / 10..asked * 9 / 10).contains(&closed), "{closed} of {asked} are closed");
    assert!(forgotten < asked / 50, "the port's stars are told apart in {forgotten} of {asked}");
}
