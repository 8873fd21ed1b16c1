use std::time::Duration;

use tokio::time::timeout;

use super::*;

const A_WHILE: Duration = Duration::from_millis(200);

/// A server that says everything again, and a connection to it through a proxy.
async fn echo() -> (Proxy, TcpStream, JoinSet<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.spawn(async move {
                let (mut from, mut to) = connection.into_split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    let proxy = Proxy::before(port).await.unwrap();
    let connection = connect_to(&proxy).await;
    (proxy, connection, server)
}

#[expect(clippy::disallowed_methods, reason = "a server of the test's own")]
async fn connect_to(proxy: &Proxy) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap()
}

async fn ask(connection: &mut TcpStream, what: &[u8]) -> std::io::Result<Vec<u8>> {
    connection.write_all(what).await?;
    let mut answer = vec![0; what.len()];
    connection.read_exact(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn an_open_link_passes_everything_both_ways() {
    let (proxy, mut connection, _server) = echo().await;
    let much: Vec<u8> = (0..100_000).map(|n| (n % 251) as u8).collect();
    assert_eq!(ask(&mut connection, b"hello").await.unwrap(), b"hello");
    let (mut from, mut to) = connection.split();
    let mut answer = vec![0; much.len()];
    let (sent, read) = tokio::join!(to.write_all(&much), from.read_exact(&mut answer));
    assert!(sent.is_ok() && read.is_ok() && answer == much);
    assert_eq!(proxy.lost(), 0);
}

#[tokio::test]
async fn a_link_that_is_down_holds_what_is_said_until_it_is_up() {
    let (proxy, mut connection, _server) = echo().await;
    ask(&mut connection, b"one").await.unwrap();
    proxy.set(Link::Down);
    assert!(timeout(A_WHILE, ask(&mut connection, b"two")).await.is_err());
    proxy.set(Link::Up);
    let mut answer = [0; 3];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"two");
}

#[tokio::test]
async fn what_is_said_one_way_waits_until_the_link_is_up() {
    for link in [Link::Deaf, Link::Mute] {
        let (proxy, mut connection, _server) = echo().await;
        proxy.set(link);
        assert!(timeout(A_WHILE, ask(&mut connection, b"one")).await.is_err());
        proxy.set(Link::Up);
        let mut answer = [0; 3];
        connection.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"one");
    }
}

#[tokio::test]
async fn a_lost_answer_ends_its_connection_and_no_other() {
    let (proxy, mut connection, _server) = echo().await;
    let mut other = connect_to(&proxy).await;
    proxy.set(Link::LoseAnswerTo(b"COMMIT".to_vec()));
    assert_eq!(ask(&mut connection, b"SELECT").await.unwrap(), b"SELECT");
    assert!(ask(&mut connection, b"COMMIT").await.is_err());
    assert_eq!(ask(&mut other, b"SELECT").await.unwrap(), b"SELECT");
    assert_eq!(proxy.lost(), 1);
}

#[tokio::test]
async fn connections_are_cut_after_so_many_bytes_or_at_once() {
    let (proxy, mut connection, _server) = echo().await;
    proxy.set(Link::CutAfter(5));
    ask(&mut connection, b"12345").await.unwrap();
    assert!(ask(&mut connection, b"6").await.is_err());
    let (proxy, mut connection, _server) = echo().await;
    ask(&mut connection, b"1").await.unwrap();
    proxy.set(Link::Cut);
    assert_eq!(connection.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert!(ask(&mut connect_to(&proxy).await, b"1").await.is_err(), "new ones too");
    proxy.set(Link::Up);
    assert_eq!(ask(&mut connect_to(&proxy).await, b"1").await.unwrap(), b"1");
}

#[tokio::test]
async fn a_slow_link_delays_and_loses_nothing() {
    let (proxy, mut connection, _server) = echo().await;
    proxy.set(Link::Slow(Duration::from_millis(30)));
    assert_eq!(ask(&mut connection, b"hello").await.unwrap(), b"hello");
}
