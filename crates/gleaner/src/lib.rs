//! The composition root and the command line: reads arguments and configuration, assembles the ports that a command
//! needs, and shows what came of it. It decides nothing about jobs, pages or evidence.

// a reader may close its pipe at any time: see `out`
#![warn(clippy::print_stdout)]

pub mod args;
mod assembly;
mod commands;
mod doctor;
mod embedded;
mod events;
mod exit;
mod kept;
mod out;
mod outputs;
mod progress;
mod settings;
mod signals;
pub mod worker;

pub use args::Cli;
pub use commands::run_cli;
pub use embedded::Embedded;
pub use exit::Outcome;
pub use gleaner_config::Config;
