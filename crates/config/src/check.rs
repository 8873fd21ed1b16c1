//! Values that are right in form and cannot be used, alone or together.

use std::time::Duration;

use gleaner_fetch::Credentials;
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::{
    error::{ConfigError, Problem},
    header::header,
    sections::Config,
};

/// A broker ends the session of a consumer that settles nothing for half an hour; twice this.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

const RAISE: &str = "lower the first or raise the second";

impl Config {
    /// Checks what each setting's form does not tell.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let mut problems: Vec<Problem> = [
            self.check_user_agent(),
            self.check_proxies(),
            self.check_credentials(),
            self.check_endpoint(),
            self.check_headers(),
            self.check_log_level(),
        ]
        .into_iter()
        .flatten()
        .collect();
        problems.extend(self.check_not_zero());
        problems.extend(self.check_durations());
        problems.extend(self.check_client_url());
        problems.extend(self.check_per_domain());
        problems.extend(self.check_secrets());
        if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
    }

    /// Secrets that are given twice.
    fn check_secrets(&self) -> impl Iterator<Item = Problem> {
        let Self { fetch, rabbitmq, redis, postgres, client, telemetry, .. } = self;
        [
            ("fetch.proxy", fetch.proxy.is_some(), fetch.proxy_file.is_some()),
            ("rabbitmq.password", rabbitmq.password.is_some(), rabbitmq.password_file.is_some()),
            ("redis.password", redis.password.is_some(), redis.password_file.is_some()),
            ("postgres.password", postgres.password.is_some(), postgres.password_file.is_some()),
            ("client.key", client.key.is_some(), client.key_file.is_some()),
            ("telemetry.headers", telemetry.headers.is_some(), telemetry.headers_file.is_some()),
        ]
        .into_iter()
        .filter(|(_, value, file)| *value && *file)
        .map(|(name, _, _)| Problem {
            place: format!("{name}, {name}_file"),
            what: format!("`{name}` and `{name}_file` are both set"),
            hint: Some("set one of them".into()),
        })
    }

    /// Waits that would be over before they began.
    fn check_not_zero(&self) -> impl Iterator<Item = Problem> {
        [
            ("fetch.connect_timeout", self.fetch.connect_timeout),
            ("fetch.total_timeout", self.fetch.total_timeout),
            ("fetch.rate_window", self.fetch.rate_window),
            ("crawl.chain_timeout", self.crawl.chain_timeout),
            ("crawl.breaker_wait", self.crawl.breaker_wait),
            ("coordinator.reap_every", self.coordinator.reap_every),
            ("rabbitmq.connect_timeout", self.rabbitmq.connect_timeout),
            ("rabbitmq.confirm_timeout", self.rabbitmq.confirm_timeout),
            ("rabbitmq.heartbeat", self.rabbitmq.heartbeat),
            ("redis.connect_timeout", self.redis.connect_timeout),
            ("redis.response_timeout", self.redis.response_timeout),
            ("postgres.connect_timeout", self.postgres.connect_timeout),
            ("postgres.statement_timeout", self.postgres.statement_timeout),
        ]
        .into_iter()
        .filter(|(_, wait)| wait.is_zero())
        .map(|(name, _)| Problem {
            place: name.into(),
            what: format!("`{name}` must not be zero"),
            hint: None,
        })
    }

    fn check_durations(&self) -> impl Iterator<Item = Problem> {
        let (fetch, crawl) = (&self.fetch, &self.crawl);
        let total = ("fetch.total_timeout", fetch.total_timeout);
        let chain = ("crawl.chain_timeout", crawl.chain_timeout);
        let base = ("crawl.backoff_base", crawl.backoff_base);
        let cap = ("crawl.backoff_cap", crawl.backoff_cap);
        let too_long =
            [chain, ("worker.grace", self.worker.grace), ("worker.patience", self.worker.patience)];
        let too_long = too_long.into_iter().filter(|(_, wait)| *wait > LONGEST_WAIT);
        let too_long = too_long.map(|(name, wait)| Problem {
            place: name.into(),
            what: format!("`{name}` ({wait:?}) is longer than {LONGEST_WAIT:?}"),
            hint: Some("a broker gives up on a consumer that settles nothing for half an hour".into()),
        });
        let none_left = (fetch.total_timeout == crawl.chain_timeout).then(|| Problem {
            place: format!("{}, {}", total.0, chain.0),
            what: format!(
                "`{}` ({:?}) is as long as `{}`: no time is left for reading a page",
                total.0, total.1, chain.0
            ),
            hint: Some(RAISE.into()),
        });
        [
            exceeds(("fetch.connect_timeout", fetch.connect_timeout), total),
            exceeds(("fetch.rate_window", fetch.rate_window), total),
            exceeds(total, chain).or(none_left),
            exceeds(("rabbitmq.confirm_timeout", self.rabbitmq.confirm_timeout), chain),
            exceeds(("redis.response_timeout", self.redis.response_timeout), chain),
            exceeds(
                ("postgres.connect_timeout", self.postgres.connect_timeout),
                ("postgres.statement_timeout", self.postgres.statement_timeout),
            ),
            exceeds(base, cap),
        ]
        .into_iter()
        .flatten()
        .chain(too_long)
    }

    fn check_user_agent(&self) -> Option<Problem> {
        let agent = &self.fetch.user_agent;
        let sendable = agent.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        (!sendable || self.fetch.product_token().is_empty()).then(|| Problem {
            place: "fetch.user_agent".into(),
            what: format!("`{}` is no user agent", agent.escape_debug().take(80).collect::<String>()),
            hint: Some(
                "it starts with the name that robots.txt files know: \"name/1.0 (+https://example.org/bot)\""
                    .into(),
            ),
        })
    }

    /// Those of a file; others were refused where they stand.
    fn check_proxies(&self) -> Option<Problem> {
        let error = self.fetch.check_proxies().err()?;
        Some(Problem { place: "fetch.proxy".into(), what: error.to_string(), hint: None })
    }

    fn check_credentials(&self) -> Option<Problem> {
        let error = Credentials::new(&self.fetch.credentials).err()?;
        Some(Problem { place: "fetch.credentials".into(), what: error.to_string(), hint: None })
    }

    fn check_endpoint(&self) -> Option<Problem> {
        let endpoint = self.telemetry.endpoint.as_ref()?;
        not_http("telemetry.endpoint", endpoint, "for example \"http://127.0.0.1:4318\"")
    }

    fn check_per_domain(&self) -> Option<Problem> {
        let (host, domain) = (self.crawl.per_host, self.crawl.per_domain());
        (host > domain).then(|| Problem {
            place: "crawl.per_host, crawl.per_domain".into(),
            what: format!(
                "`crawl.per_host` ({host}) is more than `crawl.per_domain` ({domain}), which holds for the host too"
            ),
            hint: Some(RAISE.into()),
        })
    }

    fn check_client_url(&self) -> Option<Problem> {
        not_http("client.url", self.client.url.as_ref()?, "for example \"http://127.0.0.1:8080\"")
    }

    fn check_headers(&self) -> Option<Problem> {
        let (number, _) = self.telemetry.header_lines().find(|(_, line)| header(line).is_none())?;
        Some(Problem {
            place: "telemetry.headers".into(),
            // what it holds may be a secret
            what: format!("line {number} has no name before a colon"),
            hint: Some("write a header a line: \"name: value\"".into()),
        })
    }

    fn check_log_level(&self) -> Option<Problem> {
        let written = self.telemetry.log_level.as_ref()?;
        let error = EnvFilter::builder().parse(written).err()?;
        Some(Problem {
            place: "telemetry.log_level".into(),
            what: format!("`{written}` is no log level or list of directives: {error}"),
            hint: Some("for example \"info\", or \"info,gleaner_fetch=debug\"".into()),
        })
    }
}

fn not_http(name: &str, written: &str, hint: &str) -> Option<Problem> {
    let parsed = Url::parse(written).ok();
    let usable = parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    (!usable).then(|| Problem {
        place: name.into(),
        what: format!(
            "`{}` is not an http or https URL",
            written.escape_debug().take(80).collect::<String>()
        ),
        hint: Some(hint.into()),
    })
}

fn exceeds((short, lesser): (&str, Duration), (long, greater): (&str, Duration)) -> Option<Problem> {
    (lesser > greater).then(|| Problem {
        place: format!("{short}, {long}"),
        what: format!("`{short}` ({lesser:?}) is longer than `{long}` ({greater:?})"),
        hint: Some(RAISE.into()),
    })
}
