//! The statements that run all day find their rows by an index, already in order.

use sqlx::{AssertSqlSafe, Row};

use super::{
    dialect,
    sql::{groups, messages, tasks},
};
use crate::tests::fresh_jobs;

async fn check(sql: &str, index: &str) {
    let (store, _dir) = fresh_jobs().await;
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps = sqlx::query(explain).fetch_all(store.pool()).await.unwrap();
    let plan: Vec<String> = steps.iter().map(|step| step.get("detail")).collect();
    assert!(
        plan.iter().any(|step| format!("{step} ").contains(&format!("INDEX {index} "))),
        "{sql}: {plan:?}"
    );
    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {plan:?}");
}

#[tokio::test]
async fn jobs_are_picked_by_an_index() {
    check(dialect::DUE_JOBS, "jobs_due").await;
    check(groups::NEXT_DUE, "jobs_next_due").await;
    check(groups::IDLE_JOBS, "jobs_idle").await;
    check(groups::OVERDUE_JOBS, "jobs_overdue").await;
}

#[tokio::test]
async fn tasks_are_picked_by_an_index() {
    check(tasks::READY, "tasks_ready").await;
    check(dialect::NEXT_READY, "tasks_next_ready").await;
    check(tasks::LAPSED, "tasks_open").await;
    check(tasks::OPEN, "tasks_open_by_id").await;
    check(tasks::OPEN_BY_RESOURCE, "tasks_open_by_resource").await;
}

#[tokio::test]
async fn messages_are_picked_by_an_index() {
    check(dialect::DUE_MESSAGES, "outbox_due").await;
    check(messages::NEXT_MESSAGE, "outbox_due").await;
}
