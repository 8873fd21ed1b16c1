//! RabbitMQ as the deployment has it, in a container of a test's own.

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tempfile::TempDir;

const IMAGE: &str = "rabbitmq:4.3-management";

/// Long enough for any machine: what is waited for comes in moments.
const PATIENCE: u32 = 240;

/// A broker that can be killed, paused, wiped and cut off.
#[derive(Debug)]
pub struct BrokerContainer {
    name: String,
    /// Its configuration.
    _dir: TempDir,
    port: u16,
    management: u16,
    mount: String,
}

impl BrokerContainer {
    /// Starts one, and waits until it serves. Fails where there is no engine or no image.
    pub fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gleaner-broker-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = tempfile::Builder::new().prefix("gleaner-broker-").tempdir().expect("a directory");
        let config = dir.path().join("rabbitmq.conf");
        // who asks comes from the engine's bridge, not from the container itself
        let text = "loopback_users = none\nlisteners.tcp.default = 5672\nmanagement.tcp.port = 15672\ncollect_statistics_interval = 1000\n";
        std::fs::write(&config, text).expect("the directory is writable");
        let mount = format!("{}:/etc/rabbitmq/rabbitmq.conf:ro", config.display());
        let open: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).expect("the directory is ours");
        let mut container = Self { name, _dir: dir, port: free_port(), management: free_port(), mount };
        container.create();
        container
    }

    fn create(&mut self) {
        let (amqp, http) =
            (format!("127.0.0.1:{}:5672", self.port), format!("127.0.0.1:{}:15672", self.management));
        // the node's name, and with it its data, goes by the host's
        docker(&[
            "run",
            "-d",
            "--name",
            &self.name,
            "--hostname",
            "rabbitmq",
            "-p",
            &amqp,
            "-p",
            &http,
            "-v",
            &self.mount,
            IMAGE,
        ]);
        self.until_it_serves();
    }

    fn until_it_serves(&self) {
        for _ in 0..PATIENCE {
            let asked = Command::new("docker")
                .args(["exec", &self.name, "rabbitmqctl", "await_startup", "--timeout", "10"])
                .output()
                .expect("docker is installed");
            if asked.status.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        panic!("{IMAGE} does not serve");
    }

    /// `amqp://…`
    pub fn rabbitmq(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// `http://…` of the management API.
    pub fn management(&self) -> String {
        format!("http://guest:guest@127.0.0.1:{}", self.management)
    }

    pub fn kill(&self) {
        docker(&["kill", "-s", "KILL", &self.name]);
    }

    pub fn again(&self) {
        docker(&["start", &self.name]);
        self.until_it_serves();
    }

    pub fn pause(&self) {
        docker(&["pause", &self.name]);
    }

    pub fn resume(&self) {
        docker(&["unpause", &self.name]);
    }

    /// Another one in its place, with nothing in it.
    pub fn wipe(&mut self) {
        docker(&["rm", "-f", "-v", &self.name]);
        self.create();
    }

    /// `rabbitmqctl` with these arguments.
    pub fn control(&self, args: &[&str]) {
        docker(&[&["exec", &self.name, "rabbitmqctl"], args].concat());
    }
}

impl Drop for BrokerContainer {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "-f", "-v", &self.name]).output();
    }
}

fn docker(args: &[&str]) {
    let output = Command::new("docker").args(args).output().expect("docker is installed");
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    listener.local_addr().expect("it is bound").port()
}
