//! What grows: a line through the samples of the last half of the load.

use std::time::Duration;

use crate::samples::{Held, Sample};

/// Seconds.
const HOUR: f64 = 3600.0;
/// So much may memory rise, as a share of its mean.
const SHARE: f64 = 0.1;
/// So many may descriptors, threads, files and browsers rise.
const COUNT: f64 = 3.0;
/// A process is judged that was there in so much of the last half.
const THERE: f64 = 0.9;

/// In a role, for so much of the last half.
const IN_ROLE: f64 = 0.3;
/// So many samples are passed over once a process was started or has another role, or a server came back.
const SETTLES: usize = 2;

/// How a rise is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// By its share of the mean.
    Share,
    /// By its number.
    Count,
    /// Told only: what keeps evidence and records grows.
    Told,
}

/// The line through one thing that was counted.
#[derive(Debug, Clone)]
pub(crate) struct Slope {
    pub(crate) of: String,
    pub(crate) what: &'static str,
    pub(crate) limit: Limit,
    pub(crate) mean: f64,
    pub(crate) per_hour: f64,
    /// The lower of what both halves rise in an hour: a step is not a slope.
    pub(crate) sustained: f64,
    /// Seconds from the first to the last sample.
    pub(crate) window: f64,
}

impl Slope {
    /// Bytes as MiB, everything else as it is.
    pub(crate) fn shown(&self, value: f64) -> String {
        if matches!(self.what, "rss" | "bytes") {
            format!("{:.2} MiB", value / f64::from(1 << 20))
        } else {
            format!("{value:.1}")
        }
    }

    /// Of the mean, in an hour.
    pub(crate) fn share(&self) -> f64 {
        if self.mean > 0.0 { self.per_hour / self.mean } else { 0.0 }
    }

    /// Whether it rises by less than its limit in an hour, or in a window that is shorter: what shakes is not stretched. What
    /// shrinks is not held against anybody, nor what rises in one half alone.
    pub(crate) fn is_steady(&self) -> bool {
        let limit = match self.limit {
            Limit::Share => SHARE * self.mean.max(1.0),
            Limit::Count => COUNT,
            Limit::Told => return true,
        };
        let hours = (self.window / HOUR).min(1.0);
        self.per_hour * hours < limit || self.sustained * hours < limit / 2.0
    }
}

/// The slopes of every process that was not started again in the last half of the load, and of what all of them leave.
pub(crate) fn of(samples: &[Sample], lasts: Duration) -> Vec<Slope> {
    let (from, to) = (lasts.as_secs_f64() / 2.0, lasts.as_secs_f64());
    let half: Vec<&Sample> = samples
        .windows(SETTLES + 1)
        .filter(|before| before.iter().all(Sample::is_whole))
        .map(|before| &before[SETTLES])
        .filter(|sample| sample.at >= from && sample.at <= to)
        .collect();
    let mut slopes = Vec::new();
    let names =
        half.last().map(|last| last.processes.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    for name in names {
        let seen: Vec<(f64, &Held)> =
            half.iter().filter_map(|sample| Some((sample.at, sample.processes.get(&name)?))).collect();
        let pid = seen.last().map(|(_, held)| held.pid);
        let same = seen.iter().all(|(_, held)| Some(held.pid) == pid);
        if !same || (seen.len() as f64) < THERE * half.len() as f64 {
            continue;
        }
        for role in ["", "leads", "stands by"] {
            let played = settled(&seen, role);
            if (played.len() as f64) < IN_ROLE * half.len() as f64 {
                continue;
            }
            let of = if role.is_empty() { name.clone() } else { format!("{name} ({role})") };
            let mut add = |what, limit, value: fn(&Held) -> u64| {
                let points: Vec<_> = played.iter().map(|(at, held)| (*at, value(held) as f64)).collect();
                slopes.extend(slope(&of, what, limit, &points));
            };
            add("rss", Limit::Share, |held| held.rss);
            add("fds", Limit::Count, |held| held.fds);
            add("threads", Limit::Count, |held| held.threads);
        }
    }
    let mut add = |of: &str, what, limit, value: fn(&Sample) -> Option<u64>| {
        let point = |sample: &&Sample| Some((sample.at, value(sample)? as f64));
        let points: Vec<_> = half.iter().filter_map(point).collect();
        slopes.extend(slope(of, what, limit, &points));
    };
    add("temp", "files", Limit::Count, |sample| Some(sample.temp_files));
    add("temp", "bytes", Limit::Told, |sample| Some(sample.temp_bytes));
    add("chromium", "processes", Limit::Count, |sample| Some(sample.chromium));
    add("redis", "bytes", Limit::Told, |sample| Some(sample.redis?.0));
    add("redis", "keys", Limit::Told, |sample| Some(sample.redis?.1));
    add("postgres", "bytes", Limit::Told, |sample| sample.postgres);
    slopes
}

/// The samples in this role, but for the first ones after another.
fn settled<'s>(seen: &[(f64, &'s Held)], role: &str) -> Vec<(f64, &'s Held)> {
    let for_long = |samples: &&[(f64, &'s Held)]| samples.iter().all(|(_, held)| held.role == role);
    seen.windows(SETTLES + 1).filter(for_long).map(|samples| samples[SETTLES]).collect()
}

/// The least-squares line; `None` for fewer than six points.
fn slope(of: &str, what: &'static str, limit: Limit, points: &[(f64, f64)]) -> Option<Slope> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    if points.len() < 6 {
        return None;
    }
    let (mean, per_hour) = line(points);
    let (one, other) = points.split_at(points.len() / 2);
    let sustained = line(one).1.min(line(other).1);
    Some(Slope { of: of.to_owned(), what, limit, mean, per_hour, sustained, window: last - first })
}

/// The mean, and what the line rises in an hour.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (middle, mean) = (mean(|point| point.0), mean(|point| point.1));
    let moved: f64 = points.iter().map(|(at, value)| (at - middle) * (value - mean)).sum();
    let spread: f64 = points.iter().map(|(at, _)| (at - middle).powi(2)).sum();
    (mean, moved / spread * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fds(count: impl Fn(usize) -> u64, pid: impl Fn(usize) -> u32) -> Vec<Sample> {
        let sample = |n: usize| {
            let held = Held { pid: pid(n), rss: 1 << 20, fds: count(n), threads: 4, role: "" };
            let processes = [("api".to_owned(), held)].into();
            let there = Sample {
                queues: Some([].into()),
                redis: Some((0, 0)),
                postgres: Some(0),
                ..Sample::default()
            };
            Sample { at: n as f64 * 10.0, processes, ..there }
        };
        (0..=720).map(sample).collect()
    }

    const LASTS: Duration = Duration::from_secs(7200);

    fn found(samples: &[Sample], what: &str) -> Option<Slope> {
        of(samples, LASTS).into_iter().find(|slope| slope.of == "api" && slope.what == what)
    }

    #[test]
    fn what_rises_by_one_in_a_minute_rises_by_sixty_in_an_hour() {
        let slope = found(&fds(|n| n as u64 / 6, |_| 1), "fds").expect("it lived");
        assert!((slope.per_hour - 60.0).abs() < 0.1 && !slope.is_steady(), "{slope:?}");
        assert!((slope.window - 3580.0).abs() < 0.1, "{slope:?}");
    }

    #[test]
    fn what_shakes_or_falls_is_steady() {
        assert!(found(&fds(|n| 20 + n as u64 % 5, |_| 1), "fds").expect("it lived").is_steady());
        assert!(found(&fds(|n| 1000 - n as u64, |_| 1), "fds").expect("it lived").is_steady());
        assert!(found(&fds(|_| 1, |_| 1), "rss").expect("it lived").is_steady());
    }

    #[test]
    fn what_rises_once_or_falls_while_a_server_is_away_is_steady() {
        assert!(found(&fds(|n| if n < 500 { 20 } else { 40 }, |_| 1), "fds").expect("it lived").is_steady());
        let mut samples = fds(|n| if (361..380).contains(&n) { 5 } else { 40 }, |_| 1);
        samples[361..380].iter_mut().for_each(|sample| sample.queues = None);
        assert!(found(&samples, "fds").expect("it lived").per_hour.abs() < 0.1);
    }

    #[test]
    fn a_coordinator_is_compared_with_itself_in_the_same_role() {
        let mut samples = fds(|n| if n % 300 < 150 { 20 } else { 28 }, |_| 1);
        for (n, sample) in samples.iter_mut().enumerate() {
            let held = sample.processes.get_mut("api").expect("it is there");
            held.role = if n % 300 < 150 { "stands by" } else { "leads" };
        }
        let slopes = of(&samples, LASTS);
        let of = |name: &str| slopes.iter().find(|slope| slope.of == name && slope.what == "fds");
        for name in ["api (leads)", "api (stands by)"] {
            assert!(of(name).expect("it was").per_hour.abs() < 0.1, "{slopes:?}");
        }
    }

    #[test]
    fn what_was_started_again_is_not_judged() {
        assert!(found(&fds(|n| n as u64, |n| u32::from(n > 500)), "fds").is_none());
        assert!(found(&fds(|n| n as u64, |n| u32::from(n > 300)), "fds").is_some(), "that was before");
    }
}
