//! Pages through a proxy of the operator's.
//!
//! The gate resolves and judges the host as it does without a proxy, and the proxy is told the judged address, never the
//! name: by SOCKS5, or by CONNECT for http and https alike. TLS is spoken to the name, through the tunnel. What is left
//! to the proxy: that it goes where it is told. For https a certificate proves that; plain http it may read and change.
//!
//! reqwest would hand names to HTTP proxies, so requests go out by hyper, on which it stands as well; answers take the
//! same way back as any other.

use std::{
    error::Error,
    future::{self, Future},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{
            HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use reqwest::{
    Body, Response,
    header::{HeaderMap, HeaderValue},
};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use tokio::{net::TcpStream, time::timeout};
use tower::Service;
use url::Url;

use super::{fault::Fault, pool::Limits};
use crate::{
    egress::Gate,
    proxy::{Login, ProxyKind, ProxyServer},
};

/// A proxy may not reach one of a host's addresses, and reach another.
const MAX_ADDRESSES: usize = 3;

type BoxError = Box<dyn Error + Send + Sync>;

/// To the proxy, by TLS or without.
type ToProxy = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why there is no way through a proxy.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyFault {
    #[error("proxy {0} cannot be reached")]
    Away(String, #[source] BoxError),
    #[error("proxy {proxy} makes no way to {address}: {why}")]
    NoTunnel { proxy: String, address: SocketAddr, why: String },
    #[error("proxy {0} makes no way in time")]
    Late(String),
}

/// Fetches through one proxy.
#[derive(Debug, Clone)]
pub(super) struct ProxiedClient {
    client: Client<Tunnels, String>,
    tunnels: Tunnels,
}

impl ProxiedClient {
    pub(super) fn new(proxy: ProxyServer, gate: Gate, tls: ClientConfig, limits: Limits) -> Self {
        let mut tls_to_proxy = tls.clone();
        // CONNECT is spoken as HTTP/1.1
        tls_to_proxy.alpn_protocols.clear();
        let tunnels = Tunnels(Arc::new(Route {
            proxy,
            gate,
            limits,
            tls: Arc::new(tls),
            tls_to_proxy: Arc::new(tls_to_proxy),
        }));
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle)
            .pool_max_idle_per_host(limits.max_idle_per_host)
            .http1_max_headers(limits.max_headers)
            .http2_max_header_list_size(limits.max_header_bytes)
            .build(tunnels.clone());
        Self { client, tunnels }
    }

    pub(super) fn server(&self) -> &ProxyServer {
        &self.tunnels.0.proxy
    }

    pub(super) async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Response, Fault> {
        let mut request = Request::get(url.as_str()).body(String::new()).map_err(|_| Fault::unsendable())?;
        *request.headers_mut() = headers;
        let answer = self.client.request(request).await.map_err(|error| Fault::of_proxied(&error))?;
        let (parts, body) = answer.into_parts();
        Ok(hyper::Response::from_parts(parts, Body::wrap(body)).into())
    }
}

/// Makes connections to destinations through one proxy.
#[derive(Debug, Clone)]
struct Tunnels(Arc<Route>);

#[derive(Debug)]
struct Route {
    proxy: ProxyServer,
    gate: Gate,
    limits: Limits,
    tls: Arc<ClientConfig>,
    tls_to_proxy: Arc<ClientConfig>,
}

impl Service<Uri> for Tunnels {
    type Response = MaybeHttpsStream<ToProxy>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let route = self.0.clone();
        Box::pin(async move {
            match timeout(route.limits.connect_timeout, route.connect(destination)).await {
                Ok(connected) => connected,
                Err(_) => Err(ProxyFault::Late(route.proxy.to_string()).into()),
            }
        })
    }
}

impl Route {
    async fn connect(&self, destination: Uri) -> Result<MaybeHttpsStream<ToProxy>, BoxError> {
        let mut addresses = self.gate.check(&Url::parse(&destination.to_string())?).await?;
        // proxies without IPv6 are more than those without IPv4
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let tunnel = self.first_tunnel(&addresses).await?;
        HttpsConnector::from((Ready(Some(tunnel)), self.tls.clone())).call(destination).await
    }

    async fn first_tunnel(&self, addresses: &[SocketAddr]) -> Result<ToProxy, BoxError> {
        let mut refused: BoxError = io::Error::from(io::ErrorKind::NotFound).into();
        for &address in addresses.iter().take(MAX_ADDRESSES) {
            match self.tunnel(address, self.dial().await?).await {
                Ok(tunnel) => return Ok(tunnel),
                Err(why) => {
                    let proxy = self.proxy.to_string();
                    refused = ProxyFault::NoTunnel { proxy, address, why: why.to_string() }.into();
                }
            }
        }
        Err(refused)
    }

    /// A connection to the proxy itself, whose address is the operator's word.
    async fn dial(&self) -> Result<ToProxy, ProxyFault> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        HttpsConnector::from((tcp, self.tls_to_proxy.clone()))
            .call(self.proxy.uri.clone())
            .await
            .map_err(|source| ProxyFault::Away(self.proxy.to_string(), source))
    }

    async fn tunnel(&self, address: SocketAddr, to_proxy: ToProxy) -> Result<ToProxy, BoxError> {
        let (there, to_proxy) = (self.proxy.uri.clone(), Ready(Some(to_proxy)));
        let destination: Uri = format!("http://{address}/").parse()?;
        let login = self.proxy.login.as_ref();
        match self.proxy.kind {
            ProxyKind::Socks5 => {
                let mut socks = SocksV5::new(there, to_proxy);
                if let Some(Login { user, password }) = login {
                    let (user, password) = (user.expose_secret(), password.expose_secret());
                    socks = socks.with_auth(user.into(), password.into());
                }
                Ok(socks.call(destination).await?)
            }
            ProxyKind::Http | ProxyKind::Https => {
                let mut connect = Tunnel::new(there, to_proxy);
                if let Some(login) = login {
                    connect = connect.with_auth(basic(login)?);
                }
                Ok(connect.call(destination).await?)
            }
        }
    }
}

/// The value of Proxy-Authorization.
fn basic(Login { user, password }: &Login) -> Result<HeaderValue, BoxError> {
    let login = format!("{}:{}", user.expose_secret(), password.expose_secret());
    Ok(HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(login)))?)
}

/// A connection that is there already, for whoever would make one.
struct Ready<T>(Option<T>);

impl<T> Service<Uri> for Ready<T> {
    type Response = T;
    type Error = io::Error;
    type Future = future::Ready<Result<T, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        future::ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}
