//! The HTTP API of a deployment, and its client.
