//! The servers that a case runs on, and what may be done to them.

use gleaner_testkit::{BrokerContainer, OwnServices};

use crate::deployment::Servers;

/// The servers that a case runs on.
pub(super) enum Ground {
    /// Those that all tests share.
    Shared,
    /// Its own, with the broker of Debian.
    Own(Box<OwnServices>),
    /// Its own, with the broker of the deployment in a container.
    Contained(Box<OwnServices>, Box<BrokerContainer>),
}

impl Ground {
    pub(super) async fn own() -> Self {
        blocking(|| Self::Own(Box::new(OwnServices::start(&["rabbitmq", "redis", "postgres"])))).await
    }

    pub(super) async fn contained() -> Self {
        blocking(|| {
            let broker = BrokerContainer::start();
            Self::Contained(Box::new(OwnServices::start(&["redis", "postgres"])), Box::new(broker))
        })
        .await
    }

    /// How the table calls it.
    pub(super) fn broker(&self) -> &'static str {
        match self {
            Self::Shared | Self::Own(_) => "3.10",
            Self::Contained(..) => "4.3",
        }
    }

    pub(super) fn servers(&self) -> Servers {
        match self {
            Self::Shared => Servers::shared(),
            Self::Own(own) => Servers::of(own),
            Self::Contained(own, broker) => Servers {
                rabbitmq: broker.rabbitmq(),
                management: broker.management(),
                redis: own.address("GLEANER_TEST_REDIS").to_owned(),
                postgres: own.address("GLEANER_TEST_POSTGRES").to_owned(),
            },
        }
    }

    pub(super) fn services(&self) -> &OwnServices {
        match self {
            Self::Shared => panic!("what others share is not to be broken"),
            Self::Own(own) | Self::Contained(own, _) => own,
        }
    }

    pub(super) fn kill_broker(&self) {
        match self {
            Self::Contained(_, broker) => broker.kill(),
            _ => self.services().kill("rabbitmq"),
        }
    }

    pub(super) fn start_broker(&self) {
        match self {
            Self::Contained(_, broker) => broker.again(),
            _ => drop(self.services().again()),
        }
    }

    pub(super) fn pause_broker(&self) {
        match self {
            Self::Contained(_, broker) => broker.pause(),
            _ => self.services().pause("rabbitmq"),
        }
    }

    pub(super) fn resume_broker(&self) {
        match self {
            Self::Contained(_, broker) => broker.resume(),
            _ => self.services().resume("rabbitmq"),
        }
    }

    /// Kills it, deletes its data and starts it again.
    pub(super) fn wipe_broker(&mut self) {
        match self {
            Self::Contained(_, broker) => broker.wipe(),
            _ => {
                self.services().wipe("rabbitmq");
                self.services().again();
            }
        }
    }

    /// `rabbitmqctl`.
    pub(super) fn control_broker(&self, args: &[&str]) {
        match self {
            Self::Contained(_, broker) => broker.control(args),
            _ => self.services().broker(args),
        }
    }
}

/// Servers are started and killed by commands that take a while.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the servers do as told")
}
