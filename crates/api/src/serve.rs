//! Connections: how many, how long, and how much of a head each may send.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Connections held at once; more wait to be accepted.
const CONNECTIONS: usize = 512;

/// From the first wait for a request to the end of its head, so idle connections end by it too.
const HEAD: Duration = Duration::from_secs(20);
const HEAD_BYTES: usize = 32 << 10;
const HEADERS: usize = 64;

/// A connection that outlives this ends after the answer that is under way.
const LIFE: Duration = Duration::from_secs(600);

/// For an answer that is under way, once the connection is to end; and where there is none, for the last one to leave.
const GRACE: Duration = Duration::from_secs(15);
const LAST: Duration = Duration::from_secs(1);

/// Before accepting again, when the system has no room for more.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until `shutdown`, then for as long as answers under way may take.
pub(crate) async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await;
            (slot, listener.accept().await)
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = open.join_next() => {}
            accepted = next => match accepted {
                (slot, Ok((stream, _))) => {
                    let serving = connection(stream, router.clone(), shutdown.clone());
                    open.spawn(async move {
                        serving.await;
                        drop(slot);
                    });
                }
                (_, Err(_)) => sleep(BREATH).await,
            },
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Ends by itself: every wait in it is bounded.
async fn connection(stream: TcpStream, router: Router, shutdown: CancellationToken) {
    // an answer is written whole; a system that refuses this is only slower
    let _ = stream.set_nodelay(true);
    let (router, answering) = (TowerToHyperService::new(router), Arc::new(()));
    let held = answering.clone();
    let answer = service_fn(move |request| {
        let (held, answered) = (held.clone(), router.call(request));
        async move {
            let answered = answered.await;
            drop(held);
            answered
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), answer);
    tokio::pin!(serving);
    tokio::select! {
        // whoever asked is gone, or sent what is no request and was told so
        _ = serving.as_mut() => return,
        () = shutdown.cancelled() => {}
        () = sleep(LIFE) => {}
    }
    serving.as_mut().graceful_shutdown();
    // one is ours, one the service's
    let patience = if Arc::strong_count(&answering) > 2 { GRACE } else { LAST };
    let _ = timeout(patience, serving).await;
}
