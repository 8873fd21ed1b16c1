//! Values that are right alone and contradict each other.

use crate::{
    error::{ConfigError, Problem},
    sections::Config,
};

impl Config {
    /// Checks values against each other; call it again after a command line changed some.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let mut refuse = |names: [&str; 2], what: String, hint: &str| {
            problems.push(Problem { place: names.join(", "), what, hint: Some(hint.to_owned()) });
        };
        let durations = [
            (
                "fetch.connect_timeout",
                self.fetch.connect_timeout,
                "fetch.total_timeout",
                self.fetch.total_timeout,
            ),
            (
                "fetch.total_timeout",
                self.fetch.total_timeout,
                "crawl.chain_timeout",
                self.crawl.chain_timeout,
            ),
            ("crawl.backoff_base", self.crawl.backoff_base, "crawl.backoff_cap", self.crawl.backoff_cap),
        ];
        for (short, lesser, long, greater) in durations {
            if lesser > greater {
                let what = format!("`{short}` ({lesser:?}) is longer than `{long}` ({greater:?})");
                refuse([short, long], what, "lower the first or raise the second");
            }
        }
        if self.telemetry.headers.is_some() && self.telemetry.headers_file.is_some() {
            let what = "`telemetry.headers` and `telemetry.headers_file` are both set".to_owned();
            refuse(["telemetry.headers", "telemetry.headers_file"], what, "set one of them");
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
    }
}
