//! The loop: only it takes deliveries, and each runs in a task that shutdown waits for.

use std::{sync::Arc, time::Duration};

use gleaner_contract::{Lane, Queue, Stage};
use gleaner_ports::{Clock, Consumer, PublishError, SpendMarks, StageRun, Transport, transport::Backoff};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{events, handle::Handler};

/// Times that a message may come back before it is not run again: twice among others, since it may have been one of them that
/// brought the worker down; once where it was alone.
const MOST_RETURNS: u32 = 2;
const MOST_RETURNS_APART: u32 = 1;

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

    pub fn prefetch_of(&self, lane: Lane) -> usize {
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
    quarantine: bool,
}

impl Worker {
    pub fn new(
        stage_name: Stage,
        stage: Arc<dyn StageRun>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        options: WorkerOptions,
    ) -> Self {
        let handler =
            Handler { stage_name, stage, transport, clock, marks: None, most_returns: MOST_RETURNS };
        Self { stage_name, handler, options, quarantine: false }
    }

    /// The stage's work is paid for: no delivery is run that another began.
    #[must_use]
    pub fn paid(mut self, marks: Arc<dyn SpendMarks>) -> Self {
        self.handler.marks = Some(marks);
        self
    }

    /// Takes what brought workers down before, one at a time, and nothing else.
    #[must_use]
    pub fn in_quarantine(self) -> Self {
        let handler = Handler { most_returns: MOST_RETURNS_APART, ..self.handler };
        Self { quarantine: true, handler, ..self }
    }

    /// The queues that it takes from, each with how much it holds at once.
    fn queues(&self) -> Vec<(Queue, usize)> {
        if self.quarantine {
            return vec![(Queue::Quarantine(self.stage_name), 1)];
        }
        let lane = |lane| (Queue::Work(self.stage_name, lane), self.options.prefetch_of(lane));
        Lane::ALL.map(lane).to_vec()
    }

    /// Works until `shutdown`, through as many sessions as it takes, then drains.
    pub async fn serve(self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            match self.clone().connect().await {
                Ok(session) => {
                    backoff.reset();
                    session.run(shutdown.clone()).await;
                }
                Err(error) => events::not_connected(self.stage_name, &error),
            }
            shutdown.run_until_cancelled(backoff.wait()).await;
        }
    }

    /// Opens the consumers of its queues, so that a dispatcher sees their capacity.
    pub async fn connect(self) -> Result<Session, PublishError> {
        let mut lanes = Vec::new();
        for (queue, prefetch) in self.queues() {
            lanes.push((queue, self.handler.transport.consume(queue, prefetch).await?));
            events::consuming(queue, prefetch);
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
    /// Works until `shutdown`, then drains. Returns early when the transport ended one of the lanes: then what runs is
    /// broken off, since others are given the same messages, and the cap would be exceeded beside the next session.
    pub async fn run(self, shutdown: CancellationToken) {
        let (tasks, over) = (TaskTracker::new(), CancellationToken::new());
        let lanes = self.lanes.into_iter().map(|(queue, consumer)| {
            let lane = Line { queue, handler: self.worker.handler.clone(), tasks: &tasks, over: &over };
            lane.receive(consumer, &shutdown)
        });
        futures::future::join_all(lanes).await;
        tasks.close();
        if !over.is_cancelled() {
            let grace = self.worker.options.grace;
            events::draining(tasks.len(), grace);
            if timeout(grace, tasks.wait()).await.is_ok() {
                events::drained();
            }
            // what did not end in time goes back to its queue
            over.cancel();
        }
        tasks.wait().await;
    }
}

/// One lane of a session.
struct Line<'s> {
    queue: Queue,
    handler: Handler,
    tasks: &'s TaskTracker,
    /// Breaks off what runs.
    over: &'s CancellationToken,
}

impl Line<'_> {
    async fn receive(self, mut consumer: Box<dyn Consumer>, shutdown: &CancellationToken) {
        loop {
            let delivery = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.over.cancelled() => return,
                delivery = consumer.next() => delivery,
            };
            let Some(delivery) = delivery else {
                events::session_over(self.queue);
                self.over.cancel();
                return;
            };
            let (work, over) = (self.handler.clone().handle(self.queue, delivery), self.over.clone());
            self.tasks.spawn(async move { over.run_until_cancelled(work).await });
        }
    }
}
