//! The loop: only it takes deliveries, and each runs in a task that shutdown waits for.

use std::{sync::Arc, time::Duration};

use gleaner_contract::{Lane, Queue, Stage};
use gleaner_ports::{Clock, Consumer, PublishError, StageRun, Transport};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{events, handle::Handler};

#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// Deliveries held at once in the low lane: the stage's concurrency cap there.
    pub prefetch: usize,
    /// The same for the high lane.
    pub prefetch_hi: usize,
    /// How long running work may go on after shutdown began.
    pub grace: Duration,
}

impl WorkerOptions {
    /// `prefetch` for the low lane, a quarter of it for the high one.
    pub fn with_prefetch(prefetch: usize) -> Self {
        Self { prefetch: prefetch.max(1), prefetch_hi: (prefetch / 4).max(1), grace: Duration::from_secs(45) }
    }

    fn prefetch_of(&self, lane: Lane) -> usize {
        match lane {
            Lane::Hi => self.prefetch_hi,
            Lane::Lo => self.prefetch,
        }
    }
}

/// One stage at work on its two lanes.
#[derive(Debug, Clone)]
pub struct Worker {
    stage_name: Stage,
    handler: Handler,
    options: WorkerOptions,
}

impl Worker {
    pub fn new(
        stage_name: Stage,
        stage: Arc<dyn StageRun>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        options: WorkerOptions,
    ) -> Self {
        Self { stage_name, handler: Handler { stage_name, stage, transport, clock }, options }
    }

    /// Opens the consumers of both lanes, so that a dispatcher sees their capacity.
    pub async fn connect(self) -> Result<Session, PublishError> {
        let mut lanes = Vec::new();
        for lane in Lane::ALL {
            let queue = Queue::Work(self.stage_name, lane);
            let prefetch = self.options.prefetch_of(lane);
            events::consuming(queue, prefetch);
            lanes.push((queue, self.handler.transport.consume(queue, prefetch).await?));
        }
        Ok(Session { worker: self, lanes })
    }
}

/// A worker with its consumers open.
#[derive(Debug)]
pub struct Session {
    worker: Worker,
    lanes: Vec<(Queue, Box<dyn Consumer>)>,
}

impl Session {
    /// Works until `shutdown`, then drains. Returns early only when the transport ended both lanes.
    pub async fn run(self, shutdown: CancellationToken) {
        let tasks = TaskTracker::new();
        let lanes = self.lanes.into_iter().map(|(queue, consumer)| {
            let handler = self.worker.handler.clone();
            receive(queue, consumer, handler, tasks.clone(), shutdown.clone())
        });
        futures::future::join_all(lanes).await;
        tasks.close();
        let grace = self.worker.options.grace;
        events::draining(tasks.len(), grace);
        if timeout(grace, tasks.wait()).await.is_ok() {
            events::drained();
        }
    }
}

async fn receive(
    queue: Queue,
    mut consumer: Box<dyn Consumer>,
    handler: Handler,
    tasks: TaskTracker,
    shutdown: CancellationToken,
) {
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            delivery = consumer.next() => match delivery {
                Some(delivery) => {
                    tasks.spawn(handler.clone().handle(queue, delivery));
                }
                None => {
                    events::session_over(queue);
                    return;
                }
            },
        }
    }
}
