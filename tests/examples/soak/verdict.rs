//! What a run came to, for people and for machines.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use serde_json::{Value, json};

use crate::{
    run::Run,
    slopes::{Limit, Slope},
};

/// Good when there are no problems.
pub(crate) struct Verdict {
    problems: Vec<String>,
    slopes: Vec<Slope>,
    about: Value,
}

impl Verdict {
    pub(crate) fn of(run: &Run, seed: u64, mut problems: Vec<String>, slopes: Vec<Slope>) -> Self {
        for slope in slopes.iter().filter(|slope| !slope.is_steady()) {
            problems.push(format!(
                "{} of {} rises by {} in an hour",
                slope.what,
                slope.of,
                slope.shown(slope.per_hour)
            ));
        }
        let asked = run.sites.asked();
        let visits: u64 = asked.values().map(|asked| asked.visits).sum();
        let hits: u64 = asked.values().map(|asked| asked.hits).sum();
        let (accepted, ended) =
            run.samples.borrow().iter().rev().find_map(|sample| sample.jobs).unwrap_or_default();
        let peak: BTreeMap<String, u64> =
            run.samples.borrow().iter().filter_map(|s| s.queues.clone()).flatten().fold(
                BTreeMap::new(),
                |mut peak, (queue, (messages, _))| {
                    let most = peak.entry(queue).or_default();
                    *most = messages.max(*most);
                    peak
                },
            );
        let about = json!({
            "seed": seed,
            "seconds": run.lasts.as_secs_f64(),
            "jobs": {"accepted": accepted, "ended": ended},
            "submissions": run.accepted.borrow().len(),
            "refused": *run.refused.borrow(),
            "faults": *run.struck.borrow(),
            "endedAlone": *run.ended_alone.borrow(),
            "drainSeconds": run.drained.get().as_secs_f64(),
            "longestJobSeconds": run.longest.get(),
            "pages": {"toRead": visits, "asked": hits, "mostAtOnceOnOneHost": run.sites.most_in_flight()},
            "mostInQueues": peak,
            "records": *run.statuses.borrow(),
        });
        Self { problems, slopes, about }
    }

    /// Prints it and leaves it as `verdict.json`.
    pub(crate) fn tell(&self, out: &Path) {
        println!("\n{:<26}{:<11}{:>14}{:>16}{:>10}  ", "of", "what", "mean", "in an hour", "share");
        for slope in &self.slopes {
            let judged = match (slope.limit, slope.is_steady()) {
                (Limit::Told, _) => "",
                (_, true) => "steady",
                (_, false) => "RISES",
            };
            println!(
                "{:<26}{:<11}{:>14}{:>16}{:>9.1}%  {judged}",
                slope.of,
                slope.what,
                slope.shown(slope.mean),
                slope.shown(slope.per_hour),
                100.0 * slope.share()
            );
        }
        println!();
        for (name, value) in self.about.as_object().into_iter().flatten() {
            println!("{name}: {value}");
        }
        if self.problems.is_empty() {
            println!("verdict: good");
        } else {
            println!("verdict: bad: {}", self.problems.join("; "));
        }
        let written = serde_json::to_vec_pretty(&self.json()).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|json| std::fs::write(out.join("verdict.json"), json)) {
            eprintln!("error: verdict.json could not be written: {error}");
        }
    }

    fn json(&self) -> Value {
        let slope = |slope: &Slope| {
            json!({
                "of": slope.of, "what": slope.what, "mean": slope.mean, "perHour": slope.per_hour,
                "share": slope.share(), "sustained": slope.sustained, "windowSeconds": slope.window, "judged": slope.limit != Limit::Told,
                "steady": slope.is_steady(),
            })
        };
        json!({
            "verdict": if self.problems.is_empty() { "good" } else { "bad" },
            "problems": self.problems,
            "run": self.about,
            "slopes": self.slopes.iter().map(slope).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn exit(&self) -> ExitCode {
        ExitCode::from(u8::from(!self.problems.is_empty()))
    }
}
