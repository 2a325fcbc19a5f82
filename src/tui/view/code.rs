//! The code of a case: the lines in sight, what is flagged in them, and where other cases stand.
//!
//! Of a line only the columns in sight are looked at: it may be a whole program of megabytes.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::cells::{Pen, cut, cut_path, line_of, width};
use crate::jobs::{CodeFile, Hits, InTree};
use crate::source::{Class, Span};
use crate::text::columns::Ruler;
use crate::text::visible;
use crate::tui::docket::{DocketScreen, Open, digits, gutter};
use crate::tui::theme::{Mark, Part};
use crate::tui::update::in_tree_words;

pub(super) fn draw(pen: &mut Pen<'_>, place: Rect, docket: &DocketScreen) {
    if place.is_empty() {
        return;
    }
    let Some(open) = docket.here() else {
        return;
    };
    let Some(file) = open.file() else {
        nothing(pen, place, open);
        return;
    };
    heading(pen, line_of(place, 0), docket, open, file);
    let body = Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place };
    lines(pen, body, docket, open, file);
}

fn nothing(pen: &mut Pen<'_>, place: Rect, open: &Open) {
    let quiet = pen.style(Part::Quiet);
    match &open.other {
        Some((path, _)) => {
            pen.text(line_of(place, 0), 1, path, pen.style(Part::Heading));
            pen.text(line_of(place, 1), 1, "this file was not kept: import with --source", quiet);
        }
        None => {
            pen.text(line_of(place, 0), 1, &open.view.listed.path, pen.style(Part::Heading));
            pen.text(line_of(place, 1), 1, "there is no code to show: import with --source to see it", quiet);
        }
    }
}

/// Path, the signatures of what the code in sight is inside of, and what is to be known of the file.
fn heading(pen: &mut Pen<'_>, place: Rect, docket: &DocketScreen, open: &Open, file: &Arc<CodeFile>) {
    let sign = pen.theme.mark(Mark::Cut);
    let mut notes = Vec::new();
    if !file.is_whole {
        notes.push(match file.quoted_by.as_str() {
            "" => "as quoted".to_owned(),
            tool => format!("as quoted by {tool}"),
        });
    }
    if let Some((known, Some(how))) = &open.compared
        && known.is(file)
        && *how != InTree::Same
    {
        notes.push(in_tree_words(*how).to_owned());
    }
    if !docket.search.text.is_empty() {
        notes.push(format!("{} {}", docket.search.text, docket.search.words(file)));
    }
    let note = cut(&notes.join("  "), usize::from(place.width / 2), sign);
    let right =
        if note.is_empty() { place.width } else { pen.ending(place, 1, &note, pen.style(Part::Quiet)) };
    let place = Rect { width: right.saturating_sub(1), ..place };
    let room = usize::from(place.width.saturating_sub(1));
    let column = pen.clean(place, 1, &cut_path(&file.path, room * 2 / 3, sign), pen.style(Part::Heading));
    // What is flagged is read first, so the function around it is named; elsewhere the one around the first line.
    let flagged = open.flagged().0;
    let in_sight = (open.top..open.top.saturating_add(u32::from(open.room.1))).contains(&flagged);
    let scopes = file.scopes_above(if in_sight { flagged } else { open.top });
    let arrow = pen.theme.or_plain(" › ", " > ");
    // Of many the innermost say most.
    let mut names = String::new();
    for (_, signature) in scopes.iter().rev() {
        let wider = format!("{arrow}{signature}{names}");
        if usize::from(column) + width(&visible(&wider)) > usize::from(place.width) && !names.is_empty() {
            break;
        }
        names = wider;
    }
    let room = usize::from(place.width.saturating_sub(column));
    pen.clean(place, column, &cut(&names, room, sign), pen.style(Part::Quiet));
}

fn lines(pen: &mut Pen<'_>, place: Rect, docket: &DocketScreen, open: &Open, file: &Arc<CodeFile>) {
    let digits = digits(file);
    let flagged = open.flagged();
    let beside = open.flagged_beside_step();
    let gutter = gutter(file);
    let hits = docket.search.hits(file);
    for at in 0..place.height {
        let number = open.top.saturating_add(u32::from(at));
        let Some(ruler) = file.ruler(number) else { continue };
        let line = line_of(place, at);
        let is_flagged = (flagged.0..=flagged.1).contains(&number) && flagged.0 > 0;
        // A step has a sign of its own: what the verdict is about stays marked while one goes along the flow.
        let bar = if is_flagged && open.step.is_some() {
            pen.theme.mark(Mark::Step)
        } else if is_flagged || beside.is_some_and(|(first, last)| (first..=last).contains(&number)) {
            pen.theme.mark(Mark::Flagged)
        } else {
            " "
        };
        pen.clean(line, 0, bar, pen.style(Part::Key));
        let quiet = pen.style(Part::Quiet);
        pen.clean(line, 1, &format!("{number:>digits$}"), quiet);
        if file.has_mark(number) {
            pen.clean(line, 2 + u16::try_from(digits).unwrap_or(0), pen.theme.mark(Mark::OtherCase), quiet);
        }
        let code =
            Rect { x: line.x + gutter.min(line.width), width: line.width.saturating_sub(gutter), ..line };
        let spans = open.colours.get(&number).map_or(&[][..], Vec::as_slice);
        let sight = paint(pen, code, ruler, spans, open.left);
        if is_flagged {
            match open.marked() {
                None => pen.tint(code, pen.style(Part::Flagged)),
                Some(marked) => {
                    if let Some(bytes) = marked.within(number, ruler.text().len()) {
                        tint(pen, code, ruler, (open.left, bytes.start, bytes.end), Part::Flagged);
                    }
                }
            }
        }
        if let Some(hits) = hits {
            found(pen, code, docket, hits, (number, ruler), (open.left, &sight));
        }
        if sight.before {
            pen.clean(line, gutter.saturating_sub(1), pen.theme.mark(Mark::Before), quiet);
        }
        if sight.after {
            let last = code.width.saturating_sub(1);
            pen.clean(code, last, pen.theme.mark(Mark::Cut), quiet);
        }
    }
}

/// The part of a line that is in sight.
pub(super) struct Sight {
    /// Its bytes.
    bytes: std::ops::Range<usize>,
    /// Whether the line goes on left of it, and right.
    pub(super) before: bool,
    pub(super) after: bool,
}

/// Marks the places of a line that were searched for and are in sight.
fn found(
    pen: &mut Pen<'_>,
    code: Rect,
    docket: &DocketScreen,
    hits: &Hits,
    (number, ruler): (u32, Ruler<'_>),
    (left, sight): (usize, &Sight),
) {
    let here = docket.search.here();
    let hits = hits.in_line(number);
    let first = hits.partition_point(|hit| hit.end as usize <= sight.bytes.start);
    for hit in hits.iter().skip(first).take_while(|hit| (hit.start as usize) < sight.bytes.end) {
        let part = if here == Some(*hit) { Part::FoundHere } else { Part::Found };
        tint(pen, code, ruler, (left, hit.start as usize, hit.end as usize), part);
    }
}

/// Gives the columns of some bytes a style, as far as they are in sight.
pub(super) fn tint(
    pen: &mut Pen<'_>,
    code: Rect,
    ruler: Ruler<'_>,
    (left, start, end): (usize, usize, usize),
    part: Part,
) {
    let from = ruler.of_byte(start);
    let to = ruler.of_byte(end).max(from + 1);
    let edge = left + usize::from(code.width);
    let (from, to) = (from.clamp(left, edge), to.clamp(left, edge));
    let cells = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX);
    let place = Rect { x: code.x + cells(from - left), width: cells(to - from), ..code };
    pen.tint(place, pen.style(part));
}

/// Paints a line of source from a column on, each part in its colour.
pub(super) fn paint(pen: &mut Pen<'_>, place: Rect, ruler: Ruler<'_>, spans: &[Span], left: usize) -> Sight {
    let edge = left + usize::from(place.width);
    let mut sight = Sight { bytes: 0..0, before: false, after: false };
    let mut run = (String::new(), Class::Plain, 0);
    let mut span = None;
    for (number, piece) in ruler.from(left).enumerate() {
        if number == 0 {
            sight.bytes = piece.byte..piece.byte;
            sight.before = left > 0;
            span = Some(spans.partition_point(|span| span.end as usize <= piece.byte));
        }
        if piece.column >= edge {
            sight.after = true;
            break;
        }
        sight.bytes.end = piece.byte + piece.text.len();
        sight.after = piece.column + piece.width > edge;
        while span.and_then(|at| spans.get(at)).is_some_and(|span| span.end as usize <= piece.byte) {
            span = span.map(|at| at + 1);
        }
        let class = span.and_then(|at| spans.get(at)).map_or(Class::Plain, |span| span.class);
        let column = piece.column.max(left);
        if class != run.1 {
            flush(pen, place, &run, left);
            run = (String::new(), class, column);
        } else if run.0.is_empty() {
            run.2 = column;
        }
        let hidden = left.saturating_sub(piece.column);
        let shown = visible(piece.text);
        if piece.text == "\t" || (hidden > 0 && shown == piece.text) {
            // What is partly left of the sight leaves blanks, for half a character cannot be shown.
            run.0.extend(std::iter::repeat_n(' ', piece.width - hidden));
        } else {
            run.0.extend(shown.chars().skip(hidden));
        }
    }
    if sight.bytes.is_empty() && left > 0 {
        // All of the line is left of the sight.
        sight.before = !ruler.text().is_empty();
    }
    flush(pen, place, &run, left);
    sight
}

fn flush(pen: &mut Pen<'_>, place: Rect, (text, class, column): &(String, Class, usize), left: usize) {
    let style = pen.theme.code(*class);
    pen.clean(place, u16::try_from(column - left.min(*column)).unwrap_or(u16::MAX), text, style);
}
