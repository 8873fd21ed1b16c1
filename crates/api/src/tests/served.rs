//! The API on a port: connections that are slow, endless or many, and its end.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::bench::Bench;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Served for as long as it lives.
pub(super) struct Served {
    pub(super) url: String,
    port: u16,
    server: JoinSet<()>,
}

pub(super) async fn serve(bench: &Bench, shutdown: CancellationToken) -> Served {
    let listener = bench.api.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = JoinSet::new();
    server.spawn(bench.api.clone().serve_on(listener, shutdown));
    Served { url: format!("http://127.0.0.1:{port}"), port, server }
}

pub(super) async fn serve_router(router: axum::Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = JoinSet::new();
    server.spawn(crate::serve::serve(listener, router, CancellationToken::new()));
    Served { url: format!("http://127.0.0.1:{port}"), port, server }
}

#[expect(clippy::disallowed_methods, reason = "tests look at the API from outside")]
async fn connect(served: &Served) -> TcpStream {
    TcpStream::connect(("127.0.0.1", served.port)).await.unwrap()
}

/// What comes back to these bytes until the other side is done.
async fn answer(served: &Served, bytes: &[u8]) -> String {
    let mut stream = connect(served).await;
    // the other side may have hung up in the middle of it
    let _ = stream.write_all(bytes).await;
    let mut told = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut told)).await.expect("it ends");
    String::from_utf8_lossy(&told).into_owned()
}

#[tokio::test]
async fn heads_are_limited_in_bytes_and_in_number() {
    let bench = Bench::new().await;
    let served = serve(&bench, CancellationToken::new()).await;
    let fine = answer(&served, b"GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(fine.starts_with("HTTP/1.0 200"), "{fine}");
    for head in [format!("a: {}\r\n", "x".repeat(100_000)), "a: b\r\n".repeat(200)] {
        let told = answer(&served, format!("GET /healthz HTTP/1.0\r\n{head}\r\n").as_bytes()).await;
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 431"), "{told}");
    }
    let told = answer(&served, b"\x16\x03\x01 no request\r\n\r\n").await;
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 400"), "{told}");
}

#[tokio::test]
async fn the_end_waits_for_nobody_who_has_not_asked() {
    let bench = Bench::new().await;
    let shutdown = CancellationToken::new();
    let mut served = serve(&bench, shutdown.clone()).await;
    let mut half = connect(&served).await;
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost: ").await.unwrap();
    let mut idle = connect(&served).await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut begun = [0; 12];
    idle.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    shutdown.cancel();
    timeout(PATIENCE, served.server.join_next()).await.expect("it ends").unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_is_under_way_at_the_end_is_answered() {
    let bench = Bench::new().await;
    let shutdown = CancellationToken::new();
    let mut served = serve(&bench, shutdown.clone()).await;
    let held = bench.store.begin().await.unwrap();
    let mut stream = connect(&served).await;
    let head =
        format!("GET /v1/submissions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\n\r\n", bench.ours);
    stream.write_all(head.as_bytes()).await.unwrap();
    // its turn is taken: it waits for the store that this test holds
    while bench.api.inner.turns.under_way() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    shutdown.cancel();
    drop(held);
    let mut told = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut told)).await.expect("it ends").unwrap();
    assert!(told.starts_with("HTTP/1.1 200") && told.ends_with("[]"), "{told}");
    timeout(PATIENCE, served.server.join_next()).await.expect("it ends").unwrap().unwrap();
}
