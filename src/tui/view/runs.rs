//! The screen of runs: the imports in sight, and the receipt of the one that one is at.

use ratatui::layout::Rect;

use super::bars::grouped;
use super::cells::{Pen, cut, cut_path, line_of};
use super::{listing, receipt};
use crate::jobs::ImportView;
use crate::tui::action::Action;
use crate::tui::layout::Panes;
use crate::tui::runs::Places;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// What the footer offers here, the likeliest first, in a word each.
pub(super) const OFFERED: [(Action, &str); 10] = [
    (Action::OpenRun, "its cases"),
    (Action::RemoveRun, "take back"),
    (Action::Import, "import"),
    (Action::CaseDown, "receipt down"),
    (Action::CaseUp, "up"),
    (Action::Palette, "commands"),
    (Action::Help, "help"),
    (Action::ScreenDocket, "docket"),
    (Action::Refresh, "list anew"),
    (Action::Quit, "quit"),
];

/// The columns of a list: those that are wide enough to be shown, from the left.
struct Columns {
    project: u16,
    tools: u16,
    file: u16,
    /// Whether there is room for what became of the claims beside what is new.
    all_counts: bool,
}

/// Columns of a number, with what parts it from the one before.
const NUMBER: u16 = 9;
/// Columns of when it was.
const WHEN: u16 = 16;

impl Columns {
    fn of(width: u16) -> Self {
        let all_counts = width >= 100;
        let numbers = if all_counts { 4 } else { 2 } * NUMBER;
        let rest = width.saturating_sub(numbers + WHEN + 2);
        let project = if width >= 90 { rest / 5 } else { 0 };
        let tools = rest / 3;
        Self { project, tools, file: rest.saturating_sub(project + tools), all_counts }
    }
}

pub(super) fn draw(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let places = Places::of(panes, state.size);
    let runs = &state.runs;
    let right = match runs.imports.items().len() {
        0 => String::new(),
        many => format!("{}/{} newest first", grouped(runs.imports.cursor() + 1), grouped(many)),
    };
    pen.ending(panes.filter, 1, &right, pen.style(Part::Bar));
    pen.clean(panes.filter, 1, "imports and their receipts", pen.style(Part::Heading));
    if runs.imports.items().is_empty() {
        let words =
            if runs.imports.is_listed() { "nothing was imported yet: `import` does" } else { "loading" };
        pen.text(line_of(places.list, 0), 1, words, pen.style(Part::Quiet));
        return;
    }
    headings(pen, places.columns);
    listing::draw(pen, places.list, 1, &runs.imports, row);
    pen.rule(places.rule);
    let lines = lines(state, &places);
    let height = usize::from(places.receipt.height);
    let scroll = runs.scroll.min(lines.len().saturating_sub(height));
    for (at, (text, part)) in lines.iter().skip(scroll).take(height).enumerate() {
        let place = line_of(places.receipt, u16::try_from(at).unwrap_or(u16::MAX));
        pen.clean(place, 1, text, pen.style(*part));
    }
}

fn lines(state: &State, places: &Places) -> Vec<receipt::Line> {
    let columns = usize::from(places.receipt.width.saturating_sub(2));
    let runs = &state.runs;
    runs.current().map(|import| receipt::lines(import, runs.receipt(), columns)).unwrap_or_default()
}

/// How far the receipt can be scrolled.
pub(in crate::tui) fn furthest(state: &State, places: &Places) -> usize {
    lines(state, places).len().saturating_sub(usize::from(places.receipt.height))
}

/// The cells of a line: where each begins, and the numbers by where they end.
fn cells(pen: &mut Pen<'_>, place: Rect, texts: [&str; 4], numbers: [&str; 4], part: Part) {
    let style = pen.style(part);
    let widths = Columns::of(place.width);
    let sign = pen.theme.or_plain("…", "~");
    let [when, project, tools, file] = texts;
    pen.text(place, 1, when, style);
    let mut column = WHEN + 2;
    for (text, width) in [(project, widths.project), (tools, widths.tools)] {
        let room = usize::from(width.saturating_sub(1));
        pen.clean(place, column, &cut(text, room, sign), style);
        column += width;
    }
    let room = usize::from(widths.file.saturating_sub(1));
    pen.clean(place, column, &cut_path(file, room, sign), style);
    let shown: &[usize] = if widths.all_counts { &[0, 1, 2, 3] } else { &[0, 1] };
    for (from_right, at) in (0_u16..).zip(shown.iter().rev()) {
        let text = numbers.get(*at).copied().unwrap_or_default();
        pen.ending(place, 1 + from_right * NUMBER, text, style);
    }
}

fn headings(pen: &mut Pen<'_>, place: Rect) {
    let texts = ["imported", "project", "tools", "file"];
    cells(pen, place, texts, ["claims", "new", "matched", "gone"], Part::Quiet);
}

fn row(pen: &mut Pen<'_>, place: Rect, import: &ImportView) {
    let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let counts = import.counts;
    let gone = import.changes.map_or_else(String::new, |changes| number(changes.gone));
    let texts = [import.when.as_str(), &import.project, &import.tools(), &import.file];
    let numbers = [&number(counts.claims), &number(counts.new), &number(counts.matched), &gone];
    cells(pen, place, texts, numbers.map(String::as_str), Part::Text);
}
