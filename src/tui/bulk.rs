//! Something to be done to many cases, before it is done: what it would touch is told, and what it need not touch left out.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::docket::DocketScreen;
use super::effect::Effect;
use super::key::Key;
use crate::docket::{CaseSet, Survey};
use crate::domain::Opinion;
use crate::jobs::Request;

/// Cases shown of those that it is on.
const SAMPLE: usize = 5;

/// What is to be done to each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A verdict.
    Verdict(Opinion),
    /// A priority, or none any more.
    Rank(Option<u8>),
    /// Pinned, or let go.
    Pin(bool),
}

impl Deed {
    /// It, in a word or two.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Verdict(opinion) => opinion.word().replace('_', " "),
            Self::Rank(Some(rank)) => format!("priority {rank}"),
            Self::Rank(None) => "no priority".to_owned(),
            Self::Pin(true) => "pinned".to_owned(),
            Self::Pin(false) => "let go".to_owned(),
        }
    }
}

/// What is not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What is to be done.
    pub deed: Deed,
    /// The cases, in the order of the list.
    pub cases: Arc<[u32]>,
    /// The group that they are, where they are one.
    pub group: Option<String>,
    /// How many of them did not stand on the screen for long enough to be looked at.
    pub unseen: usize,
    /// How many of them the list does not hold: they were selected before it was filtered.
    pub hidden: usize,
    /// Some of them, from the first to the last.
    pub sample: Vec<u32>,
    /// What they are, once it has come.
    pub survey: Option<Survey>,
    /// Of the survey that was asked for.
    pub(super) ticket: u64,
    /// It was meant before it was known what the cases are: it is given at once if nothing speaks against it.
    pub(super) is_meant: bool,
}

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meant {
    /// Nothing yet.
    Open(Box<Bulk>),
    /// It is done to these cases.
    Give(Deed, Vec<u32>),
    /// None of the cases is left.
    Nothing,
}

impl Bulk {
    /// Something on some cases; of a verdict it is asked how many have one.
    pub(super) fn new(
        docket: &mut DocketScreen,
        deed: Deed,
        cases: Arc<[u32]>,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let ticket = docket.next_ticket();
        let range = 0..cases.len();
        let survey = match deed {
            Deed::Verdict(_) => {
                effects.push(Effect::Ask(Request::Survey { ticket, cases: Arc::clone(&cases), range }));
                None
            }
            // Whether a case is settled says nothing against it.
            Deed::Rank(_) | Deed::Pin(_) => Some(Survey::default()),
        };
        let unseen = docket.unseen(&cases);
        let listed: CaseSet = docket.cases.iter().collect();
        let hidden = cases.iter().filter(|case| !listed.contains(case)).count();
        let sample = spread(&cases, SAMPLE);
        let group = docket.heading().filter(|&group| *docket.members(group) == *cases);
        let group = group.map(|group| docket.outline.groups().name(group).to_owned());
        Self { deed, cases, group, unseen, hidden, sample, survey, ticket, is_meant: false }
    }

    /// How many of the cases are settled already, as far as is known.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.survey.as_ref().map_or(0, |survey| survey.tally.settled)
    }

    /// Takes a key.
    pub(super) fn key(mut self, docket: &mut DocketScreen, key: Key, effects: &mut Vec<Effect>) -> Meant {
        let settled = self.survey.as_ref().map(|survey| &survey.settled).filter(|it| !it.is_empty());
        let left: Vec<u32> = match (key.code, key.written()) {
            (KeyCode::Enter, _) if self.survey.is_some() => {
                return Meant::Give(self.deed, self.cases.to_vec());
            }
            (KeyCode::Enter, _) => {
                self.is_meant = true;
                return Meant::Open(Box::new(self));
            }
            (_, Some('s')) if settled.is_some() => {
                let is_settled = |case: &u32| settled.is_some_and(|settled| settled.contains(case));
                self.cases.iter().filter(|case| !is_settled(case)).copied().collect()
            }
            (_, Some('n')) if self.unseen > 0 => {
                self.cases.iter().filter(|case| docket.noticed.seen.contains(case)).copied().collect()
            }
            (_, Some('f')) if self.hidden > 0 => {
                let listed: CaseSet = docket.cases.iter().collect();
                self.cases.iter().filter(|case| listed.contains(case)).copied().collect()
            }
            _ => return Meant::Open(Box::new(self)),
        };
        if left.is_empty() {
            return Meant::Nothing;
        }
        Meant::Open(Box::new(Self::new(docket, self.deed, left.into(), effects)))
    }

    /// It is told what the cases are; another's survey is not taken. Says whether the verdict is to be given now.
    pub(super) fn surveyed(&mut self, ticket: u64, survey: &Survey) -> bool {
        if ticket != self.ticket {
            return false;
        }
        self.survey = Some(survey.clone());
        // What was not known when it was meant is to be read first.
        self.is_meant && survey.tally.settled == 0
    }
}

/// A few of many, the first and the last among them.
pub(super) fn spread(cases: &[u32], count: usize) -> Vec<u32> {
    let last = cases.len().saturating_sub(1);
    let steps = count.saturating_sub(1).max(1);
    let places = (0..count.min(cases.len())).map(|at| if last < count { at } else { at * last / steps });
    places.filter_map(|at| cases.get(at).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_reaches_from_the_first_to_the_last() {
        let cases: Vec<u32> = (1..=1000).collect();
        assert_eq!(spread(&cases, 5), [1, 250, 500, 750, 1000]);
        assert_eq!(spread(&cases[..5], 5), [1, 2, 3, 4, 5]);
        assert_eq!(spread(&cases[..6], 5), [1, 2, 3, 4, 6]);
        assert_eq!(spread(&cases[..2], 5), [1, 2]);
        assert!(spread(&[], 5).is_empty());
    }
}
