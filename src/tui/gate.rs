//! The screen of the gate: its conditions, what to judge next, and cases that contradict each other. It reads only.
//!
//! Who reviews blind, or has a case back, sees nothing here of what was said of it: of contradictions only those are
//! shown of which all cases may be seen; the rest is a number.

mod advice;

use ratatui::layout::Rect;

use super::action::Action;
use super::effect::Effect;
use super::layout::Panes;
use super::listing::{Listing, Split};
use super::modal::Modal;
use super::sides::Sides;
use super::state::{State, Which};
use super::waiting::Awaited;
use crate::dataset::{Advice, Condition};
use crate::jobs::{GateReply, GateRequest, GateView, Listed, Opposed, Request};
pub(super) use advice::{most_helpful, together};

/// From so many columns on what is told stands beside the list.
const WIDE: u16 = 110;
/// So many columns a condition has beside what is told, with how many decisions it takes.
const CONDITION: u16 = 74;
/// Filters of contradictions name so many cases of either side.
const NAMED: usize = 3;

/// The screen of the gate.
#[derive(Debug, Default)]
pub struct GateScreen {
    /// The conditions, those that do not hold first, and then the contradictions.
    pub rows: Listing<Row>,
    /// What was counted last.
    pub view: Option<Box<GateView>>,
    /// Why the last count came to nothing.
    pub failed: Option<String>,
    /// The count that is waited for.
    pub(super) counting: Option<u64>,
    /// Of the last one.
    turn: u64,
    /// Whether something was decided or imported since the last count was asked for.
    pub(super) has_changed: bool,
    /// Lines of what is told above the screen.
    pub scroll: usize,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A condition, by its place in the report.
    Condition(usize),
    /// Two cases of a contradiction: which one it is, and the places of the cases on either side of it.
    Opposed(usize, (usize, usize)),
}

/// The places of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    /// How many labels there are, where there is room for it.
    pub(super) summary: Rect,
    /// The list, the line beside it, and what is told of where one is.
    pub(super) split: Split,
}

impl Places {
    pub(super) fn of(panes: &Panes, size: (u16, u16)) -> Self {
        let Some(body) = Split::body(panes, size) else { return Self::default() };
        let above = u16::from(body.height >= 8);
        let summary = Rect { height: above, ..body };
        let rest = Rect { y: body.y + above, height: body.height - above, ..body };
        let split = if body.width >= WIDE {
            Split::beside(rest, (rest.width / 50 * 31).max(CONDITION))
        } else {
            Split::above(rest, (rest.height / 2 + 1).max(2))
        };
        Self { summary, split }
    }
}

impl GateScreen {
    /// The condition that a line is about.
    #[must_use]
    pub(super) fn condition(&self, row: Row) -> Option<&Condition> {
        match row {
            Row::Condition(at) => self.view.as_ref()?.report.conditions.get(at),
            Row::Opposed(..) => None,
        }
    }

    /// The two cases that a line is about.
    pub(super) fn pair(&self, row: Row) -> Option<(&Listed, &Listed)> {
        let Row::Opposed(group, (real, not_real)) = row else { return None };
        let group = self.view.as_ref()?.opposed.get(group)?;
        Some((group.real.get(real)?, group.not_real.get(not_real)?))
    }

    /// Whether it is being counted.
    #[must_use]
    pub const fn is_counting(&self) -> bool {
        self.counting.is_some()
    }

    fn go(&mut self, to: usize) {
        let before = self.rows.cursor();
        self.rows.go(to);
        if self.rows.cursor() != before {
            self.scroll = 0;
        }
    }

    /// Asks for it anew.
    fn count(&mut self) -> Effect {
        self.turn += 1;
        (self.counting, self.has_changed) = (Some(self.turn), false);
        Effect::Ask(Request::Gate(GateRequest::Count(self.turn)))
    }
}

/// Whether it may be shown what was said of a case.
pub(super) fn may_show(state: &State, case: &Listed) -> bool {
    !state.docket.is_back(case.number) && !state.settings.hides(&case.standing)
}

/// Whether that may be of all cases of a contradiction that a filter would name.
fn may_name(state: &State, group: &Opposed) -> bool {
    let named = group.real.iter().take(NAMED).chain(group.not_real.iter().take(NAMED));
    named.into_iter().all(|case| may_show(state, case))
}

/// What a condition advises and may be shown: a filter that names cases which contradict each other says something of them.
pub(super) fn advised<'a>(state: &'a State, condition: &'a Condition) -> Vec<&'a Advice> {
    let opposed = state.gate.view.as_ref().map_or(&[][..], |view| view.opposed.as_slice());
    let is_shown = |at: usize| {
        condition.name != "contradictions" || opposed.get(at).is_some_and(|group| may_name(state, group))
    };
    let advice = condition.advice.iter().enumerate();
    advice.filter(|(at, _)| is_shown(*at)).map(|(_, advice)| advice).collect()
}

/// Contradictions of which some cases are hidden.
pub(super) fn hidden(state: &State) -> usize {
    let Some(view) = &state.gate.view else { return 0 };
    let is_shown = |group: &&Opposed| {
        group.real.iter().any(|case| may_show(state, case))
            && group.not_real.iter().any(|case| may_show(state, case))
    };
    view.opposed.len() - view.opposed.iter().filter(is_shown).count()
}

/// The lines of the list.
fn rows(state: &State, view: &GateView) -> Vec<Row> {
    let conditions = &view.report.conditions;
    let mut order: Vec<usize> = (0..conditions.len()).collect();
    order.sort_by_key(|&at| conditions.get(at).is_some_and(|condition| condition.holds));
    let mut rows: Vec<Row> = order.into_iter().map(Row::Condition).collect();
    for (at, group) in view.opposed.iter().enumerate() {
        let shown = |cases: &[Listed]| -> Vec<usize> {
            let shown = cases.iter().enumerate().filter(|(_, case)| may_show(state, case));
            shown.map(|(at, _)| at).collect()
        };
        let (real, not_real) = (shown(&group.real), shown(&group.not_real));
        let (Some(last), Some(last_not)) = (real.last(), not_real.last()) else { continue };
        // Every case stands beside one of the other side.
        for pair in 0..real.len().max(not_real.len()) {
            let (one, other) = (real.get(pair).unwrap_or(last), not_real.get(pair).unwrap_or(last_not));
            rows.push(Row::Opposed(at, (*one, *other)));
        }
    }
    rows
}

/// The screen is shown: what was counted before is counted anew where it may be other by now.
pub(super) fn shown(state: &mut State, effects: &mut Vec<Effect>) {
    let gate = &mut state.gate;
    if gate.counting.is_none() && (gate.view.is_none() || gate.has_changed) {
        effects.push(gate.count());
    }
}

/// Calls off what is being counted once another screen is before the reviewer.
pub(super) fn leave(state: &mut State, effects: &mut Vec<Effect>) {
    if state.which != Which::Gate && state.gate.counting.take().is_some() {
        // What it would have told is wanted the next time.
        state.gate.has_changed = true;
        effects.push(Effect::Ask(Request::Gate(GateRequest::CallOff)));
    }
}

/// Does an action of the screen; says whether it was one.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    if let Some(to) = state.gate.rows.target(action) {
        state.gate.go(to);
        return true;
    }
    match action {
        Action::CaseDown => scroll(state, 3),
        Action::CaseUp => scroll(state, -3),
        Action::Refresh => effects.push(state.gate.count()),
        Action::LabelNext => label_next(state, effects),
        Action::OpenAdvice => open(state, effects),
        _ => return false,
    }
    true
}

/// The docket of which one decision serves the most conditions.
fn label_next(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(view) = &state.gate.view else {
        state.say("it is not counted yet");
        return;
    };
    if view.report.open {
        state.say("the gate is open: nothing is to be judged for it");
        return;
    }
    let lacking = view.report.conditions.iter().filter(|condition| !condition.holds);
    let lacking: Vec<(&str, Vec<&Advice>)> =
        lacking.map(|condition| (condition.name, advised(state, condition))).collect();
    let Some((filter, served)) = most_helpful(&lacking) else {
        state.say("there is no case here whose verdict would help");
        return;
    };
    let words = format!("a decision here serves: {}", served.join(", "));
    to_docket(state, &filter, effects);
    state.say(words);
}

/// What belongs to the line at hand.
fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(&row) = state.gate.rows.current() else { return };
    if let Some((one, other)) = state.gate.pair(row) {
        if !(may_show(state, one) && may_show(state, other)) {
            state.say(HIDDEN);
            return;
        }
        let cases = [one.name, other.name];
        state.wait_for(Awaited::Sides(cases));
        effects.push(Effect::Ask(Request::Gate(GateRequest::Sides(cases))));
        return;
    }
    let Some(condition) = state.gate.condition(row) else { return };
    if condition.holds {
        state.say("it holds: nothing is to be judged for it");
        return;
    }
    let (filter, has_none) = (together(&advised(state, condition)), condition.advice.is_empty());
    match filter {
        Some(filter) => to_docket(state, &filter, effects),
        None if has_none => state.say("there is no filter for it"),
        None => state.say(HIDDEN),
    }
}

/// What is said where a key would show what is hidden.
const HIDDEN: &str = "hidden until your own verdict on these cases";

fn to_docket(state: &mut State, filter: &str, effects: &mut Vec<Effect>) {
    state.which = Which::Docket;
    super::update::filter_by(state, filter, effects);
}

/// A cell was clicked.
pub(super) fn click(state: &mut State, at: (u16, u16)) {
    let places = Places::of(&super::layout::of(state), state.size);
    if let Some(to) = state.gate.rows.at(places.split.list, 1, at) {
        state.gate.go(to);
    }
}

/// The wheel was turned.
pub(super) fn wheel(state: &mut State, at: (u16, u16), by: i32) {
    let places = Places::of(&super::layout::of(state), state.size);
    if places.split.list.contains(at.into()) {
        state.gate.go(state.gate.rows.cursor().saturating_add_signed(by as isize));
    } else {
        scroll(state, by as isize * 3);
    }
}

/// Scrolls what is told, no further than its end.
fn scroll(state: &mut State, by: isize) {
    let places = Places::of(&super::layout::of(state), state.size);
    let furthest = super::view::gate::furthest(state, &places);
    state.gate.scroll = state.gate.scroll.min(furthest).saturating_add_signed(by).min(furthest);
}

/// Something about the gate was answered.
pub(super) fn answered(state: &mut State, reply: GateReply) {
    match reply {
        // What was called off, or asked for anew since.
        GateReply::Counted { turn, .. } if state.gate.counting != Some(turn) => {}
        GateReply::Counted { counted, .. } => {
            state.gate.counting = None;
            match counted {
                Ok(view) => {
                    let here = |gate: &GateScreen, row| gate.condition(row).map(|condition| condition.name);
                    let before = state.gate.rows.current().and_then(|row| here(&state.gate, *row));
                    let rows = rows(state, &view);
                    let at = |row: &Row| match row {
                        Row::Condition(at) => view.report.conditions.get(*at).map(|it| it.name) == before,
                        Row::Opposed(..) => false,
                    };
                    // At the first line one stays at the first: it is what is lacking now.
                    let is_past = state.gate.rows.cursor() > 0 && before.is_some();
                    let to = is_past.then(|| rows.iter().position(at)).flatten();
                    state.gate.rows.replace(rows, to);
                    (state.gate.view, state.gate.failed) = (Some(view), None);
                }
                Err(why) => state.gate.failed = Some(why),
            }
        }
        GateReply::Sides { cases, views } => {
            if !state.is_awaited(&Awaited::Sides(cases)) {
                return;
            }
            match views {
                Ok(views) => {
                    let hides = |view| state.settings.hides_of(view);
                    if views.iter().any(|view| hides(view) || state.docket.is_back(view.listed.number)) {
                        state.say(HIDDEN);
                        return;
                    }
                    let sides = Sides::of_cases(&views, &state.settings.reviewer);
                    state.modals.push(Modal::Sides(Box::new(sides)));
                }
                Err(why) => state.fail(why),
            }
        }
    }
}

#[cfg(test)]
mod tests;
