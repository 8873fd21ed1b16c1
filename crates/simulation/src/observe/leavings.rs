//! What is left: nothing to do anywhere, every record once, and every value with the page that it cites.

use std::collections::BTreeMap;

use gleaner_contract::{ContentHash, Timestamp};
use gleaner_ports::StoreError;

use super::View;
use crate::world::World;

pub(super) async fn check(world: &World, view: &View, broke: &mut Vec<String>) -> Result<(), StoreError> {
    broke.extend(world.wire.unsettled());
    let mut tx = world.truth.begin().await?;
    if let Some(at) = tx.next_outbox().await? {
        broke.push(format!("an outbox row is left, due {at}"));
    }
    for task in tx.open_tasks(None, 100).await? {
        broke.push(format!("task {} of job {} is open", task.id, task.job));
    }
    let due = tx.due_jobs(Timestamp::from_millis(i64::MAX), 100).await?;
    if !due.is_empty() {
        broke.push(format!("jobs are due: {due:?}"));
    }
    let mut revisions: BTreeMap<ContentHash, Vec<u32>> = BTreeMap::new();
    for job in &view.jobs {
        let Some(record) = &job.record else { continue };
        revisions.entry(job.row.record_key).or_default().push(record.revision);
        for evidence in record.fields.values().flat_map(|field| &field.evidence) {
            let cited = tx.cited(&evidence.capture).await?;
            let body = cited.and_then(|page| page.unpack().ok()).unwrap_or_default();
            if !String::from_utf8_lossy(&body).contains(&evidence.quote) {
                broke.push(format!("{}: `{}` is not in what it cites", job.name(), evidence.quote));
            }
        }
    }
    for (key, mut found) in revisions {
        found.sort_unstable();
        let wanted: Vec<u32> = (1..).take(found.len()).collect();
        if found != wanted {
            broke.push(format!("record {key} has the revisions {found:?}"));
        }
    }
    Ok(())
}
