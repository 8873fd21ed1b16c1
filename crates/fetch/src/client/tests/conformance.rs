use gleaner_ports::conformance::fetcher::{Answer, Facing, PATH, Said};
use tokio::net::TcpSocket;

use super::{Server, at, config, fetcher, server};
use crate::egress::AllowRule;

async fn fresh(answer: Answer) -> Facing {
    let answer = match answer {
        Answer::Says(said) => server::Answer::Bytes(bytes(&said)),
        Answer::Stalls(said) => server::Answer::Stall(bytes(&said)),
        Answer::Silence => server::Answer::Silence,
        Answer::Unreachable => return unreachable(),
    };
    let server = Server::start(move |_| answer.clone()).await;
    (Box::new(fetcher(config(), &[&server])), server.url(PATH), Box::new(server))
}

/// Bound, so that nobody else gets the port, and not listening.
fn unreachable() -> Facing {
    let shut = TcpSocket::new_v4().unwrap();
    shut.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = shut.local_addr().unwrap();
    let url = format!("http://{address}{PATH}").parse().unwrap();
    (Box::new(at(AllowRule::exactly(address.ip(), address.port()))), url, Box::new(shut))
}

fn bytes(said: &Said) -> Vec<u8> {
    let headers: String = said.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n{headers}\r\n", said.status);
    [head.as_bytes(), &said.body].concat()
}

gleaner_ports::fetcher_conformance!(fresh);
