//! Servers of a test's own, which it may kill and start again.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// Servers in a directory of the test's own; stopped when it is dropped.
#[derive(Debug)]
pub struct OwnServices {
    dir: TempDir,
    names: Vec<&'static str>,
    disk: Option<&'static str>,
    addresses: HashMap<String, String>,
}

impl OwnServices {
    /// Starts these (`rabbitmq`, `redis`, `postgres`).
    pub fn start(names: &[&'static str]) -> Self {
        Self::start_with(names, None)
    }

    /// The same with a database on a disk of this size (`120m`), which can be filled.
    pub fn start_on_disk(names: &[&'static str], size: &'static str) -> Self {
        Self::start_with(names, Some(size))
    }

    fn start_with(names: &[&'static str], disk: Option<&'static str>) -> Self {
        // below /tmp, where the database's own user may pass
        let dir = tempfile::Builder::new().prefix("gleaner-services-").tempdir().expect("a directory");
        let mut own = Self { dir, names: names.to_vec(), disk, addresses: HashMap::new() };
        own.addresses = own.again();
        own
    }

    /// What `GLEANER_TEST_…` would say.
    pub fn address(&self, variable: &str) -> &str {
        self.addresses.get(variable).unwrap_or_else(|| panic!("{variable}: not started"))
    }

    /// As a crash would: nothing is said, data is kept.
    pub fn kill(&self, name: &str) {
        self.script("kill", &[name]);
    }

    /// Starts what is not running, where it was.
    pub fn again(&self) -> HashMap<String, String> {
        let told = self.script("start", &self.names);
        let line = |line: &str| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        told.lines().filter_map(line).collect()
    }

    /// It is there, and answers nobody.
    pub fn pause(&self, name: &str) {
        self.script("pause", &[name]);
    }

    pub fn resume(&self, name: &str) {
        self.script("resume", &[name]);
    }

    /// Kills it and deletes its data.
    pub fn wipe(&self, name: &str) {
        self.script("wipe", &[name]);
    }

    /// The directory that a server keeps its data in.
    pub fn data(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Gives the broker so little memory that it is full at once, and holds back whoever publishes.
    pub fn fill_broker(&self) {
        self.broker(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    }

    /// `rabbitmqctl` with these arguments.
    pub fn broker(&self, args: &[&str]) {
        let file = |name: &str| {
            let text = std::fs::read_to_string(self.dir.path().join(name)).expect("the broker was started");
            text.trim().to_owned()
        };
        let node = format!("t{}@localhost", file("rabbitmq.port"));
        let output = Command::new("/usr/lib/rabbitmq/bin/rabbitmqctl")
            .args(["-n", &node])
            .args(args)
            .env("HOME", self.dir.path().join("rabbitmq"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("ERL_EPMD_PORT", file("epmd.port"))
            .output()
            .expect("rabbitmqctl is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn script(&self, command: &str, names: &[&str]) -> String {
        let mut script = Command::new(script());
        script.arg(command).arg("--dir").arg(self.dir.path()).args(names).stdin(Stdio::null());
        if let Some(size) = self.disk {
            script.env("GLEANER_POSTGRES_DISK", size);
        }
        let output = script.output().expect("scripts/services can be run");
        assert!(
            output.status.success(),
            "services {command} {names:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for OwnServices {
    fn drop(&mut self) {
        let mut script = Command::new(script());
        let _ = script.arg("stop").arg("--dir").arg(self.dir.path()).stdin(Stdio::null()).output();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services")
}
