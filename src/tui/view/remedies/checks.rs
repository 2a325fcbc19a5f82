//! What was checked of a remedy: in a line or two below it, and in full with what it rests on.

use ratatui::layout::Rect;

use super::super::cells::{Pen, cut, line_of, width, wrapped};
use super::{Lines, became, sound_words};
use crate::jobs::{RemedyCase, RemedyPage};
use crate::remedy::{Check, CheckKind, Miss, Outcome};
use crate::text::visible;
use crate::tui::theme::Part;

/// Columns of what a check rests on in the line.
const SHORT: usize = 44;

const fn part(outcome: Outcome) -> Part {
    match outcome {
        Outcome::Held => Part::Added,
        Outcome::Failed => Part::Removed,
        Outcome::Inconclusive | Outcome::NotRun => Part::Key,
    }
}

pub(super) const fn sign(outcome: Outcome, [held, failed, open]: [&'static str; 3]) -> &'static str {
    match outcome {
        Outcome::Held => held,
        Outcome::Failed => failed,
        Outcome::Inconclusive | Outcome::NotRun => open,
    }
}

/// How long a check took; nothing where that was no time at all.
fn time(ms: u64) -> String {
    match ms {
        0..=99 => String::new(),
        100..=99_999 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} s", ms / 1000),
    }
}

/// What a check says in the line beside its name.
fn short(check: &Check) -> String {
    let words = check.evidence.words.as_str();
    let told = match (check.outcome, check.kind) {
        (Outcome::Held, CheckKind::Minimal | CheckKind::Recheck | CheckKind::Project) => words,
        (Outcome::Held, _) => "",
        (Outcome::NotRun, _) => "not run",
        _ => words,
    };
    let time = time(check.ms);
    let told = cut(told, SHORT, "~");
    if time.is_empty() || told.is_empty() { format!("{told}{time}") } else { format!("{told}, {time}") }
}

/// The checks in the lines that there are.
pub(super) fn line(pen: &mut Pen<'_>, place: Rect, checks: &[Check]) {
    let signs = [pen.theme.or_plain("✓", "v"), pen.theme.or_plain("✗", "x"), "?"];
    let (mut at, mut column) = (0_u16, 1_u16);
    // What does not hold is what a reader must not miss.
    let mut order: Vec<&Check> = checks.iter().collect();
    order.sort_by_key(|check| check.outcome != Outcome::Failed);
    for check in order {
        let name = visible(&check.name()).into_owned();
        let told = short(check);
        let room = u16::try_from(width(&name) + width(&told) + 4).unwrap_or(u16::MAX);
        if column > 1 && column.saturating_add(room) > place.width {
            (at, column) = (at + 1, 1);
        }
        if at >= place.height {
            let last = line_of(place, place.height.saturating_sub(1));
            pen.ending(last, 1, pen.theme.or_plain("…", "~"), pen.style(Part::Quiet));
            return;
        }
        let row = line_of(place, at);
        column = pen.clean(row, column, &name, pen.style(Part::Bar));
        column = pen.clean(row, column + 1, sign(check.outcome, signs), pen.style(part(check.outcome)));
        if !told.is_empty() {
            column = pen.clean(row, column + 1, &told, pen.style(Part::Quiet));
        }
        column = column.saturating_add(3);
    }
}

/// The checks with what they rest on.
pub(super) fn lines(page: &RemedyPage, case: &RemedyCase, columns: usize, signs: [&'static str; 3]) -> Lines {
    let mut lines: Lines = Vec::new();
    let mut say = |text: &str, part: Part, indent: usize| {
        let room = columns.saturating_sub(indent);
        let blank = " ".repeat(indent);
        lines.extend(wrapped(text, room).into_iter().map(|line| (format!("{blank}{line}"), part)));
    };
    let remedy = &page.remedy;
    say(&format!("remedy {}, {}", remedy.id, sound_words(remedy.sound)), Part::Heading, 0);
    if let Some(from) = remedy.edited_from {
        say(&format!("made by {} of the remedy {from}", remedy.by), Part::Text, 0);
    }
    for (words, part) in became(page) {
        say(&words, part, 0);
    }
    say(" ", Part::Text, 0);
    for check in &remedy.checks {
        let time = time(check.ms);
        let time = if time.is_empty() { format!("{} ms", check.ms) } else { time };
        let outcome = check.outcome.word().replace('_', " ");
        let words = format!("{} {}: {outcome}, {time}", sign(check.outcome, signs), check.name());
        say(&words, part(check.outcome), 0);
        say(&check.evidence.words, Part::Text, 2);
        for line in &check.evidence.lines {
            say(line, Part::Quiet, 4);
        }
    }
    if !case.misses.is_empty() {
        say(" ", Part::Text, 0);
        say("who was asked and had nothing of use", Part::Heading, 0);
        for miss in &case.misses {
            say(&miss_words(miss), Part::Quiet, 0);
        }
    }
    lines
}

/// Why a case has no remedy.
pub(super) fn misses(misses: &[Miss], columns: usize) -> Lines {
    let mut lines: Lines = Vec::new();
    let mut say = |text: &str, part: Part| {
        lines.extend(wrapped(text, columns).into_iter().map(|line| (line, part)));
    };
    if misses.is_empty() {
        say("no remedy was proposed yet", Part::Quiet);
        return lines;
    }
    say("no remedy of use: for a broader review", Part::Heading);
    for miss in misses {
        say(&miss_words(miss), Part::Text);
    }
    lines
}

fn miss_words(miss: &Miss) -> String {
    let by = if miss.by.is_empty() { String::new() } else { format!(" ({})", miss.by) };
    format!("{}{by}", miss.words())
}
