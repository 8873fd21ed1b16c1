//! Strikes as planned, and starts again what ended.

use std::time::Duration;

use gleaner_testkit::OwnServices;
use tokio::{
    process::Command,
    time::{sleep, sleep_until, timeout},
};

use crate::{
    checks::IN_FLIGHT,
    plan::{Fault, Planned},
    run::Run,
    sites::Mood,
};

/// A worker drains for 45 s at most, and may be frozen with its servers away.
const DRAINS: Duration = Duration::from_secs(90);

/// All that is planned, one after the other; then waits for the end of the load.
pub(crate) async fn strike(run: &Run, planned: &[Planned]) {
    for Planned { at, fault } in planned {
        sleep_until(run.began + *at).await;
        run.say(&format!("{fault:?}"));
        *run.struck.borrow_mut().entry(fault.kind()).or_default() += 1;
        match fault {
            Fault::Kill(name) => kill(run, name).await,
            Fault::Restart(name) => restart(run, name).await,
            Fault::Freeze(name, time) => freeze(run, name, *time).await,
            Fault::Crash(server, away) => crash(run, server, *away).await,
            Fault::Flush => run.servers.flush().await,
            Fault::Unavailable(site, time) => turn(run, *site, Mood::Unavailable, *time).await,
            Fault::Slow(site, time) => turn(run, *site, Mood::Slow, *time).await,
        }
    }
    sleep_until(run.began + run.lasts).await;
}

async fn kill(run: &Run, name: &str) {
    let Some(mut child) = run.take(name) else { return };
    // it may have ended just now
    let _ = child.kill().await;
    run.again(name);
}

async fn restart(run: &Run, name: &str) {
    let Some(mut child) = run.take(name) else { return };
    if let Some(pid) = child.id() {
        send("TERM", pid).await;
    }
    match timeout(DRAINS, child.wait()).await {
        Ok(Ok(status)) if status.success() => {}
        Ok(status) => run.problem(format!("{name} asked to stop ended with {status:?}")),
        Err(_) => {
            run.problem(format!("{name} asked to stop was there after {} s", DRAINS.as_secs()));
            let _ = child.kill().await;
        }
    }
    run.again(name);
}

async fn freeze(run: &Run, name: &str, time: Duration) {
    let Some(pid) = run.pid(name) else { return };
    send("STOP", pid).await;
    sleep(time).await;
    send("CONT", pid).await;
}

async fn crash(run: &Run, server: &'static str, away: Duration) {
    on_servers(run, move |own| own.kill(server)).await;
    sleep(away).await;
    on_servers(run, |own| {
        own.again();
    })
    .await;
}

async fn on_servers(run: &Run, act: impl FnOnce(&OwnServices) + Send + 'static) {
    let own = run.servers.own.clone();
    let done = tokio::task::spawn_blocking(move || act(&own)).await;
    if let Err(error) = done {
        run.problem(format!("the servers could not be struck: {error}"));
    }
}

async fn turn(run: &Run, site: usize, mood: Mood, time: Duration) {
    run.sites.turn(site, mood);
    sleep(time).await;
    run.sites.turn(site, Mood::Well);
}

async fn send(signal: &str, pid: u32) {
    // a process that has just ended is started again by `keep`
    let _ = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).output().await;
}

/// Starts again what ended by itself, as an orchestrator would: 5 says that a server was away at its start.
/// Tells at once of a host that is asked too much, so that it stands beside the fault that it came of.
pub(crate) async fn keep(run: &Run) {
    let mut most = IN_FLIGHT;
    while !run.over.get() {
        sleep(Duration::from_secs(1)).await;
        let at_once = run.sites.most_in_flight();
        if at_once > most {
            most = at_once;
            run.say(&format!("{at_once} requests at once on one host, where {IN_FLIGHT} are allowed"));
        }
        let ended = run.deployment.borrow_mut().ended_alone();
        for (name, code) in ended {
            run.say(&format!("{name} ended by itself, exit code {code}"));
            *run.ended_alone.borrow_mut().entry(format!("{name} with {code}")).or_default() += 1;
            if code != 5 {
                run.problem(format!("{name} ended by itself with exit code {code}"));
            }
            run.again(&name);
        }
    }
}
