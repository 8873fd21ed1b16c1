//! The API as a process, over the database alone.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use gleaner_api::{Api, ApiError, Keys};
use gleaner_coordinator::Admissions;

use super::{Process, WorkerArgs, run_worker, services::ServicesError};
use crate::{assembly, exit::BadInput};

/// Who asks is told soon that the database is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves the API.
pub fn run_api(args: &WorkerArgs) -> ExitCode {
    run_worker("api", args, serve)
}

async fn serve(process: &Process) -> anyhow::Result<()> {
    let keys = read_keys(process)?;
    let database = process.database_within(PATIENCE).await.map_err(ServicesError::from)?;
    let store = Arc::new(database.clone());
    let config = Arc::new(assembly::coordinator_config(&process.config));
    let admissions = Admissions::new(config, store.clone(), process.clock.clone());
    let api = Api::new(store, admissions, keys, process.config.budget.clone());
    let listener = match api.listen(process.config.api.listen).await {
        Ok(listener) => listener,
        Err(error @ ApiError::Open(_)) => {
            let hint = "give it keys (api.keys_file), or let it listen on 127.0.0.1";
            return Err(BadInput::new(error.to_string()).hint(hint).into());
        }
        Err(error) => return Err(error).context("could not serve the API"),
    };
    process.health.running();
    api.serve_on(listener, process.shutdown.clone()).await;
    database.close().await;
    Ok(())
}

fn read_keys(process: &Process) -> anyhow::Result<Keys> {
    let Some(path) = &process.config.api.keys_file else { return Ok(Keys::default()) };
    let place = format!("could not read the keys in `{}` (`api.keys_file`)", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| BadInput::because(&place, error))?;
    let keys = Keys::parse(&text).map_err(|error| BadInput::because(&place, error))?;
    if keys.is_empty() {
        return Err(BadInput::new(format!("{place}: there is none"))
            .hint("`gleaner secrets init` makes one")
            .into());
    }
    Ok(keys)
}
