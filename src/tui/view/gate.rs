//! The screen of the gate: its conditions with how far each is, and what is told of the one at hand and of the labels.

mod told;

use ratatui::layout::Rect;

use super::bars::grouped;
use super::cells::{Pen, cut, cut_path, line_of, width, wrapped};
use super::listing;
use crate::dataset::Condition;
use crate::jobs::{GateView, Listed};
use crate::tui::action::Action;
use crate::tui::gate::{Places, Row, advised, hidden, may_show, together};
use crate::tui::layout::Panes;
use crate::tui::state::State;
use crate::tui::theme::{Mark, Part, Theme};

/// What the footer offers here, the likeliest first, in a word each.
pub(super) const OFFERED: [(Action, &str); 8] = [
    (Action::LabelNext, "what helps most"),
    (Action::OpenAdvice, "its cases"),
    (Action::CaseDown, "more below"),
    (Action::CaseUp, "up"),
    (Action::Refresh, "count anew"),
    (Action::ScreenDocket, "docket"),
    (Action::ScreenNext, "next screen"),
    (Action::Quit, "quit"),
];

/// Columns of a condition's name, of its value and of its bound, and cells of its bar.
const NAME: usize = 22;
const VALUE: u16 = 9;
const BOUND: u16 = 11;
const BAR: usize = 10;

pub(super) fn draw(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let places = Places::of(panes, state.size);
    head(pen, panes.filter, state);
    let list = places.split.list;
    let gate = &state.gate;
    let Some(view) = &gate.view else {
        let (words, part) = match &gate.failed {
            Some(why) if !gate.is_counting() => (format!("it could not be counted: {why}"), Part::Failure),
            _ => ("counting the labels: this takes a moment where there are many".to_owned(), Part::Quiet),
        };
        let place = Rect { width: state.size.0, ..list };
        let lines = wrapped(&words, usize::from(place.width.saturating_sub(2)));
        for (at, line) in (0..place.height).zip(lines) {
            pen.clean(line_of(place, at), 1, &line, pen.style(part));
        }
        return;
    };
    summary(pen, places.summary, view);
    listing::draw(pen, list, 1, &gate.rows, |pen, place, row| match *row {
        Row::Condition(at) => {
            if let Some(condition) = view.report.conditions.get(at) {
                of_condition(pen, place, state, condition);
            }
        }
        Row::Opposed(..) => {
            if let Some((one, other)) = gate.pair(*row) {
                of_pair(pen, place, state, (one, other));
            }
        }
    });
    pen.rule(places.split.rule);
    let rest = places.split.rest;
    let lines = told::lines(state, view, usize::from(rest.width.saturating_sub(2)));
    let scroll = gate.scroll.min(lines.len().saturating_sub(usize::from(rest.height)));
    for (at, (text, part)) in (0..rest.height).zip(lines.iter().skip(scroll)) {
        pen.clean(line_of(rest, at), 1, text, pen.style(*part));
    }
}

/// How far what is told can be scrolled.
pub(in crate::tui) fn furthest(state: &State, places: &Places) -> usize {
    let rest = places.split.rest;
    let Some(view) = &state.gate.view else { return 0 };
    let lines = told::lines(state, view, usize::from(rest.width.saturating_sub(2)));
    lines.len().saturating_sub(usize::from(rest.height))
}

/// Whether the gate is open, by which policy, and of when that is.
fn head(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let gate = &state.gate;
    let key = |action| state.keymap.key(action).map(|key| key.to_string()).unwrap_or_default();
    let (right, part) = match &gate.view {
        _ if gate.is_counting() => ("counting…".to_owned(), Part::Key),
        _ if gate.failed.is_some() => {
            (format!("not counted: {} tries again", key(Action::Refresh)), Part::Failure)
        }
        Some(view) if gate.has_changed => {
            (format!("as of {}, changed since: {}", view.at, key(Action::Refresh)), Part::Key)
        }
        Some(view) => (format!("as of {}", view.at), Part::Bar),
        None => (String::new(), Part::Bar),
    };
    let right = if pen.theme.unicode { right } else { right.replace('…', "...") };
    let begin = pen.ending(place, 1, &right, pen.style(part));
    let room = Rect { width: begin.saturating_sub(1), ..place };
    let Some(view) = &gate.view else {
        pen.clean(room, 1, "the gate", pen.style(Part::Heading));
        return;
    };
    let conditions = &view.report.conditions;
    let failing = conditions.iter().filter(|condition| !condition.holds).count();
    let column = if view.report.open {
        pen.clean(room, 1, "gate open", pen.style(Part::Added))
    } else {
        pen.clean(room, 1, "gate shut", pen.style(Part::Failure))
    };
    let mut words = format!(" by {}", view.policy);
    if !view.report.open {
        let decisions = usize::try_from(view.report.decisions).unwrap_or(usize::MAX);
        let (all, room) = (conditions.len(), usize::from(room.width.saturating_sub(column)));
        let whole = format!(
            "{words} · {failing} of {all} conditions do not hold · at least {} to go",
            decisions_of(decisions)
        );
        words = if width(&whole) <= room {
            whole
        } else {
            format!("{words} · {failing} of {all} do not hold · at least {} to go", grouped(decisions))
        };
    }
    let words = if pen.theme.unicode { words } else { words.replace('·', "-") };
    let words = cut(&words, usize::from(room.width.saturating_sub(column)), pen.theme.mark(Mark::Cut));
    pen.clean(room, column, &words, pen.style(Part::Bar));
}

/// A number of decisions in words.
fn decisions_of(many: usize) -> String {
    format!("{} decision{}", grouped(many), if many == 1 { "" } else { "s" })
}

/// How many labels there are, and how they came.
fn summary(pen: &mut Pen<'_>, place: Rect, view: &GateView) {
    let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let labels = view.labels;
    let words = format!("labels {} gold", number(labels.gold));
    let mut column = pen.clean(place, 1, &words, pen.style(Part::Text));
    for (many, word) in [(labels.not_gold, "settled, not gold"), (labels.disputed, "disputed")] {
        if many > 0 {
            let words = format!("  {} {word}", number(many));
            column = pen.clean(place, column, &words, pen.style(Part::Bar));
        }
    }
    let room = usize::from(place.width.saturating_sub(column + 3));
    if labels.gold > 0 && room >= 22 {
        let days = (room - 14).min(60);
        let line = sparkline(view.history.so_far(), days, pen.theme);
        let words = format!("last {days} days ");
        let begin = place.width.saturating_sub(u16::try_from(width(&words) + days).unwrap_or(u16::MAX) + 1);
        let column = pen.clean(place, begin, &words, pen.style(Part::Quiet));
        pen.clean(place, column, &line, pen.style(Part::Key));
    }
}

/// Numbers as a line of cells, the last of them: the highest is full, and only nothing is empty.
pub(super) fn sparkline(numbers: impl Iterator<Item = u64>, cells: usize, theme: Theme) -> String {
    let signs: &[char] = if theme.unicode {
        &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &[' ', '.', ':', '-', '=', '+', '*', '#', '@']
    };
    let numbers: Vec<u64> = numbers.collect();
    let numbers = numbers.get(numbers.len().saturating_sub(cells)..).unwrap_or_default();
    let most = numbers.iter().copied().max().unwrap_or_default().max(1);
    let sign = |number: &u64| {
        let level = (number.saturating_mul(8)).div_ceil(most);
        signs.get(usize::try_from(level).unwrap_or(8).min(8)).copied().unwrap_or(' ')
    };
    numbers.iter().map(sign).collect()
}

/// How much of a bar is full: all where the condition holds, and else less than all.
fn full(condition: &Condition) -> usize {
    if condition.holds {
        return BAR;
    }
    let value = condition.value.unwrap_or_default();
    let (part, whole) = if condition.at_most { (condition.bound, value) } else { (value, condition.bound) };
    let share = if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
    ((share * BAR as f64) as usize).min(BAR - 1)
}

/// A number as a person reads it: whole ones whole, others with two digits.
pub(super) fn number(value: f64) -> String {
    let is_whole = value.fract() == 0.0;
    if is_whole && value >= 0.0 {
        grouped(value as usize)
    } else if is_whole {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// The bound of a condition with its sign.
pub(super) fn bound(condition: &Condition, theme: Theme) -> String {
    let sign = if condition.at_most { theme.or_plain("≤", "<=") } else { theme.or_plain("≥", ">=") };
    format!("{sign} {}", number(condition.bound))
}

pub(super) fn value(condition: &Condition, theme: Theme) -> String {
    condition.value.map_or_else(|| theme.or_plain("–", "-").to_owned(), number)
}

fn of_condition(pen: &mut Pen<'_>, place: Rect, state: &State, condition: &Condition) {
    let theme = pen.theme;
    let (sign, part) = if condition.holds {
        (theme.or_plain("✓", "v"), Part::Added)
    } else {
        (theme.or_plain("✗", "x"), Part::Failure)
    };
    pen.clean(place, 1, sign, pen.style(part));
    let text = if condition.holds { Part::Quiet } else { Part::Text };
    pen.clean(place, 3, &cut(condition.name, NAME, theme.mark(Mark::Cut)), pen.style(text));
    let values = 3 + u16::try_from(NAME).unwrap_or(u16::MAX);
    let of_value = Rect { width: (values + VALUE).min(place.width), ..place };
    pen.ending(of_value, 0, &value(condition, theme), pen.style(text));
    let column = values + VALUE + 1;
    pen.clean(place, column, &bound(condition, theme), pen.style(Part::Bar));
    let full = full(condition);
    let (cell, empty) = (theme.or_plain("▮", "#"), theme.or_plain("▯", "."));
    let bar = format!("{}{}", cell.repeat(full), empty.repeat(BAR - full));
    let column = pen.clean(place, column + BOUND, &bar, pen.style(part)) + 2;
    if condition.holds {
        return;
    }
    let decisions = usize::try_from(condition.decisions).unwrap_or(usize::MAX);
    let short = format!("at least {}", grouped(decisions));
    let whole = format!("at least {}", decisions_of(decisions));
    let room = usize::from(place.width.saturating_sub(column + 1));
    let filter = together(&advised(state, condition)).unwrap_or_default();
    let words = if width(&whole) + 12 <= room { whole } else { short };
    let column = pen.clean(place, column, &cut(&words, room, theme.mark(Mark::Cut)), pen.style(Part::Text));
    let room = usize::from(place.width.saturating_sub(column + 3));
    if room >= 7 {
        pen.clean(place, column + 2, &cut(&filter, room, theme.mark(Mark::Cut)), pen.style(Part::Key));
    }
}

/// Two cases that contradict each other.
fn of_pair(pen: &mut Pen<'_>, place: Rect, state: &State, (one, other): (&Listed, &Listed)) {
    let theme = pen.theme;
    let differ = theme.or_plain("≠", "#");
    if !(may_show(state, one) && may_show(state, other)) {
        pen.clean(place, 1, &format!("{differ} hidden until your own verdict"), pen.style(Part::Quiet));
        return;
    }
    let column = pen.clean(place, 1, differ, pen.style(Part::Failure));
    let sign = theme.mark(Mark::Cut);
    let room = usize::from(place.width.saturating_sub(column + 2));
    let [left, right] = [one, other].map(|case| format!("{} {}", verdict(case, theme), case.place()));
    let each = room.saturating_sub(6) / 3;
    let title = cut(&one.heading(), room.saturating_sub(2 * each + 6).max(each), sign);
    let column = pen.clean(place, column + 1, &title, pen.style(Part::Text));
    let column = pen.clean(place, column + 2, &cut_path(&left, each, sign), pen.style(Part::Bar));
    pen.clean(place, column + 2, &cut_path(&right, each, sign), pen.style(Part::Bar));
}

/// The sign of what stands of a case.
fn verdict(case: &Listed, theme: Theme) -> &'static str {
    case.standing.verdict.map_or(" ", |opinion| theme.opinion_sign(opinion))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn a_bar_is_full_only_where_the_condition_holds() {
        let mut condition = testing::gate::condition("labels", Some(999.0), 1000.0, false);
        assert_eq!(full(&condition), 9, "not quite");
        condition.holds = true;
        assert_eq!(full(&condition), 10);
        assert_eq!(full(&testing::gate::condition("cap_rule", Some(0.5), 0.25, true)), 5);
        assert_eq!(full(&testing::gate::condition("agreement", None, 0.67, false)), 0);
        assert_eq!(full(&testing::gate::condition("agreement", Some(-0.3), 0.67, false)), 0);
    }

    #[test]
    fn a_line_of_numbers_ends_at_the_last_and_is_highest_at_the_most() {
        let theme = testing::state().theme;
        assert_eq!(sparkline([9, 0, 1, 4, 8].into_iter(), 4, theme), " ▁▄█");
        assert_eq!(sparkline([0, 0].into_iter(), 9, theme), "  ");
        let plain = Theme { unicode: false, ..theme };
        assert_eq!(sparkline([1, 2].into_iter(), 9, plain), "=@");
    }

    #[test]
    fn numbers_are_whole_or_have_two_digits() {
        assert_eq!([0.0, 1000.0, 0.584, -1.0].map(number), ["0", "1,000", "0.58", "-1"]);
    }
}
