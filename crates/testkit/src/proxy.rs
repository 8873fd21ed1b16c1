//! A TCP proxy between workers and a server, which does to their connections what a bad network does.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
    time::sleep,
};

/// What becomes of bytes from now on, on connections that are open and on new ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Up,
    /// Each piece is late by this much.
    Slow(Duration),
    /// Nothing passes, and nobody is told. What was sent meanwhile passes once the link is up again.
    Down,
    /// What clients say arrives; what the server says does not, until the link is up again.
    Deaf,
    /// What the server says arrives; what clients say does not, until the link is up again.
    Mute,
    /// A client that says this is heard, and its connection is cut before it hears the answer.
    LoseAnswerTo(Vec<u8>),
    /// A connection is cut once the server has said so many bytes more on it.
    CutAfter(usize),
    /// Every connection is cut, and new ones are cut at once.
    Cut,
}

/// Listens on a loopback port of its own, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    link: watch::Sender<Link>,
    lost: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

impl Proxy {
    /// In front of a server on this machine.
    pub async fn before(server_port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (link, state) = watch::channel(Link::Up);
        let lost = Arc::new(AtomicUsize::new(0));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, (Ipv4Addr::LOCALHOST, server_port).into(), state, lost.clone()));
        Ok(Self { port, link, lost, _serving: serving })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }

    /// How many connections were cut in the middle, as [`Link::LoseAnswerTo`] and [`Link::CutAfter`] do.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

async fn serve(
    listener: TcpListener,
    server: SocketAddr,
    link: watch::Receiver<Link>,
    lost: Arc<AtomicUsize>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connect(client, server, link.clone(), lost.clone()));
        while connections.try_join_next().is_some() {}
    }
}

#[expect(clippy::disallowed_methods, reason = "a server of the test's own")]
async fn connect(
    client: TcpStream,
    server: SocketAddr,
    mut link: watch::Receiver<Link>,
    lost: Arc<AtomicUsize>,
) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let state = link.clone();
    let cut = async {
        // the sender lives as long as the proxy
        let _ = link.wait_for(|link| *link == Link::Cut).await;
    };
    let up = Way { state: state.clone(), from: from_client, to: to_server, answers: false };
    let down = Way { state, from: from_server, to: to_client, answers: true };
    let (heard, told) = watch::channel(false);
    tokio::select! {
        () = cut => {}
        () = up.pass(&heard, told.clone(), &lost) => {}
        () = down.pass(&heard, told, &lost) => {}
    }
}

/// One direction of one connection.
struct Way {
    state: watch::Receiver<Link>,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    /// From the server to its client.
    answers: bool,
}

impl Way {
    /// Until the connection ends, or is to be cut. `heard`: the client has said what must not be answered.
    async fn pass(mut self, heard: &watch::Sender<bool>, told: watch::Receiver<bool>, lost: &AtomicUsize) {
        let mut buffer = vec![0; 16 * 1024];
        let mut said = 0;
        loop {
            // the sender lives as long as the proxy
            let held = |link: &Link| {
                matches!((link, self.answers), (Link::Down, _) | (Link::Deaf, true) | (Link::Mute, false))
            };
            let _ = self.state.wait_for(|link| !held(link)).await;
            let Ok(count @ 1..) = self.from.read(&mut buffer).await else { return };
            let piece = &buffer[..count];
            let link = loop {
                let link = self.state.borrow_and_update().clone();
                if !held(&link) {
                    break link;
                }
                let _ = self.state.changed().await;
            };
            match (link, self.answers) {
                (Link::Slow(late), _) => sleep(late).await,
                (Link::LoseAnswerTo(what), false) if piece.windows(what.len()).any(|part| part == what) => {
                    heard.send_replace(true);
                }
                (Link::LoseAnswerTo(_), true) if *told.borrow() => {
                    lost.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                (Link::CutAfter(most), true) => {
                    said += count;
                    if said > most {
                        lost.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                }
                (Link::Cut, _) => return,
                _ => {}
            }
            if self.to.write_all(piece).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
