//! What may go wrong between processes, one case after the other, and an observer who counts from outside.
//!
//! The cases are numbered as in docs/reliability.md. Those that take minutes are ignored here and run by
//! `scripts/test faults`.

mod brokers;
mod cache;
mod control;
mod flow;
mod ground;
mod network;
mod observer;
mod rig;
mod store;
mod upgrade;
mod workers;
