//! A few worlds in real time, at a fiftieth of its length, over the stores that people run.

use std::sync::Arc;

use futures::future::join_all;
use gleaner_ports::JobStore;
use gleaner_store::{PostgresConfig, PostgresJobs, SqliteJobs};
use gleaner_testkit::services;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Options, Pace, simulate_over};

/// Worlds that see many kills, wipes and reissues.
const SEEDS: [u64; 5] = [0, 1, 3, 15, 22];

/// All of them at once.
async fn check(stores: Vec<Arc<dyn JobStore>>) {
    let options = Options { pace: Pace(50), ..Options::default() };
    let worlds = SEEDS.into_iter().zip(stores).map(|(seed, store)| simulate_over(seed, &options, store));
    let broke: Vec<String> = join_all(worlds.map(Box::pin))
        .await
        .into_iter()
        .filter_map(|end| Some(end.err()?.to_string()))
        .collect();
    assert!(broke.is_empty(), "{}", broke.join("\n"));
}

#[tokio::test]
async fn worlds_over_sqlite_end_every_job_once_within_budget() {
    let dir = tempfile::tempdir().unwrap();
    let mut stores: Vec<Arc<dyn JobStore>> = Vec::new();
    for seed in SEEDS {
        stores.push(Arc::new(SqliteJobs::open(&dir.path().join(format!("{seed}.sqlite"))).await.unwrap()));
    }
    check(stores).await;
}

#[tokio::test]
async fn worlds_over_postgres_end_every_job_once_within_budget() {
    let server = services::postgres();
    let (place, _) = server.rsplit_once('/').expect("an address ends in its database");
    let mut session = PgConnection::connect(&server).await.unwrap();
    let mut stores: Vec<Arc<dyn JobStore>> = Vec::new();
    for seed in SEEDS {
        // a database of its own; it goes with the server
        let name = format!("simulation_{}_{seed}", std::process::id());
        let create = AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"));
        sqlx::query(create).execute(&mut session).await.unwrap();
        let config = PostgresConfig { url: format!("{place}/{name}"), ..PostgresConfig::default() };
        let jobs = PostgresJobs::connect(&config).await.unwrap();
        jobs.migrate().await.unwrap();
        stores.push(Arc::new(jobs));
    }
    check(stores).await;
}
