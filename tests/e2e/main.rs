//! The binary as its user runs it, against real sites on this machine.

mod api;
mod budgets;
mod cli;
mod compose;
mod coordinator;
mod dead;
mod demo;
mod deployment;
mod distributed;
mod doctor;
mod faults;
mod fetching;
mod harness;
mod hooks;
mod input;
mod killed;
mod not_content;
mod report;
mod requeue;
mod reuse;
mod targets;
mod telemetry;
mod verify;
