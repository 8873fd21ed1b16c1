//! Queues in this process that do with a message as they were told.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use gleaner_contract::{Envelope, Queue};

use super::{Consumer, InProcess, PublishError, Transport};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    /// Confirmed, and gone.
    Lost,
    /// Confirmed, and kept back until the release.
    Held,
    /// Not confirmed. What is `Unknown` arrives all the same.
    Refused(PublishError),
}

type Rule = Box<dyn FnMut(Queue, &Envelope) -> Fate + Send>;

/// Delivers everything until it is told otherwise. Clones share queues and rule.
#[derive(Clone, Default)]
pub struct FaultyTransport {
    pub inner: InProcess,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    rule: Option<Rule>,
    held: Vec<(Queue, Envelope)>,
}

impl FaultyTransport {
    /// Every message from now on goes by this rule, in the place of an earlier one.
    pub fn rule(&self, rule: impl FnMut(Queue, &Envelope) -> Fate + Send + 'static) {
        self.state().rule = Some(Box::new(rule));
    }

    /// Every message from now on is refused so, or delivered.
    pub fn refuse(&self, error: impl Into<Option<PublishError>>) {
        self.state().rule = error.into().map(|error| -> Rule { Box::new(move |_, _| Fate::Refused(error)) });
    }

    /// How many messages are held.
    pub fn held(&self) -> usize {
        self.state().held.len()
    }

    /// Ends the rule and delivers what was held, in the order in which it came.
    pub async fn release(&self) -> Result<(), PublishError> {
        let State { held, .. } = std::mem::take(&mut *self.state());
        for (queue, envelope) in held {
            self.inner.publish(queue, envelope).await?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self, queue: Queue, envelope: &Envelope) -> Fate {
        let mut state = self.state();
        let fate = state.rule.as_mut().map_or(Fate::Delivered, |rule| rule(queue, envelope));
        if fate == Fate::Held {
            state.held.push((queue, envelope.clone()));
        }
        fate
    }
}

impl fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyTransport").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for FaultyTransport {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        match self.fate(queue, &envelope) {
            Fate::Delivered => self.inner.publish(queue, envelope).await,
            Fate::Lost | Fate::Held => Ok(()),
            Fate::Refused(PublishError::Unknown) => {
                self.inner.publish(queue, envelope).await?;
                Err(PublishError::Unknown)
            }
            Fate::Refused(error) => Err(error),
        }
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        self.inner.consume(queue, prefetch).await
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        self.inner.capacity(queue).await
    }
}

#[cfg(test)]
mod tests;
