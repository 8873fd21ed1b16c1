//! Proxies that keep what they were told: HTTP with CONNECT, over TLS or not, and SOCKS5.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

/// What a proxy does with a wish.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Willing,
    /// Answers this HTTP status, or this SOCKS5 reply.
    Refusing(u16),
    /// Refuses the first that it is asked, and no other.
    RefusingOnce,
    /// Takes the wish, and says nothing.
    Silent,
    /// Says what no proxy says.
    Garbled,
}

#[derive(Clone)]
pub(super) struct Manner {
    pub(super) mood: Mood,
    /// `user:password`, where a login is asked for.
    pub(super) login: Option<&'static str>,
}

pub(super) const WILLING: Manner = Manner { mood: Mood::Willing, login: None };

/// How a proxy is spoken to.
#[derive(Clone)]
pub(super) enum Speech {
    Http,
    Https(TlsAcceptor),
    Socks5,
}

pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    told: Told,
    task: JoinHandle<()>,
}

/// Every destination as it was named: `127.0.0.1:80`, or `name shop.example:80`.
#[derive(Clone, Default)]
struct Told {
    destinations: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(super) async fn start(speech: Speech, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = Told::default();
        let all = told.clone();
        let task = tokio::runtime::Handle::current().spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                all.connections.fetch_add(1, Ordering::Relaxed);
                let (speech, manner, told) = (speech.clone(), manner.clone(), all.clone());
                open.spawn(async move {
                    let _ = match speech {
                        Speech::Http => http(stream, manner, told).await,
                        Speech::Https(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => http(stream, manner, told).await,
                            Err(error) => Err(error),
                        },
                        Speech::Socks5 => socks(stream, manner, told).await,
                    };
                });
            }
        });
        Self { address, told, task }
    }

    pub(super) fn destinations(&self) -> Vec<String> {
        self.told.destinations.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.told.connections.load(Ordering::Relaxed)
    }
}

impl Told {
    /// Whether this wish is the first.
    fn is_first(&self, destination: String) -> bool {
        let mut all = self.destinations.lock().unwrap();
        all.push(destination);
        all.len() == 1
    }
}

async fn http(mut stream: impl AsyncRead + AsyncWrite + Unpin, manner: Manner, told: Told) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let destination = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let first = told.is_first(match destination {
        Some(place) if place.parse::<SocketAddr>().is_ok() => place.to_owned(),
        _ => format!("name {head}"),
    });
    let login = manner.login.map(|login| format!("Basic {}", BASE64_STANDARD.encode(login)));
    let given = head.lines().find_map(|line| {
        line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
    });
    let status = match manner.mood {
        _ if login.as_deref() != given.map(|(_, value)| value) => 407,
        Mood::Refusing(status) => status,
        Mood::RefusingOnce if first => 502,
        Mood::Silent => std::future::pending().await,
        Mood::Garbled => return stream.write_all(b"what?\r\n\r\n").await,
        Mood::Willing | Mood::RefusingOnce => 200,
    };
    stream.write_all(format!("HTTP/1.1 {status} X\r\n\r\n").as_bytes()).await?;
    match destination.and_then(|place| place.parse().ok()) {
        Some(address) if status == 200 => join(stream, address).await,
        _ => stream.shutdown().await,
    }
}

/// RFC 1928, and the login of RFC 1929.
async fn socks(mut stream: TcpStream, manner: Manner, told: Told) -> io::Result<()> {
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await?;
    assert_eq!(greeting[0], 5);
    let mut methods = vec![0; usize::from(greeting[1])];
    stream.read_exact(&mut methods).await?;
    let method = if manner.login.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, method]).await?;
    if let Some(login) = manner.login {
        assert_eq!(stream.read_u8().await?, 1);
        let (user, password) = (text(&mut stream).await?, text(&mut stream).await?);
        let right = format!("{user}:{password}") == login;
        stream.write_all(&[1, u8::from(!right)]).await?;
        if !right {
            return stream.shutdown().await;
        }
    }
    let mut wish = [0; 4];
    stream.read_exact(&mut wish).await?;
    assert_eq!(wish[..3], [5, 1, 0], "connect");
    let host = match wish[3] {
        1 => Ok(IpAddr::from(Ipv4Addr::from_bits(stream.read_u32().await?))),
        4 => Ok(IpAddr::from(Ipv6Addr::from_bits(stream.read_u128().await?))),
        3 => Err(text(&mut stream).await?),
        other => panic!("no kind of address: {other}"),
    };
    let port = stream.read_u16().await?;
    let first = told.is_first(match &host {
        Ok(address) => SocketAddr::new(*address, port).to_string(),
        Err(name) => format!("name {name}:{port}"),
    });
    let reply = match manner.mood {
        Mood::Refusing(reply) => u8::try_from(reply).unwrap(),
        Mood::RefusingOnce if first => 5,
        Mood::Silent => std::future::pending().await,
        Mood::Garbled => return stream.write_all(b"HTTP/1.1 400 X\r\n\r\n").await,
        Mood::Willing | Mood::RefusingOnce => 0,
    };
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    match host {
        Ok(address) if reply == 0 => join(stream, SocketAddr::new(address, port)).await,
        _ => stream.shutdown().await,
    }
}

async fn text(stream: &mut TcpStream) -> io::Result<String> {
    let mut bytes = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut bytes).await?;
    Ok(String::from_utf8(bytes).unwrap())
}

async fn join(mut stream: impl AsyncRead + AsyncWrite + Unpin, address: SocketAddr) -> io::Result<()> {
    let mut there = TcpSocket::new_v4()?.connect(address).await?;
    io::copy_bidirectional(&mut stream, &mut there).await.map(drop)
}
