//! The help: the keys of where one is, and below them what the signs on the screen mean, in as many columns as there is
//! room and need for. It says how far in it one is.

use ratatui::layout::Rect;

use super::cells::{Pen, cut, line_of, width, wrapped};
use super::modals::{frame, how_far};
use crate::domain::{Opinion, Severity, State as Standing};
use crate::tui::keymap::Place;
use crate::tui::state::State;
use crate::tui::theme::{Mark, Part, Theme};

/// Columns for the keys of an action, and for a sign.
const KEYS: usize = 18;
/// Columns between the columns of the help.
const GAP: usize = 3;
/// A column of the help is not narrower, where there are several.
const NARROWEST: usize = 54;
/// What a line needs at most: the longest words of an action.
const WIDEST: usize = 100;

/// A line: the keys or the sign, and what they are for; or a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Heading(&'static str),
    Told(String, String),
    Empty,
}

/// The help, laid out for a terminal.
#[derive(Debug)]
pub(in crate::tui) struct Help {
    /// Its columns from the left, of the same height but for the last.
    columns: Vec<Vec<Line>>,
    /// Letters that a column has room for.
    width: usize,
    /// Lines of it that are on the screen at a time.
    pub(in crate::tui) height: usize,
    /// How far it can be scrolled.
    pub(in crate::tui) last: usize,
}

impl Help {
    /// As the terminal has room for it.
    pub(in crate::tui) fn of(state: &State) -> Self {
        let (columns, rows) = state.size;
        // The frame, a blank on either side in it, and a column of the screen beside it.
        let room = usize::from(columns.saturating_sub(6)).max(KEYS + 8);
        // The footer, the frame, and a line of the screen above.
        let height = usize::from(rows.saturating_sub(4)).max(1);
        let entries = entries(state);
        let mut many = 1;
        loop {
            let width = ((room - GAP * (many - 1)) / many).min(WIDEST);
            let lines = lines(&entries, width);
            let each = lines.len().div_ceil(many).max(1);
            let next = many + 1;
            let has_room = room >= NARROWEST * next + GAP * (next - 1);
            if each > height && has_room {
                many = next;
                continue;
            }
            let columns: Vec<Vec<Line>> = lines.chunks(each).map(<[Line]>::to_vec).collect();
            return Self { columns, width, height: height.min(each), last: each.saturating_sub(height) };
        }
    }

    /// Draws it, so many lines of it above the box.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, area: Rect, scroll: usize) {
        let scroll = scroll.min(self.last);
        let many = self.columns.len();
        let inside = self.width * many + GAP * many.saturating_sub(1);
        let cells = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let (width, height) = (cells(inside + 4).min(area.width), cells(self.height + 2).min(area.height));
        let place = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + area.height.saturating_sub(1).saturating_sub(height) / 2,
            width,
            height,
        };
        pen.clear(place);
        frame(pen, place);
        let edge = line_of(Rect { width: width.saturating_sub(1), ..place }, height.saturating_sub(1));
        how_far(pen, edge, scroll, self.height, self.columns.first().map_or(0, Vec::len));
        let sign = pen.theme.mark(Mark::Cut);
        for (number, column) in self.columns.iter().enumerate() {
            let x = cells(2 + number * (self.width + GAP));
            for (at, line) in column.iter().skip(scroll).take(self.height).enumerate() {
                let row = line_of(place, cells(at + 1));
                match line {
                    Line::Empty => {}
                    Line::Heading(words) => {
                        pen.clean(row, x, &cut(words, self.width, sign), pen.style(Part::Heading));
                    }
                    Line::Told(keys, words) => {
                        pen.clean(row, x, &cut(keys, self.width, sign), pen.style(Part::Key));
                        pen.clean(row, x + cells(KEYS + 1), words, pen.style(Part::Text));
                    }
                }
            }
        }
    }
}

/// Headings, keys and signs, each with all that is to be said of it.
fn entries(state: &State) -> Vec<Line> {
    let here = state.which.place();
    let mut entries = Vec::new();
    let places = [here, Place::Anywhere];
    let places = if here == Place::Anywhere { &places[1..] } else { &places[..] };
    for place in places {
        entries.push(Line::Heading(place.words()));
        entries.extend(state.keymap.actions(*place).into_iter().map(|(action, keys)| {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            Line::Told(keys.join(" "), action.words().to_owned())
        }));
        entries.push(Line::Empty);
    }
    entries.push(Line::Heading("what the signs mean"));
    entries
        .extend(signs(&state.theme).into_iter().map(|(sign, words)| Line::Told(sign.into(), words.into())));
    entries
}

/// The lines of a column of so many letters: what does not fit goes on below, where the words stand.
fn lines(entries: &[Line], columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in entries {
        let Line::Told(keys, words) = entry else {
            lines.push(entry.clone());
            continue;
        };
        // Keys of one's own may be many.
        let keys = if width(keys) <= KEYS { vec![keys.clone()] } else { wrapped(keys, KEYS) };
        let words = wrapped(words, columns.saturating_sub(KEYS + 1));
        for at in 0..keys.len().max(words.len()) {
            let part = |parts: &[String]| parts.get(at).cloned().unwrap_or_default();
            lines.push(Line::Told(part(&keys), part(&words)));
        }
    }
    lines
}

/// The signs, and what each means.
pub(in crate::tui) fn signs(theme: &Theme) -> Vec<(&'static str, &'static str)> {
    let mut signs: Vec<(&str, &str)> =
        Severity::ALL.iter().rev().map(|&severity| (theme.sign(severity), grade(severity))).collect();
    signs.extend(Opinion::ALL.iter().map(|&opinion| (theme.opinion_sign(opinion), verdict(opinion))));
    signs.extend([
        (theme.state_sign(Standing::Disputed), "reviewers differ"),
        (theme.state_sign(Standing::Stale), "stale: its code has changed since"),
        (theme.state_sign(Standing::Gone), "gone: no tool finds it any more"),
    ]);
    signs.extend(Mark::ALL.iter().map(|&mark| (theme.mark(mark), mark.words())));
    signs.extend([
        ("1-5", "its priority"),
        (".87", "what judging it is worth, of 1"),
        ("rnd", "drawn at random, outside the order"),
        ("see", "to be looked at before spreading"),
    ]);
    signs
}

const fn grade(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "severity critical",
        Severity::High => "severity high",
        Severity::Medium => "severity medium",
        Severity::Low => "severity low",
        Severity::Info => "severity info",
    }
}

const fn verdict(opinion: Opinion) -> &'static str {
    match opinion {
        Opinion::Confirmed => "confirmed",
        Opinion::Rejected => "rejected",
        Opinion::RiskAccepted => "the risk is accepted",
        Opinion::Unsure => "looked at, and left open as unsure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;
    use crate::tui::event::Event;
    use crate::tui::modal::Modal;
    use crate::tui::testing::{World, shown, state};

    #[test]
    fn every_sign_means_one_thing_with_and_without_unicode() {
        for unicode in [true, false] {
            let theme = Theme { unicode, ..state().theme };
            let signs = signs(&theme);
            for (at, (sign, words)) in signs.iter().enumerate() {
                let twice = signs.iter().skip(at + 1).find(|(other, _)| other == sign);
                assert_eq!(twice, None, "{words}");
                assert!(unicode || sign.is_ascii(), "{sign}");
            }
        }
    }

    /// What the help shows from its first line to its last, whatever it takes to get there.
    fn all(world: &mut World) -> String {
        let mut screens = String::new();
        for _ in 0..40 {
            screens.push_str(&shown(world).join("\n"));
            world.press("page-down");
        }
        screens
    }

    #[test]
    fn the_whole_help_can_be_read_on_every_size() {
        for size in [(80, 24), (120, 36), (200, 60), (60, 10)] {
            let mut world = World::of(3);
            world.tell(Event::Resized(size.0, size.1));
            world.press("?");
            let screens = all(&mut world);
            // What is broken over two lines is found by its beginning.
            let begins = |words: &str| words.chars().take(20).collect::<String>();
            for (action, _) in world.state.keymap.help(Place::Docket) {
                assert!(screens.contains(&begins(action.words())), "{size:?} {}", action.name());
            }
            for (_, words) in signs(&world.state.theme) {
                assert!(screens.contains(&begins(words)), "{size:?} {words}");
            }
            assert!(!screens.contains('…') || screens.matches('…').count() < 200, "{size:?}");
        }
    }

    #[test]
    fn a_large_terminal_shows_all_of_it_at_once_and_a_small_one_says_how_far_one_is() {
        let mut world = World::of(3);
        world.tell(Event::Resized(200, 60));
        world.press("?");
        let screen = shown(&world).join("\n");
        let first = Action::Confirm.words();
        assert!(screen.contains(first) && screen.contains("drawn at random"), "{screen}");
        assert!(!screen.contains(" lines "), "{screen}");
        world.press("esc");
        world.tell(Event::Resized(80, 24));
        world.press("?");
        let screen = shown(&world).join("\n");
        assert!(screen.contains(" 1 to 20 of "), "{screen}");
        world.press("G");
        let screen = shown(&world).join("\n");
        let whole = Help::of(&world.state).columns[0].len();
        assert!(screen.contains(&format!(" {} to {whole} of {whole} lines ", whole - 19)), "{screen}");
        assert!(screen.contains("drawn at random"), "{screen}");
    }

    #[test]
    fn every_key_that_moves_scrolls_it_and_only_those_that_leave_close_it() {
        let mut world = World::of(3);
        world.tell(Event::Resized(80, 24));
        let at = |world: &World| match world.state.modals.last() {
            Some(Modal::Help(at)) => Some(*at),
            _ => None,
        };
        world.press("?");
        let last = Help::of(&world.state).last;
        for (keys, wanted) in [
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("page-down", 19),
            ("page-up", 0),
            ("ctrl-f", 19),
            ("ctrl-b", 0),
            ("G", last),
            ("g", 0),
            ("end", last),
            ("home", 0),
            ("}", 3),
            ("{", 0),
            ("a", 0),
            ("f2", 0),
            ("enter", 0),
        ] {
            world.press(keys);
            assert_eq!(at(&world), Some(wanted), "{keys}");
        }
        world.tell(Event::Wheeled(10, 10, 1));
        assert_eq!(at(&world), Some(3));
        world.tell(Event::Wheeled(10, 10, -1));
        assert_eq!(at(&world), Some(0));
        for keys in ["esc", "q", "?", "ctrl-c"] {
            world.press(keys);
            assert_eq!(at(&world), None, "{keys}");
            world.press("?");
        }
        assert!(world.decided.is_empty() && world.left.is_empty());
    }
}
