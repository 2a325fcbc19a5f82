//! Groups: their headings in the list, and what one of them consists of in the panes.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::bars::grouped;
use super::bulk::many;
use super::cells::{Pen, cut, cut_path, line_of, width};
use crate::docket::{Grouping, Survey, Tally};
use crate::domain::Severity;
use crate::tui::action::Action;
use crate::tui::docket::DocketScreen;
use crate::tui::layout::Panes;
use crate::tui::state::State;
use crate::tui::theme::{Mark, Part};

/// The heading of a group, on as many lines as a case takes.
pub(super) fn heading(pen: &mut Pen<'_>, place: Rect, docket: &DocketScreen, group: usize) {
    let groups = docket.outline.groups();
    let first = line_of(place, 0);
    let folded = docket.outline.is_folded(group);
    let sign = pen.theme.mark(if folded { Mark::Folded } else { Mark::Unfolded });
    pen.clean(first, 1, sign, pen.style(Part::Key));
    let severity = groups.severity(group);
    let count = grouped(groups.count(group));
    let open = match groups.tally(group).open {
        0 => "none open".to_owned(),
        open if open == groups.count(group) => "all open".to_owned(),
        open => format!("{} open", grouped(open)),
    };
    let name = |columns: usize, pen: &Pen<'_>| {
        let sign = pen.theme.mark(Mark::Cut);
        // The end of a path or of a rule's name says most; of a weakness the beginning does.
        match docket.grouping {
            Grouping::Cwe | Grouping::None => cut(groups.name(group), columns, sign),
            _ => cut_path(groups.name(group), columns, sign),
        }
    };
    let bold = pen.style(Part::Heading);
    if place.height >= 2 {
        let begin = pen.ending(first, 1, &count, pen.style(Part::Key));
        let text = name(usize::from(begin.saturating_sub(4)), pen);
        pen.clean(first, 3, &text, bold);
        let second = line_of(place, 1);
        pen.clean(second, 3, pen.theme.sign(severity), pen.theme.severity(severity));
        let rest = others(groups.tally(group));
        let words = if rest.is_empty() { open } else { format!("{open}  {rest}") };
        let room = usize::from(place.width.saturating_sub(6));
        pen.clean(second, 5, &cut(&words, room, pen.theme.mark(Mark::Cut)), pen.style(Part::Quiet));
    } else {
        pen.clean(first, 3, pen.theme.sign(severity), pen.theme.severity(severity));
        let begin = pen.ending(first, 1, &open, pen.style(Part::Quiet));
        let right = first.width.saturating_sub(begin).saturating_add(2);
        let begin = pen.ending(first, right, &count, pen.style(Part::Key));
        let text = name(usize::from(begin.saturating_sub(6)), pen);
        pen.clean(first, 5, &text, bold);
    }
}

/// Whether every case of a group is selected.
pub(super) fn is_selected(docket: &DocketScreen, group: usize) -> bool {
    let members = docket.members(group);
    docket.selected.len() >= members.len() && members.iter().all(|case| docket.selected.contains(case))
}

/// Those of a tally that are not open, in words.
fn others(tally: Tally) -> String {
    let counts = [
        (tally.disputed, "disputed"),
        (tally.stale, "stale"),
        (tally.settled, "settled"),
        (tally.gone, "gone"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{} {word}", grouped(*count))).collect::<Vec<_>>().join("  ")
}

type Lines = Vec<(String, Style)>;

/// What the group at whose heading one is consists of: counts beside a sample, or above it where there is one pane.
pub(super) fn panes(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let docket = &state.docket;
    let Some(group) = docket.heading() else { return };
    let single = panes.code.is_empty() || panes.case.is_empty();
    let mut counts = counts(pen, docket, group, single);
    let sample = sample(pen, docket, group);
    let place = if panes.code.is_empty() { panes.case } else { panes.code };
    if single {
        counts.push((String::new(), Style::new()));
        counts.extend(sample);
        write(pen, place, &counts);
    } else {
        write(pen, panes.case, &counts);
        write(pen, panes.code, &sample);
    }
    let hints = hints(state, docket.outline.is_folded(group));
    if let Some(last) = place.height.checked_sub(1) {
        let line = line_of(place, last);
        pen.clear(line);
        let words = fitting(&hints, usize::from(line.width.saturating_sub(2)));
        pen.clean(line, 1, &words, pen.style(Part::Quiet));
    }
}

fn write(pen: &mut Pen<'_>, place: Rect, lines: &Lines) {
    let sign = pen.theme.mark(Mark::Cut);
    let room = usize::from(place.width.saturating_sub(2));
    for (at, (text, style)) in (0..place.height).zip(lines) {
        pen.clean(line_of(place, at), 1, &cut(text, room, sign), *style);
    }
}

/// What a group comes to; `tersely` in as few lines as there can be.
fn counts(pen: &Pen<'_>, docket: &DocketScreen, group: usize, tersely: bool) -> Lines {
    let groups = docket.outline.groups();
    let (plain, quiet, bold) = (pen.style(Part::Text), pen.style(Part::Quiet), pen.style(Part::Heading));
    let mut lines = vec![(groups.name(group).to_owned(), bold)];
    lines.push((format!("{} of one {}", many(groups.count(group)), docket.grouping), quiet));
    let tally = groups.tally(group);
    let open = format!("{} open", grouped(tally.open));
    let rest = others(tally);
    lines.push((if rest.is_empty() { open } else { format!("{open}  {rest}") }, plain));
    let Some(Survey { severities, tools, .. }) = &docket.survey else { return lines };
    let grades = Severity::ALL.iter().rev().map(|&grade| (grade, severities.get(grade as usize)));
    let grades = grades.filter_map(|(grade, count)| Some((grade, *count?))).filter(|(_, count)| *count > 0);
    if tersely {
        let grades = grades.map(|(grade, count)| format!("{} {grade}", grouped(count)));
        lines.push((grades.collect::<Vec<_>>().join("  "), plain));
        let tools = tools.iter().map(|(tool, count)| format!("{} {tool}", grouped(*count)));
        lines.push((tools.collect::<Vec<_>>().join("  "), plain));
        return lines;
    }
    lines.push((String::new(), plain));
    for (grade, count) in grades {
        let text = format!("{} {:>7} {grade}", pen.theme.sign(grade), grouped(count));
        lines.push((text, pen.theme.severity(grade)));
    }
    lines.push((String::new(), plain));
    lines.extend(tools.iter().map(|(tool, count)| (format!("  {:>7} {tool}", grouped(*count)), plain)));
    lines
}

fn sample(pen: &Pen<'_>, docket: &DocketScreen, group: usize) -> Lines {
    let sample = docket.sample();
    let count = docket.outline.groups().count(group);
    let words = if sample.len() < count {
        format!("{} of them, from the first to the last", sample.len())
    } else {
        "all of them".to_owned()
    };
    let mut lines = vec![(words, pen.style(Part::Quiet))];
    for case in &sample {
        let Some(row) = docket.rows.get(case) else {
            lines.push((pen.theme.mark(Mark::Cut).to_owned(), pen.style(Part::Quiet)));
            continue;
        };
        let severity = Severity::from_number(row.row.severity);
        let part = if row.standing.state == crate::domain::State::Open { Part::Text } else { Part::Quiet };
        let state = match row.standing.state {
            crate::domain::State::Open => String::new(),
            state => format!("  {state}"),
        };
        let text = format!("{} {}  {}{state}", pen.theme.sign(severity), row.heading(), row.place());
        lines.push((text, pen.style(part)));
    }
    lines
}

/// What can be done here, with the keys that do it.
fn hints(state: &State, folded: bool) -> Vec<String> {
    let key = |action: Action| state.keymap.key(action).map(|key| key.to_string());
    let verdicts = [Action::Confirm, Action::Reject, Action::AcceptRisk, Action::Unsure];
    let verdicts: Vec<String> = verdicts.into_iter().filter_map(key).collect();
    let mut hints = Vec::new();
    if let Some(key) = key(Action::Fold) {
        hints.push(format!("{key} {}", if folded { "unfolds" } else { "folds" }));
    }
    if !verdicts.is_empty() {
        hints.push(format!("{} judge them all", verdicts.join(" ")));
    }
    if let Some(key) = key(Action::Select) {
        hints.push(format!("{key} selects them"));
    }
    hints
}

/// As many of some words, from the first, as so many columns have room for: half of one says nothing.
fn fitting(hints: &[String], columns: usize) -> String {
    let mut line = String::new();
    for hint in hints {
        let before = if line.is_empty() { "" } else { "   " };
        if width(&line) + before.len() + width(hint) > columns {
            break;
        }
        line.push_str(before);
        line.push_str(hint);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_left_out_whole() {
        let hints = ["enter folds".to_owned(), "a judges them".to_owned(), "space selects them".to_owned()];
        assert_eq!(fitting(&hints, 60), "enter folds   a judges them   space selects them");
        assert_eq!(fitting(&hints, 30), "enter folds   a judges them");
        assert_eq!(fitting(&hints, 8), "");
    }
}
