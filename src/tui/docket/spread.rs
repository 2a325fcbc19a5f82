//! Spreading a verdict: how many cases are nearly the same as the one judged last, the list of them, and the few of it
//! that are looked at first.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{DocketScreen, Just};
use crate::docket::sample;
use crate::domain::Opinion;
use crate::jobs::{Alike, Difference, Do, Request};
use crate::tui::effect::Effect;

/// Cases that are looked at before a verdict is spread.
const LOOKED_AT: usize = 3;

/// What is known of the cases like one, and the list of them while it is open.
#[derive(Debug, Default)]
pub struct Spread {
    /// The act that gave the last verdict on one case, until it is on disk.
    ticket: Option<u64>,
    /// The case whose like were asked for last.
    asked: Option<u32>,
    /// The case that one was at when the list was asked for, which is shown once they are known; none: nobody did.
    opens: Option<Option<u32>>,
    /// The cases that are like the one judged last.
    pub alike: Option<Alike>,
    /// The list that is shown in the place of the docket's.
    pub list: Option<LikeList>,
}

/// The list of cases that a verdict may be spread to.
#[derive(Debug)]
pub struct LikeList {
    /// The case that was judged.
    pub case: u32,
    /// As what.
    pub opinion: Opinion,
    /// The others.
    pub cases: Arc<[u32]>,
    /// Whether these are all.
    pub is_complete: bool,
    /// Those that are to be looked at first, picked at random.
    pub sample: Vec<u32>,
    /// Those of them that were, with their code.
    pub looked: FxHashSet<u32>,
    /// In what they differ, as far as it is known.
    pub differences: FxHashMap<u32, Difference>,
    asked: FxHashSet<u32>,
    /// The case that one was at before.
    before: Option<u32>,
}

impl LikeList {
    /// How many are still to be looked at.
    #[must_use]
    pub fn left(&self) -> usize {
        self.sample.len() - self.looked.len()
    }

    /// What a case's row says: in what it differs; `None` where that is not known yet.
    #[must_use]
    pub fn heading(&self, case: u32) -> Option<String> {
        let difference = self.differences.get(&case)?;
        let mut words = vec![difference.scope.clone()];
        if difference.was.is_some() {
            words.push("another line".to_owned());
        }
        words.extend(difference.words.iter().cloned());
        words.retain(|part| !part.is_empty());
        Some(if words.is_empty() { "no difference but its place".to_owned() } else { words.join(", ") })
    }
}

/// What the key that goes on with spreading came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Next {
    /// It went on, or waits for an answer.
    Going,
    /// All that had to be looked at was: now it is asked whether it is meant.
    Confirm,
    /// Nothing can be spread, and why.
    Nothing(&'static str),
}

impl DocketScreen {
    /// A verdict on one case was asked for: once it is on disk, those like it are.
    pub(in crate::tui) fn is_judging(&mut self) {
        self.spread.ticket = Some(self.ticket);
    }

    /// An act could not be written: nothing is like what was not judged.
    pub(in crate::tui) fn is_not_judged(&mut self, ticket: u64) {
        if self.spread.ticket.take_if(|own| *own == ticket).is_some() {
            self.spread.opens = None;
        }
    }

    /// An act is on disk.
    pub(in crate::tui) fn ask_alike(&mut self, ticket: u64, first: Option<u32>, effects: &mut Vec<Effect>) {
        let judged = self.spread.ticket.take_if(|own| *own == ticket).and(first);
        let case = match judged {
            Some(case) => Some(case),
            // Its own answer will come.
            None if self.spread.ticket.is_some() => None,
            // The list that was asked for is of this case, whichever is known of.
            None if self.spread.opens.is_some() => self.spread.asked,
            // Whatever else was done, what is known of them may have changed.
            None => self.spread.alike.as_ref().map(|alike| alike.case),
        };
        if let Some(case) = case {
            // Of the same case the old answer stays in sight until the new one comes: nothing flickers.
            self.spread.alike.take_if(|known| known.case != case);
            // Whoever has asked for the list meanwhile still wants it.
            let opens = self.spread.opens.take();
            self.want_alike(case, opens, effects);
        }
    }

    fn want_alike(&mut self, case: u32, opens: Option<Option<u32>>, effects: &mut Vec<Effect>) {
        (self.spread.asked, self.spread.opens) = (Some(case), opens);
        effects.push(Effect::Ask(Request::Alike(case)));
    }

    /// It is known which cases are like one; their list is shown if that was asked for and may be.
    pub(in crate::tui) fn alike_came(
        &mut self,
        alike: Alike,
        may_open: bool,
        effects: &mut Vec<Effect>,
    ) -> Next {
        if self.spread.asked != Some(alike.case) {
            return Next::Going;
        }
        self.spread.alike = Some(alike);
        // Whoever is at another case by now does not want to see the list any more.
        let opens = self.spread.opens.take().is_some_and(|at| at == self.current());
        if opens && may_open { self.open_alike(effects) } else { Next::Going }
    }

    /// Goes on with spreading: shows the list, then one after the other those that are to be looked at. `just` is what
    /// the key before asked for: right after a verdict it is its like that are meant, though the next case is at hand.
    pub(in crate::tui) fn step_spread(
        &mut self,
        just: Just,
        reviewer: &str,
        effects: &mut Vec<Effect>,
    ) -> Next {
        if let Some(list) = &self.spread.list {
            let next = list.sample.iter().find(|case| !list.looked.contains(case)).copied();
            let Some(next) = next else { return Next::Confirm };
            let at = self.cases.iter().position(|&case| case == next);
            match at {
                Some(at) => self.go(at, effects),
                None => return Next::Nothing("a case that was to be looked at is not in the list any more"),
            }
            return Next::Going;
        }
        let here = self.here().map(|open| &open.view.listed);
        let own = here.filter(|row| row.standing.was_judged_by(reviewer)).map(|row| row.number);
        let known = self.spread.alike.as_ref().map(|alike| alike.case);
        let judged = match just {
            Just::Judged(case) => Some(case),
            _ => None,
        };
        let here = Some(self.current());
        if self.spread.ticket.is_some() && (judged.is_some() || own.is_none()) {
            // It is not on disk yet: what is like it is asked for when it is.
            self.spread.opens = here;
            return Next::Going;
        }
        match judged.or(own).or(known) {
            Some(case) if known == Some(case) => self.open_alike(effects),
            Some(case) => {
                self.want_alike(case, here, effects);
                Next::Going
            }
            None => Next::Nothing("judge a case first: its verdict is what can be spread"),
        }
    }

    fn open_alike(&mut self, effects: &mut Vec<Effect>) -> Next {
        let Some(alike) = &self.spread.alike else { return Next::Going };
        let Some((entry, opinion)) = alike.given else {
            return Next::Nothing("only a verdict of your own that decides can be spread");
        };
        if alike.cases.is_empty() {
            return Next::Nothing("no other open case is like it");
        }
        // By the verdict's own name: another one picks others.
        let seed = entry.bytes().first_chunk().copied().map_or(0, u64::from_le_bytes);
        self.spread.list = Some(LikeList {
            case: alike.case,
            opinion,
            cases: alike.cases.as_slice().into(),
            is_complete: alike.is_complete,
            sample: sample(&alike.cases, LOOKED_AT, seed),
            looked: FxHashSet::default(),
            differences: FxHashMap::default(),
            asked: FxHashSet::default(),
            before: self.current(),
        });
        effects.push(self.list(false));
        Next::Going
    }

    /// The list of the docket again, where one was in it.
    pub(in crate::tui) fn leave_alike(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = self.spread.list.take() else { return };
        effects.push(self.list(false));
        self.lists.returns_to = list.before;
    }

    /// Spreads the verdict to the cases of the list.
    pub(in crate::tui) fn spread_it(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = self.spread.list.as_ref().filter(|list| list.left() == 0) else { return };
        let (case, cases) = (list.case, list.cases.to_vec());
        let effect = self.ask(Do::Spread { case, cases: cases.clone() }, cases);
        effects.push(effect);
        self.leave_alike(effects);
    }

    /// Takes back what was spread: right after a verdict from the case judged, else from the one at hand.
    pub(in crate::tui) fn take_back_spread(&mut self, just: Just, effects: &mut Vec<Effect>) {
        let spread = self.spread.alike.as_ref().filter(|alike| alike.spread.is_some());
        let judged = spread.map(|alike| alike.case).filter(|case| just == Just::Judged(*case));
        let Some(case) = judged.or_else(|| self.current()) else { return };
        let effect = self.ask(Do::TakeBack(case), Vec::new());
        effects.push(effect);
    }

    /// Notes that a case to be looked at is, where its code is in sight, and asks in what the cases in sight differ.
    pub(in crate::tui) fn look_at_sample(&mut self, code_lines: u16, effects: &mut Vec<Effect>) {
        let here = self.here().filter(|open| open.code.is_none() || open.shows_flagged(code_lines));
        let here = here.map(|open| open.view.listed.number);
        if self.spread.list.is_none() {
            return;
        }
        let sight: Vec<u32> = self.cases_in(self.in_sight()).collect();
        let Some(list) = &mut self.spread.list else { return };
        if let Some(case) = here.filter(|case| list.sample.contains(case)) {
            list.looked.insert(case);
        }
        let lacking = |case: &&u32| !list.asked.contains(case) && list.cases.contains(case);
        let others: Vec<u32> = sight.iter().filter(lacking).copied().collect();
        if !others.is_empty() {
            list.asked.extend(&others);
            effects.push(Effect::Ask(Request::Differences { case: list.case, others }));
        }
    }

    /// It is known in what some cases differ.
    pub(in crate::tui) fn differences_came(&mut self, case: u32, differences: Vec<Difference>) {
        if let Some(list) = self.spread.list.as_mut().filter(|list| list.case == case) {
            list.differences.extend(differences.into_iter().map(|it| (it.case, it)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::jobs::Request;
    use crate::tui::effect::Effect;
    use crate::tui::testing::World;

    #[test]
    fn an_act_that_comes_to_be_on_disk_meanwhile_does_not_ask_for_the_list_of_another_case() {
        let mut world = World::of(50);
        world.alike = vec![1, 7, 11];
        world.press("r t");
        let docket = &mut world.state.docket;
        assert_eq!(docket.spread.alike.as_ref().map(|alike| alike.case), Some(1));
        let (here, mut effects) = (Some(docket.current()), Vec::new());
        docket.want_alike(5, here, &mut effects);
        docket.ask_alike(u64::MAX, Some(9), &mut effects);
        assert!(effects.iter().all(|effect| matches!(effect, Effect::Ask(Request::Alike(5)))), "{effects:?}");
        assert_eq!((docket.spread.asked, docket.spread.opens), (Some(5), here));
    }
}
