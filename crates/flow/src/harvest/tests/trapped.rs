//! Sites without end: whatever they offer, a job reads a bounded number of their pages, and accounts for each address.

use std::collections::BTreeSet;

use gleaner_contract::{Lane, Links, PageOutcome, SimHash, Stage, Ticket, wire};
use proptest::prelude::*;

use super::{
    super::*,
    world::{read_outcome, spec},
};

/// What a page offers and how it reads.
struct Seen {
    links: Vec<FoundLink>,
    says: SimHash,
}

impl Seen {
    fn of(links: Vec<String>, bits: u64) -> Self {
        let found = |url| FoundLink { url, score: 10, promises: 0 };
        Self { links: links.into_iter().map(found).collect(), says: SimHash::from_bits(bits) }
    }
}

/// One job that reads such pages one by one, the best first, until it ends.
struct Crawl {
    spec: JobSpec,
    policy: Policy,
    state: JobState,
    group: Group,
    tasks: BTreeMap<TaskId, (NewTask, bool)>,
    known: BTreeSet<String>,
    read: Vec<String>,
    /// URLs by why they were not read.
    skipped: BTreeMap<UrlReason, u64>,
    largest: usize,
}

const SEED: &str = "https://site.example/";

fn at(path: impl std::fmt::Display) -> String {
    format!("https://site.example{path}")
}

impl Crawl {
    fn new(policy: Policy) -> Self {
        let mut spec = spec(gleaner_contract::Budget::unlimited());
        spec.target.urls = vec![SEED.to_owned()];
        let mut crawl = Self {
            state: JobState::new(&spec),
            spec,
            policy,
            group: Group::default(),
            tasks: BTreeMap::new(),
            known: BTreeSet::new(),
            read: Vec::new(),
            skipped: BTreeMap::new(),
            largest: 0,
        };
        let effects = crawl.apply(Event::Accepted);
        crawl.carry_out(effects);
        crawl
    }

    fn apply(&mut self, event: Event<'_>) -> Vec<Effect> {
        let now = self.spec.created_at;
        let mut context = Context { spec: &self.spec, policy: &self.policy, group: &mut self.group, now };
        self.state.apply(&mut context, event)
    }

    fn run(mut self, site: impl Fn(&str) -> Seen) -> Self {
        while let Some(task) = self.best() {
            let facts = TaskFacts {
                id: task.id,
                url: task.url.clone(),
                phase: TaskPhase::Found,
                epoch: 0,
                attempt: 0,
                crashes: 0,
                permit: Amounts::none(),
                fresh_after: None,
            };
            let effects = self.apply(Event::Offered { task: &facts });
            let permit = effects.iter().find_map(|effect| match effect {
                Effect::Dispatch { permit, .. } => Some(permit.clone()),
                _ => None,
            });
            self.carry_out(effects);
            if let Some(permit) = permit {
                self.read(&task, facts, permit, site(&task.url));
            }
            self.check();
            assert!(self.read.len() < 5_000, "the job reads on and on");
        }
        assert!(self.state.status.is_terminal(), "{:?}", self.state.counts);
        self
    }

    fn best(&self) -> Option<NewTask> {
        let waiting = self.tasks.values().filter(|(_, done)| !done).map(|(task, _)| task);
        waiting.max_by_key(|task| (task.score, std::cmp::Reverse(task.id))).cloned()
    }

    fn read(&mut self, task: &NewTask, facts: TaskFacts, permit: Amounts, seen: Seen) {
        self.read.push(task.url.clone());
        let ticket = Ticket {
            tenant: Tenant::local(),
            job: self.spec.job,
            task: task.id,
            epoch: 1,
            attempt: 1,
            lane: Lane::Lo,
            deadline: self.spec.created_at,
            permit: permit.clone(),
            quarantined: false,
        };
        let mut outcome = read_outcome(&task.url);
        if let PageOutcome::Read { simhash, .. } = &mut outcome {
            *simhash = Some(seen.says);
        }
        // as the coordinator tells them apart
        let (mut fresh, mut same_pages) = (Vec::new(), 0);
        let mut taken = BTreeSet::new();
        for link in seen.links {
            if self.known.contains(&link.url) || !taken.insert(link.url.clone()) {
                continue;
            }
            if crate::frontier::plain(&link.url).is_some_and(|plain| self.known.contains(&plain)) {
                same_pages += 1;
            } else {
                fresh.push(link);
            }
        }
        let report = Report {
            ticket,
            stage: Stage::Extract,
            url: task.url.clone(),
            depth: task.depth,
            outcome,
            usage: Amounts::none(),
            host: None,
            links: Links::default(),
            findings: Vec::new(),
            subject: SubjectMatch::Unknown,
            main_entity: None,
            at: self.spec.created_at,
        };
        let facts = TaskFacts { phase: TaskPhase::Open, epoch: 1, attempt: 1, permit, ..facts };
        let effects = self.apply(Event::Reported { task: &facts, report: &report, fresh, same_pages });
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::AddTasks(tasks) => {
                    for task in tasks {
                        assert!(self.known.insert(task.url.clone()), "{} was added twice", task.url);
                        self.tasks.insert(task.id, (task, false));
                    }
                }
                Effect::SkipLinks { reason, count, .. } => {
                    *self.skipped.entry(reason).or_default() += u64::from(count);
                }
                Effect::Finish { task, outcome, reason, .. } => {
                    let (_, done) = self.tasks.get_mut(&task).expect("finished tasks exist");
                    assert!(!std::mem::replace(done, true), "a task finished twice");
                    if outcome == UrlOutcome::Skipped {
                        *self.skipped.entry(reason).or_default() += 1;
                    }
                }
                Effect::Dispatch { .. } | Effect::End => {}
                other => panic!("nothing here leads to {other:?}"),
            }
        }
    }

    /// Every address has an end, or is waiting.
    fn check(&mut self) {
        let counts = self.state.counts;
        assert!(counts.balances(), "{counts:?}");
        assert_eq!(counts.open, self.tasks.values().filter(|(_, done)| !done).count() as u64);
        assert_eq!(counts.skipped, self.skipped.values().sum::<u64>());
        assert_eq!(counts.fetched, self.read.len() as u64);
        if self.read.len().is_multiple_of(16) || self.state.status.is_terminal() {
            self.largest = self.largest.max(wire::encode(&self.state).expect("a state").len());
        }
    }

    fn reasons(&self) -> Vec<UrlReason> {
        self.skipped.keys().copied().collect()
    }
}

/// Numbers without end, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn of(seed: u64, url: &str) -> Self {
        let hash = gleaner_contract::ContentHash::of_parts([&seed.to_le_bytes()[..], url.as_bytes()]);
        Self(hash.as_bytes().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn word(&mut self) -> String {
        (0..7).map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap())).collect()
    }
}

/// Ways to offer links without end.
#[derive(Debug, Clone, Copy)]
enum Trap {
    Sessions,
    Calendar,
    CalendarByQuery,
    Facets,
    Pages,
    PagesByQuery,
    Circles,
    Nested,
    Overlong,
    Numbers,
    NumberedFolders,
    Words,
    SessionsOfWords,
}

const TRAPS: [Trap; 13] = [
    Trap::Sessions,
    Trap::Calendar,
    Trap::CalendarByQuery,
    Trap::Facets,
    Trap::Pages,
    Trap::PagesByQuery,
    Trap::Circles,
    Trap::Nested,
    Trap::Overlong,
    Trap::Numbers,
    Trap::NumberedFolders,
    Trap::Words,
    Trap::SessionsOfWords,
];

impl Trap {
    fn link(self, from: &str, numbers: &mut Numbers) -> String {
        let n = numbers.next();
        match self {
            Self::Sessions => at(format_args!("/p/{};jsessionid={n:X}", n % 40)),
            Self::Calendar => {
                at(format_args!("/events/{}/{:02}/{:02}", 1900 + n % 200, n % 12 + 1, n % 28 + 1))
            }
            Self::CalendarByQuery => {
                at(format_args!("/events?month={}&year={}&view=month", n % 12 + 1, 1900 + n % 9_999))
            }
            Self::Facets => {
                let keys = ["brand", "color", "size", "price", "sort", "stock", "view"];
                let chosen = keys.iter().enumerate().filter(|(at, _)| n >> at & 1 == 1);
                let query: Vec<String> =
                    chosen.map(|(_, key)| format!("{key}={}", numbers.below(50))).collect();
                at(format_args!("/list?{}", query.join("&")))
            }
            Self::Pages => at(format_args!("/blog/page/{n}")),
            Self::PagesByQuery => at(format_args!("/shop/list?page={n}")),
            Self::Circles => {
                format!("{}/{}", from.trim_end_matches('/'), ["img", "doc", "en"][(n % 3) as usize])
            }
            Self::Nested => format!("{}/{}", from.trim_end_matches('/'), numbers.word()),
            Self::Overlong => at(format_args!("/{}{n}", "x".repeat(2_000))),
            Self::Numbers => at(format_args!("/p/{n}")),
            Self::NumberedFolders => at(format_args!("/a{n}/b{}/c", n / 7)),
            Self::Words => at(format_args!("/{}/{}/{}", numbers.word(), numbers.word(), numbers.word())),
            Self::SessionsOfWords => at(format_args!("/{}/x?PHPSESSID={n}", numbers.word())),
        }
    }
}

/// No rule but those under test ends the job.
fn endless() -> Policy {
    Policy { max_depth: u16::MAX, max_urls_seen: u64::MAX, ..Policy::default() }
}

fn trapped(trap: Trap, seed: u64, fanout: u64, says: impl Fn(&mut Numbers) -> u64) -> Crawl {
    Crawl::new(endless()).run(|url| {
        let mut numbers = Numbers::of(seed, url);
        let links = (0..fanout).map(|_| trap.link(url, &mut numbers)).collect();
        Seen::of(links, says(&mut numbers))
    })
}

/// What a host takes, and the seed.
const MOST: u64 = 2_000 + 1;

proptest! {
    #![proptest_config(ProptestConfig { cases: 52, ..ProptestConfig::default() })]

    #[test]
    fn a_site_without_end_is_left_after_so_many_pages(at in 0..TRAPS.len(), seed in any::<u64>(), fanout in 1_u64..60) {
        // pages that read like no other
        let crawl = trapped(TRAPS[at], seed, fanout, |numbers| numbers.next() << 24 ^ numbers.next());
        prop_assert!(crawl.state.kept <= MOST, "{:?}: {} kept", TRAPS[at], crawl.state.kept);
        prop_assert!(crawl.largest <= 24 * 1024, "{:?}: a state of {} bytes", TRAPS[at], crawl.largest);
    }

    #[test]
    fn a_site_without_end_that_repeats_itself_is_left_soon(at in 0..TRAPS.len(), seed in any::<u64>(), fanout in 1_u64..60) {
        let crawl = trapped(TRAPS[at], seed, fanout, |numbers| 1 << numbers.below(64));
        prop_assert!(crawl.state.kept <= MOST);
        // but for folders that are each their own
        let is_one_place = !matches!(
            TRAPS[at],
            Trap::Facets | Trap::Circles | Trap::Nested | Trap::Words | Trap::SessionsOfWords
        );
        let read = crawl.read.len();
        prop_assert!(!is_one_place || read <= 30, "{:?}: {read} pages read", TRAPS[at]);
    }
}

fn check(trap: Trap, reason: UrlReason, most: usize) {
    let crawl = trapped(trap, 7, 40, |numbers| numbers.next() << 24 ^ numbers.next());
    assert!(crawl.read.len() <= most, "{trap:?}: {} pages read", crawl.read.len());
    assert!(crawl.skipped.contains_key(&reason), "{trap:?}: {:?}", crawl.skipped);
}

#[test]
fn each_trap_is_left_for_a_reason_of_its_own() {
    check(Trap::Sessions, UrlReason::SamePage, 1 + 40);
    check(Trap::Calendar, UrlReason::VariantBudget, 1 + 30);
    check(Trap::CalendarByQuery, UrlReason::VariantBudget, 1 + 30);
    // the list itself is a page like any other
    check(Trap::Facets, UrlReason::PrefixBudget, 2 + 200);
    check(Trap::Pages, UrlReason::VariantBudget, 1 + 30);
    check(Trap::PagesByQuery, UrlReason::VariantBudget, 1 + 30);
    check(Trap::Circles, UrlReason::Trap, 300);
    check(Trap::Overlong, UrlReason::Trap, 1);
    check(Trap::Numbers, UrlReason::PrefixBudget, 1 + 200);
    check(Trap::NumberedFolders, UrlReason::PrefixBudget, 1 + 200);
    check(Trap::Words, UrlReason::PrefixBudget, 1 + 512 + 200);
    check(Trap::SessionsOfWords, UrlReason::Trap, 1 + 512);
}

#[test]
fn waiting_pages_of_a_path_that_repeats_itself_end_as_near_duplicates() {
    // the first page leads to all the others
    let crawl = Crawl::new(endless()).run(|url| match url {
        SEED => Seen::of((0..60).map(|n| at(format_args!("/p/{n}"))).collect(), u64::MAX),
        _ => Seen::of(Vec::new(), 0b11),
    });
    // the seed, the first of its kind, and five that repeat it
    assert_eq!(crawl.read.len(), 7);
    assert_eq!(crawl.skipped, BTreeMap::from([(UrlReason::NearDuplicate, 54)]));
    assert_eq!(crawl.state.stop, Some(StopReason::FrontierExhausted));
    assert_eq!(crawl.state.counts.fetched, 7);
}

#[test]
fn pages_that_the_target_names_are_read_whatever_their_neighbours_say() {
    let mut crawl = Crawl::new(endless());
    let more: Vec<String> = (0..20).map(|n| at(format_args!("/p/{n}"))).collect();
    crawl.spec.target.urls = std::iter::once(SEED.to_owned()).chain(more[10..].iter().cloned()).collect();
    crawl.state = JobState::new(&crawl.spec);
    (crawl.tasks, crawl.known) = Default::default();
    let effects = crawl.apply(Event::Accepted);
    crawl.carry_out(effects);
    let links = more[..10].to_vec();
    let crawl = crawl.run(|_| Seen::of(links.clone(), 0));
    for seed in &more[10..] {
        assert!(crawl.read.contains(seed), "{seed}");
    }
}

/// 500 products in 40 categories of several pages each, and the pages that every shop has.
fn shop(url: &str) -> Seen {
    let path = url.trim_start_matches("https://site.example");
    let mut links: Vec<String> =
        ["/contact", "/imprint", "/about-us", "/shipping", "/?lang=de"].iter().map(at).collect();
    links.extend((0..40).map(|category| at(format_args!("/c/category-{}", name(category)))));
    let (list, page) = path.split_once("?page=").unwrap_or((path, "1"));
    if let Some(category) = (0..40).find(|category| list == format!("/c/category-{}", name(*category))) {
        let page: usize = page.parse().unwrap();
        let first = category * 13 + page * 5 - 5;
        links.extend((first..first + 13).map(|n| at(format_args!("/p/{}-product", n % 500))));
        links.extend((1..=4).map(|page| at(format_args!("{list}?page={page}"))));
        links.extend(["asc", "desc"].map(|order| at(format_args!("{list}?sort={order}&utm_source=menu"))));
    }
    // every fifth comes in colors
    let number: Option<usize> =
        path.strip_prefix("/p/").and_then(|rest| rest.split('-').next()?.parse().ok());
    if number.is_some_and(|number| number % 5 == 0) && !path.contains('?') {
        links.extend((0..4).map(|color| at(format_args!("{path}?color={color}"))));
    }
    let mut numbers = Numbers::of(1, url);
    Seen::of(links, numbers.next() << 24 ^ numbers.next())
}

fn name(n: usize) -> String {
    n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect()
}

fn read_of_shop(crawl: &Crawl) -> [usize; 4] {
    let is_product = |path: &&str| path.starts_with("/p/") && !path.contains('?');
    let is_category = |path: &&str| path.starts_with("/c/") && !path.contains('?');
    let paths: Vec<&str> =
        crawl.read.iter().map(|url| url.trim_start_matches("https://site.example")).collect();
    let count = |is: &dyn Fn(&&str) -> bool| paths.iter().filter(|path| is(path)).count();
    let is_list = |path: &&str| path.starts_with("/c/") && path.contains('?');
    let is_own = |path: &&str| ["/contact", "/imprint", "/about-us", "/shipping", "/?lang=de"].contains(path);
    [count(&is_product), count(&is_category), count(&is_list), count(&is_own)]
}

#[test]
fn a_shop_is_no_trap() {
    let crawl = Crawl::new(endless()).run(shop);
    // below /p/ the budget ends it, and nothing else
    assert_eq!(crawl.reasons(), [UrlReason::PrefixBudget]);
    assert_eq!(read_of_shop(&crawl), [200, 40, 40 * 6, 5]);

    let mut policy = endless();
    (policy.frontier.urls_per_prefix, policy.frontier.urls_per_host) = (10_000, 10_000);
    let crawl = Crawl::new(policy).run(shop);
    assert_eq!(crawl.reasons(), []);
    assert_eq!(read_of_shop(&crawl), [500, 40, 40 * 6, 5]);
    assert_eq!(crawl.read.len(), 1 + 500 + 100 * 4 + 40 * 7 + 5);
}

#[test]
fn a_link_that_promises_resolved_fields_only_comes_after_the_others() {
    let mut crawl = Crawl::new(endless());
    let fields = ["name", "telephone"].map(gleaner_contract::FieldSpec::named).to_vec();
    crawl.state.fields.add(&fields, &[super::world::finding(SEED)]);
    crawl.spec.target.schema.fields = fields;
    let link = |path: &str, score, promises| FoundLink { url: at(path), score, promises };
    let links =
        [link("/name", 500, 0b01), link("/both", 400, 0b11), link("/phone", 300, 0b10), link("/any", 200, 0)];
    let crawl = crawl.run(|url| {
        let links = if url == SEED { links.to_vec() } else { Vec::new() };
        Seen { links, says: SimHash::from_bits(0) }
    });
    assert_eq!(crawl.read, [SEED.to_owned(), at("/both"), at("/phone"), at("/any"), at("/name")]);
}
