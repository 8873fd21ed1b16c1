//! What the composition root has to tell, told once.

use gleaner_contract::UrlCounts;
use gleaner_ports::PublishError;
use tracing::error;

pub(crate) fn coordinator_stopped(error: &PublishError) {
    error!(error = %error, "coordinator stopped");
}

pub(crate) fn urls_out_of_balance(urls: UrlCounts) {
    error!(urls.counts = ?urls, "the URL equation does not hold");
}
