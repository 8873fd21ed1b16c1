//! The servers that tests talk to, started by `scripts/services`. A missing one fails the test that asks for it.

/// `amqp://…`
pub fn rabbitmq() -> String {
    address("GLEANER_TEST_RABBITMQ")
}

/// RabbitMQ's management API, `http://user:password@host:port`.
pub fn management() -> String {
    address("GLEANER_TEST_MANAGEMENT")
}

/// `redis://…`
pub fn redis() -> String {
    address("GLEANER_TEST_REDIS")
}

/// `postgres://…`, of a role that may create databases.
pub fn postgres() -> String {
    address("GLEANER_TEST_POSTGRES")
}

#[expect(clippy::disallowed_methods, reason = "tests are told where their servers are")]
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run the tests by scripts/test, or first: eval \"$(scripts/services start)\"")
    })
}
