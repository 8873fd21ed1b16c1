//! `gleaner secrets`: what a deployment keeps secret, made once, each in a directory of its own so that every service is
//! given only what it needs.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use anyhow::Context as _;
use gleaner_api::Keys;
use gleaner_contract::Tenant;
use gleaner_rabbitmq::Topology;
use serde_json::json;

use crate::{
    args::{SecretsArgs, SecretsCommand},
    exit::{BadInput, Outcome},
    out::{line, note},
};

const API_KEY: &str = "operator/api_key";
const KEYS: &str = "keys/api_keys";
const FIRST: &str = "first";
const LOGIN: &str = "operator/rabbitmq_login";

/// Read by servers that run as other users; who may look into a directory is decided by who mounts it.
const READABLE: u32 = 0o444;

pub(super) fn secrets(args: &SecretsArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        SecretsCommand::Init { dir } => init(dir),
        SecretsCommand::Show { dir } => show(dir),
    }
}

fn init(dir: &Path) -> anyhow::Result<Outcome> {
    let broker = password(dir, "broker/password")?;
    write_anew(dir, "broker/rabbitmq.conf", RABBITMQ_CONF)?;
    write_anew(dir, "broker/definitions.json", &definitions(&broker))?;
    let cache = password(dir, "cache/password")?;
    write_anew(dir, "cache/redis.conf", &redis_conf(&cache))?;
    password(dir, "database/password")?;
    api_key(dir)?;
    write_anew(dir, LOGIN, &format!("gleaner {broker}\n"))?;
    note(format_args!("secrets are in {}", dir.display()));
    Ok(Outcome::Completed)
}

fn show(dir: &Path) -> anyhow::Result<Outcome> {
    let read = |name: &str| {
        let path = dir.join(name);
        fs::read_to_string(&path).map_err(|error| {
            BadInput::because(format_args!("could not read `{}`", path.display()), error)
                .hint("`gleaner secrets init` makes it")
        })
    };
    let (key, login) = (read(API_KEY)?, read(LOGIN)?);
    let (user, password) = login.trim().split_once(' ').unwrap_or_default();
    line(format_args!("API             http://127.0.0.1:8080"))?;
    line(format_args!("API key         {}", key.trim()))?;
    line(format_args!("RabbitMQ UI     http://127.0.0.1:15672"))?;
    line(format_args!("RabbitMQ login  {user} / {password}"))?;
    Ok(Outcome::Completed)
}

/// Makes the operator's own key where it is missing. Keys that others have stay, and one that was taken out stays out.
fn api_key(dir: &Path) -> anyhow::Result<()> {
    let (key, keys) = (kept(dir, API_KEY)?, kept(dir, KEYS)?);
    if key.is_some() && keys.is_some() {
        return Ok(());
    }
    let tenant = Tenant::local();
    let (line, made) = match key {
        Some(key) => (Keys::line(&tenant, FIRST, &key), None),
        None => {
            let new = Keys::generate(&tenant, FIRST).context("the system gives no random bytes")?;
            (new.line, Some(new.key))
        }
    };
    let keys = keys.unwrap_or_else(|| "# tenant name hash".to_owned());
    write_anew(dir, KEYS, &format!("{keys}\n{line}\n"))?;
    // last, so that a key which is told is a key that is let in
    made.map_or(Ok(()), |key| write_anew(dir, API_KEY, &format!("{key}\n")))
}

/// What this file says, where there is one.
fn kept(dir: &Path, name: &str) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(dir.join(name)) {
        Ok(known) => Ok(Some(known.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BadInput::because(format_args!("could not read `{name}`"), error).into()),
    }
}

/// The password in this file, made when it is missing.
fn password(dir: &Path, name: &str) -> anyhow::Result<String> {
    if let Some(known) = kept(dir, name)? {
        return Ok(known);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    let made: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write_anew(dir, name, &format!("{made}\n"))?;
    Ok(made)
}

/// Writes a file whole or not at all.
fn write_anew(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = dir.join(name);
    let parent = path.parent().unwrap_or(dir);
    let write = || {
        fs::create_dir_all(parent)?;
        let beside = path.with_extension("new");
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(READABLE))?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write()
        .map_err(|error| BadInput::because(format_args!("could not write `{}`", path.display()), error))?;
    Ok(())
}

const RABBITMQ_CONF: &str = "\
# made by `gleaner secrets init`
listeners.tcp.default = 5672
management.tcp.port = 15672
log.console = true
log.console.level = info
# a handler works fifteen minutes at most
consumer_timeout = 1800000
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 512MB
# the only user, its virtual host, and how long queues may get
definitions.import_backend = local_filesystem
definitions.local.path = /run/gleaner/broker/definitions.json
";

/// What the broker imports at its start: no guest, one user who owns one virtual host.
fn definitions(password: &str) -> String {
    let mut all = Topology::current().definitions("gleaner");
    all["users"] = json!([{ "name": "gleaner", "password": password, "tags": "administrator" }]);
    all["permissions"] =
        json!([{ "user": "gleaner", "vhost": "gleaner", "configure": ".*", "write": ".*", "read": ".*" }]);
    format!("{all:#}\n")
}

fn redis_conf(password: &str) -> String {
    format!(
        "\
# made by `gleaner secrets init`
requirepass {password}
maxmemory 512mb
# leases have no time to live, and are never evicted
maxmemory-policy volatile-lru
# a cache: nothing is kept over a restart
save \"\"
appendonly no
"
    )
}

#[cfg(test)]
mod tests;
