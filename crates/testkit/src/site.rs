//! A fixture site on a free port, with a log of its own: the outside view of what was asked for.

use std::{
    collections::HashMap,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use gleaner_contract::ContentHash;
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::sleep};

/// How a path answers.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    /// Before the answer.
    pub delay: Duration,
    /// Whether it has an ETag and answers 304.
    pub validators: bool,
    /// Sent as Last-Modified. Asked with it, the page answers 304, whatever ETags say: some servers look no further.
    pub dated: Option<String>,
    /// Other headers.
    pub headers: Vec<(String, String)>,
}

impl Page {
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            content_type: "text/html; charset=utf-8".into(),
            body: body.into(),
            location: None,
            retry_after: None,
            delay: Duration::ZERO,
            validators: true,
            dated: None,
            headers: Vec::new(),
        }
    }

    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "text/plain".into(), ..Self::html(body) }
    }

    pub fn of_type(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: content_type.into(), ..Self::html(body) }
    }

    pub fn status(status: u16) -> Self {
        Self { status, validators: false, ..Self::html("nothing here") }
    }

    pub fn redirect(location: &str) -> Self {
        Self { status: 302, location: Some(location.into()), ..Self::status(302) }
    }

    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    #[must_use]
    pub fn dated(self, date: &str) -> Self {
        Self { dated: Some(date.into()), ..self }
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sent compressed.
    #[must_use]
    pub fn gzipped(self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        // nothing fails on its way into memory
        let packed = encoder.write_all(&self.body).and_then(|()| encoder.finish());
        Self { body: packed.unwrap_or_default(), ..self }.with_header("content-encoding", "gzip")
    }

    #[must_use]
    pub fn without_validators(self) -> Self {
        Self { validators: false, ..self }
    }
}

/// One request as the site saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub path: String,
    /// It carried If-None-Match or If-Modified-Since.
    pub conditional: bool,
    pub status: u16,
    pub user_agent: String,
}

#[derive(Debug, Default)]
struct Inner {
    pages: Mutex<HashMap<String, Page>>,
    hits: Mutex<Vec<Hit>>,
    arrived: watch::Sender<usize>,
    /// `None` is no limit.
    answered: watch::Sender<Option<usize>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

/// A running site. Pages may be changed at any time.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    inner: Arc<Inner>,
    _server: JoinSet<()>,
}

impl Inner {
    /// Counts a request, and waits until it may be answered.
    async fn turn(&self) {
        let mut number = 0;
        self.arrived.send_modify(|arrived| {
            *arrived += 1;
            number = *arrived;
        });
        let may_answer = |limit: &Option<usize>| limit.is_none_or(|limit| number <= limit);
        // the sender lives as long as the site
        let _ = self.answered.subscribe().wait_for(may_answer).await;
    }
}

/// A panic elsewhere leaves pages and hits whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    pub async fn start() -> std::io::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST.into()).await
    }

    /// The same at another address of this machine, where containers can reach it.
    pub async fn start_at(ip: IpAddr) -> std::io::Result<Self> {
        Self::start_on(ip, 0).await
    }

    /// The same on a port that must be free.
    pub async fn start_on(ip: IpAddr, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((ip, port)).await?;
        let address = listener.local_addr()?;
        let inner: Arc<Inner> = Arc::default();
        let routes = Router::new().fallback(answer).with_state(inner.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            // ends with the test
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, inner, _server: server })
    }

    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn set(&self, path: &str, page: Page) {
        lock(&self.inner.pages).insert(path.to_owned(), page);
    }

    pub fn remove(&self, path: &str) {
        lock(&self.inner.pages).remove(path);
    }

    /// Every request so far but those for robots.txt.
    pub fn hits(&self) -> Vec<Hit> {
        lock(&self.inner.hits).iter().filter(|hit| hit.path != "/robots.txt").cloned().collect()
    }

    /// Every request so far.
    pub fn all_hits(&self) -> Vec<Hit> {
        lock(&self.inner.hits).clone()
    }

    pub fn hits_of(&self, path: &str) -> usize {
        lock(&self.inner.hits).iter().filter(|hit| hit.path == path).count()
    }

    pub fn clear_hits(&self) {
        lock(&self.inner.hits).clear();
    }

    /// Every request since the last time, which are then forgotten.
    pub fn take_hits(&self) -> Vec<Hit> {
        std::mem::take(&mut *lock(&self.inner.hits))
    }

    /// How many requests came so far but those for robots.txt, those that were cleared included.
    pub fn arrived(&self) -> usize {
        *self.inner.arrived.borrow()
    }

    /// Waits until this many requests have come, counted as `arrived` counts.
    pub async fn until_arrived(&self, count: usize) {
        // the sender lives as long as the site
        let _ = self.inner.arrived.subscribe().wait_for(|arrived| *arrived >= count).await;
    }

    /// Answers as many requests, counted as `arrived` counts; those beyond wait until this is raised or lifted.
    pub fn answer_up_to(&self, count: impl Into<Option<usize>>) {
        self.inner.answered.send_replace(count.into());
    }

    /// The most requests that were ever answered at once.
    pub fn most_in_flight(&self) -> usize {
        self.inner.most_in_flight.load(Ordering::SeqCst)
    }
}

/// One request being answered, until the answer is made or its client is gone.
struct Running<'s>(&'s Inner);

impl<'s> Running<'s> {
    fn start(inner: &'s Inner) -> Self {
        let running = inner.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        inner.most_in_flight.fetch_max(running, Ordering::SeqCst);
        Self(inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let _running = Running::start(&inner);
    let path = request.uri().path().to_owned();
    let page = lock(&inner.pages).get(&path).cloned().unwrap_or_else(|| Page::status(404));
    let etag = format!("\"{}\"", &ContentHash::of(&page.body).hex()[..16]);
    let headers = request.headers();
    let known = headers.get(header::IF_NONE_MATCH);
    let since = headers.get(header::IF_MODIFIED_SINCE);
    let conditional = known.is_some() || since.is_some();
    let same_date = page
        .dated
        .as_ref()
        .is_some_and(|date| since.is_some_and(|since| since.as_bytes() == date.as_bytes()));
    let same_tag = page.validators && known.is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let unchanged = same_date || same_tag;
    let status = if unchanged { 304 } else { page.status };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let for_page = path != "/robots.txt";
    lock(&inner.hits).push(Hit { path, conditional, status, user_agent: agent.to_owned() });
    // told at arrival: a client that is killed while it waits has asked all the same
    if for_page {
        inner.turn().await;
    }
    sleep(page.delay).await;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if unchanged {
        status.into_response()
    } else {
        (status, [(header::CONTENT_TYPE, page.content_type)], Body::from(page.body)).into_response()
    };
    let mut set = |name: HeaderName, value: Option<String>| {
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::ETAG, page.validators.then_some(etag));
    set(header::LOCATION, page.location);
    set(header::RETRY_AFTER, page.retry_after);
    set(header::LAST_MODIFIED, page.dated);
    for (name, value) in page.headers.into_iter().filter(|_| !unchanged) {
        if let Ok(name) = HeaderName::try_from(name) {
            set(name, Some(value));
        }
    }
    response
}
