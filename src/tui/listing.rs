//! Owns a list of which only a part is on the screen, where in it one is, and its place beside what is told of it.
//!
//! It never asks for anything: what follows from another item being at hand is the screen's. Where one is stays inside the
//! list and on the screen, whatever the sizes of either.

use ratatui::layout::Rect;

use super::action::Action;
use super::layout::Panes;

/// A list and the part of it that is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    items: Vec<T>,
    is_listed: bool,
    cursor: usize,
    top: usize,
    height: usize,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_listed: false, cursor: 0, top: 0, height: 0 }
    }
}

impl<T> Listing<T> {
    /// What is listed.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Whether it has come; until then an empty list says nothing.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Where in the list one is.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// On which line of the list's part of the screen one is.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.cursor.saturating_sub(self.top)
    }

    /// The item that one is at.
    #[must_use]
    pub fn current(&self) -> Option<&T> {
        self.items.get(self.cursor)
    }

    /// The items on the screen, and whether each is the one that one is at.
    pub fn in_sight(&self) -> impl Iterator<Item = (&T, bool)> {
        let items = self.items.iter().enumerate().skip(self.top).take(self.height);
        items.map(|(at, item)| (item, at == self.cursor))
    }

    /// Fits the list to a screen with room for so many items.
    pub fn fit(&mut self, height: usize) {
        self.height = height;
        self.keep_in_sight();
    }

    /// Goes to a place of the list, or to its end.
    pub fn go(&mut self, to: usize) {
        self.cursor = to.min(self.items.len().saturating_sub(1));
        self.keep_in_sight();
    }

    /// Where an action leads that moves in a list.
    #[must_use]
    pub fn target(&self, action: Action) -> Option<usize> {
        let page = self.height.saturating_sub(1).max(1);
        let to = match action {
            Action::Next => self.cursor + 1,
            Action::Previous => self.cursor.saturating_sub(1),
            Action::PageDown => self.cursor + page,
            Action::PageUp => self.cursor.saturating_sub(page),
            Action::First => 0,
            Action::Last => self.items.len(),
            _ => return None,
        };
        Some(to.min(self.items.len().saturating_sub(1)))
    }

    /// The place in the list of what a cell of the screen shows, where the list has this place and an item so many lines.
    #[must_use]
    pub fn at(&self, place: Rect, lines: u16, cell: (u16, u16)) -> Option<usize> {
        let row = place.contains(cell.into()).then(|| usize::from((cell.1 - place.y) / lines.max(1)))?;
        Some(self.top + row).filter(|at| row < self.height && *at < self.items.len())
    }

    /// The list came anew: one is at a place of it, else at the same as before; on the same line of the screen.
    pub fn replace(&mut self, items: Vec<T>, to: Option<usize>) {
        let offset = self.offset();
        (self.items, self.is_listed) = (items, true);
        let to = to.unwrap_or(self.cursor).min(self.items.len().saturating_sub(1));
        self.top = to.saturating_sub(offset);
        self.go(to);
    }

    /// The item that one is at is put behind all others, and one is at the one below it, on the same line of the screen.
    pub fn put_last(&mut self) {
        if let Some(after) = self.items.get_mut(self.cursor..) {
            after.rotate_left(usize::from(!after.is_empty()));
        }
    }

    /// Another list is to come.
    pub fn clear(&mut self) {
        *self = Self { height: self.height, ..Self::default() };
    }

    fn keep_in_sight(&mut self) {
        let height = self.height.max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
        self.top = self.top.min(self.items.len().saturating_sub(height));
    }
}

/// Where a list stands, and what is told of the item that one is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Split {
    /// The list.
    pub(super) list: Rect,
    /// The line between.
    pub(super) rule: Rect,
    /// What is told.
    pub(super) rest: Rect,
}

impl Split {
    /// What is between the first lines and the last; `None` where there is too little.
    pub(super) fn body(panes: &Panes, (columns, rows): (u16, u16)) -> Option<Rect> {
        let top = panes.filter.bottom();
        let height = panes.footer.y.saturating_sub(top).min(rows);
        let has_room = !panes.filter.is_empty() && height >= 2;
        has_room.then_some(Rect { x: 0, y: top, width: columns, height })
    }

    /// The list with so many columns, and the rest on its right.
    pub(super) fn beside(body: Rect, width: u16) -> Self {
        Self {
            list: Rect { width, ..body },
            rule: Rect { x: width, width: 1, ..body },
            rest: Rect { x: width + 1, width: body.width.saturating_sub(width + 1), ..body },
        }
    }

    /// The list with so many lines, and the rest below it.
    pub(super) fn above(body: Rect, height: u16) -> Self {
        let height = height.min(body.height);
        let below = body.height.saturating_sub(height + 1);
        let part = u16::from(body.height > height);
        Self {
            list: Rect { height, ..body },
            rule: Rect { y: body.y + height, height: part, ..body },
            rest: Rect { y: body.y + height + u16::from(below > 0), height: below, ..body },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is done with a list.
    #[derive(Debug, Clone)]
    enum Step {
        Fit(usize),
        Act(Action),
        Replace(usize, Option<usize>),
        PutLast,
    }

    fn step() -> impl Strategy<Value = Step> {
        let moves =
            [Action::Next, Action::Previous, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        prop_oneof![
            (0_usize..40).prop_map(Step::Fit),
            prop::sample::select(moves.to_vec()).prop_map(Step::Act),
            (0_usize..60, prop::option::of(0_usize..80)).prop_map(|(many, to)| Step::Replace(many, to)),
            Just(Step::PutLast),
        ]
    }

    proptest! {
        #[test]
        fn where_one_is_stays_in_the_list_and_on_the_screen(steps in prop::collection::vec(step(), 0..40)) {
            let mut list: Listing<usize> = Listing::default();
            for step in steps {
                match step {
                    Step::Fit(height) => list.fit(height),
                    Step::Act(action) => list.go(list.target(action).unwrap()),
                    Step::Replace(many, to) => list.replace((0..many).collect(), to),
                    Step::PutLast => {
                        let (before, line) = (list.items().to_vec(), list.offset());
                        let at = list.cursor();
                        list.put_last();
                        prop_assert_eq!(list.current(), before.get(at + 1).or(before.get(at)));
                        prop_assert_eq!(list.items().last(), before.get(at).or(before.last()));
                        prop_assert_eq!(list.offset(), line);
                    }
                }
                let many = list.items().len();
                prop_assert_eq!(list.current().is_some(), many > 0);
                let sight: Vec<(usize, bool)> = list.in_sight().map(|(item, is_here)| (*item, is_here)).collect();
                prop_assert_eq!(sight.len(), list.height.min(many), "no line stays empty while there is more");
                let here: Vec<usize> = sight.iter().filter(|(_, is_here)| *is_here).map(|(item, _)| *item).collect();
                if many > 0 && list.height > 0 {
                    prop_assert_eq!(here, vec![list.items()[list.cursor()]]);
                }
            }
        }
    }

    #[test]
    fn a_list_that_comes_anew_leaves_the_item_on_its_line_of_the_screen() {
        let mut list: Listing<u32> = Listing::default();
        list.fit(10);
        list.replace((0..50).collect(), Some(30));
        list.go(25);
        let line = list.offset();
        list.replace((0..40).map(|number| number + 5).collect(), Some(20));
        assert_eq!((list.current(), list.offset()), (Some(&25), line));
    }

    #[test]
    fn a_cell_is_of_the_item_that_it_shows_and_none_below_the_last() {
        let mut list: Listing<u32> = Listing::default();
        list.fit(5);
        list.replace((0..3).collect(), None);
        let place = Rect { x: 2, y: 4, width: 10, height: 10 };
        assert_eq!(list.at(place, 2, (3, 7)), Some(1));
        assert_eq!(list.at(place, 2, (3, 10)), None, "nothing is listed there");
        assert_eq!(list.at(place, 2, (1, 7)), None, "beside the list");
    }
}
