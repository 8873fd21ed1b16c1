use super::*;

fn chosen<'p>(proxies: &'p [ProxyServer], host: &str) -> &'p ProxyServer {
    choose(proxies, |proxy| proxy, host).expect("there is one")
}

#[track_caller]
fn check(text: &str, shown: &[&str]) -> Vec<ProxyServer> {
    let proxies = parse(text).unwrap();
    assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), shown);
    proxies
}

#[test]
fn proxies_are_urls_separated_by_commas_or_white_space() {
    check("", &[]);
    check(
        "http://a.example, https://b.example\n\tsocks5://10.0.0.9 socks5://[::1]:80,http://c.example:3128/",
        &[
            "http://a.example:80",
            "https://b.example:443",
            "socks5://10.0.0.9:1080",
            "socks5://[::1]:80",
            "http://c.example:3128",
        ],
    );
}

#[test]
fn logins_are_read_and_never_shown() {
    let proxies = check("socks5://us%40er:s3%3Acret@h:1", &["socks5://h:1"]);
    let login = proxies[0].login.as_ref().unwrap();
    assert_eq!((login.user.expose_secret(), login.password.expose_secret()), ("us@er", "s3:cret"));
    assert!(!format!("{proxies:?} {login:?}").contains("s3"), "{proxies:?} {login:?}");
}

#[test]
fn what_is_no_proxy_is_refused_without_being_repeated() {
    let long = "x".repeat(256);
    for (text, error) in [
        ("user:s3cret@host:1", BadProxy::Syntax(1)),
        ("http://a.example user:s3cret@", BadProxy::Syntax(2)),
        ("ftp://s3cret@a.example", BadProxy::Syntax(1)),
        ("http://s3cret@a.example/path", BadProxy::Syntax(1)),
        ("socks5://?s3cret", BadProxy::Syntax(1)),
        ("http://a.example:99999", BadProxy::Syntax(1)),
        ("socks5h://u:s3cret@a.example", BadProxy::ResolvesNames(1)),
        ("socks4://a.example", BadProxy::ResolvesNames(1)),
        (&format!("socks5://u:{long}@a.example"), BadProxy::LongLogin(1)),
    ] {
        let said = parse(text).expect_err(text);
        assert_eq!(said, error, "{text}");
        assert!(!said.to_string().contains("s3cret"));
    }
}

#[test]
fn a_host_keeps_its_proxy_when_others_leave_or_come() {
    let hosts: Vec<String> = (0..600).map(|n| format!("shop{n}.example")).collect();
    let way = |list: &str| -> Vec<String> {
        let proxies = parse(list).unwrap();
        hosts.iter().map(|host| chosen(&proxies, host).to_string()).collect()
    };
    let three = way("http://a:1 http://b:1 http://c:1");
    for proxy in ["http://a:1", "http://b:1", "http://c:1"] {
        let served = three.iter().filter(|way| *way == proxy).count();
        assert!((120..280).contains(&served), "{proxy} serves {served} of 600");
    }
    // the order says nothing, and the password neither
    assert_eq!(way("http://c:1 http://a:1 http://b:1"), three);
    for (before, after) in three.iter().zip(way("http://a:1 http://c:1")) {
        assert!(*before == after || before == "http://b:1", "{before} became {after}");
    }
    for (before, after) in three.iter().zip(way("http://a:1 http://b:1 http://c:1 http://d:1")) {
        assert!(*before == after || after == "http://d:1", "{before} became {after}");
    }
    assert!(choose(&[] as &[ProxyServer], |proxy| proxy, "shop.example").is_none());
}

#[test]
fn ways_out_of_one_proxy_are_told_apart_by_user_and_not_by_password() {
    let users = |list: &str| -> Vec<String> {
        let proxies = parse(list).unwrap();
        let user = |n: usize| {
            let login = chosen(&proxies, &format!("{n}.example")).login.as_ref().unwrap();
            login.user.expose_secret().to_owned()
        };
        (0..50).map(user).collect()
    };
    let old = users("http://one:old@h:1 http://two:old@h:1");
    assert_eq!(old, users("http://one:new@h:1 http://two:newer@h:1"));
    assert!(old.contains(&"one".to_owned()) && old.contains(&"two".to_owned()));
}
