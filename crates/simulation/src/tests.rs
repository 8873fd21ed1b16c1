use super::*;

mod stores;
mod teeth;

/// So many worlds, half of them on each of two threads. Those that broke.
fn failures(seeds: std::ops::Range<u64>, options: Options) -> Vec<Failure> {
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let run = |seeds: std::ops::Range<u64>| -> Vec<Failure> {
        seeds.filter_map(|seed| simulate(seed, &options).err()).collect()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run(seeds.start..middle));
        let mut failures = run(middle..seeds.end);
        failures.splice(0..0, first.join().expect("a panic of the simulation itself"));
        failures
    })
}

#[expect(clippy::disallowed_methods, reason = "one seed is run alone by it")]
fn only_seed() -> Option<u64> {
    std::env::var("GLEANER_SIM_SEED").ok()?.parse().ok()
}

#[test]
fn a_thousand_worlds_end_every_job_once_within_budget() {
    if let Some(seed) = only_seed() {
        let filter = tracing_subscriber::EnvFilter::new("debug");
        tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().without_time().init();
        match simulate(seed, &Options::default()) {
            Ok(summary) => println!("{summary:?}"),
            Err(failure) => panic!("{failure}"),
        }
        return;
    }
    let failures = failures(0..1_000, Options::default());
    let told: Vec<String> = failures.iter().take(5).map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} of 1,000 worlds broke:\n{}", failures.len(), told.join("\n"));
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 0..20 {
        assert_eq!(simulate(seed, &Options::default()), simulate(seed, &Options::default()));
    }
}
