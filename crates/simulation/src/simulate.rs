//! From a seed to a summary.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use gleaner_ports::{JobStore, StoreError, jobs::MemoryJobs};
use tokio::time::{Instant, sleep};

use crate::{
    chaos,
    observe::{self, describe_unfinished},
    options::Options,
    processes::Processes,
    summary::{Failure, Summary},
    world::World,
};

/// What a world may take once nothing goes wrong any more: far beyond every deadline, lease and wait.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

/// The coordinator's own waits are the same at every pace.
const LEAST_PATIENCE: Duration = Duration::from_secs(300);

/// Runs the world of this seed over a store in memory, under a clock of its own.
///
/// Must not be called inside a runtime.
pub fn simulate(seed: u64, options: &Options) -> Result<Summary, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| Failure { seed, broke: vec![error.to_string()] })?;
    runtime.block_on(simulate_over(seed, options, Arc::new(MemoryJobs::new())))
}

/// The same over any empty store, by the clock of the runtime that it is called in.
pub async fn simulate_over(
    seed: u64,
    options: &Options,
    store: Arc<dyn JobStore>,
) -> Result<Summary, Failure> {
    let world = Arc::new(World::new(seed, *options, store));
    match Box::pin(live(seed, &world)).await {
        Ok(broke) if broke.is_empty() => {
            observe::summarize(seed, &world).await.map_err(|error| unread(seed, &error))
        }
        Ok(broke) => Err(Failure { seed, broke }),
        Err(error) => Err(unread(seed, &error)),
    }
}

fn unread(seed: u64, error: &StoreError) -> Failure {
    Failure { seed, broke: vec![format!("the store beneath failed: {error}")] }
}

/// What did not hold at the end.
async fn live(seed: u64, world: &Arc<World>) -> Result<Vec<String>, StoreError> {
    let mut rng = Rng::with_seed(!seed);
    let mut processes = Processes::new(world.clone());
    processes.start();
    processes.place_orders();
    chaos::rage(world, &mut processes, &mut rng).await?;
    let tick = world.options.pace.seconds(5);
    let until = Instant::now() + world.options.pace.of(PATIENCE).max(LEAST_PATIENCE);
    while Instant::now() < until {
        if is_over(world).await? {
            return observe::observe(world).await;
        }
        sleep(tick).await;
    }
    let mut broke = vec![format!("not at rest after {} ms", world.millis())];
    broke.extend(world.wire.unsettled());
    broke.extend(describe_unfinished(world).await?);
    Ok(broke)
}

/// Every order was accepted, every job has ended, and nothing is on its way.
async fn is_over(world: &World) -> Result<bool, StoreError> {
    let mut accepted = 0;
    for row in world.submissions().await? {
        accepted += world.jobs_of(row.id).await?.len();
    }
    let ordered: usize = world.plan.orders.iter().map(|order| order.submission.targets.len()).sum();
    let waiting = world.truth.begin().await?.next_outbox().await?;
    Ok(accepted >= ordered
        && waiting.is_none()
        && world.wire.unsettled().is_empty()
        && world.unfinished().await?.is_empty())
}
