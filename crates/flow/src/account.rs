//! Accounts: what is reserved, settled and unknown, and the wall that their sum never passes.
//!
//! An amount is reserved before it may be spent. It ends in one of three ways: settled (told by a report), released
//! (not spent), or unknown (its report did not come; it counts as spent until the report still does).

use gleaner_contract::{Amounts, Budget, Counter, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The account of one budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub budget: Budget,
    pub reserved: Amounts,
    pub settled: Amounts,
    pub unknown: Amounts,
}

/// Why there is no room for a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoom {
    /// Open reservations may still give room back.
    Wait(Counter),
    /// What is settled and unknown leaves none.
    Spent(Counter),
}

impl Account {
    pub fn new(budget: Budget) -> Self {
        Self { budget, ..Self::default() }
    }

    /// What could still be reserved of this counter; `None` when it has no limit.
    pub fn room(&self, counter: &Counter) -> Option<Decimal> {
        let limit = self.budget.limit(counter)?;
        Some(limit - self.reserved.get(counter) - self.settled.get(counter) - self.unknown.get(counter))
    }

    /// Whether `amount` of this counter fits.
    pub fn check(&self, counter: &Counter, amount: Decimal) -> Result<(), NoRoom> {
        match self.room(counter) {
            Some(room) if room < amount => {
                if self.reserved.get(counter).is_zero() {
                    Err(NoRoom::Spent(counter.clone()))
                } else {
                    Err(NoRoom::Wait(counter.clone()))
                }
            }
            _ => Ok(()),
        }
    }

    /// The caller has checked that it fits.
    pub(crate) fn reserve(&mut self, amounts: &Amounts) {
        self.reserved.add(amounts);
    }

    /// A report told what was spent under this permit; the rest of the permit is released. A claim beyond the permit
    /// is booked at the permit: its spender could not pass it.
    pub fn settle(&mut self, permit: &Amounts, usage: &Amounts) {
        self.reserved.sub(permit);
        self.settled.add(&clamp(permit, usage));
    }

    /// The report of this permit did not come in time.
    pub(crate) fn lose(&mut self, permit: &Amounts) {
        self.reserved.sub(permit);
        self.unknown.add(permit);
    }

    /// It came after all.
    pub(crate) fn settle_late(&mut self, permit: &Amounts, usage: &Amounts) {
        self.unknown.sub(permit);
        self.settled.add(&clamp(permit, usage));
    }

    /// settled + unknown + reserved ≤ budget, for every limited counter.
    pub fn holds(&self) -> bool {
        self.budget.iter().all(|(counter, _)| self.room(counter).is_none_or(|room| room >= Decimal::ZERO))
    }
}

/// More than this of one counter in one report is no measurement; sums of such amounts stay far from overflowing.
const MOST_TOLD: u64 = 1_000_000_000_000_000;

/// What a report tells, without amounts that nobody can have spent: those below zero, and those beyond all measure.
pub(crate) fn plausible(usage: &Amounts) -> Amounts {
    let mut told = Amounts::none();
    for (counter, spent) in usage.iter() {
        told.set(counter.clone(), spent.clamp(Decimal::ZERO, Decimal::from(MOST_TOLD)));
    }
    told
}

fn clamp(permit: &Amounts, usage: &Amounts) -> Amounts {
    let mut booked = Amounts::none();
    for (counter, spent) in usage.iter() {
        let allowed = permit.get(counter);
        booked.set(counter.clone(), if allowed.is_zero() { spent } else { spent.min(allowed) });
    }
    booked
}

/// What the jobs of a submission share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub account: Account,
    /// The first dispatch of any of its jobs: the total's seconds run from here.
    pub started_at: Option<Timestamp>,
    /// Jobs that wait for room in the total since it was last freed.
    pub waiters: u32,
    /// Room came back since the waiters were last woken.
    pub freed: bool,
}

impl Group {
    pub fn new(total: Budget) -> Self {
        Self { account: Account::new(total), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
