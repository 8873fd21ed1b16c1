//! What is logged of a URL holds no secrets.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn values_of_a_query_are_not_logged() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let _log = tracing::subscriber::set_default(lines.finish());
    let rig = Rig::new();
    let url = format!("{PAGE}?api_key=s3cret&page=2");
    let away = Err(error(UrlReason::Timeout, ErrorClass::Transient, None));
    let new = body_at(&url, "text/html", BODY, Some("\"1\""));
    rig.answers(&url, [away, new, not_modified(&url, None)]);
    for name in ["not fetched", "stored", "not modified"] {
        rig.run(&CrawlTask { url: url.clone(), ..rig.task(name) }).await;
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    let at_hand = CrawlTask { url, fresh_after: Timestamp::default(), ..rig.task("at hand") };
    rig.run(&at_hand).await;
    let log = String::from_utf8(log.0.lock().expect("no test panics while it holds it").clone());
    let log = log.expect("logs are text");
    for line in ["page was not fetched", "stored page", "page is not modified", "capture is at hand"] {
        assert!(log.contains(line), "`{line}` is missing in {log}");
    }
    assert!(log.contains("/drill?api_key=…&page=…"), "{log}");
    assert!(!log.contains("s3cret"), "{log}");
}
