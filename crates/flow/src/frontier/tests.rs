use gleaner_contract::wire;
use proptest::prelude::*;

use super::*;

fn limits() -> FrontierLimits {
    FrontierLimits::default()
}

fn admit(frontier: &mut Frontier, url: &str) -> Result<(), UrlReason> {
    frontier.admit(&limits(), url, &mut BTreeSet::new())
}

fn url(path: impl std::fmt::Display) -> String {
    format!("https://shop.example{path}")
}

/// How many of these are taken, and why the others are not.
fn taken(frontier: &mut Frontier, urls: impl Iterator<Item = String>) -> (usize, BTreeSet<UrlReason>) {
    let mut refused = BTreeSet::new();
    let taken =
        urls.filter(|url| admit(frontier, url).map_err(|reason| refused.insert(reason)).is_ok()).count();
    (taken, refused)
}

#[test]
fn a_path_takes_so_many_pages_and_leaves_others_alone() {
    let mut frontier = Frontier::default();
    let pages = (0..1_000).map(|n| url(format_args!("/p/{n}")));
    assert_eq!(taken(&mut frontier, pages), (200, BTreeSet::from([UrlReason::PrefixBudget])));
    assert_eq!(admit(&mut frontier, &url("/contact")), Ok(()));
}

#[test]
fn a_page_takes_so_many_variants() {
    let mut frontier = Frontier::default();
    let facets = (0..1_000).map(|n| url(format_args!("/list?color={n}&size={n}")));
    assert_eq!(taken(&mut frontier, facets), (30, BTreeSet::from([UrlReason::VariantBudget])));
    let months = (0..1_000).map(|n| url(format_args!("/cal/{}-{:02}", 2000 + n / 12, n % 12 + 1)));
    assert_eq!(taken(&mut frontier, months), (30, BTreeSet::from([UrlReason::VariantBudget])));
    assert_eq!(admit(&mut frontier, &url("/list/drill")), Ok(()));
}

#[test]
fn a_host_takes_so_many_pages_whatever_their_folders() {
    let mut frontier = Frontier::default();
    let letter = |n: u32| char::from(b'a' + n as u8);
    let nested = (0..20_000).map(|n| url(format_args!("/{}/{}/{n}", letter(n % 20), letter(n / 20 % 20))));
    assert_eq!(taken(&mut frontier, nested), (2_000, BTreeSet::from([UrlReason::PrefixBudget])));
    assert_eq!(admit(&mut frontier, "https://www.shop.example/"), Ok(()));
}

#[test]
fn a_site_of_endless_folders_is_cut_once_its_families_are_many() {
    let mut frontier = Frontier::default();
    let letters = |n: u32| n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect::<String>();
    let maze = (0..20_000).map(|n| url(format_args!("/{}/{}", letters(n), letters(n * 7))));
    assert_eq!(taken(&mut frontier, maze), (512 + 200, BTreeSet::from([UrlReason::PrefixBudget])));
}

#[test]
fn pages_that_differ_in_their_session_alone_count_as_one() {
    let mut frontier = Frontier::default();
    let sessions = (0..100).map(|n| url(format_args!("/p/1;jsessionid=A{n}B")));
    assert_eq!(taken(&mut frontier, sessions), (1, BTreeSet::from([UrlReason::SamePage])));
    assert_eq!(admit(&mut frontier, &url("/p/1")), Err(UrlReason::SamePage));
    assert_eq!(admit(&mut frontier, &url("/p/2;jsessionid=A1B")), Ok(()));
    // and by one page both ways at once
    let mut here = BTreeSet::new();
    assert_eq!(frontier.admit(&limits(), &url("/p/3"), &mut here), Ok(()));
    let tracked = url("/p/3?utm_source=nav");
    assert_eq!(frontier.admit(&limits(), &tracked, &mut here), Err(UrlReason::SamePage));
}

#[test]
fn a_seed_with_tracking_is_the_page_without() {
    let mut frontier = Frontier::default();
    frontier.name(&url("/?gclid=1"));
    frontier.name(&url("/p/1"));
    assert_eq!(admit(&mut frontier, &url("/")), Err(UrlReason::SamePage));
    assert_eq!(admit(&mut frontier, &url("/p/2")), Ok(()));
}

#[test]
fn pages_of_so_many_sessions_that_nobody_can_tell_them_apart_are_a_trap() {
    let mut frontier = Frontier::default();
    // short of any other budget
    let pages = (0..2_000).map(|n| url(format_args!("/{}/p/{n}?PHPSESSID={n}", ["a", "b", "c", "d"][n % 4])));
    let (taken, refused) = taken(&mut frontier, pages);
    assert_eq!((taken, refused), (512, BTreeSet::from([UrlReason::Trap])));
}

fn likeness(n: u64) -> SimHash {
    // far from one another
    SimHash::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn read(frontier: &mut Frontier, path: &str, likeness: SimHash) {
    let _ = admit(frontier, &url(path));
    frontier.learn(&limits(), &url(path), likeness);
}

#[test]
fn five_near_duplicates_in_a_row_close_their_path() {
    let mut frontier = Frontier::default();
    read(&mut frontier, "/p/0", likeness(1));
    for n in 1..=5 {
        assert!(!frontier.is_closed(&limits(), &url("/p/77")));
        // three bits beside it, at most
        let near = SimHash::from_bits(likeness(1).bits() ^ [0, 1, 0b11, 0b111, 0][n - 1]);
        read(&mut frontier, &format!("/p/{n}"), near);
    }
    assert!(frontier.is_closed(&limits(), &url("/p/77")));
    assert_eq!(admit(&mut frontier, &url("/p/78")), Err(UrlReason::NearDuplicate));
    assert_eq!(admit(&mut frontier, &url("/p/78?color=red")), Err(UrlReason::NearDuplicate));
    assert_eq!(admit(&mut frontier, &url("/q/78")), Ok(()));
    // for good
    read(&mut frontier, "/p/6", likeness(2));
    assert!(frontier.is_closed(&limits(), &url("/p/77")));
}

#[test]
fn a_page_that_says_something_new_begins_the_row_anew() {
    let mut frontier = Frontier::default();
    for n in 0..100 {
        let says = if n % 5 == 0 { likeness(n + 10) } else { likeness(1) };
        read(&mut frontier, &format!("/p/{n}"), says);
        assert!(!frontier.is_closed(&limits(), &url("/p/x")), "{n}");
    }
}

#[test]
fn four_bits_are_another_page() {
    let mut frontier = Frontier::default();
    for n in 0..16 {
        read(&mut frontier, &format!("/p/{n}"), SimHash::from_bits(0b1111 << (4 * n)));
    }
    assert!(!frontier.is_closed(&limits(), &url("/p/x")));
}

#[test]
fn variants_that_repeat_each_other_close_their_page_and_no_path() {
    let mut frontier = Frontier::default();
    for n in 0..=5 {
        read(&mut frontier, &format!("/shop/list?page={n}"), likeness(1));
    }
    assert!(frontier.is_closed(&limits(), &url("/shop/list?page=9")));
    assert!(!frontier.is_closed(&limits(), &url("/shop/drill")));
    assert!(!frontier.is_closed(&limits(), &url("/shop/list?color=red")));
}

#[test]
fn names_below_the_root_are_never_closed() {
    let mut frontier = Frontier::default();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        read(&mut frontier, &format!("/{name}"), likeness(1));
    }
    assert!(!frontier.is_closed(&limits(), &url("/impressum")));
    for n in 0..8 {
        read(&mut frontier, &format!("/node-{n}"), likeness(1));
    }
    assert!(frontier.is_closed(&limits(), &url("/node-77")));
    assert!(!frontier.is_closed(&limits(), &url("/impressum")));
}

fn any_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof!["[a-z]{1,6}", "[0-9]{1,6}", "[a-z]{1,3}[0-9]{1,4}", "20[0-9]{2}-[01][0-9]"];
    let query = prop_oneof![
        Just(String::new()),
        "\\?[a-z]{1,3}=[0-9]{1,5}",
        "\\?sid=[0-9a-f]{24}",
        "\\?utm_source=[a-z]{3}&[a-e]=[0-9]",
        ";jsessionid=[0-9A-F]{8}",
    ];
    (proptest::collection::vec(segment, 0..5), query)
        .prop_map(|(segments, query)| url(format_args!("/{}{query}", segments.join("/"))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_site_offers_the_memory_stays_small(
        paths in proptest::collection::vec((any_path(), any::<u64>()), 3_000..6_000),
    ) {
        let mut frontier = Frontier::default();
        for (url, bits) in &paths {
            if admit(&mut frontier, url).is_ok() {
                frontier.learn(&limits(), url, SimHash::from_bits(*bits));
            }
        }
        let stored = wire::encode(&frontier).unwrap();
        prop_assert!(stored.len() <= 24 * 1024, "{} bytes", stored.len());
        prop_assert_eq!(wire::decode::<Frontier>(&stored).unwrap(), frontier);
    }

    #[test]
    fn an_address_is_read_whatever_it_is(url in ".{0,200}") {
        let mut frontier = Frontier::default();
        let _ = admit(&mut frontier, &url);
        frontier.learn(&limits(), &url, SimHash::from_bits(0));
        if let Some(bare) = plain(&url) {
            prop_assert_eq!(plain(&bare), None);
        }
    }
}

#[test]
fn the_fullest_memory_is_as_small_as_is_promised() {
    let mut frontier = Frontier::default();
    for n in 0..4_000_u32 {
        let name: String = n.to_string().bytes().map(|b| char::from(b - b'0' + b'a')).collect();
        let url = format!("https://{name}.example/{name}/a?z{name}=1&utm_source=x");
        if admit(&mut frontier, &url).is_ok() {
            frontier.learn(&limits(), &url, SimHash::from_bits(u64::MAX - u64::from(n) * 0x1_0000_0001_0001));
        }
    }
    let families = [&frontier.hosts, &frontier.prefixes, &frontier.variants].map(|kind| kind.0.len());
    assert_eq!((frontier.noisy.len(), families), (MAX_NOISY, [MAX_FAMILIES; 3]));
    let stored = wire::encode(&frontier).unwrap().len();
    assert!((12 * 1024..24 * 1024).contains(&stored), "{stored} bytes");
}

#[test]
fn a_memory_of_an_older_version_is_empty() {
    assert_eq!(serde_json::from_str::<Frontier>("{}").unwrap(), Frontier::default());
    assert_eq!(wire::encode(&Frontier::default()).unwrap(), [0x80]);
}
