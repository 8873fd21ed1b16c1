//! One module for each group of commands, and the way from arguments to an exit code.

use std::{io::Write as _, process::ExitCode};

use gleaner_rabbitmq::Topology;

use crate::{
    args::{Cli, Command, JobsCommand},
    exit::{self, Outcome},
    out::{note, out},
};

mod dead;
mod demo;
mod doctor;
mod export;
mod here;
mod hooks;
mod jobs;
mod read;
mod run;
mod secrets;
mod show;
mod submit;
mod verify;

/// Runs the command. Results go to standard output; errors, with what to do about them, to standard error.
pub fn run_cli(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            note(format_args!("error: could not start: {error}"));
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run_command(cli)) {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            note(format_args!("error: {error:#}"));
            if let Some(hint) = exit::hint_of(&error) {
                note(format_args!("hint: {hint}"));
            }
            exit::code_of(&error)
        }
    }
}

async fn run_command(cli: Cli) -> anyhow::Result<Outcome> {
    let global = cli.global;
    match cli.command {
        Command::Run(args) => Box::pin(run::run(&global, args)).await,
        Command::Submit(args) => Box::pin(submit::submit(&global, args)).await,
        Command::Watch(args) => Box::pin(submit::watch(&global, args)).await,
        Command::Cancel { id } => jobs::cancel_there(&global, &id).await,
        Command::Record(args) => show::record(&global, &args).await,
        Command::Ledger(args) => show::ledger(&global, &args).await,
        Command::Jobs(args) => match &args.command {
            None => show::jobs(&global, &args).await,
            Some(JobsCommand::Cancel { ids }) => jobs::cancel(&global, ids).await,
            Some(JobsCommand::Requeue { ids, here }) => Box::pin(jobs::requeue(&global, ids, here)).await,
        },
        Command::Dead(args) => Box::pin(dead::dead(&global, args)).await,
        Command::Export(args) => export::export(&global, &args).await,
        Command::Verify(args) => verify::verify(&args),
        Command::DemoSite(args) => demo::demo_site(args).await,
        Command::Config => {
            let mut out = out();
            write!(out, "{}", gleaner_config::SAMPLE)?;
            out.flush()?;
            Ok(Outcome::Completed)
        }
        Command::Topology { json } => {
            let (mut out, topology) = (out(), Topology::current());
            if json {
                writeln!(out, "{}", serde_json::to_string_pretty(&topology)?)?;
            } else {
                write!(out, "{topology}")?;
            }
            out.flush()?;
            Ok(Outcome::Completed)
        }
        Command::Doctor(args) => Box::pin(doctor::doctor(&global, &args)).await,
        Command::Secrets(args) => secrets::secrets(&args),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut out = out();
            clap_complete::generate(shell, &mut command, "gleaner", &mut out);
            out.flush()?;
            Ok(Outcome::Completed)
        }
        Command::EgressCheck(args) => hooks::egress_check(&global, args).await,
        Command::Canon { url, .. } => hooks::canon(&url),
        Command::RobotsCheck { file, agent, url, .. } => hooks::robots_check(&file, &agent, &url),
        Command::Sitemap { file, .. } => hooks::sitemap(&file),
        Command::Fetch(args) => Box::pin(hooks::fetch(&global, args)).await,
        Command::Extract(args) => read::extract(&global, &args),
        Command::Read(args) => read::read(&global, &args),
    }
}
