//! The list of cases: only those in sight.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::cells::{Pen, cut, cut_path, line_of, width};
use super::groups;
use crate::domain::Severity;
use crate::jobs::Listed;
use crate::tui::docket::Line;
use crate::tui::layout::Panes;
use crate::tui::state::State;
use crate::tui::theme::{Mark, Part};

pub(super) fn draw(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let docket = &state.docket;
    if docket.cases.is_empty() {
        let words = if docket.is_listed { "no case is left in" } else { "loading" };
        pen.text(line_of(panes.list, 0), 1, words, pen.style(Part::Quiet));
        return;
    }
    let cursor = docket.line();
    for at in 0..panes.list_rows() {
        let Some(stands) = docket.line_at(docket.top + at) else { break };
        let lines = panes.lines_per_case;
        let top = u16::try_from(at).unwrap_or(u16::MAX).saturating_mul(lines);
        let place = Rect { y: panes.list.y.saturating_add(top), height: lines, ..panes.list };
        let is_selected = match stands {
            Line::Heading(group) => {
                groups::heading(pen, place, docket, group);
                groups::is_selected(docket, group)
            }
            Line::Case(at) => {
                let Some(case) = docket.cases.get(at) else { break };
                if let Some(row) = docket.rows.get(case) {
                    draw_row(pen, place, row, state);
                } else {
                    pen.text(line_of(place, 0), 2, pen.theme.mark(Mark::Cut), pen.style(Part::Quiet));
                }
                docket.selected.contains(case)
            }
        };
        if is_selected {
            let sign = pen.theme.mark(Mark::Selected);
            pen.clean(line_of(place, 0), 0, sign, pen.style(Part::Selected));
        }
        if docket.top + at == cursor {
            pen.tint(place, pen.style(Part::Cursor));
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Rows built so far, for the test that counts them.
    pub(in crate::tui) static BUILT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn draw_row(pen: &mut Pen<'_>, place: Rect, row: &Listed, state: &State) {
    #[cfg(test)]
    BUILT.set(BUILT.get() + 1);
    let first = line_of(place, 0);
    let severity = Severity::from_number(row.row.severity);
    let standing = &row.standing;
    let is_hidden = state.settings.hides(standing);
    let decided =
        !is_hidden && !matches!(standing.state, crate::domain::State::Open | crate::domain::State::Stale);
    let title_style = if decided { pen.style(Part::Quiet) } else { pen.style(Part::Text) };
    let mut right = 1;
    let saving = state.docket.is_pending(row.number);
    let sign = pen.theme.state_sign(standing.state);
    let mark = match standing.verdict {
        _ if saving => pen.theme.mark(Mark::Saving),
        _ if is_hidden => pen.theme.mark(Mark::Hidden),
        Some(verdict) if standing.state != crate::domain::State::Stale => pen.theme.opinion_sign(verdict),
        _ => sign,
    };
    pen.ending(first, right, mark, pen.style(Part::Key));
    right += 2;
    if let Some(rank) = standing.rank {
        pen.ending(first, right, &rank.to_string(), pen.style(Part::Key));
        right += 2;
    }
    if standing.pinned {
        pen.ending(first, right, pen.theme.mark(Mark::Pinned), pen.style(Part::Key));
        right += 2;
    }
    pen.clean(first, 1, pen.theme.sign(severity), pen.theme.severity(severity));
    let list = state.docket.spread.list.as_ref();
    let heading = list.and_then(|list| list.heading(row.number)).map_or_else(|| row.heading(), Cow::Owned);
    if list.is_some_and(|list| list.sample.contains(&row.number) && !list.looked.contains(&row.number)) {
        // To be looked at before the verdict is spread.
        pen.clean(first, 3, "see", pen.style(Part::Key));
    } else if state.docket.drawn.contains(&row.number) {
        // Drawn at random: what it is worth is not why it comes here.
        pen.clean(first, 3, "rnd", pen.style(Part::Key));
    } else {
        // Blind, it counts nothing of what others think.
        let worth = format!(".{:02.0}", (row.worth * 100.0).clamp(0.0, 99.0));
        pen.clean(first, 3, &worth, pen.style(Part::Quiet));
    }
    let sign = pen.theme.mark(Mark::Cut);
    let place_text = row.place();
    let short: Vec<String> = row.tools.iter().map(|tool| tool.chars().take(2).collect()).collect();
    let tools = short.join(" ");
    if place.height >= 2 {
        let room = usize::from(place.width.saturating_sub(7 + right));
        pen.clean(first, 7, &cut(&heading, room, sign), title_style);
        let second = line_of(place, 1);
        let begin = pen.ending(second, 1, &tools, pen.style(Part::Quiet));
        let room = usize::from(begin.saturating_sub(4));
        pen.clean(second, 3, &cut_path(&place_text, room, sign), pen.style(Part::Quiet));
    } else {
        let begin = pen.ending(first, right, &tools, pen.style(Part::Quiet));
        let room = usize::from(begin.saturating_sub(8));
        let title = cut(&heading, room / 2, sign);
        let column = pen.clean(first, 7, &title, title_style);
        let left = room.saturating_sub(width(&title) + 2);
        pen.clean(first, column + 2, &cut_path(&place_text, left, sign), pen.style(Part::Quiet));
    }
}
