//! The job store itself, for commands that look at more than an API shows, or change it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use gleaner_config::Config;
use gleaner_coordinator::Admissions;
use gleaner_ports::{JobStore, SystemClock};
use gleaner_store::{PostgresJobs, Schema, SqliteJobs, StateDir, StateDirError};

use crate::{
    assembly,
    exit::{self, BadInput},
};

/// An open job store.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) admissions: Admissions,
    /// Where it is a state directory.
    pub(crate) dir: Option<PathBuf>,
    deployed: Option<PostgresJobs>,
    /// Held unless another process is at work there.
    _lock: Option<StateDir>,
}

impl Kept {
    /// The database of the deployment.
    pub(crate) async fn of_deployment(config: &Config) -> anyhow::Result<Self> {
        // fails only where somebody has set it up already
        let _ = rustls::crypto::ring::default_provider().install_default();
        let jobs = PostgresJobs::connect(&config.postgres).await?;
        let schema = jobs.schema().await.context("could not ask the job store for its version")?;
        let problem = match schema {
            Schema::Current(_) => return Ok(Self::new(config, Arc::new(jobs.clone()), Some(jobs), None)),
            Schema::Absent => "the database of the deployment has no tables yet",
            Schema::Older { .. } | Schema::Newer { .. } | Schema::Damaged(_) => {
                "the tables of the deployment are not of this version"
            }
        };
        Err(exit::refused(problem, "`gleaner doctor` says what to do"))
    }

    /// A state directory, to look at it: beside another process, where one is at work there.
    pub(crate) async fn beside(config: &Config, dir: &Path) -> anyhow::Result<Self> {
        match Self::held(config, dir).await {
            Err(error)
                if matches!(error.downcast_ref::<StateDirError>(), Some(StateDirError::Held { .. })) =>
            {
                let jobs = SqliteJobs::beside(&StateDir::truth_in(dir)).await?;
                Ok(Self::new(config, Arc::new(jobs), None, None))
            }
            held => held,
        }
    }

    /// A state directory, for this process alone.
    pub(crate) async fn held(config: &Config, dir: &Path) -> anyhow::Result<Self> {
        if !StateDir::truth_in(dir).exists() {
            return Err(BadInput::new(format!("nothing has run in `{}` yet", dir.display()))
                .hint("`gleaner run` makes it; --state DIR names another")
                .into());
        }
        let lock = StateDir::open(dir)?;
        let jobs = SqliteJobs::open(&lock.truth()).await?;
        Ok(Self { dir: Some(dir.to_owned()), ..Self::new(config, Arc::new(jobs), None, Some(lock)) })
    }

    fn new(
        config: &Config,
        store: Arc<dyn JobStore>,
        deployed: Option<PostgresJobs>,
        lock: Option<StateDir>,
    ) -> Self {
        let coordinator = Arc::new(assembly::coordinator_config(config));
        let admissions = Admissions::new(coordinator, store.clone(), Arc::new(SystemClock));
        Self { store, admissions, dir: None, deployed, _lock: lock }
    }

    /// Says good-bye to the server, where it is one.
    pub(crate) async fn close(self) {
        if let Some(jobs) = &self.deployed {
            jobs.close().await;
        }
    }
}
