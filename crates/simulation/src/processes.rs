//! The processes of a world: they are started, killed and started again.

use std::{sync::Arc, time::Duration};

use gleaner_contract::Stage;
use gleaner_coordinator::Coordinator;
use gleaner_ports::EvidenceStore;
use gleaner_runner::{Worker, WorkerOptions};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    plan::{Layout, Order},
    stages::Scripted,
    world::World,
};

/// Between two tries of something that a store or transport refused.
const AGAIN: Duration = Duration::from_millis(700);

struct Running {
    killed: CancellationToken,
    main: JoinHandle<()>,
}

impl Running {
    /// At its next step, it is gone.
    fn kill(self) {
        self.killed.cancel();
        self.main.abort();
    }

    /// It loses its sessions and its place, but what it was doing goes on to its end.
    fn cut_off(self) {
        self.main.abort();
    }
}

/// How a worker goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    Killed,
    CutOff,
}

pub(crate) struct Processes {
    world: Arc<World>,
    tasks: TaskTracker,
    coordinator: Option<Running>,
    workers: Vec<(Stage, Option<Running>)>,
}

impl Processes {
    pub(crate) fn new(world: Arc<World>) -> Self {
        let workers = [(Stage::Crawl, world.plan.crawlers), (Stage::Extract, world.plan.extractors)]
            .into_iter()
            .flat_map(|(stage, count)| (0..count).map(move |_| (stage, None)))
            .collect();
        Self { world, tasks: TaskTracker::new(), coordinator: None, workers }
    }

    pub(crate) fn workers(&self) -> usize {
        self.workers.len()
    }

    /// Starts whatever does not run.
    pub(crate) fn start(&mut self) {
        for (stage, worker) in &mut self.workers {
            if worker.is_none() {
                *worker = Some(start_worker(&self.world, &self.tasks, *stage));
            }
        }
        if self.coordinator.is_none() {
            let killed = CancellationToken::new();
            let main = self.tasks.spawn(coordinate(self.world.clone(), killed.clone()));
            self.coordinator = Some(Running { killed, main });
        }
    }

    /// Submits every order when its time has come.
    pub(crate) fn place_orders(&self) {
        for order in self.world.plan.orders.clone() {
            let world = self.world.clone();
            self.tasks.spawn(async move {
                sleep(order.after).await;
                submit(&world, &order).await;
            });
        }
    }

    pub(crate) fn kill_coordinator(&mut self) {
        if let Some(running) = self.coordinator.take() {
            running.kill();
            self.world.journal.killed();
        }
    }

    pub(crate) fn kill_worker(&mut self, number: usize, death: Death) {
        let Some((_, worker)) = self.workers.get_mut(number) else { return };
        let Some(running) = worker.take() else { return };
        match death {
            Death::Killed => running.kill(),
            Death::CutOff => running.cut_off(),
        }
        self.world.journal.killed();
    }

    /// The one process of an embedded run dies, and its queues with it.
    pub(crate) async fn kill_all(&mut self) {
        self.kill_coordinator();
        for number in 0..self.workers.len() {
            self.kill_worker(number, Death::Killed);
        }
        self.world.wire.wipe().await;
    }
}

/// Until it is accepted.
async fn submit(world: &World, order: &Order) {
    while world.admissions.submit(&world.tenant(), order.lane, &order.submission).await.is_err() {
        sleep(world.options.pace.of(AGAIN)).await;
    }
}

fn start_worker(world: &World, tasks: &TaskTracker, stage: Stage) -> Running {
    let killed = CancellationToken::new();
    let worker = Worker::new(
        stage,
        Arc::new(Scripted { shop: world.shop.clone(), killed: killed.clone() }),
        Arc::new(world.wire.held_by(&killed)),
        world.clock.clone(),
        WorkerOptions::with_prefetch(world.plan.prefetch),
    );
    let main = tasks.spawn(worker.serve(CancellationToken::new()));
    Running { killed, main }
}

/// Coordinates for ever, through as many beginnings as it takes.
async fn coordinate(world: Arc<World>, killed: CancellationToken) {
    let coordinator = Coordinator::new(
        world.plan.config.clone(),
        Arc::new(world.faults.clone()),
        EvidenceStore::new(world.cache.clone()),
        Arc::new(world.wire.held_by(&killed)),
        world.clock.clone(),
    );
    let again = world.options.pace.of(AGAIN);
    if world.plan.layout == Layout::Embedded {
        while coordinator.recover().await.is_err() {
            sleep(again).await;
        }
    }
    let run = async {
        while coordinator.run(CancellationToken::new()).await.is_err() {
            sleep(again).await;
        }
    };
    let resume = async {
        if world.plan.layout == Layout::Embedded {
            resume(&world).await;
        }
    };
    tokio::join!(run, resume);
}

/// Whoever submitted what is not finished submits it again.
async fn resume(world: &World) {
    let Ok(rows) = world.submissions().await else { return };
    for order in &world.plan.orders {
        let content = order.submission.content_hash();
        if rows.iter().any(|row| row.content == content && row.ended < row.jobs) {
            submit(world, order).await;
        }
    }
}
