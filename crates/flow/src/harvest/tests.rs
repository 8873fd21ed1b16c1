//! The promises that the state machine must keep, whatever happens around it.

use gleaner_contract::{Budget, Currency, Money, PageOutcome};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

mod trapped;
mod world;

use world::{Site, World, price, spec, url};

fn budgets() -> impl Strategy<Value = Budget> {
    let limit = |most: u32| proptest::option::of(0..most);
    (limit(8), proptest::option::of(0_u64..200_000), limit(400), limit(12)).prop_map(
        |(urls, bytes, seconds, pages)| {
            let mut budget = Budget::unlimited();
            if let Some(urls) = urls {
                budget = budget.with(Counter::URLS, urls);
            }
            if let Some(bytes) = bytes {
                budget = budget.with(Counter::BYTES, bytes);
            }
            if let Some(seconds) = seconds {
                budget = budget.with(Counter::SECONDS, seconds);
            }
            if let Some(pages) = pages {
                budget = budget.with(Counter::MONEY, price() * Decimal::from(pages));
            }
            budget
        },
    )
}

fn sites() -> impl Strategy<Value = Site> {
    (1_u16..30, 0_u16..5, 0_u16..6, 0_u16..40, 0_u16..30)
        .prop_map(|(pages, fanout, broken, answer, alike)| Site { pages, fanout, broken, answer, alike })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn any_history_ends_in_one_terminal_state_within_budget_and_settled_once(
        budget in budgets(),
        total in budgets(),
        site in sites(),
        history in proptest::collection::vec((any::<u8>(), any::<u16>()), 0..200),
    ) {
        let mut world = World::new(budget, total, site);
        for action in history {
            world.act(action);
        }
        world.drain();
        prop_assert_eq!(world.ends, 1);
        prop_assert_eq!(world.state.counts.open, 0);
        prop_assert!(world.state.stop.is_some());
        // reports that come after the end settle what is unknown and change nothing else
        let ended = world.state.clone();
        while !world.reports.is_empty() {
            world.deliver(0, false);
        }
        prop_assert_eq!(&world.state.counts, &ended.counts);
        prop_assert_eq!(world.state.status, ended.status);
        prop_assert_eq!(&world.state.fields, &ended.fields);
        prop_assert!(world.state.account.reserved.is_empty(), "{:?}", world.state.account.reserved);
        prop_assert_eq!(&world.group.account.settled, &world.state.account.settled);
    }
}

fn site() -> Site {
    Site { pages: 20, fanout: 3, broken: 0, answer: 99, alike: 0 }
}

fn urls(n: u32) -> Budget {
    Budget::unlimited().with(Counter::URLS, n)
}

#[test]
fn a_budget_of_urls_stops_at_the_wall_as_partial() {
    let mut world = World::new(urls(5), Budget::unlimited(), site());
    world.drain();
    assert_eq!(world.state.status, JobStatus::Partial);
    assert_eq!(world.state.stop, Some(StopReason::Budget(Counter::URLS)));
    assert_eq!(world.state.counts.fetched, 5);
}

#[test]
fn the_total_of_a_submission_stops_its_jobs_with_a_reason_of_its_own() {
    let mut world = World::new(urls(50), urls(2), site());
    world.drain();
    assert_eq!(world.state.stop, Some(StopReason::Total(Counter::URLS)));
    assert_eq!(world.state.counts.fetched, 2);
}

#[test]
fn a_job_whose_fields_are_resolved_reads_no_further_page() {
    let mut world = World::new(Budget::unlimited(), Budget::unlimited(), Site { answer: 0, ..site() });
    world.drain();
    assert_eq!(world.state.status, JobStatus::Completed);
    assert_eq!(world.state.stop, Some(StopReason::FieldsResolved));
    assert_eq!(world.state.counts.fetched, 1);
}

/// A job with one open seed, and a report of it by someone who read `main` there.
fn seed_report(seeds: u16, main: Option<MainEntity>) -> (World, Report) {
    let mut world = World::new(Budget::unlimited(), Budget::unlimited(), site());
    world.spec.target.urls = (0..seeds).map(url).collect();
    world.offer(0);
    world.run(0, 7);
    let report = Report { main_entity: main, ..world.reports.pop().expect("the seed was read") };
    (world, report)
}

#[test]
fn the_one_seed_of_a_target_without_name_says_what_later_pages_must_be_about() {
    let main =
        MainEntity { name: Some("Drill".into()), known: BTreeMap::from([("sku".into(), "D-1".into())]) };
    let (mut world, report) = seed_report(1, Some(main.clone()));
    world.reports.push(report);
    world.deliver(0, false);
    assert_eq!(world.state.main_entity, Some(main.clone()));
    let brief = world.state.brief(&world.spec, 1);
    assert_eq!(
        (brief.subject.name, brief.subject.known, brief.subject.linked),
        (main.name, main.known, true)
    );
    let seed = world.state.brief(&world.spec, 0).subject;
    assert!(!seed.is_named() && !seed.linked, "the seed's own brief, and so its reading, stays the same");

    let (mut world, report) = seed_report(2, Some(MainEntity::default()));
    world.reports.push(report);
    world.deliver(0, false);
    assert_eq!(world.state.main_entity, None, "two seeds may be about two things");
}

#[test]
fn a_job_without_a_seed_fails_at_once() {
    let mut spec = spec(Budget::unlimited());
    spec.target.urls.clear();
    let mut state = JobState::new(&spec);
    let mut group = Group::default();
    let policy = Policy::default();
    let mut context = Context { spec: &spec, policy: &policy, group: &mut group, now: spec.created_at };
    assert_eq!(state.apply(&mut context, Event::Accepted), vec![Effect::End]);
    assert_eq!(state.stop, Some(StopReason::NoSeed));
    assert_eq!(state.status, JobStatus::Failed);
}

#[test]
fn the_wall_clock_runs_from_the_first_dispatch_and_ends_the_job() {
    let budget = Budget::unlimited().with(Counter::SECONDS, 30);
    let mut world = World::new(budget, Budget::unlimited(), site());
    world.now = world.now.after(std::time::Duration::from_secs(3_600));
    world.apply(|_| Event::Ticked);
    assert_eq!(world.state.status, JobStatus::Queued);
    world.offer(0);
    world.run(0, 7);
    world.deliver(0, false);
    assert_eq!(world.state.status, JobStatus::Running);
    world.now = world.now.after(std::time::Duration::from_secs(30));
    world.apply(|_| Event::Ticked);
    assert_eq!(world.state.status, JobStatus::Partial);
    assert_eq!(world.state.stop, Some(StopReason::Budget(Counter::SECONDS)));
}

#[test]
fn a_cancelled_job_ends_at_once_and_late_reports_still_settle() {
    let mut world = World::new(urls(5), Budget::unlimited(), site());
    world.offer(0);
    world.run(0, 7);
    world.apply(|_| Event::Cancelled);
    assert_eq!(world.state.status, JobStatus::Cancelled);
    assert_eq!(world.state.account.unknown.get(&Counter::URLS), Decimal::ONE);
    world.deliver(0, true);
    world.deliver(0, true);
    assert_eq!(world.state.account.unknown.get(&Counter::URLS), Decimal::ZERO);
    assert_eq!(world.state.account.settled.get(&Counter::URLS), Decimal::ONE);
}

#[test]
fn a_late_report_that_puts_a_page_off_does_not_give_its_url_back() {
    let mut world = World::new(urls(5), Budget::unlimited(), site());
    world.offer(0);
    // the message came twice: one run asked for the page, the other came too late to
    let ticket = world.flights[0].ticket.clone();
    world.run(0, 7);
    let read = world.reports.remove(0);
    world.apply(|_| Event::Cancelled);
    world.reports.push(Report {
        ticket,
        outcome: PageOutcome::Snoozed { after_ms: 0 },
        usage: Amounts::none(),
        ..read.clone()
    });
    world.deliver(0, false);
    assert_eq!(world.state.account.unknown.get(&Counter::URLS), Decimal::ONE);
    world.reports.push(read);
    world.deliver(0, false);
    assert_eq!(world.state.account.unknown.get(&Counter::URLS), Decimal::ZERO);
    assert_eq!(world.state.account.settled.get(&Counter::URLS), Decimal::ONE);
}

#[test]
fn a_chain_that_keeps_vanishing_is_tried_again_for_as_long_as_the_job_has_time() {
    let mut world = World::new(Budget::unlimited(), Budget::unlimited(), site());
    for _ in 0..50 {
        world.offer(0);
        world.flights.clear();
        world.now = world.now.after(std::time::Duration::from_secs(120));
        world.lapse();
    }
    assert_eq!(world.state.status, JobStatus::Running, "messages that are lost are no fault of the page");
    world.drain();
    assert_eq!(world.state.counts.failed, 0);
}

#[test]
fn a_page_that_brings_its_workers_down_is_given_up_after_four() {
    let mut world = World::new(Budget::unlimited(), Budget::unlimited(), site());
    for crashes in 1..=4 {
        assert!(!world.state.status.is_terminal(), "after {} crashes", crashes - 1);
        world.offer(0);
        let task = world.tasks.values().next().expect("the seed").facts.clone();
        world.apply_event(Event::Crashed { task: &task, times: 1 });
    }
    assert_eq!(
        (world.state.status, world.state.stop.clone()),
        (JobStatus::Failed, Some(StopReason::NoPageRead))
    );
    assert_eq!(world.state.counts.failed, 1);
}

#[test]
fn a_budget_of_money_stops_at_the_wall_before_a_page_is_asked_for() {
    let money = |amount: Decimal| Budget::unlimited().with(Counter::MONEY, amount);
    let mut world = World::new(money(price() * Decimal::from(3)), Budget::unlimited(), site());
    world.drain();
    assert_eq!(world.state.stop, Some(StopReason::Budget(Counter::MONEY)));
    assert_eq!(world.bill.get(&Counter::MONEY), price() * Decimal::from(3));
    let mut world = World::new(money(price()), Budget::unlimited(), site());
    world.policy.page_price = Some(Money::new(price(), Currency::EUR));
    world.drain();
    assert_eq!(
        world.state.stop,
        Some(StopReason::Budget(Counter::MONEY)),
        "nobody knows what it is in dollars"
    );
    assert_eq!(world.bill.get(&Counter::MONEY), Decimal::ZERO);
}

#[test]
fn restarts_are_not_held_against_a_task() {
    let mut world = World::new(Budget::unlimited(), Budget::unlimited(), Site { answer: 0, ..site() });
    for _ in 0..50 {
        world.offer(0);
        world.restart();
    }
    world.drain();
    assert_eq!(world.state.status, JobStatus::Completed);
}

#[test]
fn a_report_that_comes_twice_settles_what_it_left_unknown_no_further() {
    let budget = urls(5).with(Counter::BYTES, 200_000).with(Counter::MONEY, Decimal::ONE);
    let mut world = World::new(budget, Budget::unlimited(), site());
    world.offer(0);
    world.run(0, 7);
    // bytes came and then nothing: what was paid is not known
    let report = &mut world.reports[0];
    report.outcome = PageOutcome::Failed {
        reason: UrlReason::Timeout,
        class: gleaner_contract::ErrorClass::Permanent,
        status: None,
        detail: String::new(),
    };
    report.usage.set(Counter::MONEY, Decimal::ZERO);
    let bytes = report.usage.get(&Counter::BYTES);
    assert!(!bytes.is_zero());
    for _ in 0..3 {
        world.deliver(0, true);
    }
    let account = &world.state.account;
    assert_eq!(
        (account.settled.get(&Counter::BYTES), account.unknown.get(&Counter::MONEY)),
        (bytes, price())
    );
    assert_eq!(account.settled.get(&Counter::URLS), Decimal::ONE);
}
