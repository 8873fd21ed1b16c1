//! Who runs another version than this: the API that is named, and the worker of this configuration if one runs here.

use gleaner_api::{Client, Readiness};
use gleaner_config::Config;
use gleaner_fetch::OperatorClient;
use serde_json::Value;

use super::{Check, answer};
use crate::worker;

const API: &str = "api";
const OURS: &str = env!("CARGO_PKG_VERSION");

pub(super) async fn examine(config: &Config, api: Option<&Client>, operator: &OperatorClient) -> Vec<Check> {
    let (api, here) = tokio::join!(ask_api(api), ask_worker(config, operator));
    [Some(api), here].into_iter().flatten().collect()
}

async fn ask_api(api: Option<&Client>) -> Check {
    let Some(client) = api else {
        return Check::note(API, "not asked: no deployment is named (--url, GLEANER_URL or client.url)");
    };
    match answer(client.readiness()).await {
        Ok(readiness) => api_check(&client.place(), &readiness),
        Err(why) => {
            let hint = "is it up, and its address right? with compose: docker compose up -d api";
            Check::bad(API, why, hint)
        }
    }
}

pub(super) fn api_check(place: &str, Readiness { ready, version }: &Readiness) -> Check {
    if !ready {
        let hint = "its log says why; it needs Postgres and nothing else";
        return Check::bad(API, format!("{place} is not ready"), hint);
    }
    version_check(API, &format!("{place} is ready"), version.as_deref())
}

/// What answers at `worker.listen`, if that is a worker.
async fn ask_worker(config: &Config, operator: &OperatorClient) -> Option<Check> {
    let told = answer(worker::ask_ready(config, operator)).await.ok()?;
    worker_check(&serde_json::from_slice(&told.body).ok()?)
}

pub(super) fn worker_check(told: &Value) -> Option<Check> {
    let name = told["worker"].as_str()?;
    let name = format!("{name} here");
    if told["ready"] != true {
        let mut lacks: Vec<String> = Vec::new();
        for (service, answer) in told["dependencies"].as_object().into_iter().flatten() {
            if answer != "ok" {
                lacks.push(format!("{service}: {}", answer.as_str().unwrap_or_default()));
            }
        }
        let phase = told["phase"].as_str().unwrap_or("not ready");
        let found =
            if lacks.is_empty() { phase.to_owned() } else { format!("{phase}, {}", lacks.join(", ")) };
        return Some(Check::bad(name, found, "its log says more"));
    }
    Some(version_check(&name, "ready", told["version"].as_str()))
}

fn version_check(name: &str, found: &str, version: Option<&str>) -> Check {
    let hint = "let all workers and this command be of one version";
    match version {
        Some(OURS) => Check::ok(name, format!("{found}, version {OURS} as ours")),
        Some(other) => Check::warn(name, format!("{found}, version {other}; ours is {OURS}"), hint),
        None => Check::warn(name, format!("{found}, and tells no version: older than ours, {OURS}"), hint),
    }
}
