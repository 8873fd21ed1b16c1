use std::sync::atomic::{AtomicU32, Ordering};

use gleaner_contract::{ContentHash, SubmissionId, TaskId, Tenant};
use gleaner_ports::{
    JobStore, StoreError,
    jobs::{OutboxRow, SubmissionRow},
};
use gleaner_testkit::services;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::time::{Duration, timeout};

use super::*;
use crate::tests::{at, job, seed, submission, task};

/// What should not come within this time does not come.
const WATCH: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_secs(20);

/// A database of the test's own; it goes with the server.
async fn fresh() -> (PostgresJobs, PostgresConfig) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let server = PostgresConfig { url: services::postgres(), ..PostgresConfig::default() };
    let mut session = server.options().unwrap().0.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0")))
        .execute(&mut session)
        .await
        .unwrap();
    let server_url = services::postgres();
    let (place, _) = server_url.rsplit_once('/').expect("an address ends in its database");
    let config = PostgresConfig { url: format!("{place}/{name}"), ..server };
    let jobs = PostgresJobs::connect(&config).await.unwrap();
    jobs.migrate().await.unwrap();
    (jobs, config)
}

mod conformance {
    use super::fresh;

    gleaner_ports::job_store_conformance!(fresh);
}

async fn session(config: &PostgresConfig) -> PgConnection {
    config.options().unwrap().0.connect().await.unwrap()
}

/// Ends every other session of this database, as a restart of the server would.
async fn cut_off(config: &PostgresConfig) {
    let mut session = session(config).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut session)
    .await
    .unwrap();
}

#[tokio::test]
async fn many_processes_may_bring_the_tables_up_to_date_at_once() {
    let (jobs, config) = fresh().await;
    let mut session = session(&config).await;
    sqlx::query("DROP SCHEMA public CASCADE").execute(&mut session).await.unwrap();
    sqlx::query("CREATE SCHEMA public").execute(&mut session).await.unwrap();
    let others = [jobs.clone(), PostgresJobs::connect(&config).await.unwrap(), jobs];
    let done = futures::future::join_all(others.iter().map(PostgresJobs::migrate)).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
}

#[tokio::test]
async fn a_unit_waits_for_the_jobs_that_another_has_locked() {
    let (jobs, _) = fresh().await;
    seed(&jobs).await;
    let mut first = jobs.begin().await.unwrap();
    let mut row = first.jobs(&[job().id]).await.unwrap().remove(0);
    let mut second = jobs.begin().await.unwrap();
    assert_eq!(second.jobs_of(submission().id, 0, 9).await.unwrap().len(), 1, "a reader does not wait");
    let wanted = [job().id];
    let waiting = second.jobs(&wanted);
    tokio::pin!(waiting);
    assert!(timeout(WATCH, &mut waiting).await.is_err(), "it does not wait");
    row.served = 7;
    first.save_job(&row).await.unwrap();
    first.commit().await.unwrap();
    let seen = timeout(SOON, waiting).await.unwrap().unwrap();
    assert_eq!(seen[0].served, 7, "and sees what the other wrote");
}

#[tokio::test]
async fn two_acceptances_of_the_same_content_do_not_pass_each_other() {
    let (jobs, _) = fresh().await;
    let (tenant, content) = (Tenant::local(), submission().content);
    let mut first = jobs.begin().await.unwrap();
    assert_eq!(first.submission_of(&tenant, &content).await.unwrap(), None);
    let mut second = jobs.begin().await.unwrap();
    let mut other = jobs.begin().await.unwrap();
    assert_eq!(other.submission_of(&tenant, &ContentHash::of(b"other")).await.unwrap(), None);
    let waiting = second.submission_of(&tenant, &content);
    tokio::pin!(waiting);
    assert!(timeout(WATCH, &mut waiting).await.is_err(), "both may insert it");
    first.insert_submission(&submission()).await.unwrap();
    first.commit().await.unwrap();
    let found: Option<SubmissionRow> = timeout(SOON, waiting).await.unwrap().unwrap();
    assert_eq!(found.map(|row| row.id), Some(submission().id));
}

#[tokio::test]
async fn two_claims_at_once_take_different_messages() {
    let (jobs, _) = fresh().await;
    let ids: Vec<TaskId> = (0..4_u8).map(|n| TaskId::derive(at(0), &[&[n]])).collect();
    let mut tx = jobs.begin().await.unwrap();
    for id in &ids {
        let row = OutboxRow { task: *id, epoch: 1, not_before: at(0), envelope: vec![1] };
        tx.put_outbox(&row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut first, mut second) = (jobs.begin().await.unwrap(), jobs.begin().await.unwrap());
    let taken = first.claim_outbox(at(1), at(99), 2).await.unwrap();
    let others = timeout(SOON, second.claim_outbox(at(1), at(99), 9)).await.unwrap().unwrap();
    let tasks = |rows: &[OutboxRow]| rows.iter().map(|row| row.task).collect::<Vec<_>>();
    assert_eq!((tasks(&taken), tasks(&others)), (ids[..2].to_vec(), ids[2..].to_vec()));
    drop(first);
    second.commit().await.unwrap();
    let mut third = jobs.begin().await.unwrap();
    let back = third.claim_outbox(at(1), at(99), 9).await.unwrap();
    assert_eq!(tasks(&back), ids[..2], "a claim that was not committed is none");
}

#[tokio::test]
async fn a_session_cut_off_is_told_as_passing_and_the_next_one_works() {
    let (jobs, config) = fresh().await;
    seed(&jobs).await;
    let mut tx = jobs.begin().await.unwrap();
    tx.jobs(&[job().id]).await.unwrap();
    cut_off(&config).await;
    let error = tx.jobs(&[job().id]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    drop(tx);
    let mut tx = jobs.begin().await.unwrap();
    assert_eq!(tx.tasks(&[task().id]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_a_commit_that_is_cut_off_nobody_says_that_it_failed() {
    let (jobs, config) = fresh().await;
    let mut tx = jobs.begin().await.unwrap();
    tx.insert_submission(&submission()).await.unwrap();
    cut_off(&config).await;
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::CommitUnknown(_)), "{error:?}");
}

#[tokio::test]
async fn units_that_lock_in_opposite_orders_are_told_to_try_again() {
    let (jobs, _) = fresh().await;
    seed(&jobs).await;
    let other = SubmissionRow { id: SubmissionId::derive(at(0), &[b"other"]), ..submission() };
    let mut tx = jobs.begin().await.unwrap();
    tx.insert_submission(&other).await.unwrap();
    tx.commit().await.unwrap();
    let (mut first, mut second) = (jobs.begin().await.unwrap(), jobs.begin().await.unwrap());
    first.submission(other.id).await.unwrap();
    second.submission(submission().id).await.unwrap();
    let (one, two) = tokio::join!(first.submission(submission().id), second.submission(other.id));
    let refused = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(&refused[..], [StoreError::Unavailable(_)]), "{refused:?}");
}

#[tokio::test]
async fn one_leads_until_it_goes_or_is_cut_off() {
    let (jobs, config) = fresh().await;
    let first = jobs.lead("coordinator").await.unwrap().expect("nobody leads yet");
    assert!(jobs.lead("coordinator").await.unwrap().is_none());
    assert!(jobs.lead("another matter").await.unwrap().is_some());
    drop(first);
    let mut second = loop {
        // the server takes a moment to notice
        if let Some(lead) = jobs.lead("coordinator").await.unwrap() {
            break lead;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    cut_off(&config).await;
    timeout(SOON, second.lost()).await.expect("the loss is noticed");
    assert!(jobs.lead("coordinator").await.unwrap().is_some());
}

#[tokio::test]
async fn a_refused_login_and_a_server_that_is_away_are_told_apart_without_the_password() {
    let (_, config) = fresh().await;
    let mut session = session(&config).await;
    let role = format!("r{}", std::process::id());
    // the test server trusts everybody that it knows
    let nobody = PostgresConfig { url: config.url.replace("postgres@", "nobody_there@"), ..config.clone() };
    let nobody = PostgresConfig { password: Some("hunter2".to_owned().into()), ..nobody };
    let refused = PostgresJobs::connect(&nobody).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Login { .. }) && !refused.is_passing(), "{refused:?}");
    assert!(!format!("{refused} {refused:?} {nobody:?} {role}").contains("hunter2"));
    session.ping().await.unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let away = PostgresConfig { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), ..nobody };
    let away = PostgresJobs::connect(&away).await.unwrap_err();
    assert!(matches!(away, ConnectError::Unreachable { .. }) && away.is_passing(), "{away:?}");
}

#[tokio::test]
async fn text_that_has_no_place_in_postgres_is_stored_without_it() {
    let (jobs, _) = fresh().await;
    seed(&jobs).await;
    let mut tx = jobs.begin().await.unwrap();
    let mut row = tx.tasks(&[task().id]).await.unwrap().remove(0);
    row.detail = "bad\0byte".into();
    tx.save_task(&row).await.unwrap();
    assert_eq!(tx.tasks(&[row.id]).await.unwrap()[0].detail, "bad\u{fffd}byte");
}
