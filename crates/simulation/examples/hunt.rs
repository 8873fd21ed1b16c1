//! Runs many worlds and prints those that break: `hunt FROM TO`.

use gleaner_simulation::{Options, simulate};

fn main() {
    let bounds: Vec<u64> = std::env::args().skip(1).filter_map(|bound| bound.parse().ok()).collect();
    let [from, to] = bounds[..] else {
        eprintln!("usage: hunt FROM TO");
        return;
    };
    let mut broke = 0;
    let mut total = [0_u64; 8];
    for seed in from..to {
        match simulate(seed, &Options::default()) {
            Ok(summary) => {
                let parts = [
                    summary.jobs,
                    summary.completed,
                    summary.partial,
                    summary.failed,
                    summary.cancelled,
                    summary.fetches,
                    summary.reissues,
                    summary.unknown,
                ];
                total.iter_mut().zip(parts).for_each(|(total, part)| *total += part);
            }
            Err(failure) => {
                broke += 1;
                println!("{failure}");
            }
        }
    }
    let [jobs, completed, partial, failed, cancelled, fetches, reissues, unknown] = total;
    println!("{broke} of {} worlds broke", to - from);
    println!("{jobs} jobs: {completed} completed, {partial} partial, {failed} failed, {cancelled} cancelled");
    println!("{fetches} requests, {reissues} reissues and retries, {unknown} permits unknown");
}
