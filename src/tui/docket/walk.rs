//! Moving through the list and through the code.

use rustc_hash::FxHashSet;

use super::{DocketScreen, Open};
use crate::domain::State as Standing;
use crate::jobs::{Request, Scrolled};
use crate::tui::action::Action;
use crate::tui::effect::Effect;

/// Rows fetched beyond those on the screen, so that the next key finds them there.
const MARGIN: usize = 60;
/// Rows kept; beyond this those out of sight are forgotten.
const KEPT: usize = 2000;
/// Lines that a key scrolls the code.
const CODE_STEP: u32 = 3;
/// Columns that a key scrolls the code.
const CODE_COLUMNS: usize = 8;
/// Lines of code above what is flagged, where there are as many.
const ABOVE: u32 = 8;

impl DocketScreen {
    /// Does an action that moves; says whether it was one.
    pub(in crate::tui) fn walk(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        let line = self.line();
        let last = self.lines().saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        let to = match action {
            Action::Next => line.saturating_add(1),
            Action::Previous => line.saturating_sub(1),
            Action::PageDown => line.saturating_add(page),
            Action::PageUp => line.saturating_sub(page),
            Action::First => 0,
            Action::Last => last,
            Action::NextStale | Action::NextDisputed => {
                let stale = action == Action::NextStale;
                effects.push(self.seek(if stale { Standing::Stale } else { Standing::Disputed }));
                return true;
            }
            _ => return self.scroll(action, effects),
        };
        self.go_line(to.min(last), effects);
        true
    }

    /// Goes to a case by its place in the list, and unfolds its group.
    pub(in crate::tui) fn go(&mut self, to: usize, effects: &mut Vec<Effect>) {
        let before = self.current();
        self.lists.searched_from = None;
        self.cursor = to.min(self.cases.len().saturating_sub(1));
        self.is_heading = false;
        self.unfold_at(self.cursor);
        self.arrive(before, effects);
    }

    /// One is at another place than before: it is brought into sight, and what is shown of it asked for.
    pub(super) fn arrive(&mut self, before: Option<u32>, effects: &mut Vec<Effect>) {
        self.keep_in_sight();
        if self.current() != before {
            let beside = [self.cursor.checked_sub(1), self.cursor.checked_add(1)];
            let is_beside = |case| beside.iter().flatten().any(|&at| self.cases.get(at) == Some(&case));
            self.noticed.is_jumped_to = before.is_some_and(|case| !is_beside(case));
        }
        if self.current() != before || self.here().is_none() {
            effects.extend(self.want_case());
        }
        self.fetch(effects);
    }

    /// Moves the window so that the cursor is in it.
    pub(in crate::tui) fn keep_in_sight(&mut self) {
        let (height, line) = (self.height.max(1), self.line());
        if line < self.top {
            self.top = line;
        } else if line >= self.top + height {
            self.top = line + 1 - height;
        }
        self.top = self.top.min(self.lines().saturating_sub(height));
        self.top = self.with_heading(self.top, line);
    }

    /// The lines of the list that are on the screen.
    pub(super) fn in_sight(&self) -> std::ops::Range<usize> {
        self.top..(self.top + self.height).min(self.lines())
    }

    /// Asks for rows that are or will soon be in sight.
    pub(in crate::tui) fn fetch(&mut self, effects: &mut Vec<Effect>) {
        let sight = self.in_sight();
        let near = sight.start.saturating_sub(MARGIN)..(sight.end + MARGIN).min(self.lines());
        // A row of an older version stays on the screen until a newer one comes.
        let is_known = |case: &u32| self.rows.get(case).is_some_and(|row| !self.versions.is_late(row));
        let is_missing = |case: &u32| !is_known(case) && !self.asked.contains(case);
        let lacks = self.cases_in(sight).any(|case| is_missing(&case));
        let missing: Vec<u32> = self.cases_in(near.clone()).filter(is_missing).collect();
        if self.rows.len() > KEPT {
            let keep: FxHashSet<u32> = self.cases_in(near).collect();
            self.rows.retain(|case, _| keep.contains(case));
        }
        // Rows beyond the edge are fetched many at a time, not one a key.
        if lacks || missing.len() >= MARGIN / 2 {
            self.asked.extend(&missing);
            effects.push(Effect::Ask(Request::Rows(missing)));
        }
    }

    fn scroll(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        let Some(open) = self.here_mut() else {
            return matches!(
                action,
                Action::CodeDown
                    | Action::CodeUp
                    | Action::CodeLeft
                    | Action::CodeRight
                    | Action::CodeToFlag
                    | Action::TraceNext
                    | Action::TracePrevious
                    | Action::CaseDown
                    | Action::CaseUp
            );
        };
        match action {
            Action::CodeDown => open.scroll_code(i64::from(CODE_STEP)),
            Action::CodeUp => open.scroll_code(-i64::from(CODE_STEP)),
            Action::CodeLeft => open.left = open.left.saturating_sub(CODE_COLUMNS),
            Action::CodeRight => {
                let end = open.last_column();
                open.left = (open.left + CODE_COLUMNS).min(end.max(open.left));
            }
            Action::CodeToFlag => {
                (open.step, open.other, open.follows) = (None, None, false);
                open.forget_colours();
                open.show_flagged();
            }
            Action::TraceNext | Action::TracePrevious => {
                effects.extend(open.step_trace(action == Action::TraceNext));
            }
            Action::CaseDown => open.scroll_case(3),
            Action::CaseUp => open.scroll_case(-3),
            _ => return false,
        }
        true
    }
}

impl Open {
    /// Scrolls the code by some lines.
    pub(in crate::tui) fn scroll_code(&mut self, by: i64) {
        let Some((first, end)) = self.file().map(|file| (file.first_line, file.end())) else { return };
        let to = i64::from(self.top) + by;
        self.top = u32::try_from(to.max(0)).unwrap_or(0).clamp(first, end.saturating_sub(1).max(first));
    }

    /// Goes to where one was the last time.
    pub(in crate::tui) fn scroll_to(&mut self, to: Scrolled) {
        let (first, end) = self.file().map_or((1, 2), |file| (file.first_line, file.end()));
        self.top = to.top.clamp(first, end.saturating_sub(1).max(first));
        (self.left, self.scroll) = (to.left, to.details);
        (self.reveals, self.fills) = (None, false);
    }

    /// Scrolls the details by some lines.
    pub(in crate::tui) fn scroll_case(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by);
        self.follows = false;
    }

    /// Brings what is flagged into sight.
    pub(in crate::tui) fn show_flagged(&mut self) {
        let first = self.file().map_or(1, |file| file.first_line);
        self.top = self.flagged().0.saturating_sub(ABOVE).max(first);
        (self.left, self.fills) = (0, true);
        self.mark();
        self.reveal_flagged();
    }

    /// Goes to the next or previous step of the data flow; past either end back to what is flagged. The code stays as it is
    /// where it shows that step already.
    fn step_trace(&mut self, on: bool) -> Option<Effect> {
        let count = self.steps().len();
        self.step = match (self.step, on) {
            (None, true) => Some(0),
            (None, false) => count.checked_sub(1),
            (Some(at), true) => Some(at + 1).filter(|&at| at < count),
            (Some(at), false) => at.checked_sub(1),
        }
        .filter(|_| count > 0);
        self.follows = self.step.is_some();
        let path = self.step.and_then(|at| self.steps().get(at).map(|step| step.path.to_owned()));
        let own = self.view.listed.path.as_str();
        let elsewhere = path.filter(|path| !path.is_empty() && path != own);
        let stays = self.other.as_ref().map(|(path, _)| path) == elsewhere.as_ref();
        let known = self.other.take().filter(|(path, _)| Some(path) == elsewhere.as_ref());
        let effect = match (&elsewhere, &known) {
            (Some(path), None) => Some(Effect::Ask(Request::File {
                project: self.view.listed.project.clone(),
                path: path.clone(),
            })),
            _ => None,
        };
        self.other = elsewhere.map(|path| (path, known.and_then(|(_, file)| file)));
        if stays {
            self.mark();
            self.reveal_flagged();
        } else {
            self.forget_colours();
            self.show_flagged();
        }
        effect
    }
}
