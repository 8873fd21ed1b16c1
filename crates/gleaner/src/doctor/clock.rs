//! Whose clock differs from this machine's: jobs' deadlines and leases are told by the clocks of several.

use std::time::Duration;

use gleaner_contract::Timestamp;
use gleaner_ports::{Clock, SystemClock};

use super::{Check, answer, shown};

const WARN: Duration = Duration::from_secs(2);
const BAD: Duration = Duration::from_secs(30);

/// Asks `server` for its time.
pub(super) async fn examine<E: Into<anyhow::Error>>(
    name: &str,
    server: impl Future<Output = Result<Timestamp, E>>,
) -> Check {
    let before = SystemClock.now();
    match answer(server).await {
        Ok(told) => judge(name, before, told, SystemClock.now()),
        Err(why) => Check::warn(name, format!("not told: {why}"), "look again once the server answers"),
    }
}

/// `told` was read at some moment between `before` and `after`.
pub(super) fn judge(name: &str, before: Timestamp, told: Timestamp, after: Timestamp) -> Check {
    let behind = told.until(before);
    let ahead = after.until(told);
    let (skew, way) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
    if skew <= WARN {
        return Check::ok(name, format!("within {} of this machine's", shown(WARN)));
    }
    let found = format!("{} {way} this machine's", shown(skew));
    let hint =
        "let both machines keep time (chrony, systemd-timesyncd): leases and deadlines are told by them";
    if skew > BAD { Check::bad(name, found, hint) } else { Check::warn(name, found, hint) }
}
