//! Brokers that do not let us in, or are not there.

use super::*;

async fn refused(config: &RabbitConfig) -> RabbitError {
    let error = RabbitTransport::connect(config, "test", |_| 1).await.expect_err("refused");
    assert!(!format!("{error} {error:?} {config:?}").contains("hunter2"), "{error:?}");
    error
}

fn with(config: &RabbitConfig, from: &str, to: &str) -> RabbitConfig {
    let password = Some("hunter2".to_owned().into());
    RabbitConfig { url: config.url.replace(from, to), password, ..config.clone() }
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_virtual_host_are_not_passing() {
    let host = Host::new().await;
    let wrong = refused(&with(&host.config, "guest:guest@", "guest@")).await;
    assert!(matches!(wrong, RabbitError::Login { .. }) && !wrong.is_passing(), "{wrong:?}");
    let config = RabbitConfig { url: host.config.url.replace(&host.name, "nowhere"), ..host.config.clone() };
    let missing = refused(&config).await;
    assert!(matches!(missing, RabbitError::VirtualHost { .. }) && !missing.is_passing(), "{missing:?}");
    let wrong = refused(&RabbitConfig { url: "http://127.0.0.1/".into(), ..host.config.clone() }).await;
    assert!(matches!(wrong, RabbitError::Url), "{wrong:?}");
}

#[tokio::test]
async fn a_broker_that_is_away_or_silent_may_come_back() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let silent = RabbitConfig {
        url: format!("amqp://guest:guest@127.0.0.1:{port}/x"),
        connect_timeout: WATCH,
        ..RabbitConfig::default()
    };
    let error = refused(&silent).await;
    assert!(matches!(error, RabbitError::Unreachable { .. }) && error.is_passing(), "{error:?}");
    drop(socket);
    let error = refused(&silent).await;
    assert!(matches!(error, RabbitError::Unreachable { .. }) && error.is_passing(), "{error:?}");
}
