use std::{
    io,
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use url::Url;

use super::*;
use crate::config::EgressConfig;

fn reason(address: &str) -> Option<&'static str> {
    refused(address.parse().unwrap()).map(RefusalReason::as_str)
}

/// The range is refused at both ends for `expected`; its neighbours are public, or refused for what they are.
#[track_caller]
fn range(first: &str, last: &str, expected: &str, before: (&str, Option<&str>), after: (&str, Option<&str>)) {
    assert_eq!(reason(first), Some(expected), "{first}");
    assert_eq!(reason(last), Some(expected), "{last}");
    assert_eq!(reason(before.0), before.1, "{}", before.0);
    assert_eq!(reason(after.0), after.1, "{}", after.0);
}

#[test]
fn v4_ranges_are_refused_from_end_to_end() {
    range("0.0.0.1", "0.255.255.255", "this_network", ("0.0.0.0", Some("unspecified")), ("1.0.0.0", None));
    range("10.0.0.0", "10.255.255.255", "private", ("9.255.255.255", None), ("11.0.0.0", None));
    range("100.64.0.0", "100.127.255.255", "cgnat", ("100.63.255.255", None), ("100.128.0.0", None));
    range("127.0.0.0", "127.255.255.255", "loopback", ("126.255.255.255", None), ("128.0.0.0", None));
    range("169.254.0.0", "169.254.255.255", "link_local", ("169.253.255.255", None), ("169.255.0.0", None));
    range("172.16.0.0", "172.31.255.255", "private", ("172.15.255.255", None), ("172.32.0.0", None));
    range("192.0.0.0", "192.0.0.255", "protocol_assignment", ("191.255.255.255", None), ("192.0.1.0", None));
    range("192.0.2.0", "192.0.2.255", "documentation", ("192.0.1.255", None), ("192.0.3.0", None));
    range("192.88.99.0", "192.88.99.255", "six_to_four", ("192.88.98.255", None), ("192.88.100.0", None));
    range("192.168.0.0", "192.168.255.255", "private", ("192.167.255.255", None), ("192.169.0.0", None));
    range("198.18.0.0", "198.19.255.255", "benchmarking", ("198.17.255.255", None), ("198.20.0.0", None));
    range("198.51.100.0", "198.51.100.255", "documentation", ("198.51.99.255", None), ("198.51.101.0", None));
    range("203.0.113.0", "203.0.113.255", "documentation", ("203.0.112.255", None), ("203.0.114.0", None));
    range(
        "224.0.0.0",
        "239.255.255.255",
        "multicast",
        ("223.255.255.255", None),
        ("240.0.0.0", Some("reserved")),
    );
    range(
        "240.0.0.0",
        "255.255.255.254",
        "reserved",
        ("239.255.255.255", Some("multicast")),
        ("255.255.255.255", Some("broadcast")),
    );
}

#[test]
fn v6_ranges_are_refused_from_end_to_end() {
    const END: &str = "ffff:ffff:ffff:ffff:ffff:ffff";
    let r = Some("reserved");
    range("::1", "::1", "loopback", ("::", Some("unspecified")), ("::2", Some("this_network")));
    range(
        "100::",
        "100:0:0:1:ffff:ffff:ffff:ffff",
        "discard",
        ("ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", r),
        ("100:0:0:2::", r),
    );
    range(
        "2001::",
        &format!("2001:0:{END}"),
        "teredo",
        (&format!("2000:ffff:{END}"), None),
        ("2001:1::", Some("protocol_assignment")),
    );
    range(
        "2001:2::",
        "2001:2:0:ffff:ffff:ffff:ffff:ffff",
        "benchmarking",
        (&format!("2001:1:{END}"), Some("protocol_assignment")),
        ("2001:2:1::", Some("protocol_assignment")),
    );
    range(
        "2001:10::",
        &format!("2001:2f:{END}"),
        "orchid",
        (&format!("2001:f:{END}"), Some("protocol_assignment")),
        ("2001:30::", Some("protocol_assignment")),
    );
    range(
        "2001:30::",
        &format!("2001:1ff:{END}"),
        "protocol_assignment",
        (&format!("2001:2f:{END}"), Some("orchid")),
        ("2001:200::", None),
    );
    range(
        "2001:db8::",
        &format!("2001:db8:{END}"),
        "documentation",
        (&format!("2001:db7:{END}"), None),
        ("2001:db9::", None),
    );
    range(
        "3fff::",
        &format!("3fff:fff:{END}"),
        "documentation",
        (&format!("3ffe:ffff:{END}"), None),
        ("3fff:1000::", None),
    );
    range(
        "fc00::",
        &format!("fdff:ffff:{END}"),
        "unique_local",
        (&format!("fbff:ffff:{END}"), r),
        ("fe00::", r),
    );
    range(
        "fe80::",
        &format!("febf:ffff:{END}"),
        "link_local",
        (&format!("fe7f:ffff:{END}"), r),
        ("fec0::", Some("site_local")),
    );
    range(
        "fec0::",
        &format!("feff:ffff:{END}"),
        "site_local",
        (&format!("febf:ffff:{END}"), Some("link_local")),
        ("ff00::", Some("multicast")),
    );
    assert_eq!(reason(&format!("ffff:ffff:{END}")), Some("multicast"));
    // the global unicast block, and what lies beyond it on both sides
    range("4000::", "5f00::1", "reserved", (&format!("3fff:ffff:{END}"), None), ("6000::", r));
    assert_eq!(reason(&format!("1fff:ffff:{END}")), r);
    assert_eq!(reason("2000::"), None);
    assert_eq!(reason("2606:4700::1"), None);
}

#[test]
fn address_inside_another_is_judged() {
    for (carrier, own) in [
        ("::ffff:{}", Some("v4_mapped")),
        ("::{}", Some("v4_compatible")),
        ("::ffff:0:{}", Some("siit")),
        ("64:ff9b::{}", None),
        ("64:ff9b:1::{}", Some("nat64")),
        ("64:ff9b:1:ffff:ffff:ffff:{}", Some("nat64")),
    ] {
        for (v4, inner) in [
            ("127.0.0.1", Some("loopback")),
            ("169.254.169.254", Some("metadata")),
            ("10.0.0.1", Some("private")),
            ("8.8.8.8", own),
        ] {
            let address = carrier.replace("{}", v4);
            assert_eq!(reason(&address), inner, "{address}");
        }
    }
    assert_eq!(reason("2002:7f00:1::"), Some("loopback"));
    assert_eq!(reason("2002:a9fe:a9fe::1"), Some("metadata"));
    assert_eq!(reason("2002:808:808::1"), Some("six_to_four"));
    assert_eq!(reason("64:ff9b:2::808:808"), Some("reserved"));
    assert_eq!(reason("64:ff9b:0:1::808:808"), Some("reserved"));
}

#[test]
fn metadata_services_are_named() {
    for address in [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
    ] {
        assert_eq!(reason(address), Some("metadata"), "{address}");
    }
}

/// A name server with one answer for everything.
struct Answers(Vec<&'static str>);

#[async_trait]
impl Lookup for Answers {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.iter().map(|address| address.parse().unwrap()).collect())
    }
}

fn gate(allow: &[&str], answers: &[&'static str]) -> Gate {
    let crawl_allow = allow.iter().map(|rule| rule.parse().unwrap()).collect();
    let config = EgressConfig { crawl_allow, ..EgressConfig::default() };
    Gate::new(Purpose::Crawl, &config).with_lookup(Answers(answers.to_vec()))
}

#[track_caller]
fn check(gate: &Gate, text: &str, expected: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let verdict = runtime.block_on(gate.verdict(text)).map(|verdict| verdict.reason.unwrap_or("allowed"));
    assert_eq!(verdict.unwrap_or("not a URL"), expected, "{text}");
}

#[test]
fn odd_spellings_of_addresses_are_seen_through() {
    let gate = gate(&[], &["8.8.8.8"]);
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "%31%32%37.0.0.1",
        "0X7F.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::FFFF:0:127.0.0.1]",
        "user:pw@127.0.0.1",
        "8.8.8.8@127.0.0.1",
    ] {
        check(&gate, &format!("http://{host}/"), "loopback");
        check(&gate, &format!("https://{host}:8443/x?y"), "loopback");
    }
    check(&gate, "http://0/", "unspecified");
    check(&gate, "http:127.0.0.1", "loopback");
    check(&gate, "http:\\\\127.0.0.1\\", "loopback");
    check(&gate, "http://8.8.8.8#@127.0.0.1/", "allowed");
}

#[test]
fn bare_addresses_are_judged_and_bare_words_are_no_url() {
    let gate = gate(&[], &["8.8.8.8"]);
    for text in ["127.0.0.1", "::1", "[::1]", "2130706433", "0x7f.1", "127.0.0.1:8080"] {
        check(&gate, text, "loopback");
    }
    check(&gate, "8.8.8.8", "allowed");
    check(&gate, "2606:4700::1111", "allowed");
    for text in
        ["", "shop.example", "//shop.example/", "http://", "http://[::1", "http://1.2.3.4.5/", "http://a b/"]
    {
        check(&gate, text, "not a URL");
    }
}

#[test]
fn only_web_schemes_and_ports_pass() {
    let gate = gate(&[], &["8.8.8.8"]);
    for url in [
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://s.example/",
        "ws://s.example/",
        "gopher://s.example/",
        "blob:http://s.example/1",
        "view-source:http://s.example/",
        "chrome://version",
        "javascript:1",
        "about:blank",
    ] {
        check(&gate, url, "scheme");
    }
    for port in [80, 443, 8080, 8443] {
        check(&gate, &format!("http://s.example:{port}/"), "allowed");
    }
    for port in [22, 25, 6379, 5432, 11211, 81, 65535] {
        check(&gate, &format!("http://s.example:{port}/"), "port");
        check(&gate, &format!("http://8.8.8.8:{port}/"), "port");
    }
}

#[test]
fn one_refused_answer_refuses_the_name() {
    check(&gate(&[], &["8.8.8.8", "2606:4700::1"]), "http://s.example/", "allowed");
    check(&gate(&[], &["8.8.8.8", "10.0.0.1"]), "http://s.example/", "private");
    check(&gate(&[], &["8.8.8.8", "::1"]), "http://s.example/", "loopback");
    check(&gate(&[], &["169.254.169.254"]), "http://s.example/", "metadata");
    check(&gate(&[], &[]), "http://s.example/", "unresolvable");
}

#[tokio::test]
async fn names_of_this_machine_are_resolved_and_refused() {
    let gate = Gate::new(Purpose::Crawl, &EgressConfig::default());
    for name in ["localhost", "LOCALHOST", "ｌocalhost"] {
        let verdict = gate.verdict(&format!("http://{name}/")).await.unwrap();
        assert_eq!((verdict.allowed, verdict.reason), (false, Some("loopback")), "{name}");
    }
}

#[test]
fn rules_open_just_their_network_port_and_purpose() {
    let open = gate(&["127.0.0.1/32:8088", "10.0.0.0/8:*", "[::1]/128:9000"], &["127.0.0.1"]);
    check(&open, "http://127.0.0.1:8088/", "allowed");
    check(&open, "http://s.example:8088/", "allowed");
    check(&open, "http://127.0.0.1:8089/", "loopback");
    check(&open, "http://127.0.0.2:8088/", "loopback");
    check(&open, "http://[::ffff:127.0.0.1]:8088/", "loopback");
    check(&open, "http://8.8.8.8:8088/", "port");
    check(&open, "http://10.1.2.3:22/", "allowed");
    check(&open, "http://[::1]:9000/", "allowed");
    check(&open, "ftp://127.0.0.1:8088/", "scheme");

    let crawl_allow = vec!["127.0.0.1/32:8088".parse().unwrap()];
    let config = EgressConfig { crawl_allow, ..EgressConfig::default() };
    for other in [Purpose::Model, Purpose::Search, Purpose::Webhook] {
        check(&Gate::new(other, &config), "http://127.0.0.1:8088/", "loopback");
    }
}

#[test]
fn name_on_a_closed_port_is_not_even_looked_up() {
    struct Counting(std::sync::Arc<AtomicUsize>);
    #[async_trait]
    impl Lookup for Counting {
        async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(vec![])
        }
    }
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let gate = Gate::new(Purpose::Crawl, &EgressConfig::default()).with_lookup(Counting(asked.clone()));
    check(&gate, "http://s.example:22/", "port");
    check(&gate, "file://s.example/", "scheme");
    check(&gate, "http://127.0.0.1/", "loopback");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn rules_are_read_in_their_spellings_and_written_in_one() {
    for (text, canonical) in [
        ("127.0.0.1/32:8080", "127.0.0.1/32:8080"),
        ("127.0.0.1:8080", "127.0.0.1/32:8080"),
        ("10.1.2.3/8:*", "10.0.0.0/8:*"),
        ("[::1]/128:8080", "[::1]/128:8080"),
        ("[::1/128]:8080", "[::1]/128:8080"),
        ("[::1]:8080", "[::1]/128:8080"),
        ("fd00::/8:443", "[fd00::]/8:443"),
    ] {
        let rule: AllowRule = text.parse().unwrap();
        assert_eq!(rule.to_string(), canonical);
        assert_eq!(canonical.parse::<AllowRule>().unwrap(), rule);
    }
    for wrong in [
        "",
        "127.0.0.1",
        "127.0.0.1/33:80",
        "::1:80",
        "localhost:80",
        "127.0.0.1/32:0",
        "127.0.0.1/32:70000",
        "127.0.0.1/32:",
        "0.0.0.0/0:*",
        "[::]/0:443",
        "x/8:1",
    ] {
        assert!(wrong.parse::<AllowRule>().is_err(), "{wrong}");
    }
}

#[test]
fn reasons_are_snake_case_and_distinct() {
    let mut codes: Vec<_> = RefusalReason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert!(
        codes
            .iter()
            .all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
    );
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), RefusalReason::ALL.len());
}

#[test]
fn verdict_is_written_as_the_hook_promises() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let verdict = runtime.block_on(gate(&[], &[]).verdict("http://127.0.0.1/")).unwrap();
    assert_eq!(
        serde_json::to_string(&verdict).unwrap(),
        r#"{"allowed":false,"reason":"loopback","address":"127.0.0.1"}"#
    );
    let url = Url::parse("http://127.0.0.1/").unwrap();
    assert!(gate(&[], &[]).precheck(&url).is_err());
}
