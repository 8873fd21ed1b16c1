//! What happens at the fetcher, told once.

use tracing::{debug, warn};

use crate::client::{Fault, Spent};

pub(crate) fn fetched(host: &str, spent: &Spent) {
    debug!(url.host = host, http.requests = spent.requests, "fetched");
}

pub(crate) fn not_fetched(host: &str, spent: &Spent, fault: &Fault) {
    debug!(
        url.host = host,
        http.requests = spent.requests,
        reason = fault.reason.as_str(),
        http.response.status_code = fault.status,
        "not fetched"
    );
}

pub(crate) fn no_contact(user_agent: &str) {
    warn!(
        http.user_agent = user_agent,
        "user agent names no URL or address by which a site could ask who fetches"
    );
}

pub(crate) fn no_certificates(error: &rustls::Error) {
    warn!(error = ?error, "no system certificates, https will fail");
}
