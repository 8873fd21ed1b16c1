use std::{fs, time::Duration};

use gleaner_contract::Counter;
use secrecy::ExposeSecret;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn of_text(text: &str) -> Result<Config, ConfigError> {
    parse(Some(("gleaner.toml", text)), &Variables::new())
}

fn of_variables(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    parse(None, &variables(pairs))
}

/// Checks that a configuration is refused with exactly these lines.
fn check_refused(refused: Result<Config, ConfigError>, expected: &[&str]) {
    let said = refused.expect_err("refused").to_string();
    assert_eq!(said.lines().map(str::trim).collect::<Vec<_>>(), expected);
}

#[test]
fn the_sample_is_the_default() {
    let sample = of_text(SAMPLE).expect("right");
    assert_eq!(format!("{sample:#?}"), format!("{:#?}", Config::default()));
}

#[test]
fn the_sample_explains_every_key() {
    let sections = [
        "egress",
        "fetch",
        "crawl",
        "render",
        "extract",
        "llm",
        "deep",
        "coordinator",
        "state",
        "retention",
        "rabbitmq",
        "redis",
        "postgres",
        "worker",
        "api",
        "client",
        "telemetry",
    ];
    for section in sections {
        let message =
            try_alone(&[section.into(), "?".into()], &toml::Value::Boolean(true)).expect_err("unknown");
        let names: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        assert!(!names.is_empty(), "{message}");
        for name in names.into_iter().filter(|name| !["headers", "key", "password"].contains(name)) {
            let written =
                SAMPLE.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{name} = ")));
            assert!(written, "{section}.{name} is not in the sample");
        }
    }
}

#[test]
fn nothing_written_is_the_default() {
    let config = of_variables(&[("PATH", "/bin"), ("GLEANER", "x")]).expect("right");
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    of_text("\u{feff}[crawl]\n").expect("an empty section says nothing");
}

#[test]
fn variables_override_the_file() {
    let file = "[crawl]\nhost_delay = \"1s\"\nconcurrency = 3\n[fetch]\nmax_body_bytes = \"1 MiB\"\n";
    let variables = variables(&[
        ("GLEANER__CRAWL__HOST_DELAY", "250ms"),
        ("GLEANER__FETCH__MAX_BODY_BYTES", "2 MiB"),
        ("GLEANER__FETCH__MAX_HEADERS", "7"),
        ("GLEANER__STATE__DIR", "17"),
        ("GLEANER__EGRESS__CRAWL_ALLOW", "127.0.0.1/32:8080, 10.0.0.0/8:443"),
        ("GLEANER__EGRESS__PORTS", "80"),
        ("GLEANER__EGRESS__MODEL_ALLOW", ""),
        ("GLEANER__BUDGET__LOW_CALLS", "5"),
        ("GLEANER__BUDGET__MONEY", "0.05 EUR"),
        ("GLEANER__TELEMETRY__LOG_FORMAT", "json"),
        ("GLEANER__TELEMETRY__HEADERS", "authorization: hunter2"),
    ]);
    let config = parse(Some(("gleaner.toml", file)), &variables).expect("right");
    assert_eq!(config.crawl.host_delay, Duration::from_millis(250));
    assert_eq!(config.crawl.concurrency.get(), 3);
    assert_eq!((config.fetch.max_body_bytes, config.fetch.max_headers), (2 << 20, 7));
    let dir = config.state.dir.as_deref();
    assert_eq!(dir, Some(Path::new("17")), "a text that looks like a number stays a text");
    assert_eq!((config.egress.crawl_allow.len(), config.egress.model_allow.len()), (2, 0));
    assert_eq!(config.egress.ports, [80]);
    assert_eq!(config.budget.limit(&Counter::LOW_CALLS), Some(5.into()));
    assert_eq!(config.budget.limit(&Counter::SECONDS), Some(120.into()), "other bounds stay");
    assert_eq!(config.budget.currency().code(), "EUR");
    assert_eq!(config.telemetry.log_format, crate::LogFormat::Json);
    assert!(!format!("{config:?}").contains("hunter2"), "secrets are not shown");
}

#[test]
fn all_problems_are_reported_together() {
    let file = "[crawl]\nconcurency = 3\nhost_delay = \"soon\"\nper_host = 0\n[crwl]\n[fetch]\nmax_body_bytes = \"big\"\n\
        total_timeout = \"5s\"\n[budget]\nurl = 3\nmoney = 5\nseconds = 999999999999\n\
        [telemetry]\nprotocol = \"http/json\"\nendpoint = \"not a url\"\n";
    let variables = variables(&[
        ("GLEANER__EGRESS__PORTS", "http"),
        ("GLEANER__STATE__DRI", "/x"),
        ("GLEANER__TELEMETRY__LOG_LEVEL", "info,=x=["),
        ("GLEANER__FETCH__USER_AGENT", "7"),
    ]);
    check_refused(
        parse(Some(("gleaner.toml", file)), &variables),
        &[
            "gleaner.toml:2: unknown key `crawl.concurency`",
            "hint: did you mean `concurrency`?",
            "gleaner.toml:3: `crawl.host_delay`: `soon` is not a duration such as \"10s\" or \"500ms\"",
            "gleaner.toml:4: `crawl.per_host`: invalid value: integer `0`, expected a nonzero u32",
            "gleaner.toml:5: unknown key `crwl`",
            "hint: did you mean `crawl`?",
            "gleaner.toml:7: `fetch.max_body_bytes`: invalid type: string \"big\", expected u64",
            "hint: sizes are numbers of bytes, or texts such as \"10 MiB\"",
            "gleaner.toml:10: unknown key `budget.url`",
            "hint: did you mean `urls`?",
            "gleaner.toml:11: `budget.money`: `money` is money, such as \"0.05 USD\", or \"unlimited\", not 5",
            "gleaner.toml:12: `budget.seconds`: `seconds` is at most 315360000 (ten years), not 999999999999",
            "gleaner.toml:14: `telemetry.protocol`: `http/json` is not supported; telemetry is sent as `http/protobuf` alone",
            "GLEANER__EGRESS__PORTS: `egress.ports`: invalid type: string \"http\", expected a sequence",
            "GLEANER__STATE__DRI: unknown key `state.dri`",
            "hint: did you mean `dir`?",
            "fetch.user_agent: `7` is no user agent",
            "hint: it starts with the name that robots.txt files know: \"name/1.0 (+https://example.org/bot)\"",
            "telemetry.endpoint: `not a url` is not an http or https URL",
            "hint: for example \"http://127.0.0.1:4318\"",
            "telemetry.log_level: `info,=x=[` is no log level or list of directives: invalid filter directive",
            "hint: for example \"info\", or \"info,gleaner_fetch=debug\"",
            "fetch.connect_timeout, fetch.total_timeout: `fetch.connect_timeout` (10s) is longer than \
             `fetch.total_timeout` (5s)",
            "hint: lower the first or raise the second",
            "fetch.rate_window, fetch.total_timeout: `fetch.rate_window` (10s) is longer than `fetch.total_timeout` (5s)",
            "hint: lower the first or raise the second",
        ],
    );
}

#[test]
fn contradictions_name_both_settings() {
    check_refused(
        of_text("crawl.chain_timeout = \"20s\"\ncrawl.backoff_base = \"1m\"\n"),
        &[
            "fetch.total_timeout, crawl.chain_timeout: `fetch.total_timeout` (30s) is longer than \
             `crawl.chain_timeout` (20s)",
            "hint: lower the first or raise the second",
            "crawl.backoff_base, crawl.backoff_cap: `crawl.backoff_base` (60s) is longer than `crawl.backoff_cap` (10s)",
            "hint: lower the first or raise the second",
        ],
    );
    check_refused(
        of_variables(&[("GLEANER__TELEMETRY__HEADERS", "a: b"), ("GLEANER__TELEMETRY__HEADERS_FILE", "/x")]),
        &[
            "telemetry.headers, telemetry.headers_file: `telemetry.headers` and `telemetry.headers_file` are both set",
            "hint: set one of them",
        ],
    );
}

#[test]
fn a_wait_of_no_time_is_refused_and_a_pause_of_none_is_not() {
    check_refused(
        of_text("fetch.rate_window = \"0s\"\ncoordinator.reap_every = \"0s\"\n"),
        &[
            "fetch.rate_window: `fetch.rate_window` must not be zero",
            "coordinator.reap_every: `coordinator.reap_every` must not be zero",
        ],
    );
    of_text("crawl.host_delay = \"0s\"\nfetch.connect_timeout = \"10s\"\n").expect("right");
    let days = of_text("retention.captures = \"90d\"\n").expect("right").retention.captures;
    assert_eq!(days, Duration::from_secs(90 * 86_400));
}

#[test]
fn a_header_without_a_name_is_told_with_its_line_and_without_its_value() {
    for headers in ["a: b\n\nhunter2", "a: b\n\n : hunter2"] {
        check_refused(
            of_variables(&[("GLEANER__TELEMETRY__HEADERS", headers)]),
            &[
                "telemetry.headers: line 3 has no name before a colon",
                "hint: write a header a line: \"name: value\"",
            ],
        );
    }
}

#[test]
fn a_domain_has_twice_what_a_host_has_unless_it_is_told_and_never_less() {
    let per_domain = |text: &str| of_text(text).expect("right").crawl.per_domain().get();
    assert_eq!(per_domain(""), 4);
    assert_eq!(per_domain("crawl.per_host = 50\n"), 100);
    assert_eq!(per_domain("crawl.per_host = 3\ncrawl.per_domain = 3\n"), 3);
    check_refused(
        of_text("crawl.per_host = 3\ncrawl.per_domain = 2\n"),
        &[
            "crawl.per_host, crawl.per_domain: `crawl.per_host` (3) is more than `crawl.per_domain` (2), which holds \
             for the host too",
            "hint: lower the first or raise the second",
        ],
    );
}

#[test]
fn a_fetch_leaves_time_for_reading() {
    check_refused(
        of_text("fetch.total_timeout = \"60s\"\n"),
        &[
            "fetch.total_timeout, crawl.chain_timeout: `fetch.total_timeout` (60s) is as long as \
             `crawl.chain_timeout`: no time is left for reading a page",
            "hint: lower the first or raise the second",
        ],
    );
}

#[test]
fn a_default_bound_can_be_lifted() {
    let lifted =
        of_text("budget.urls = \"unlimited\"\nbudget.money = \"unlimited\"\n").expect("right").budget;
    assert_eq!((lifted.limit(&Counter::URLS), lifted.limit(&Counter::SECONDS)), (None, Some(120.into())));
    let lifted = of_variables(&[("GLEANER__BUDGET__SECONDS", "unlimited")]).expect("right").budget;
    assert_eq!((lifted.limit(&Counter::URLS), lifted.limit(&Counter::SECONDS)), (Some(10.into()), None));
}

#[test]
fn a_level_that_was_written_is_told_from_none() {
    assert_eq!(of_text("").expect("right").telemetry.log_level, None);
    let written = of_text("telemetry.log_level = \"info\"\n").expect("right");
    assert_eq!(written.telemetry.log_level.as_deref(), Some("info"));
}

#[test]
fn every_syntax_error_has_its_line() {
    let error = of_text("[crawl]\nconcurrency = \n[fetch\n").expect_err("refused");
    let places: Vec<_> = error.problems.iter().map(|problem| problem.place.as_str()).collect();
    assert!(places.contains(&"gleaner.toml:2") && places.contains(&"gleaner.toml:3"), "{error}");
}

#[test]
fn a_wrong_rule_is_told_with_its_form() {
    let error = of_text("egress.crawl_allow = [\"localhost\"]\n").expect_err("refused").to_string();
    assert!(
        error.starts_with("gleaner.toml:1: `egress.crawl_allow`: `localhost` is not CIDR:PORT"),
        "{error}"
    );
}

#[test]
fn secrets_are_read_from_their_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("otlp");
    fs::write(&path, "authorization: hunter2\n").expect("written");
    let shown = path.to_string_lossy().into_owned();
    let config = load(None, &variables(&[("GLEANER__TELEMETRY__HEADERS_FILE", &shown)])).expect("right");
    let headers = config.telemetry.headers.as_ref().expect("read");
    assert_eq!(headers.expose_secret(), "authorization: hunter2");
    config.check().expect("a secret that was read contradicts nothing");
    let error =
        load(None, &variables(&[("GLEANER__TELEMETRY__HEADERS_FILE", "/no/such")])).expect_err("refused");
    assert!(error.to_string().starts_with("telemetry.headers_file: `/no/such`: "), "{error}");
}

#[test]
fn proxies_and_credentials_are_given_in_the_file_by_the_environment_or_by_files_of_their_own() {
    let text = "[fetch]\nproxy = [\"http://a.example:3128\", \"socks5://u:hunter2@b.example\"]\n\
        [[fetch.credentials]]\nhost = \"shop.example\"\nheaders = { Authorization = \"hunter2\" }\n";
    let config = of_text(text).expect("right");
    assert!(!format!("{config:?}").contains("hunter2"), "secrets are not shown");
    assert_eq!(config.fetch.credentials.len(), 1);
    let given =
        of_variables(&[("GLEANER__FETCH__PROXY", "http://a.example, socks5://b.example")]).expect("right");
    assert_eq!(given.fetch.proxy.expect("given").expose_secret(), "http://a.example, socks5://b.example");

    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let proxies = write("proxies", "http://a.example\nsocks5://u:hunter2@b.example\n");
    let headers = write("headers", "Authorization: hunter2\n");
    let file = |proxies: &Path, headers: &Path| {
        let text = format!(
            "[fetch]\nproxy_file = '{}'\n[[fetch.credentials]]\nhost = 'shop.example'\nheader_file = '{}'\n",
            proxies.display(),
            headers.display()
        );
        load(Some(&write("gleaner.toml", &text)), &Variables::new())
    };
    let config = file(&proxies, &headers).expect("right");
    assert!(config.fetch.proxy.as_ref().expect("read").expose_secret().contains("socks5://u:hunter2@"));
    assert!(config.fetch.credentials[0].header_lines.is_some());
    let wrong = write("wrong", "hunter2");
    check_refused(
        file(&wrong, &wrong),
        &[
            "fetch.proxy: proxy 1 is not http://, https:// or socks5:// with a host, and perhaps user:password@ and a port",
            "fetch.credentials: credential 1: a header cannot be sent, or belongs to the connection",
        ],
    );
    let missing = folder.path().join("none");
    let error = file(&missing, &missing).expect_err("refused").to_string();
    assert!(
        error.contains("fetch.proxy_file: ") && error.contains("fetch.credentials[1].header_file: "),
        "{error}"
    );
}

#[test]
fn what_is_wrong_in_a_secret_is_told_in_its_place_and_not_repeated() {
    for (text, said) in [
        ("fetch.proxy = 'hunter2'", "gleaner.toml:1: `fetch.proxy`: proxy 1 is not"),
        ("fetch.proxy = ['http://a.example', 'socks5h://u:hunter2@b']", "proxy 2 would resolve names itself"),
        ("fetch.proxy = { hunter2 = 1 }", "proxies are the text of a URL"),
        ("fetch.credentials = 'hunter2'", "credentials are tables of"),
        ("[[fetch.credentials]]\nhost = 'a'\nheaders = 'hunter2'", "credentials are tables of"),
        ("[[fetch.credentials]]\nhost = 'a'\ncookies = 'hunter2'", "unknown key"),
        ("fetch.proxy = 'http://a'\nfetch.proxy_file = '/hunter2'", "are both set"),
    ] {
        let error = of_text(text).expect_err(text).to_string();
        assert!(error.contains(said), "{text}: {error}");
        let shown = error.contains("hunter2");
        assert!(!shown || text.starts_with("fetch.proxy = {"), "{text}: {error}");
    }
}

#[test]
fn the_file_is_read_from_disk_and_named_in_messages() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "crawl.concurrency = 2\n").expect("written");
    assert_eq!(load(Some(&path), &Variables::new()).expect("right").crawl.concurrency.get(), 2);
    fs::write(&path, "x = 2\n").expect("written");
    let error = load(Some(&path), &Variables::new()).expect_err("refused");
    assert_eq!(error.problems[0].place, format!("{}:1", path.display()));
    let error = load(Some(folder.path()), &Variables::new()).expect_err("refused");
    assert_eq!(error.problems[0].what, "not a regular file");
    let error = load(Some(Path::new("/no/such.toml")), &Variables::new()).expect_err("refused");
    check_refused(
        Err(error),
        &[
            "/no/such.toml: no such file",
            "hint: `gleaner config > gleaner.toml` writes a file with every key explained",
        ],
    );
}

#[test]
fn hosts_whose_pages_are_content_are_named_without_more() {
    let config =
        of_text("[crawl]\ncontent_hosts = [\"Shop.Example\", \"bücher.example.\"]\n").expect("right");
    assert_eq!(config.crawl.content_hosts, ["shop.example", "xn--bcher-kva.example"]);
    let config = of_variables(&[("GLEANER__CRAWL__CONTENT_HOSTS", "a.example, b.example")]).expect("right");
    assert_eq!(config.crawl.content_hosts, ["a.example", "b.example"]);
    check_refused(
        of_text("[crawl]\ncontent_hosts = [\"https://shop.example/\"]\n"),
        &["gleaner.toml:2: `crawl.content_hosts`: `https://shop.example/` is no host name"],
    );
}
