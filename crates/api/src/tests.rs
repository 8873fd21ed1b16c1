//! The API as a caller finds it: asked without a socket, and served on one.

mod away;
mod bench;
mod bodies;
mod callers;
mod client;
mod docs;
mod limits;
mod program;
mod reading;
mod requeue;
mod served;
