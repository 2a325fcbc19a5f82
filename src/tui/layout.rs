//! Where things are on the screen: panes side by side where there is room, one above the other where there is not.

use ratatui::layout::Rect;

use super::state::State;

/// From so many columns on the three panes stand side by side.
pub(super) const WIDE: u16 = 110;
/// The code keeps so many columns, whatever the panes beside it are set to.
const CODE_LEAST: u16 = 40;
const PANE_LEAST: u16 = 20;

/// The widths of the panes beside the code; 0: by the terminal's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Widths {
    /// Of the list.
    pub list: u16,
    /// Of the case.
    pub case: u16,
}

impl Widths {
    /// As they come out on a terminal of so many columns.
    #[must_use]
    pub fn within(self, columns: u16) -> Self {
        let list = if self.list == 0 { (columns * 3 / 10).clamp(30, 52) } else { self.list };
        let case = if self.case == 0 { (columns * 3 / 10).clamp(34, 60) } else { self.case };
        let room = columns.saturating_sub(CODE_LEAST + 2);
        let list = list.clamp(PANE_LEAST, room.saturating_sub(PANE_LEAST).max(PANE_LEAST));
        Self { list, case: case.clamp(PANE_LEAST, room.saturating_sub(list).max(PANE_LEAST)) }
    }
}

/// The places of a screen. What is not shown has no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    /// Project and counts.
    pub header: Rect,
    /// The filter, and how many cases it leaves in.
    pub filter: Rect,
    /// The list of cases.
    pub list: Rect,
    /// The code.
    pub code: Rect,
    /// The case.
    pub case: Rect,
    /// The line between list and code where they stand one above the other.
    pub rule: Rect,
    /// Keys, or a question.
    pub footer: Rect,
    /// Lines that a case takes in the list.
    pub lines_per_case: u16,
}

impl Panes {
    /// How many cases the list shows at a time.
    #[must_use]
    pub fn list_rows(&self) -> usize {
        usize::from(self.list.height / self.lines_per_case.max(1))
    }

    /// Which of the cases in sight a cell belongs to.
    #[must_use]
    pub fn list_at(&self, column: u16, row: u16) -> Option<usize> {
        let inside = self.list.contains((column, row).into());
        inside.then(|| usize::from((row - self.list.y) / self.lines_per_case.max(1)))
    }

    /// Whether a cell belongs to the case's pane.
    #[must_use]
    pub fn is_in_case(&self, column: u16, row: u16) -> bool {
        self.case.contains((column, row).into())
    }
}

/// The places of the screen as the state has it.
#[must_use]
pub(super) fn of(state: &State) -> Panes {
    let (columns, rows) = state.size;
    let line = |y: u16| Rect { x: 0, y, width: columns, height: u16::from(y < rows) };
    // A terminal of a line or two shows what fits, the question in the footer first.
    let mut panes = Panes { footer: line(rows.saturating_sub(1)), lines_per_case: 1, ..Panes::default() };
    if rows < 2 {
        return panes;
    }
    panes.header = line(0);
    if rows < 4 {
        return panes;
    }
    panes.filter = line(1);
    let body = Rect { x: 0, y: 2, width: columns, height: rows - 3 };
    if columns >= WIDE {
        let widths = state.docket.widths.within(columns);
        let code = columns.saturating_sub(widths.list + widths.case + 2);
        panes.lines_per_case = 2;
        panes.list = Rect { width: widths.list, ..body };
        panes.code = Rect { x: widths.list + 1, width: code, ..body };
        panes.case = Rect { x: widths.list + 1 + code + 1, width: widths.case, ..body };
        return panes;
    }
    let list = match body.height {
        0..=7 => 1,
        8..=14 => 3,
        _ => (body.height / 4).max(5),
    }
    .min(body.height);
    panes.list = Rect { height: list, ..body };
    panes.rule = Rect { y: body.y + list, height: u16::from(body.height > list), ..body };
    let below = Rect { y: body.y + list + 1, height: body.height.saturating_sub(list + 1), ..body };
    if state.docket.shows_details {
        panes.case = below;
    } else {
        panes.code = below;
    }
    panes
}

/// How far a list of so many keys can be scrolled.
#[must_use]
pub(super) fn last_help((_, rows): (u16, u16), keys: usize) -> u16 {
    // Two lines of the box's frame, and one of the screen on either side.
    u16::try_from(keys).unwrap_or(u16::MAX).saturating_sub(rows.saturating_sub(4))
}

/// Where a note is written: columns and the most rows of its text.
#[must_use]
pub(super) fn note((columns, rows): (u16, u16)) -> (usize, usize) {
    (
        usize::from(columns.min(80).saturating_sub(4).max(2)),
        usize::from((rows / 2).saturating_sub(2).clamp(1, 16)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::testing;

    proptest! {
        #[test]
        fn no_pane_leaves_the_terminal_or_lies_on_another(
            columns in 0_u16..320, rows in 0_u16..120, list in 0_u16..400, case in 0_u16..400, details: bool,
        ) {
            let mut state = testing::state();
            state.size = (columns, rows);
            state.docket.widths = Widths { list, case };
            state.docket.shows_details = details;
            let panes = of(&state);
            let all = [panes.header, panes.filter, panes.list, panes.code, panes.case, panes.rule, panes.footer];
            for (at, pane) in all.iter().enumerate() {
                prop_assert!(pane.right() <= columns && pane.bottom() <= rows, "{pane:?}");
                for other in all.iter().skip(at + 1) {
                    prop_assert!(pane.intersection(*other).is_empty(), "{pane:?} {other:?}");
                }
            }
        }
    }
}
