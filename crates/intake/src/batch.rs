//! What the inputs of one submission add up to: targets with unique ids, rejections, problems, one total.

mod ignored;

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

use gleaner_contract::{Budget, Counter, Currency, RejectReason, Submission, Target};

use self::ignored::Ignored;
use crate::{
    defaults::Defaults,
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
    /// Each with the number of its input.
    rejected: Vec<(usize, Rejected)>,
    ignored: Vec<Ignored>,
    problems: Vec<Problem>,
    total: Option<(Place, Budget)>,
    odd: Vec<OddMoney>,
    seen: usize,
    /// Of the input being read.
    input: InputSoFar,
}

#[derive(Debug, Default)]
struct InputSoFar {
    number: usize,
    /// In which targets count money that do not say so themselves.
    money: Option<Currency>,
    targets: usize,
    /// Targets for which nobody names a schema: a mistake in the target, or in the whole input when all are so.
    without_schema: Vec<Rejected>,
}

/// A target that counts money otherwise than its input does. Which currency all share is known at the end.
#[derive(Debug)]
struct OddMoney {
    /// Its place among the targets.
    target: usize,
    input: usize,
    currency: Currency,
    /// Without a message so far.
    rejected: Rejected,
}

impl<'o> Batch<'o> {
    pub(crate) fn new(options: &'o Options) -> Self {
        Self {
            options,
            targets: Vec::new(),
            ids: HashMap::new(),
            rejected: Vec::new(),
            ignored: Vec::new(),
            problems: Vec::new(),
            total: None,
            odd: Vec::new(),
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

    /// Notes that this cell is not `what` the name of its column promises.
    pub(crate) fn ignore(&mut self, place: &Place, column: &str, what: &'static str, cell: &str) {
        ignored::add(&mut self.ignored, place, column, what, cell);
    }

    /// Starts an input whose targets have these defaults.
    pub(crate) fn begin_input(&mut self, defaults: &Defaults<'_>) {
        self.input.money = money_of(&defaults.budget);
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
            Outcome::Wrong => {
                let rejected = issues.into_rejected(place, id, columns());
                self.rejected.extend(rejected.map(|rejected| (self.input.number, rejected)));
            }
            Outcome::NoSchema => self.input.without_schema.push(Rejected {
                place,
                id,
                reason: RejectReason::UnknownSchema,
                message: "the target names no schema".into(),
                hint: Some("write `schema` in it, or pass --as product".into()),
                columns: columns(),
            }),
            Outcome::Read(target) => match self.ids.get(&target.id) {
                Some(first) => {
                    let rejected = Rejected {
                        reason: RejectReason::DuplicateId,
                        message: format!("the id `{}` is taken by {first}", target.id),
                        hint: Some("give each target an id of its own".into()),
                        place,
                        id,
                        columns: columns(),
                    };
                    self.rejected.push((self.input.number, rejected));
                }
                None => {
                    let odd = money_of(&target.budget).filter(|own| Some(*own) != self.input.money);
                    self.odd.extend(odd.map(|currency| OddMoney {
                        target: self.targets.len(),
                        input: self.input.number,
                        currency,
                        rejected: Rejected {
                            reason: RejectReason::BadValue,
                            message: String::new(),
                            hint: Some("write both in one currency".into()),
                            place: place.clone(),
                            id,
                            columns: columns(),
                        },
                    }));
                    if !target.id.is_empty() {
                        self.ids.insert(target.id.clone(), place);
                    }
                    self.targets.push(*target);
                }
            },
        }
        ControlFlow::Continue(())
    }

    /// Ends an input that is right as a whole.
    pub(crate) fn end_input(&mut self, name: &str) {
        let InputSoFar { number, targets, without_schema, .. } = self.next_input();
        if targets > 0 && without_schema.len() == targets {
            self.problems.push(no_schema(Place::whole(name)));
        } else {
            self.rejected.extend(without_schema.into_iter().map(|rejected| (number, rejected)));
        }
    }

    /// Ends an input that has problems of its own.
    pub(crate) fn abandon_input(&mut self) {
        self.next_input();
    }

    fn next_input(&mut self) -> InputSoFar {
        let next = InputSoFar { number: self.input.number + 1, ..InputSoFar::default() };
        std::mem::replace(&mut self.input, next)
    }

    pub(crate) fn finish(mut self) -> Result<Intake, IntakeError> {
        let written = self.total.as_ref().map(|(_, total)| total.clone()).unwrap_or_default();
        let total = written.overridden_by(&self.options.total);
        self.check_currencies(&total);
        self.name_the_nameless();
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
        self.rejected.sort_by_key(|(input, rejected)| (*input, rejected.place.line));
        let rejected = self.rejected.into_iter().map(|(_, rejected)| rejected).collect();
        let warnings = self.ignored.into_iter().map(Ignored::told).collect();
        Ok(Intake { submission, rejected, warnings })
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

    /// Money under one total is counted in one currency. A target that says otherwise is rejected alone; what inputs say
    /// for all their targets is wrong as a whole.
    fn check_currencies(&mut self, total: &Budget) {
        let Some(whole) = money_of(total) else { return };
        let clash = |own| format!("`budget.money` is in {own}, but `total.money` is in {whole}");
        let mut odd = HashSet::new();
        for OddMoney { target, input, currency, rejected } in std::mem::take(&mut self.odd) {
            if currency != whole {
                odd.insert(target);
                self.rejected.push((input, Rejected { message: clash(currency), ..rejected }));
            }
        }
        let mut indices = 0..;
        self.targets.retain(|_| indices.next().is_none_or(|index| !odd.contains(&index)));
        let others = self.targets.iter().filter_map(|target| money_of(&target.budget));
        if let Some(own) = others.into_iter().find(|own| *own != whole) {
            self.problems.push(Problem {
                place: self.total.as_ref().map_or_else(|| Place::whole("input"), |(place, _)| place.clone()),
                what: clash(own),
                hint: Some("write both in one currency".into()),
            });
        }
    }
}

fn money_of(budget: &Budget) -> Option<Currency> {
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
