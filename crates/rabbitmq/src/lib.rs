//! The transport on RabbitMQ, and its topology as data.
