use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, Brief, CrawlTask, Envelope, ErrorClass, JobId, Lane, Message, PageOutcome, Queue, Report, Scope,
    Stage, TaskId, Tenant, Ticket, Timestamp, UrlReason,
};
use gleaner_ports::{
    Clock, EvidenceError, InProcessMarks, Mark, MarkRequest, PublishError, SpendMarks, StageError, StageRun,
    Transport,
    clock::RuntimeClock,
    transport::{Fate, FaultyTransport, InProcess},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{Worker, WorkerOptions};

/// A stage that does what the URL says.
#[derive(Debug, Default)]
struct Scripted {
    running: AtomicUsize,
    most: AtomicUsize,
    started: AtomicUsize,
}

#[async_trait]
impl StageRun for Scripted {
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError> {
        let Message::Crawl(task) = message else { return Err(StageError::NotMine(message.type_name())) };
        self.started.fetch_add(1, Ordering::SeqCst);
        let now_running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now_running, Ordering::SeqCst);
        let result = match task.url.rsplit('/').next().unwrap_or_default() {
            "panic" => panic!("as told"),
            "hang" => {
                sleep(Duration::from_secs(3_600)).await;
                Ok(vec![])
            }
            "away" => Err(StageError::Transient("evidence store is away".into())),
            "long" => {
                let Message::Report(mut report) = read(&task) else { unreachable!() };
                report.url = "x".repeat(gleaner_contract::wire::MAX_BODY);
                Ok(vec![Message::Report(report)])
            }
            "snooze" => Err(StageError::Snooze { after: Duration::from_secs(7) }),
            "work" => {
                sleep(Duration::from_secs(2)).await;
                Ok(vec![read(&task)])
            }
            _ => Ok(vec![read(&task)]),
        };
        self.running.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

fn read(task: &CrawlTask) -> Message {
    Message::Report(Report {
        ticket: task.ticket.clone(),
        stage: Stage::Crawl,
        url: task.url.clone(),
        depth: 0,
        outcome: PageOutcome::Skipped { reason: UrlReason::Robots, detail: String::new() },
        usage: Amounts::none(),
        host: None,
        links: Default::default(),
        findings: Vec::new(),
        subject: Default::default(),
        main_entity: None,
        at: Timestamp::default(),
    })
}

struct Bench {
    transport: InProcess,
    stage: Arc<Scripted>,
    clock: Arc<RuntimeClock>,
    shutdown: CancellationToken,
    worker: tokio::task::JoinSet<()>,
    reports: Box<dyn gleaner_ports::Consumer>,
}

impl Bench {
    async fn start(transport: InProcess, prefetch: usize) -> Self {
        Self::with(transport, prefetch, |worker| worker).await
    }

    async fn paid(transport: InProcess, prefetch: usize) -> Self {
        Self::with(transport, prefetch, |worker| worker.paid(Arc::new(InProcessMarks::new()))).await
    }

    async fn with(transport: InProcess, prefetch: usize, change: impl FnOnce(Worker) -> Worker) -> Self {
        let stage = Arc::new(Scripted::default());
        let clock = Arc::new(RuntimeClock::starting_at(Timestamp::from_millis(1_000_000)));
        let shutdown = CancellationToken::new();
        let options = WorkerOptions { prefetch, prefetch_hi: 1, grace: Duration::from_secs(45) };
        let worker =
            Worker::new(Stage::Crawl, stage.clone(), Arc::new(transport.clone()), clock.clone(), options);
        let session = change(worker).connect().await.unwrap();
        let mut running = tokio::task::JoinSet::new();
        running.spawn(session.run(shutdown.clone()));
        let reports = transport.consume(Queue::Report, 1_000).await.unwrap();
        Self { transport, stage, clock, shutdown, worker: running, reports }
    }

    async fn send(&self, page: &str) {
        let deadline = self.clock.now().after(Duration::from_secs(60));
        self.transport.publish(queue(), envelope(page, deadline)).await.unwrap();
    }

    async fn report(&mut self) -> Report {
        let delivery = self.reports.next().await.expect("the report queue stays open");
        let Message::Report(report) = Message::from_envelope(&delivery.envelope).unwrap() else {
            panic!("not a report")
        };
        delivery.ack().await;
        report
    }
}

fn queue() -> Queue {
    Queue::Work(Stage::Crawl, Lane::Lo)
}

fn envelope(page: &str, deadline: Timestamp) -> Envelope {
    let at = Timestamp::from_millis(5);
    Message::Crawl(CrawlTask {
        ticket: Ticket {
            tenant: Tenant::local(),
            job: JobId::derive(at, &[b"job"]),
            task: TaskId::derive(at, &[page.as_bytes()]),
            epoch: 1,
            attempt: 1,
            lane: Lane::Lo,
            deadline,
            permit: Amounts::none(),
            quarantined: false,
        },
        url: format!("https://site.example/{page}"),
        depth: 0,
        fresh_after: at,
        offline: false,
        thorough: false,
        scope: Scope::default(),
        brief: Brief::default(),
    })
    .to_envelope(None, None)
    .unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_a_stage_returns_is_published_before_the_delivery_is_settled() {
    let mut bench = Bench::start(InProcess::new(), 4).await;
    bench.send("ok").await;
    assert_eq!(bench.report().await.url, "https://site.example/ok");
    assert_eq!(bench.transport.depth(queue()), 0);
}

#[tokio::test(start_paused = true)]
async fn an_output_too_large_to_send_is_told_once_and_not_made_again_and_again() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    bench.send("long").await;
    let report = bench.report().await;
    assert!(
        matches!(
            report.outcome,
            PageOutcome::Failed { reason: UrlReason::Internal, class: ErrorClass::Bug, .. }
        ),
        "{report:?}"
    );
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 1);
    assert_eq!(bench.transport.depth(queue()), 0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_its_own_message_only_and_is_told() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    for page in ["panic", "panic", "panic", "ok"] {
        bench.send(page).await;
    }
    let mut panics = 0;
    for _ in 0..4 {
        match bench.report().await.outcome {
            PageOutcome::Failed { class: ErrorClass::Bug, reason: UrlReason::Internal, .. } => panics += 1,
            PageOutcome::Skipped { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(panics, 3);
}

#[tokio::test(start_paused = true)]
async fn a_stage_past_its_deadline_is_cut_off_and_told_as_a_timeout() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    bench.send("hang").await;
    let outcome = bench.report().await.outcome;
    let PageOutcome::Failed { reason: UrlReason::Timeout, class: ErrorClass::Transient, .. } = outcome else {
        panic!("{outcome:?}")
    };
}

#[tokio::test(start_paused = true)]
async fn a_message_past_its_deadline_is_told_and_not_run() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    bench.transport.publish(queue(), envelope("late", Timestamp::from_millis(10))).await.unwrap();
    let late = bench.report().await;
    assert_eq!(late.url, "https://site.example/late");
    assert_eq!(late.outcome, PageOutcome::Snoozed { after_ms: 0 }, "its url stays reserved and unspent");
    bench.send("ok").await;
    assert_eq!(bench.report().await.url, "https://site.example/ok");
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read_goes_to_the_dead_letters() {
    let bench = Bench::start(InProcess::new(), 2).await;
    let mut broken = envelope("ok", bench.clock.now().after(Duration::from_secs(60)));
    broken.body = b"no message".to_vec();
    bench.transport.publish(queue(), broken).await.unwrap();
    let mut future = envelope("ok", bench.clock.now().after(Duration::from_secs(60)));
    future.headers.message_type = "harvest.brew.1".into();
    bench.transport.publish(queue(), future).await.unwrap();
    let mut dead = bench.transport.consume(Queue::Dead, 10).await.unwrap();
    for _ in 0..2 {
        dead.next().await.unwrap().ack().await;
    }
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_newer_version_is_put_off_and_not_dropped() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    let mut newer = envelope("ok", bench.clock.now().after(Duration::from_secs(60)));
    newer.headers.message_type = "harvest.crawl.2".into();
    newer.body = b"written as nobody here knows".to_vec();
    let task = newer.headers.task;
    bench.transport.publish(queue(), newer).await.unwrap();
    let report = bench.report().await;
    assert_eq!((report.ticket.task, report.ticket.epoch), (task, 1));
    assert_eq!(report.outcome, PageOutcome::Snoozed { after_ms: 5_000 });
    assert_eq!((bench.transport.depth(Queue::Dead), bench.transport.depth(queue())), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn of_a_newer_message_that_somebody_began_nobody_knows_what_it_spent() {
    let mut bench = Bench::start(InProcess::new(), 2).await;
    let apart = Queue::Quarantine(Stage::Render);
    let mut consumer = bench.transport.consume(apart, 1).await.unwrap();
    let mut newer = envelope("ok", bench.clock.now().after(Duration::from_secs(60)));
    newer.headers.message_type = "harvest.crawl.2".into();
    bench.transport.publish(apart, newer).await.unwrap();
    drop(consumer.next().await.unwrap());
    bench.transport.carry(apart, queue());
    assert_eq!(bench.report().await.outcome, PageOutcome::Lost { crashes: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_report_that_nobody_confirmed_is_published_again_and_the_work_is_not_done_again() {
    let faulty = FaultyTransport::default();
    let mut left = 3;
    faulty.rule(move |queue, _| {
        if queue == Queue::Report && left > 0 {
            left -= 1;
            return Fate::Refused(PublishError::Unknown);
        }
        Fate::Delivered
    });
    let stage = Arc::new(Scripted::default());
    let clock = Arc::new(RuntimeClock::starting_at(Timestamp::from_millis(1_000_000)));
    let options = WorkerOptions::with_prefetch(4);
    let worker = Worker::new(Stage::Crawl, stage.clone(), Arc::new(faulty.clone()), clock.clone(), options);
    let session = worker.connect().await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    running.spawn(session.run(CancellationToken::new()));
    let deadline = clock.now().after(Duration::from_secs(60));
    faulty.publish(queue(), envelope("ok", deadline)).await.unwrap();
    let mut reports = faulty.consume(Queue::Report, 10).await.unwrap();
    for _ in 0..4 {
        // what was not confirmed arrived all the same
        reports.next().await.unwrap().ack().await;
    }
    sleep(Duration::from_secs(5)).await;
    assert_eq!(stage.started.load(Ordering::SeqCst), 1);
    assert_eq!((faulty.inner.depth(queue()), faulty.inner.depth(Queue::Report)), (0, 0));
}

/// Comes back so often before anybody gets to run it.
async fn send_returned(bench: &Bench, page: &str, times: usize) {
    let queue = Queue::Quarantine(Stage::Render);
    let mut consumer = bench.transport.consume(queue, 1).await.unwrap();
    let deadline = bench.clock.now().after(Duration::from_secs(60));
    bench.transport.publish(queue, envelope(page, deadline)).await.unwrap();
    for _ in 0..times {
        drop(consumer.next().await.unwrap());
    }
    bench.transport.carry(queue, self::queue());
}

#[tokio::test(start_paused = true)]
async fn what_came_back_twice_is_told_and_not_run_again() {
    // a broker that dies hands on what seven dead consumers were to have, and no worker died of it
    let mut bench = Bench::start(InProcess::new(), 2).await;
    for (times, lost) in [(1, None), (2, Some(1)), (7, Some(1))] {
        send_returned(&bench, "ok", times).await;
        let outcome = bench.report().await.outcome;
        match lost {
            Some(crashes) => assert_eq!(outcome, PageOutcome::Lost { crashes }),
            None => assert!(matches!(outcome, PageOutcome::Skipped { .. }), "{outcome:?}"),
        }
    }
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn paid_work_that_another_delivery_began_is_told_and_not_run() {
    let mut bench = Bench::paid(InProcess::new(), 2).await;
    bench.send("ok").await;
    assert!(matches!(bench.report().await.outcome, PageOutcome::Skipped { .. }));
    // the same message once more, as a publish that nobody heard the end of leaves it
    bench.send("ok").await;
    assert_eq!(bench.report().await.outcome, PageOutcome::Lost { crashes: 0 });
    send_returned(&bench, "ok", 1).await;
    assert_eq!(bench.report().await.outcome, PageOutcome::Lost { crashes: 1 });
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 1);
    // given back by somebody who had not begun it
    send_returned(&bench, "other", 1).await;
    assert!(matches!(bench.report().await.outcome, PageOutcome::Skipped { .. }));
}

/// A keeper that is away so many times.
#[derive(Debug)]
struct Away(AtomicUsize, InProcessMarks);

#[async_trait]
impl SpendMarks for Away {
    async fn take(&self, request: MarkRequest<'_>) -> Result<Mark, EvidenceError> {
        if self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(EvidenceError::Unavailable("as told".into()));
        }
        self.1.take(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn paid_work_waits_for_its_mark_and_past_its_deadline_nobody_knows() {
    for (times, runs) in [(5, true), (1_000, false)] {
        let marks = Arc::new(Away(AtomicUsize::new(times), InProcessMarks::new()));
        let mut bench = Bench::with(InProcess::new(), 2, |worker| worker.paid(marks)).await;
        bench.send("ok").await;
        match bench.report().await.outcome {
            PageOutcome::Skipped { .. } => assert!(runs),
            outcome => assert_eq!((outcome, runs), (PageOutcome::Lost { crashes: 0 }, false)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_quarantine_is_served_apart_and_one_at_a_time() {
    let transport = InProcess::new();
    let mut bench = Bench::with(transport.clone(), 4, Worker::in_quarantine).await;
    let deadline = bench.clock.now().after(Duration::from_secs(60));
    for page in ["work", "work", "work"] {
        transport.publish(Queue::Quarantine(Stage::Crawl), envelope(page, deadline)).await.unwrap();
    }
    bench.send("ok").await;
    for _ in 0..3 {
        bench.report().await;
    }
    assert_eq!(bench.stage.most.load(Ordering::SeqCst), 1);
    assert_eq!(transport.depth(queue()), 1, "it takes nothing else");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_away_and_a_snooze_are_told_as_such() {
    let mut bench = Bench::start(InProcess::new(), 1).await;
    bench.send("away").await;
    let outcome = bench.report().await.outcome;
    assert!(matches!(outcome, PageOutcome::Failed { class: ErrorClass::Transient, .. }), "{outcome:?}");
    bench.send("snooze").await;
    assert_eq!(bench.report().await.outcome, PageOutcome::Snoozed { after_ms: 7_000 });
}

#[tokio::test(start_paused = true)]
async fn prefetch_caps_what_runs_at_once() {
    let mut bench = Bench::start(InProcess::new(), 3).await;
    for _ in 0..12 {
        bench.send("work").await;
    }
    for _ in 0..12 {
        bench.report().await;
    }
    assert_eq!(bench.stage.most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_holds_the_report_until_there_is_room() {
    let transport = InProcess::with_max_length(1);
    let stage = Arc::new(Scripted::default());
    let clock = Arc::new(RuntimeClock::starting_at(Timestamp::from_millis(1_000_000)));
    let options = WorkerOptions::with_prefetch(4);
    let worker = Worker::new(Stage::Crawl, stage, Arc::new(transport.clone()), clock.clone(), options);
    let session = worker.connect().await.unwrap();
    let shutdown = CancellationToken::new();
    let mut running = tokio::task::JoinSet::new();
    running.spawn(session.run(shutdown.clone()));
    for page in ["a", "b", "c"] {
        while transport
            .publish(queue(), envelope(page, clock.now().after(Duration::from_secs(60))))
            .await
            .is_err()
        {
            sleep(Duration::from_millis(10)).await;
        }
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(transport.depth(Queue::Report), 1, "one report fits, two are held");
    let mut reports = transport.consume(Queue::Report, 10).await.unwrap();
    for _ in 0..3 {
        reports.next().await.unwrap().ack().await;
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_lets_running_work_finish_and_gives_the_rest_back() {
    let mut bench = Bench::start(InProcess::new(), 1).await;
    for _ in 0..3 {
        bench.send("work").await;
    }
    sleep(Duration::from_secs(1)).await;
    bench.shutdown.cancel();
    bench.worker.join_next().await.unwrap().unwrap();
    bench.report().await;
    assert_eq!(bench.stage.started.load(Ordering::SeqCst), 1);
    assert_eq!(bench.transport.depth(queue()), 2);
}
