//! No crate but this one opens a connection to a host that a page or a job could name. Each crate that opens any is
//! listed with what for; clippy.toml and deny.toml hold the same line by calls and by dependencies.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Names in code that open connections, or make clients that do.
const OPENERS: &[&str] = &[
    "TcpStream::connect",
    "TcpSocket",
    "UdpSocket",
    "UnixStream::connect",
    "lookup_host",
    "ToSocketAddrs",
    "to_socket_addrs",
    "reqwest::",
    "hyper::client",
    "hyper_util::client",
    "HttpConnector",
    "tungstenite::connect",
    "connect_async",
    "Browser::launch",
    "Browser::connect",
    "lapin::",
    "deadpool_lapin::",
    "redis::Client",
    "ConnectionManager",
    "PgConnection",
    "PgPool",
    "with_http()",
];

/// (crate, what for). Tests may open what they like: they speak to servers of their own.
const OPENED: &[(&str, &str)] = &[
    ("fetch", "pages, behind the gate; and servers that the operator named"),
    ("rabbitmq", "the broker that the operator named"),
    ("redis", "the cache that the operator named"),
    ("store", "the database that the operator named"),
    ("telemetry", "the collector that the operator named"),
    ("testkit", "test servers; no binary has it"),
];

/// Packages that open connections, and the crates that may depend on them beyond tests.
const CLIENTS: &[(&str, &[&str])] = &[
    ("reqwest", &["fetch"]),
    ("hyper-rustls", &["fetch"]),
    ("lapin", &["rabbitmq"]),
    ("deadpool-lapin", &["rabbitmq"]),
    ("redis", &["redis"]),
    ("sqlx", &["store"]),
    ("opentelemetry-otlp", &["telemetry"]),
    ("ureq", &[]),
    ("tungstenite", &[]),
    ("tokio-tungstenite", &[]),
    ("hickory-resolver", &[]),
];

fn crates() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates lie side by side");
    let mut found: Vec<PathBuf> =
        entries(all).into_iter().filter(|path| path.join("Cargo.toml").is_file()).collect();
    found.sort();
    assert!(found.len() > 10, "{found:?}");
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// The code of a folder that is not for tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let of_tests = name(&path) == "tests" || name(&path) == "tests.rs";
        if of_tests {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn connections_are_opened_by_these_crates_alone() {
    let mut openers = BTreeSet::new();
    for folder in crates() {
        let mut files = Vec::new();
        sources(&folder.join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source is text");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                if let Some(opener) = OPENERS.iter().find(|opener| line.contains(*opener)) {
                    openers.insert(name(&folder));
                    let listed = OPENED.iter().any(|(opening, _)| *opening == name(&folder));
                    assert!(
                        listed,
                        "`{opener}` in {}; connections go through the gate of crate fetch",
                        file.display()
                    );
                }
            }
        }
    }
    let listed: BTreeSet<String> = OPENED.iter().map(|(opening, _)| (*opening).to_owned()).collect();
    assert_eq!(openers, listed, "every exception is one that is needed");
}

#[test]
fn clients_are_depended_on_by_these_crates_alone() {
    for folder in crates() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
        for section in ["dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for (client, allowed) in CLIENTS {
                let depends = dependencies.contains_key(*client);
                assert!(
                    !depends || allowed.contains(&&*name(&folder)),
                    "{} depends on {client}",
                    folder.display()
                );
            }
            // a server needs hyper-util, a client more of it
            let features = dependencies.get("hyper-util").and_then(|hyper| hyper.get("features"));
            let is_client = features.is_some_and(|features| features.to_string().contains("client"));
            assert!(
                !is_client || name(&folder) == "fetch",
                "{} makes a client of hyper-util",
                folder.display()
            );
        }
    }
}
