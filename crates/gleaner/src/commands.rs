//! One module for each group of commands, and the way from arguments to an exit code.

use std::process::ExitCode;

use crate::{
    args::{Cli, Command},
    exit::{BadInput, Outcome},
};

mod demo;
mod export;
mod hooks;
mod read;
mod run;
mod show;
mod verify;

/// Runs the command. Results go to standard output; errors, with what to do about them, to standard error.
pub fn run_cli(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: could not start: {error}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run_command(cli)) {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            // a reader that closed its pipe has what it wanted
            if error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            {
                return ExitCode::SUCCESS;
            }
            eprintln!("error: {error:#}");
            ExitCode::from(if error.downcast_ref::<BadInput>().is_some() { 2 } else { 1 })
        }
    }
}

async fn run_command(cli: Cli) -> anyhow::Result<Outcome> {
    let global = cli.global;
    match cli.command {
        Command::Run(args) => Box::pin(run::run(&global, args)).await,
        Command::Record(args) => show::record(&global, &args).await,
        Command::Ledger(args) => show::ledger(&global, &args).await,
        Command::Jobs(args) => show::jobs(&global, &args).await,
        Command::Export(args) => export::export(&global, &args).await,
        Command::Verify(args) => verify::verify(&args),
        Command::DemoSite(args) => demo::demo_site(args).await,
        Command::Config => {
            print!("{}", gleaner_config::SAMPLE);
            Ok(Outcome::Completed)
        }
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "gleaner", &mut std::io::stdout());
            Ok(Outcome::Completed)
        }
        Command::EgressCheck(args) => hooks::egress_check(&global, args).await,
        Command::Canon { url } => hooks::canon(&url),
        Command::RobotsCheck { file, agent, url, .. } => hooks::robots_check(&file, &agent, &url),
        Command::Sitemap { file, .. } => hooks::sitemap(&file),
        Command::Fetch(args) => Box::pin(hooks::fetch(&global, args)).await,
        Command::Extract(args) => read::extract(&args),
        Command::Read(args) => read::read(&args),
    }
}
