//! Dead letters: what a queue gave up. Where its task still waits for it, the task is taken up again; the rest is filed in
//! a table, where an operator looks at it.

use gleaner_contract::{Queue, UrlReason, wire};
use gleaner_ports::{
    Consumer, Delivery, PublishError, StoreError, faults,
    jobs::{DeadRow, TaskRow},
    transport::Backoff,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    coordinator::Coordinator,
    events,
    intake::AWAY_WAIT,
    unit::{CommitError, Unit},
};

/// Dead letters held at once.
const PREFETCH: usize = 16;

impl Coordinator {
    /// Takes dead letters until `shutdown`, through as many sessions with the transport as it takes.
    pub(crate) async fn bury_loop(&self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            match self.dead_letters().await {
                Ok(mut letters) => {
                    backoff.reset();
                    while let Some(Some(letter)) = shutdown.run_until_cancelled(letters.next()).await {
                        self.bury_for_good(letter, &shutdown).await;
                    }
                }
                Err(error) => events::dead_letters_away(&error),
            }
            shutdown.run_until_cancelled(backoff.wait()).await;
        }
    }

    async fn dead_letters(&self) -> Result<Box<dyn Consumer>, PublishError> {
        self.shared.transport.consume(Queue::Dead, PREFETCH).await
    }

    /// However long the store is away.
    async fn bury_for_good(&self, letter: Delivery, shutdown: &CancellationToken) {
        loop {
            let error = match self.bury(&letter).await {
                Ok(()) => return letter.ack().await,
                Err(error) => error,
            };
            events::store_away(&error);
            if shutdown.run_until_cancelled(sleep(AWAY_WAIT)).await.is_none() {
                return;
            }
        }
    }

    /// One letter in one transaction.
    pub(crate) async fn bury(&self, letter: &Delivery) -> Result<(), CommitError> {
        match self.readopt(letter).await {
            Ok(true) => Ok(()),
            Ok(false) => self.file(letter, None).await,
            Err(error) if error.is_passing() => Err(error),
            // its job cannot be carried on: that is told too
            Err(error) => self.file(letter, Some(&error)).await,
        }
    }

    /// Takes the letter's task up again, where it waits for nothing else. As a crash, so that what dies each time ends.
    async fn readopt(&self, letter: &Delivery) -> Result<bool, CommitError> {
        let headers = &letter.envelope.headers;
        let mut unit = self.begin().await?;
        if !unit.crash(headers.job, headers.task, headers.epoch).await? {
            return Ok(false);
        }
        events::readopted(headers, letter.passage.death.as_ref());
        self.commit(unit).await?;
        Ok(true)
    }

    async fn file(&self, letter: &Delivery, error: Option<&CommitError>) -> Result<(), CommitError> {
        let headers = &letter.envelope.headers;
        let death = letter.passage.death.as_ref();
        let class = match (error, death) {
            (Some(_), _) => "poison",
            (None, _) if headers.message_type.is_empty() => "unreadable",
            (None, Some(death)) => &death.reason,
            (None, None) => "unknown",
        };
        let detail = error.map(ToString::to_string).unwrap_or_else(|| headers.message_type.clone());
        events::filed(headers, class);
        let mut tx = self.shared.store.begin().await?;
        tx.file_dead(&DeadRow {
            task: headers.task,
            epoch: headers.epoch,
            job: headers.job,
            class: class.to_owned(),
            detail,
            queue: death.map(|death| death.queue.clone()).unwrap_or_default(),
            envelope: wire::encode(&letter.envelope)
                .map_err(|error| StoreError::Broken(error.to_string()))?,
            at: self.now(),
        })
        .await?;
        faults::at("dead", "filed", "");
        Ok(tx.commit().await?)
    }
}

impl Unit<'_> {
    /// A page that brought its workers down too often is told beside the dead letters.
    pub(crate) async fn file_poison(&mut self, task: &TaskRow, reason: UrlReason) -> Result<(), StoreError> {
        if reason != UrlReason::Poison {
            return Ok(());
        }
        self.tx
            .file_dead(&DeadRow {
                task: task.id,
                epoch: task.epoch,
                job: task.job,
                class: "poison".to_owned(),
                detail: format!("workers went down with it {} times: {}", task.crashes, task.url),
                queue: String::new(),
                envelope: Vec::new(),
                at: self.now,
            })
            .await
    }
}
