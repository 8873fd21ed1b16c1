//! What operators take up again.

use gleaner_contract::{
    Budget, Counter, CrawlTask, Envelope, ErrorClass, JobId, JobStatus, Lane, Message, Queue, Stage, TaskId,
    wire,
};
use gleaner_ports::{
    Clock,
    jobs::{Commit, DeadRow},
};

use super::{
    bench::{Bench, target, targets},
    reports::{failed, read},
};
use crate::{Admissions, ReplayError, Replayed, Requeued};

impl Bench {
    fn admissions(&self) -> Admissions {
        Admissions::new(
            std::sync::Arc::new(self.config.clone()),
            self.store.clone(),
            std::sync::Arc::new(self.clock.clone()),
        )
    }

    async fn requeue(&self, job: JobId) -> Requeued {
        self.coordinator.requeue(job).await.unwrap().unwrap()
    }

    /// Files this message, as if its queue had given it up. The letter's number.
    async fn file(&self, task: &CrawlTask, envelope: Vec<u8>) -> i64 {
        let row = DeadRow {
            task: task.ticket.task,
            epoch: task.ticket.epoch,
            job: task.ticket.job,
            class: "poison".into(),
            queue: Queue::Report.to_string(),
            detail: "as a test wanted".into(),
            envelope,
            at: self.clock.now(),
        };
        let mut tx = self.store.begin().await.unwrap();
        tx.file_dead(&row).await.unwrap();
        let number = tx.dead(0, 1_000).await.unwrap().last().unwrap().number;
        tx.commit().await.unwrap();
        number
    }

    async fn replay(&self, number: i64) -> Result<Replayed, String> {
        self.admissions().replay(number).await.map_err(|error| error.to_string())
    }
}

fn envelope_of(task: &CrawlTask) -> Envelope {
    Message::Crawl(task.clone()).to_envelope(None, None).unwrap()
}

fn bytes_of(task: &CrawlTask) -> Vec<u8> {
    wire::encode(&envelope_of(task)).unwrap()
}

#[tokio::test]
async fn a_job_that_waits_for_another_try_is_due_at_once_and_no_other_is() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(2)).await;
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(|task| failed(task, ErrorClass::Transient))).await;
    assert_eq!(bench.dispatch().await, []);
    let job = bench.jobs(submitted.id).await[1].id;
    let before = bench.state(job).await;
    let due = Requeued { submission: submitted.id, job, anew: false, woken: 1 };
    assert_eq!(bench.requeue(job).await, due);
    assert_eq!(bench.state(job).await, before, "nothing but its times changes");
    let again = bench.dispatch_one().await;
    assert_eq!((again.ticket.job, again.ticket.attempt), (job, 2));
    assert_eq!(bench.requeue(job).await.woken, 0, "what is under way is not sent twice");
    assert_eq!(bench.dispatch().await, []);
    bench.report([read(&again)]).await;
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn the_target_of_a_job_that_has_ended_is_submitted_again_under_the_same_total() {
    let mut bench = Bench::new(4).await;
    let total = Budget::unlimited().with(Counter::URLS, 5_u32);
    let submitted = bench.submit_under(targets(2), total.clone()).await;
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(read)).await;
    let ended = bench.jobs(submitted.id).await[1].clone();
    bench.seconds(1);
    let anew = bench.requeue(ended.id).await;
    assert!(anew.anew && anew.job != ended.id && anew.submission != submitted.id);
    assert_eq!(bench.requeue(ended.id).await, anew, "once more carries on with the same");
    let row = bench.row(anew.job).await;
    assert_eq!((row.target, row.record_key, row.lane), (ended.target, ended.record_key, ended.lane));
    assert_eq!(bench.group(anew.submission).await.account.budget, total);
    let task = bench.dispatch_one().await;
    bench.report([read(&task)]).await;
    assert_eq!(bench.record(anew.job).await.unwrap().revision, 2);
    let nobody = JobId::derive(bench.clock.now(), &[b"nobody"]);
    assert_eq!(bench.coordinator.requeue(nobody).await.unwrap(), None);
}

#[tokio::test]
async fn a_dead_letter_whose_task_waits_for_it_is_sent_again() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let task = bench.dispatch_one().await;
    let number = bench.file(&task, bytes_of(&task)).await;
    let twin = bench.file(&task, bytes_of(&task)).await;
    let queue = Queue::Work(Stage::Crawl, Lane::Lo);
    assert_eq!(bench.replay(number).await, Ok(Replayed::Sent { job, queue }));
    let waits = bench.admissions().replay(twin).await.unwrap_err();
    assert!(matches!(waits, ReplayError::Waits(_)), "{waits}");
    assert_eq!(bench.dead().await.len(), 1, "it stays");
    assert_eq!(bench.dispatch_one().await, task);
    bench.report([read(&task)]).await;
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn a_dead_letter_of_a_job_that_has_ended_makes_a_new_revision() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let task = bench.dispatch_one().await;
    bench.report([read(&task)]).await;
    // as a page that brought its workers down is filed
    let number = bench.file(&task, Vec::new()).await;
    bench.seconds(1);
    bench.faults.commits([Commit::Done, Commit::Done, Commit::Unavailable]);
    bench.replay(number).await.unwrap_err();
    assert_eq!(bench.dead().await.len(), 1, "what went wrong half-way is done again");
    let Ok(Replayed::Anew { of, requeued: anew }) = bench.replay(number).await else {
        panic!("its job has ended")
    };
    assert!(of == job && anew.job != job);
    assert_eq!(bench.dead().await, []);
    let task = bench.dispatch_one().await;
    assert_eq!(task.ticket.job, anew.job);
    bench.report([read(&task)]).await;
    assert_eq!(bench.record(anew.job).await.unwrap().revision, 2);
}

#[tokio::test]
async fn what_cannot_be_replayed_says_why_and_stays() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(2)).await;
    let sent = bench.dispatch().await;
    let mut nobodys = sent[0].clone();
    nobodys.ticket.job = JobId::derive(bench.clock.now(), &[b"nobody"]);
    nobodys.ticket.task = TaskId::derive(bench.clock.now(), &[b"nobody"]);
    let mut old = sent[0].clone();
    old.ticket.epoch = 0;
    let broken = Envelope { body: vec![0xc1], ..envelope_of(&sent[1]) };
    for (task, envelope, why) in [
        (&nobodys, Vec::new(), "belongs to no job"),
        (&old, bytes_of(&old), "goes on without it"),
        (&sent[1], wire::encode(&broken).unwrap(), "cannot be read"),
    ] {
        let number = bench.file(task, envelope).await;
        let told = bench.replay(number).await.unwrap_err();
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(bench.dead().await.len(), 3);
    assert!(bench.replay(99).await.unwrap_err().contains("no dead letter 99"));
    assert_eq!(bench.dispatch().await, []);
}
