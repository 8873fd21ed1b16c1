//! What a seed stands for: the web, the submissions, how the deployment is laid out and how nasty it gets.

use std::{collections::BTreeMap, time::Duration};

use fastrand::Rng;
use gleaner_contract::{Budget, Counter, FieldSpec, Lane, Schema, Scope, Submission, Target};
use gleaner_coordinator::CoordinatorConfig;

use crate::{
    options::Pace,
    site::{FIELDS, Site, url},
};

pub(crate) const EXTRACTOR: &str = "simulated";

/// Which way the system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Each worker is killed for itself, and a coordinator that comes back trusts that others went on.
    Deployment,
    /// One process: all of it is killed at once, its queues with it, and what was open is put back at the next start.
    Embedded,
}

/// One submission, and when it comes.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) after: Duration,
    pub(crate) lane: Lane,
    pub(crate) submission: Submission,
}

/// Probabilities of the transport's faults, in a thousand publishes, deliveries or acknowledgements.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rates {
    pub(crate) unknown: u32,
    pub(crate) full: u32,
    pub(crate) closed: u32,
    pub(crate) lost: u32,
    pub(crate) doubled: u32,
    pub(crate) delayed: u32,
    pub(crate) ack_lost: u32,
    pub(crate) session_over: u32,
}

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) layout: Layout,
    pub(crate) site: Site,
    pub(crate) orders: Vec<Order>,
    pub(crate) config: CoordinatorConfig,
    pub(crate) crawlers: usize,
    pub(crate) extractors: usize,
    pub(crate) prefetch: usize,
    pub(crate) rates: Rates,
    /// How long faults go on.
    pub(crate) nasty_for: Duration,
    /// Mean time between two events of chaos; none at all in a quiet world.
    pub(crate) event_every: Option<Duration>,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng, pace: Pace) -> Self {
        let hosts = rng.usize(1..=3);
        let site = Site::draw(rng, hosts);
        let orders = draw_orders(rng, hosts, pace);
        let layout = if rng.u32(0..3) == 0 { Layout::Embedded } else { Layout::Deployment };
        let quiet = rng.u32(0..8) == 0;
        Self {
            layout,
            site,
            orders,
            config: draw_config(rng, pace),
            crawlers: rng.usize(1..=2),
            extractors: rng.usize(1..=2),
            prefetch: rng.usize(1..=6),
            rates: if quiet { Rates::default() } else { draw_rates(rng) },
            nasty_for: pace.seconds(rng.u64(30..600)),
            event_every: (!quiet).then(|| pace.seconds(rng.u64(4..60))),
        }
    }
}

fn draw_config(rng: &mut Rng, pace: Pace) -> CoordinatorConfig {
    let mut config = CoordinatorConfig::new(EXTRACTOR);
    config.batch_max = *rng.choice(&[1, 3, 100]).unwrap_or(&100);
    config.per_host = rng.u32(1..=3);
    config.per_domain = config.per_host * 2;
    config.host_delay = pace.millis(*rng.choice(&[0, 100, 2_000]).unwrap_or(&100));
    if pace != Pace(1) {
        // a place in a line that is lost with its coordinator costs a minute, at every pace
        (config.per_host, config.per_domain) = (1_000, 1_000);
        config.host_delay = Duration::ZERO;
    }
    config.reap_every = pace.seconds(1);
    config.outbox_claim = pace.seconds(30);
    let policy = &mut config.policy;
    policy.page_bytes = 64 * 1024;
    policy.max_urls_seen = *rng.choice(&[3, 20_000]).unwrap_or(&20_000);
    policy.max_depth = rng.u16(1..=3);
    // sites are small: the first page that repeats another closes its path
    policy.frontier.alike_in_a_row = 1;
    for time in [
        &mut policy.backoff_base,
        &mut policy.backoff_cap,
        &mut policy.chain_timeout,
        &mut policy.lease_margin,
    ] {
        *time = pace.of(*time);
    }
    config
}

fn draw_rates(rng: &mut Rng) -> Rates {
    let mut rate = |most: u32| if rng.u32(0..3) == 0 { 0 } else { rng.u32(0..=most) };
    Rates {
        unknown: rate(80),
        full: rate(80),
        closed: rate(40),
        lost: rate(60),
        doubled: rate(150),
        delayed: rate(500),
        ack_lost: rate(100),
        session_over: rate(30),
    }
}

fn draw_orders(rng: &mut Rng, hosts: usize, pace: Pace) -> Vec<Order> {
    let count = rng.usize(1..=4);
    (0..count)
        .map(|number| Order {
            after: if number == 0 { Duration::ZERO } else { pace.seconds(rng.u64(0..90)) },
            lane: if rng.bool() { Lane::Hi } else { Lane::Lo },
            submission: Submission {
                targets: (0..rng.usize(1..=6))
                    .map(|place| draw_target(rng, pace, number, place, hosts))
                    .collect(),
                total: draw_budget(rng, pace, 12, 300_000, 900),
                offline: false,
            },
        })
        .collect()
}

fn draw_target(rng: &mut Rng, pace: Pace, order: usize, place: usize, hosts: usize) -> Target {
    let host = rng.usize(0..hosts);
    // a page that is not there is asked for, too
    let seeds = if rng.u32(0..16) == 0 { 0 } else { rng.usize(1..=2) };
    // some targets are asked for twice, and their records are revisions of one another
    let id = if rng.u32(0..6) == 0 { format!("again-{place}") } else { format!("{order}-{place}") };
    let urls = (0..seeds).map(|seed| url(host, if seed == 0 { 0 } else { rng.usize(0..7) })).collect();
    let fields = if rng.bool() { &FIELDS[..1] } else { &FIELDS[..] };
    Target {
        id,
        name: None,
        urls,
        known: BTreeMap::new(),
        country: None,
        currency: None,
        scope: Scope::default(),
        schema: Schema {
            name: "thing".to_owned(),
            fields: fields.iter().map(|field| FieldSpec::named(*field)).collect(),
        },
        budget: draw_budget(rng, pace, 5, 120_000, 300),
        // no two orders are the same submission
        extra: BTreeMap::from([("order".to_owned(), order.to_string())]),
    }
}

fn draw_budget(rng: &mut Rng, pace: Pace, urls: u32, bytes: u64, seconds: u64) -> Budget {
    let mut budget = Budget::unlimited();
    if rng.u32(0..3) == 0 {
        budget = budget.with(Counter::URLS, rng.u32(0..=urls));
    }
    if rng.u32(0..3) == 0 {
        budget = budget.with(Counter::BYTES, rng.u64(0..=bytes));
    }
    if rng.u32(0..5) == 0 {
        budget = budget.with(Counter::SECONDS, pace.seconds(rng.u64(1..=seconds)).as_secs().max(1));
    }
    budget
}
