//! Against a real broker: a virtual host for each test.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use gleaner_contract::{Envelope, Headers, JobId, Lane, Queue, Stage, TaskId, Tenant, Timestamp};
use gleaner_ports::{Consumer, Delivery, PublishError, Transport, conformance::transport::PREFETCH};
use gleaner_testkit::{Management, services};
use lapin::{
    BasicProperties, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::time::{sleep, timeout};

use crate::{RabbitConfig, RabbitError, RabbitTransport};

mod broker;
mod login;
mod messages;
mod topology;

const WORK: Queue = Queue::Work(Stage::Crawl, Lane::Lo);
const SOON: Duration = Duration::from_secs(20);
const WATCH: Duration = Duration::from_millis(300);

/// A virtual host of the test's own.
struct Host {
    management: Management,
    name: String,
    config: RabbitConfig,
}

impl Host {
    async fn new() -> Self {
        Self::at(&services::rabbitmq(), &services::management()).await
    }

    async fn at(broker: &str, management: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let management = Management::at(management);
        management.create_virtual_host(&name).await;
        let (server, _) = broker.rsplit_once('/').expect("an address ends in its virtual host");
        let config = RabbitConfig { url: format!("{server}/{name}"), ..RabbitConfig::default() };
        Self { management, name, config }
    }

    async fn connect(&self) -> RabbitTransport {
        RabbitTransport::connect(&self.config, "test", |_| PREFETCH).await.unwrap()
    }

    /// A channel of somebody else's.
    async fn stranger(&self) -> (lapin::Connection, lapin::Channel) {
        let connection =
            lapin::Connection::connect(&self.config.url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        (connection, channel)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // queues of past tests slow the broker down
        let (management, name) = (self.management.clone(), self.name.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(management.request("DELETE", &format!("/vhosts/{name}"), None));
            }
        });
    }
}

async fn fresh() -> (RabbitTransport, Host) {
    let host = Host::new().await;
    (host.connect().await, host)
}

mod conformance {
    use super::fresh;

    gleaner_ports::transport_conformance!(fresh, flavor = "multi_thread", worker_threads = 2);
}

fn message(name: &str) -> Envelope {
    let at = Timestamp::from_millis(1_000_000);
    Envelope {
        headers: Headers {
            message_type: "harvest.crawl.1".into(),
            tenant: Tenant("tenant".into()),
            job: JobId::derive(at, &[b"job"]),
            task: TaskId::derive(at, &[name.as_bytes()]),
            epoch: 3,
            attempt: 2,
            lane: Lane::Lo,
            deadline: at,
            traceparent: None,
            tracestate: None,
        },
        body: name.as_bytes().to_vec(),
    }
}

async fn next(consumer: &mut Box<dyn Consumer>) -> Delivery {
    timeout(SOON, consumer.next()).await.expect("a message comes").expect("the session goes on")
}

/// Publishes until it is held: what a worker does while the broker is away.
async fn publish(transport: &RabbitTransport, name: &str) {
    let held = async {
        while transport.publish(WORK, message(name)).await.is_err() {
            sleep(WATCH).await;
        }
    };
    timeout(SOON * 3, held).await.expect("the broker comes back");
}

async fn consume(transport: &RabbitTransport, prefetch: usize) -> Box<dyn Consumer> {
    let begun = async {
        loop {
            match transport.consume(WORK, prefetch).await {
                Ok(consumer) => return consumer,
                Err(_) => sleep(WATCH).await,
            }
        }
    };
    timeout(SOON * 3, begun).await.expect("the broker comes back")
}
