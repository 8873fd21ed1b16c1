//! The composition root and the command line: reads arguments and configuration, assembles the ports that a command
//! needs, and shows what came of it. It decides nothing about jobs, pages or evidence.

pub mod args;
mod commands;
mod embedded;
mod exit;
mod outputs;
mod progress;
mod settings;

pub use args::Cli;
pub use commands::run_cli;
pub use embedded::Embedded;
pub use exit::Outcome;
pub use gleaner_config::Config;
