//! A server that says just the bytes it is told to, and keeps what it was asked.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// What a path answers.
#[derive(Clone)]
pub(super) enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, and the connection stays open for the next request.
    KeepAlive(Vec<u8>),
    /// These bytes, then this chunk over and over, with a pause between.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// These bytes, and then nothing, while the connection stays open.
    Stall(Vec<u8>),
    /// The connection is reset after these bytes.
    Reset(Vec<u8>),
    /// Nothing, ever.
    Silence,
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, opened) = (asked.clone(), connections.clone());
        let task = tokio::runtime::Handle::current().spawn(async move {
            let answer = Arc::new(answer);
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                open.spawn(serve(stream, answer.clone(), seen.clone()));
            }
        });
        Self { address, asked, connections, task }
    }

    /// The requests so far, each with its headers in lower case.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&str) -> Answer + Send + Sync + 'static>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let path = head.split(' ').nth(1).unwrap().to_string();
        asked.lock().unwrap().push(head);
        match answer(&path) {
            Answer::KeepAlive(bytes) => {
                let _ = stream.write_all(&bytes).await;
                continue;
            }
            Answer::Bytes(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
            Answer::Endless(start, chunk, pause) => {
                let mut next = start;
                while stream.write_all(&next).await.is_ok() {
                    next.clone_from(&chunk);
                    tokio::time::sleep(pause).await;
                }
            }
            Answer::Reset(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.flush().await;
                let _ = stream.set_zero_linger();
            }
            Answer::Stall(bytes) => {
                let _ = stream.write_all(&bytes).await;
                std::future::pending().await
            }
            Answer::Silence => std::future::pending().await,
        }
        return;
    }
}

/// An answer with these lines of head and a true Content-Length.
pub(super) fn http(status: u16, headers: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    Answer::Bytes([head.as_bytes(), body].concat())
}

pub(super) fn redirect(to: &str) -> Answer {
    http(302, &format!("Location: {to}\r\n"), b"")
}
