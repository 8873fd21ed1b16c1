//! The coordinator as a process: one leads, others stand by and take over when it goes.

use std::{process::ExitCode, sync::Arc, time::Duration};

use gleaner_coordinator::Coordinator;
use gleaner_ports::{EvidenceStore, Transport, transport::Backoff};
use gleaner_store::Leadership;
use tokio::time::sleep;

use super::{Process, WorkerArgs, events, run_worker, services::all};
use crate::assembly;

/// What is led in.
pub(crate) const LEAD: &str = "coordinator";

/// Between two tries to take the lead.
const STAND_BY: Duration = Duration::from_secs(1);

/// Takes reports, decides what follows, dispatches what is due.
pub fn run_coordinator(args: &WorkerArgs) -> ExitCode {
    run_worker("coordinator", args, coordinate)
}

async fn coordinate(process: &Process) -> anyhow::Result<()> {
    let (broker, cache, database) = tokio::join!(process.broker(), process.cache(), process.database());
    let (broker, cache, database) = all(broker, cache, database)?;
    process.health.running();
    let evidence = EvidenceStore::new(Arc::new(cache));
    let transport: Arc<dyn Transport> = Arc::new(broker.clone());
    let mut told = false;
    while !process.shutdown.is_cancelled() {
        let lead = match database.lead(LEAD).await {
            Ok(Some(lead)) => lead,
            Ok(None) => {
                if !std::mem::replace(&mut told, true) {
                    events::standing_by();
                }
                process.shutdown.run_until_cancelled(sleep(STAND_BY)).await;
                continue;
            }
            Err(error) => {
                events::lead_unknown(&error);
                process.shutdown.run_until_cancelled(sleep(STAND_BY)).await;
                continue;
            }
        };
        told = false;
        // a new one for each time: what it knew of hosts and lines is old
        let coordinator = Coordinator::new(
            assembly::coordinator_config(&process.config),
            Arc::new(database.clone()),
            evidence.clone(),
            transport.clone(),
            process.clock.clone(),
        );
        lead_with(process, &coordinator, lead).await;
    }
    broker.close().await;
    database.close().await;
    Ok(())
}

/// Coordinates until the end is asked for or the lead is lost.
async fn lead_with(process: &Process, coordinator: &Coordinator, mut lead: Leadership) {
    events::leading();
    let stop = process.shutdown.child_token();
    let running = async {
        let mut backoff = Backoff::default();
        while let Err(error) = coordinator.take_over().await {
            events::not_taken_over(&error);
            if stop.run_until_cancelled(backoff.wait()).await.is_none() {
                return;
            }
        }
        backoff.reset();
        // it fails only where the broker is away at the start
        while coordinator.run(stop.clone()).await.is_err() && !stop.is_cancelled() {
            stop.run_until_cancelled(backoff.wait()).await;
        }
    };
    tokio::pin!(running);
    tokio::select! {
        () = &mut running => {}
        () = lead.lost() => {
            events::lead_lost();
            stop.cancel();
            running.await;
        }
    }
}
