//! What goes wrong, and when.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use gleaner_ports::{StoreError, jobs::Commit};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    plan::Layout,
    processes::{Death, Processes},
    world::World,
};

/// Lets things go wrong for as long as the plan says; then everything runs, and nothing fails any more.
pub(crate) async fn rage(
    world: &Arc<World>,
    processes: &mut Processes,
    rng: &mut Rng,
) -> Result<(), StoreError> {
    let until = Instant::now() + world.plan.nasty_for;
    if let Some(every) = world.plan.event_every {
        while Instant::now() < until {
            let wait = every.mul_f64(rng.f64() * 2.0);
            sleep(wait.max(Duration::from_millis(1))).await;
            event(world, processes, rng).await?;
        }
    } else {
        sleep_until(until).await;
    }
    world.faults.mend();
    world.wire.calm();
    processes.start();
    tracing::info!(chaos.at_ms = world.millis(), "nothing goes wrong any more");
    Ok(())
}

async fn event(world: &Arc<World>, processes: &mut Processes, rng: &mut Rng) -> Result<(), StoreError> {
    let pace = world.options.pace;
    let kind = rng.u32(0..20);
    tracing::info!(chaos.kind = kind, chaos.at_ms = world.millis(), "something goes wrong");
    match kind {
        0..=3 => crash(world, processes).await,
        4..=6 if world.plan.layout == Layout::Deployment => {
            let death = if rng.bool() { Death::Killed } else { Death::CutOff };
            processes.kill_worker(rng.usize(0..processes.workers()), death);
        }
        7..=9 => {
            let commits = [Commit::Done, Commit::Unavailable, Commit::UnknownDone, Commit::UnknownUndone];
            let next: Vec<Commit> =
                (0..rng.usize(1..12)).filter_map(|_| rng.choice(&commits).copied()).collect();
            world.faults.commits(next);
        }
        10..=11 => {
            world.faults.go_away();
            sleep(pace.millis(rng.u64(100..40_000))).await;
            if rng.bool() {
                // whoever held reports and could not commit them
                crash(world, processes).await;
                sleep(pace.millis(rng.u64(1..20_000))).await;
            }
            world.faults.mend();
        }
        12 => world.wire.wipe().await,
        13 => world.wire.end_sessions(),
        14 => {
            world.wire.set_away(true);
            world.wire.end_sessions();
            sleep(pace.millis(rng.u64(100..60_000))).await;
            world.wire.set_away(false);
        }
        15..=16 => world.cache.flush(),
        17 => cancel_one(world, rng).await?,
        18 => break_one(world, rng).await?,
        _ => {}
    }
    // mostly they come back after a while; sometimes the next event finds them away
    if rng.u32(0..4) > 0 {
        sleep(pace.millis(rng.u64(1..20_000))).await;
        processes.start();
    }
    Ok(())
}

/// Whatever coordinates dies.
async fn crash(world: &World, processes: &mut Processes) {
    match world.plan.layout {
        Layout::Embedded => processes.kill_all().await,
        Layout::Deployment => processes.kill_coordinator(),
    }
}

/// Somebody loses patience with a job.
async fn cancel_one(world: &World, rng: &mut Rng) -> Result<(), StoreError> {
    if let Some(job) = rng.choice(world.unfinished().await?) {
        // a cancellation that the store refuses is not made
        let _ = world.admissions.cancel(job).await;
    }
    Ok(())
}

/// For a while, a task cannot be saved.
async fn break_one(world: &World, rng: &mut Rng) -> Result<(), StoreError> {
    let open = world.truth.begin().await?.open_tasks(None, 100).await?;
    if let Some(task) = rng.choice(open) {
        world.faults.break_task(task.id);
        sleep(world.options.pace.millis(rng.u64(100..30_000))).await;
        world.faults.mend();
    }
    Ok(())
}
