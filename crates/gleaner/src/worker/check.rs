//! `--check`: asks the worker of this configuration whether it is ready, for whoever watches over it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    time::Duration,
};

use gleaner_config::Config;
use gleaner_fetch::{Ask, OperatorAnswer, OperatorClient};
use url::Url;

use crate::out::{line, note};

const PATIENCE: Duration = Duration::from_secs(8);
const MAX_ANSWER: usize = 64 << 10;

pub(super) async fn check(config: &Config) -> anyhow::Result<ExitCode> {
    match ask_ready(config, &OperatorClient::new()?).await {
        Ok(answer) => {
            line(String::from_utf8_lossy(&answer.body))?;
            Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        Err(error) => {
            note(format_args!("not ready: {error:#}"));
            Ok(ExitCode::from(1))
        }
    }
}

/// What the worker that listens here says of itself.
pub(crate) async fn ask_ready(config: &Config, operator: &OperatorClient) -> anyhow::Result<OperatorAnswer> {
    let mut address = config.worker.listen;
    // what listens everywhere is asked here
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let url = Url::parse(&format!("http://{address}/readyz"))?;
    let ask = Ask { method: "GET", url, key: None, body: None, max_bytes: MAX_ANSWER, within: PATIENCE };
    Ok(operator.ask(ask).await?)
}
