use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::{
    HttpFetcher,
    decode::tests::{brotli, gzip, zstd},
};
use crate::{
    config::{EgressConfig, FetchConfig},
    egress::{AllowRule, Gate, Lookup, Purpose},
    hops::{Anywhere, HopLimits, Hops, NotCome},
};

mod answers;
mod conformance;
mod connections;
mod credentials;
mod gate;
mod hostile;
mod proxied;
mod server;
mod tls_server;

use server::{Answer, Server, http, redirect};
use tls_server::Identity;

fn config() -> FetchConfig {
    FetchConfig { max_body_bytes: 1 << 20, ..FetchConfig::default() }
}

/// Every name is on this machine.
struct Here;

#[async_trait]
impl Lookup for Here {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match host {
            "nowhere.example" => Err(io::Error::other("Name or service not known")),
            "inside.example" => Ok(vec!["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()]),
            _ => Ok(vec!["127.0.0.1".parse().unwrap()]),
        }
    }
}

/// A fetcher that is let in at these servers alone.
fn fetcher(config: FetchConfig, servers: &[&Server]) -> HttpFetcher {
    let rule = |server: &&Server| AllowRule::exactly(server.address.ip(), server.address.port());
    let egress = EgressConfig { crawl_allow: servers.iter().map(rule).collect(), ..EgressConfig::default() };
    HttpFetcher::new(config, Gate::new(Purpose::Crawl, &egress).with_lookup(Here)).unwrap()
}

/// A fetcher that is let in here alone.
fn at(rule: AllowRule) -> HttpFetcher {
    let egress = EgressConfig { crawl_allow: vec![rule], ..EgressConfig::default() };
    HttpFetcher::new(config(), Gate::new(Purpose::Crawl, &egress).with_lookup(Here)).unwrap()
}

/// A fetcher that trusts this identity alone, and is let in at these addresses alone.
fn fetcher_with(config: FetchConfig, identity: &Identity, addresses: &[SocketAddr]) -> HttpFetcher {
    let rule = |address: &SocketAddr| AllowRule::exactly(address.ip(), address.port());
    let egress =
        EgressConfig { crawl_allow: addresses.iter().map(rule).collect(), ..EgressConfig::default() };
    let gate = Gate::new(Purpose::Crawl, &egress).with_lookup(Here);
    HttpFetcher::with_tls(config, gate, super::tls::trusting(identity.roots())).unwrap()
}

fn request(url: Url) -> FetchRequest {
    FetchRequest {
        url,
        validators: Validators::default(),
        headers: Vec::new(),
        max_bytes: u64::MAX,
        beyond: Beyond::Refuse,
        timeout: Duration::from_secs(20),
    }
}

/// The page, wherever it is by now.
async fn pursue(fetcher: &HttpFetcher, request: FetchRequest) -> Result<Fetched, FetchError> {
    let validated = request.url.to_string();
    let hops = Hops::new(fetcher, HopLimits::from(&config()));
    match hops.fetch(request, Some(&validated), &mut Anywhere).await {
        Ok(fetched) => Ok(fetched),
        Err(NotCome::Failed(failure)) => Err(failure.error),
        Err(NotCome::Stopped(never)) => match never {},
    }
}

async fn fetch_with(config: FetchConfig, answer: Answer) -> Result<Fetched, FetchError> {
    let server = Server::start(move |_| answer.clone()).await;
    fetcher(config, &[&server]).fetch(request(server.url("/"))).await
}

async fn fetch(answer: Answer) -> Result<Fetched, FetchError> {
    fetch_with(config(), answer).await
}

#[track_caller]
fn body(fetched: Result<Fetched, FetchError>) -> Vec<u8> {
    match fetched {
        Ok(Fetched::Body { body, .. }) => body.to_vec(),
        other => panic!("no body: {other:?}"),
    }
}

/// The request failed for this reason, and is worth another try or not.
#[track_caller]
fn check(fetched: Result<Fetched, FetchError>, reason: UrlReason, class: ErrorClass) -> FetchError {
    let error = fetched.expect_err("a failure");
    assert_eq!((error.reason, error.class), (reason, class), "{error}");
    error
}

const PAGE: &[u8] = b"<h1>129,00 EUR</h1>";
