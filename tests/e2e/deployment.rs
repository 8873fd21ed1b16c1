//! A whole deployment as processes of this machine: every worker, over real servers, in a corner of its own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use gleaner_rabbitmq::{RabbitConfig, RabbitTransport};
use gleaner_testkit::{Management, OwnServices, services};
use tokio::process::{Child, Command};

use crate::harness::{Bench, PATIENCE, Ran, binary, until};

/// Where the servers of a deployment are.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    pub(crate) rabbitmq: String,
    pub(crate) management: String,
    pub(crate) redis: String,
    pub(crate) postgres: String,
}

impl Servers {
    /// Those that all tests share.
    pub(crate) fn shared() -> Self {
        Self {
            rabbitmq: services::rabbitmq(),
            management: services::management(),
            redis: services::redis(),
            postgres: services::postgres(),
        }
    }

    /// Those of a test that kills some.
    pub(crate) fn of(own: &OwnServices) -> Self {
        Self {
            rabbitmq: own.address("GLEANER_TEST_RABBITMQ").to_owned(),
            management: own.address("GLEANER_TEST_MANAGEMENT").to_owned(),
            redis: own.address("GLEANER_TEST_REDIS").to_owned(),
            postgres: own.address("GLEANER_TEST_POSTGRES").to_owned(),
        }
    }
}

/// Every kind of worker, by the name that starts it.
pub(crate) const WORKERS: [&str; 7] =
    ["coordinator", "crawler", "renderer", "extractor", "llm-router", "deep-job", "api"];

/// Processes over a virtual host, a database and a prefix of their own.
pub(crate) struct Deployment {
    pub(crate) management: Management,
    pub(crate) virtual_host: String,
    pub(crate) api: String,
    api_port: u16,
    environment: Vec<(String, String)>,
    pub(crate) running: BTreeMap<String, Running>,
    /// Where the workers' logs go.
    pub(crate) logs: PathBuf,
    broker: String,
    database: String,
}

/// One process, and how it was started.
pub(crate) struct Running {
    pub(crate) child: Child,
    port: u16,
    worker: String,
    /// Its own part of the environment.
    extra: Vec<(String, String)>,
}

impl Deployment {
    /// Prepares a corner of the servers, with this bench's settings; starts nothing.
    pub(crate) async fn over(servers: &Servers, bench: &Bench) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("e2e_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let management = Management::at(&servers.management);
        management.create_virtual_host(&name).await;
        create_database(&servers.postgres, &name).await;
        let corner = |address: &str| {
            let (server, _) =
                address.rsplit_once('/').expect("an address ends in its database or virtual host");
            format!("{server}/{name}")
        };
        let api_port = free_port();
        let broker = corner(&servers.rabbitmq);
        let mut environment = bench.environment().to_vec();
        let mut set = |name: &str, value: String| environment.push((name.to_owned(), value));
        set("GLEANER__RABBITMQ__URL", broker.clone());
        set("GLEANER__REDIS__URL", servers.redis.clone());
        set("GLEANER__REDIS__PREFIX", format!("{name}:"));
        let database = corner(&servers.postgres);
        set("GLEANER__POSTGRES__URL", database.clone());
        set("GLEANER__API__LISTEN", format!("127.0.0.1:{api_port}"));
        set("GLEANER__EGRESS__CRAWL_ALLOW", "127.0.0.1/32:*".to_owned());
        set("RUST_BACKTRACE", "0".to_owned());
        Self {
            management,
            virtual_host: name,
            api: format!("http://127.0.0.1:{api_port}"),
            api_port,
            environment,
            running: BTreeMap::new(),
            logs: std::env::temp_dir(),
            broker,
            database,
        }
    }

    /// One of each worker, ready.
    pub(crate) async fn start(servers: &Servers, bench: &Bench) -> Self {
        let mut deployment = Self::over(servers, bench).await;
        for worker in WORKERS {
            deployment.spawn(worker, worker);
        }
        deployment.until_ready().await;
        deployment
    }

    pub(crate) fn broker(&self) -> &str {
        &self.broker
    }

    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The command of a worker; `crawler-2` is a second crawler.
    pub(crate) fn command(&self, worker: &str) -> Command {
        let (program, flag) = match worker {
            "renderer" => ("crawler", Some("--render")),
            other => match other.split_once("-quarantine") {
                Some((program, _)) => (program, Some("--quarantine")),
                None => (other, None),
            },
        };
        let mut command = Command::new(binary(program));
        command.args(flag);
        command.env_clear().envs(self.environment.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Starts one more worker under a name of its own.
    pub(crate) fn spawn(&mut self, name: &str, worker: &str) {
        self.spawn_with(name, worker, &[]);
    }

    /// The same with an environment of its own beside that of all.
    pub(crate) fn spawn_with(&mut self, name: &str, worker: &str, extra: &[(&str, &str)]) {
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.start_process(name, worker.to_owned(), extra);
    }

    fn start_process(&mut self, name: &str, worker: String, extra: Vec<(String, String)>) {
        let port = free_port();
        let mut command = self.command(&worker);
        command.env("GLEANER__WORKER__LISTEN", format!("127.0.0.1:{port}")).envs(extra.iter().cloned());
        let log =
            std::fs::File::options().create(true).append(true).open(self.log(name)).expect("a log file");
        command.stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("the worker starts");
        self.running.insert(name.to_owned(), Running { child, port, worker, extra });
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{}-{name}.log", self.virtual_host))
    }

    /// The log of a worker, for people and for tests of what it tells.
    pub(crate) fn told(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self, name: &str) {
        let mut running = self.running.remove(name).expect("it runs");
        running.child.kill().await.expect("the process is ours");
    }

    /// Sends a signal, as a person would.
    pub(crate) async fn signal(&self, name: &str, signal: &str) {
        let pid = self.running.get(name).expect("it runs").child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().await.expect("kill is there");
        assert!(sent.success(), "kill -s {signal} {name}");
    }

    /// The exit code of one that ends by itself; -1 where a signal ended it.
    pub(crate) async fn ended(&mut self, name: &str) -> i32 {
        let mut running = self.running.remove(name).expect("it runs");
        let ended = tokio::time::timeout(PATIENCE, running.child.wait()).await;
        ended.expect("it ends").expect("the process is ours").code().unwrap_or(-1)
    }

    /// Starts every process again that has ended, as a supervisor would. Their names.
    pub(crate) fn revive(&mut self) -> Vec<String> {
        let ended = |running: &mut Running| running.child.try_wait().expect("the process is ours").is_some();
        let dead: Vec<String> = self
            .running
            .iter_mut()
            .filter_map(|(name, running)| ended(running).then(|| name.clone()))
            .collect();
        for name in &dead {
            let Running { worker, extra, .. } = self.running.remove(name).expect("it was there");
            self.start_process(name, worker, extra);
        }
        dead
    }

    /// The names of all that were started and not killed.
    pub(crate) fn names(&self) -> Vec<String> {
        self.running.keys().cloned().collect()
    }

    /// SIGTERM; its exit code.
    pub(crate) async fn terminate(&mut self, name: &str) -> i32 {
        self.signal(name, "TERM").await;
        self.ended(name).await
    }

    /// Kills it as a crash would, and starts it again.
    pub(crate) async fn crash(&mut self, name: &str) {
        let Running { mut child, worker, extra, .. } = self.running.remove(name).expect("it runs");
        child.kill().await.expect("the process is ours");
        self.start_process(name, worker, extra);
    }

    pub(crate) async fn until_ready(&self) {
        for (name, Running { port, .. }) in &self.running {
            until(&format!("{name} is ready\n{}", self.told(name)), async || {
                get(*port, "/readyz").await.is_some_and(|(status, _)| status == 200)
            })
            .await;
        }
    }

    /// What a worker answers on its own port.
    pub(crate) async fn ask(&self, name: &str, path: &str) -> (u16, String) {
        let port = self.running.get(name).expect("it runs").port;
        get(port, path).await.expect("it answers")
    }

    /// What the API answers.
    pub(crate) async fn ask_api(&self, path: &str) -> Option<(u16, String)> {
        get(self.api_port, path).await
    }

    /// The command line, speaking to this deployment.
    pub(crate) async fn gleaner(&self, bench: &Bench, args: &[&str]) -> Ran {
        let mut command = bench.command(args);
        command.env("GLEANER_URL", &self.api);
        Ran::of(command.output().await.expect("the binary starts"))
    }

    /// The broker as a worker of ours would use it.
    pub(crate) async fn transport(&self) -> RabbitTransport {
        let config = RabbitConfig { url: self.broker.clone(), ..RabbitConfig::default() };
        RabbitTransport::connect(&config, "test", |_| 1).await.expect("the broker is there")
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        let (management, name) = (self.management.clone(), self.virtual_host.clone());
        self.running.clear();
        // queues of past tests slow the broker down
        let cleaned = std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                let path = format!("/vhosts/{name}");
                let delete = management.try_request("DELETE", &path);
                // a broker of the test's own may be gone
                let _ =
                    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(10), delete).await });
            }
        });
        let _ = cleaned.join();
    }
}

/// A port that no process of this test was given before. Below those that the system gives to whoever connects, since one of
/// them may be taken between this look and the start of a worker.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    loop {
        // processes begin at places of their own
        let place = std::process::id().wrapping_mul(677).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + place % COUNT).expect("a port");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// One request to this machine; `None` where nobody answers.
#[expect(clippy::disallowed_methods, reason = "tests look at workers from outside")]
async fn get(port: u16, path: &str) -> Option<(u16, String)> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let head = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    };
    tokio::time::timeout(Duration::from_secs(20), ask).await.ok()?
}

async fn create_database(server: &str, name: &str) {
    let ran = Command::new("psql")
        .args([server, "-qc", &format!("CREATE DATABASE {name} TEMPLATE template0")])
        .output()
        .await
        .expect("psql is installed");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
