//! Where things are on the screen: panes side by side where there is room, one above the other where there is not.

use ratatui::layout::Rect;

use super::state::State;

/// From so many columns on the panes stand side by side, where nobody says otherwise.
const WIDE: u16 = 110;
/// With fewer columns they cannot.
const NARROWEST: u16 = CODE_LEAST + 2 * PANE_LEAST + 2;
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

/// The panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The list of cases.
    List,
    /// The code.
    Code,
    /// The case.
    Case,
}

impl Pane {
    /// All of them, from the left.
    pub const ALL: [Self; 3] = [Self::List, Self::Code, Self::Case];

    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Code => "code",
            Self::Case => "case",
        }
    }
}

/// Which panes are hidden; never all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hidden([bool; 3]);

impl Hidden {
    /// All but some panes; nothing where that would be all.
    #[must_use]
    pub fn but(shown: &[Pane]) -> Option<Self> {
        let hidden = Self(Pane::ALL.map(|pane| !shown.contains(&pane)));
        (!shown.is_empty()).then_some(hidden)
    }

    /// As it was kept, in the order of [`Pane::ALL`].
    #[must_use]
    pub fn of(hidden: [bool; 3]) -> Option<Self> {
        (hidden != [true; 3]).then_some(Self(hidden))
    }

    /// Whether each is hidden, in the order of [`Pane::ALL`].
    #[must_use]
    pub const fn each(self) -> [bool; 3] {
        self.0
    }

    /// Whether a pane is hidden.
    #[must_use]
    pub const fn has(self, pane: Pane) -> bool {
        let [list, code, case] = self.0;
        match pane {
            Pane::List => list,
            Pane::Code => code,
            Pane::Case => case,
        }
    }

    /// Hides a pane, or shows it again; says no where it is the only one left.
    pub(super) fn turn(&mut self, pane: Pane) -> bool {
        let turned = Self(Pane::ALL.map(|other| self.has(other) != (other == pane)));
        let is_fine = turned.0 != [true; 3];
        if is_fine {
            *self = turned;
        }
        is_fine
    }
}

/// How the docket's panes are laid out where nobody has changed it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The widths.
    pub widths: Widths,
    /// The panes that are not shown.
    pub hidden: Hidden,
    /// With fewer columns than this the panes stand one above the other.
    pub stack: u16,
}

impl Default for Layout {
    fn default() -> Self {
        Self { widths: Widths::default(), hidden: Hidden::default(), stack: WIDE }
    }
}

/// A number that a layout cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLayout {
    /// Of a width.
    #[error("a pane has from {PANE_LEAST} to 400 columns, or 0 for a part of the terminal's")]
    Width,
    /// Of where panes stack.
    #[error("panes stand side by side from {NARROWEST} columns on at the least; up to 1000 can be asked for")]
    Stack,
}

impl Layout {
    /// The width of a pane beside the code.
    ///
    /// # Errors
    /// When no pane can have it.
    pub fn width(columns: i64) -> Result<u16, BadLayout> {
        let columns = u16::try_from(columns).map_err(|_| BadLayout::Width)?;
        if columns == 0 || (PANE_LEAST..=400).contains(&columns) {
            Ok(columns)
        } else {
            Err(BadLayout::Width)
        }
    }

    /// Where panes stack.
    ///
    /// # Errors
    /// When they could not stand side by side.
    pub fn stack(columns: i64) -> Result<u16, BadLayout> {
        let columns = u16::try_from(columns).map_err(|_| BadLayout::Stack)?;
        if (NARROWEST..=1000).contains(&columns) { Ok(columns) } else { Err(BadLayout::Stack) }
    }
}

/// Whether the panes stand side by side.
#[must_use]
pub(super) const fn is_wide(state: &State) -> bool {
    state.size.0 >= state.settings.layout.stack
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
    let hidden = state.docket.hidden;
    if is_wide(state) {
        beside(&mut panes, body, state.docket.widths.within(columns), hidden);
    } else {
        above(&mut panes, body, state.docket.shows_details, hidden);
    }
    panes
}

/// Panes side by side: what is hidden leaves its columns to the code, or where that is hidden to the last one.
fn beside(panes: &mut Panes, body: Rect, widths: Widths, hidden: Hidden) {
    panes.lines_per_case = 2;
    let shown = |pane| !hidden.has(pane);
    let (list, code, case) = (shown(Pane::List), shown(Pane::Code), shown(Pane::Case));
    let mut left = body;
    // A line parts a pane from the one before it.
    let mut take = |width: u16| {
        let width = width.min(left.width);
        let taken = Rect { width, ..left };
        let part = u16::from(left.width > width);
        left = Rect { x: left.x + width + part, width: left.width - width - part, ..left };
        taken
    };
    if list {
        panes.list = take(if code || case { widths.list } else { body.width });
    }
    if code {
        let after = if case { widths.case + 1 } else { 0 };
        let before = if list { widths.list + 1 } else { 0 };
        panes.code = take(body.width.saturating_sub(before + after));
    }
    if case {
        panes.case = take(body.width);
    }
}

/// Panes one above the other: the list, and below it the code or the case.
fn above(panes: &mut Panes, body: Rect, shows_details: bool, hidden: Hidden) {
    let both = !hidden.has(Pane::Code) && !hidden.has(Pane::Case);
    let shows_case = if both { shows_details } else { !hidden.has(Pane::Case) };
    let none = hidden.has(Pane::Code) && hidden.has(Pane::Case);
    if hidden.has(Pane::List) || none {
        let only = if none {
            &mut panes.list
        } else if shows_case {
            &mut panes.case
        } else {
            &mut panes.code
        };
        *only = body;
        return;
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
    if shows_case {
        panes.case = below;
    } else {
        panes.code = below;
    }
}

/// Lines of what was said that are on the screen at a time.
#[must_use]
pub(super) fn messages((_, rows): (u16, u16)) -> usize {
    // Two lines of the box's frame, and one of the screen on either side.
    usize::from(rows.saturating_sub(4)).max(1)
}

/// Lines that a difference has room for.
#[must_use]
pub(super) fn changes((_, rows): (u16, u16)) -> usize {
    usize::from(rows.saturating_sub(5)).max(1)
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
            turned in prop::collection::vec(prop::sample::select(&Pane::ALL), 0..6), stack in NARROWEST..200,
        ) {
            let mut state = testing::state();
            state.size = (columns, rows);
            state.docket.widths = Widths { list, case };
            state.docket.shows_details = details;
            state.settings.layout.stack = stack;
            for pane in turned {
                state.docket.hidden.turn(pane);
            }
            let panes = of(&state);
            let all = [panes.header, panes.filter, panes.list, panes.code, panes.case, panes.rule, panes.footer];
            for (at, pane) in all.iter().enumerate() {
                prop_assert!(pane.right() <= columns && pane.bottom() <= rows, "{pane:?}");
                for other in all.iter().skip(at + 1) {
                    prop_assert!(pane.intersection(*other).is_empty(), "{pane:?} {other:?}");
                }
            }
            let hidden = state.docket.hidden;
            for (pane, place) in [(Pane::List, panes.list), (Pane::Code, panes.code), (Pane::Case, panes.case)] {
                prop_assert!(!hidden.has(pane) || place.is_empty(), "{pane:?}");
            }
            if rows >= 8 && columns >= 1 {
                let filled = [panes.list, panes.code, panes.case].iter().filter(|pane| !pane.is_empty()).count();
                let shown = Pane::ALL.iter().filter(|&&pane| !hidden.has(pane)).count();
                let most = if is_wide(&state) { 3 } else { 1 + usize::from(!hidden.has(Pane::List)) };
                prop_assert_eq!(filled, shown.min(most));
            }
        }
    }
}
