//! What the inputs of one submission add up to: targets with unique ids, rejections, problems, one total.

use std::{collections::HashMap, ops::ControlFlow};

use gleaner_contract::{Budget, Counter, RejectReason, Submission, Target};

use crate::{
    error::{IntakeError, Place, Problem, Rejected},
    issues::Issues,
    options::{Intake, Options},
    target::Outcome,
};

#[derive(Debug)]
pub(crate) struct Batch<'o> {
    pub(crate) options: &'o Options,
    targets: Vec<Target>,
    ids: HashMap<String, Place>,
    rejected: Vec<Rejected>,
    problems: Vec<Problem>,
    total: Option<(Place, Budget)>,
    seen: usize,
    /// Of the input being read.
    input: InputSoFar,
}

#[derive(Debug, Default)]
struct InputSoFar {
    targets: usize,
    first_rejected: usize,
    /// Targets for which nobody names a schema: a mistake in the target, or in the whole input when all are so.
    without_schema: Vec<Rejected>,
}

impl<'o> Batch<'o> {
    pub(crate) fn new(options: &'o Options) -> Self {
        Self {
            options,
            targets: Vec::new(),
            ids: HashMap::new(),
            rejected: Vec::new(),
            problems: Vec::new(),
            total: None,
            seen: 0,
            input: InputSoFar::default(),
        }
    }

    pub(crate) fn problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Whether anything is wrong so far with the inputs as such: then nothing of them will run.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(crate) fn issues(&self) -> Issues {
        Issues::new(self.options.limits)
    }

    /// Bounds for all targets together, which one input may set.
    pub(crate) fn set_total(&mut self, place: Place, total: Budget) {
        match &self.total {
            None => self.total = Some((place, total)),
            Some((first, _)) => self.problems.push(Problem {
                what: format!("`total` is set here and in {first}"),
                hint: Some("a submission has one total: write it in one file".into()),
                place,
            }),
        }
    }

    /// Takes what came of one target. Breaks when there are too many.
    pub(crate) fn admit(
        &mut self,
        outcome: Outcome,
        issues: Issues,
        place: Place,
        id: Option<String>,
        columns: impl FnOnce() -> Vec<(String, String)>,
    ) -> ControlFlow<()> {
        self.seen += 1;
        self.input.targets += 1;
        let limit = self.options.limits.targets;
        if self.seen > limit {
            self.problems.push(Problem {
                place,
                what: format!("more than {limit} targets"),
                hint: Some("split the input and run the parts one after the other".into()),
            });
            return ControlFlow::Break(());
        }
        match outcome {
            Outcome::Wrong => self.rejected.extend(issues.into_rejected(place, id, columns())),
            Outcome::NoSchema => self.input.without_schema.push(Rejected {
                place,
                id,
                reason: RejectReason::UnknownSchema,
                message: "the target names no schema".into(),
                hint: Some("write `schema` in it, or pass --as product".into()),
                columns: columns(),
            }),
            Outcome::Read(target) if target.id.is_empty() => self.targets.push(*target),
            Outcome::Read(target) => match self.ids.get(&target.id) {
                None => {
                    self.ids.insert(target.id.clone(), place);
                    self.targets.push(*target);
                }
                Some(first) => self.rejected.push(Rejected {
                    reason: RejectReason::DuplicateId,
                    message: format!("the id `{}` is taken by {first}", target.id),
                    hint: Some("give each target an id of its own".into()),
                    place,
                    id,
                    columns: columns(),
                }),
            },
        }
        ControlFlow::Continue(())
    }

    /// Ends an input that is right as a whole.
    pub(crate) fn end_input(&mut self, name: &str) {
        let InputSoFar { targets, first_rejected, without_schema } = std::mem::take(&mut self.input);
        if targets > 0 && without_schema.len() == targets {
            self.problems.push(no_schema(Place::whole(name)));
        } else {
            self.rejected.extend(without_schema);
        }
        self.rejected[first_rejected..].sort_by_key(|rejected| rejected.place.line);
        self.input.first_rejected = self.rejected.len();
    }

    /// Ends an input that has problems of its own.
    pub(crate) fn abandon_input(&mut self) {
        self.input = InputSoFar { first_rejected: self.rejected.len(), ..InputSoFar::default() };
    }

    pub(crate) fn finish(mut self) -> Result<Intake, IntakeError> {
        self.name_the_nameless();
        let total = match &self.total {
            Some((_, total)) => total.overridden_by(&self.options.total),
            None => self.options.total.clone(),
        };
        self.check_currencies(&total);
        if self.targets.is_empty() && self.rejected.is_empty() && self.problems.is_empty() {
            self.problems.push(Problem {
                place: Place::whole("input"),
                what: "no targets".into(),
                hint: Some("write [[targets]], rows, or URLs".into()),
            });
        }
        if !self.problems.is_empty() {
            return Err(IntakeError { problems: self.problems });
        }
        let submission = Submission { targets: self.targets, total, offline: self.options.offline };
        Ok(Intake { submission, rejected: self.rejected })
    }

    /// A target without id is called by its first URL, or else by its number; `#2`, … keep ids apart.
    fn name_the_nameless(&mut self) {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (index, target) in self.targets.iter_mut().enumerate().filter(|(_, target)| target.id.is_empty())
        {
            let base = target.urls.first().cloned().unwrap_or_else(|| (index + 1).to_string());
            let number = numbers.entry(base.clone()).or_insert(1);
            let mut id = base.clone();
            while self.ids.contains_key(&id) {
                *number += 1;
                id = format!("{base}#{number}");
            }
            self.ids.insert(id.clone(), Place::whole(""));
            target.id = id;
        }
    }

    /// Money under one total is counted in one currency.
    fn check_currencies(&mut self, total: &Budget) {
        let Some(whole) = money_of(total) else { return };
        let odd = self.targets.iter().find_map(|target| {
            let own = money_of(&target.budget).filter(|own| *own != whole)?;
            Some((target.id.clone(), own))
        });
        if let Some((id, own)) = odd {
            let place = self.total.as_ref().map_or_else(|| Place::whole("input"), |(place, _)| place.clone());
            self.problems.push(Problem {
                place,
                what: format!("`total.money` is in {whole}, but `budget.money` of target `{id}` is in {own}"),
                hint: Some("write both in one currency".into()),
            });
        }
    }
}

fn money_of(budget: &Budget) -> Option<gleaner_contract::Currency> {
    budget.limit(&Counter::MONEY).map(|_| budget.currency())
}

pub(crate) fn no_schema(place: Place) -> Problem {
    let names = gleaner_contract::schema::BUILT_IN.join(", ");
    Problem {
        place,
        what: "no schema says which fields are wanted".into(),
        hint: Some(format!(
            "pass --as NAME (built in: {names}) or --schema FILE.json, or write `schema` in the file"
        )),
    }
}

#[cfg(test)]
mod tests;
