//! A server behind TLS that speaks HTTP/2 or HTTP/1.1, whichever is agreed on, and tells which in its answer.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper::{Request, Response, body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{RootCertStore, ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

/// A certificate for some names, and the store that trusts it alone.
pub(super) struct Identity {
    roots: RootCertStore,
    config: ServerConfig,
}

impl Identity {
    pub(super) fn of(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        Self { roots, config }
    }

    pub(super) fn roots(&self) -> RootCertStore {
        self.roots.clone()
    }

    /// Takes connections, on which these protocols are offered.
    pub(super) fn acceptor(&self, protocols: &[&str]) -> TlsAcceptor {
        let mut config = self.config.clone();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

pub(super) struct TlsServer {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TlsServer {
    pub(super) async fn start(acceptor: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (opened, seen) = (connections.clone(), asked.clone());
        let task = tokio::runtime::Handle::current().spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                open.spawn(serve(stream, acceptor.clone(), seen.clone()));
            }
        });
        Self { address, connections, asked, task }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Every request with its headers, as `Debug` shows them.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn url(&self, host: &str, path: &str) -> url::Url {
        format!("https://{host}:{}{path}", self.address.port()).parse().unwrap()
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, asked: Arc<Mutex<Vec<String>>>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let answer = service_fn(move |request: Request<Incoming>| {
        let version = format!("{:?}", request.version());
        let headers = request.headers().iter().map(|(name, value)| format!("{name}: {value:?}"));
        let headers: Vec<_> = headers.collect();
        asked.lock().unwrap().push(format!("{} {}", request.uri(), headers.join("; ")));
        async move { Ok::<_, Infallible>(Response::new(version)) }
    });
    let stream = TokioIo::new(stream);
    let _ = match is_h2 {
        true => conn::http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await,
        false => conn::http1::Builder::new().serve_connection(stream, answer).await,
    };
}
