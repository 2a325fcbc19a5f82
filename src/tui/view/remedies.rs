//! The screen of remedies: the cases in sight, and the remedy that one is at with what was checked of it.

mod checks;
mod diff;
mod list;
mod written;

use ratatui::layout::Rect;

use super::bars::grouped;
use super::cells::{Pen, cut, cut_path, line_of, width, wrapped};
use crate::jobs::{FileNow, RemedyCase, RemedyPage};
use crate::remedy::{Origin, Sound};
use crate::text::visible;
use crate::tui::action::Action;
use crate::tui::layout::Panes;
use crate::tui::proposing;
use crate::tui::remedies::{Places, Shown, hides_here, sound_words};
use crate::tui::state::State;
use crate::tui::theme::Part;

/// What the footer offers here, the likeliest first, in a word each.
pub(super) const OFFERED: [(Action, &str); 17] = [
    (Action::AcceptRemedy, "accept"),
    (Action::RefuseRemedy, "refuse"),
    (Action::ApplyRemedy, "apply"),
    (Action::TakeBackRemedy, "take back"),
    (Action::EditRemedy, "edit"),
    (Action::Checks, "checks"),
    (Action::NextRemedy, "next one"),
    (Action::Undo, "undo"),
    (Action::Help, "help"),
    (Action::WriteRemedy, "patch, branch"),
    (Action::SideBySide, "sides"),
    (Action::RemediesNext, "list"),
    (Action::OpenCase, "case"),
    (Action::CodeDown, "down"),
    (Action::Propose, "propose anew"),
    (Action::Palette, "commands"),
    (Action::Quit, "quit"),
];

/// Lines of what a model writes that stand beside the case.
const WRITTEN: usize = 12;

/// Rows of the list built so far, for the test that counts them.
#[cfg(test)]
pub(in crate::tui) fn built() -> usize {
    list::BUILT.get()
}

/// Lines of text and what each is.
type Lines = Vec<(String, Part)>;

pub(super) fn draw(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let places = Places::of(state);
    top(pen, panes.filter, state);
    list::draw(pen, &places, state);
    pen.rule(places.rule);
    written::draw(pen, places.written, state);
    if state.remedies.current().is_none() {
        return;
    }
    heading(pen, places.heading, state);
    let Some(case) = state.remedies.here() else {
        pen.text(line_of(places.diff, 0), 1, "loading", pen.style(Part::Quiet));
        return;
    };
    if let Some(lines) = told(state, case, usize::from(places.diff.width.saturating_sub(2))) {
        scrolled(pen, places.diff, &lines, state.remedies.scroll);
    } else if state.remedies.abreast(places.diff.width) > 1 {
        abreast(pen, places.diff, state, case);
    } else if let Some(page) = state.remedies.remedy() {
        let is_beside = state.remedies.is_beside(places.diff.width);
        diff::draw(pen, places.diff, page, is_beside, (state.remedies.scroll, state.remedies.left));
    }
    if let Some(page) = state.remedies.remedy().filter(|_| !hides_here(state)) {
        checks::line(pen, places.checks, &page.remedy.checks);
    }
}

/// What is told in the place of a difference: the checks, why there is none, or that it is hidden.
fn told(state: &State, case: &RemedyCase, columns: usize) -> Option<Lines> {
    if hides_here(state) {
        let key = state.keymap.key(Action::OpenCase).map(|key| key.to_string()).unwrap_or_default();
        let words = format!("what is proposed is hidden until your own verdict on the case: {key} opens it");
        return Some(wrapped(&words, columns).into_iter().map(|line| (line, Part::Quiet)).collect());
    }
    let page = case.pages.get(state.remedies.page);
    match page {
        Some(page) if state.remedies.shows_checks => {
            Some(checks::lines(page, case, columns, pen_sign(state)))
        }
        Some(_) => None,
        None => Some(checks::misses(&case.misses, columns)),
    }
}

fn pen_sign(state: &State) -> [&'static str; 3] {
    let theme = state.theme;
    [theme.or_plain("✓", "v"), theme.or_plain("✗", "x"), "?"]
}

/// How far what is shown of the remedy can be scrolled.
pub(in crate::tui) fn last_of_remedy(state: &State) -> usize {
    let place = Places::of(state).diff;
    let Some(case) = state.remedies.here() else { return 0 };
    let columns = usize::from(place.width.saturating_sub(2));
    let many = match told(state, case, columns) {
        Some(lines) => lines.len(),
        None => {
            let many = state.remedies.abreast(place.width);
            let is_beside = many == 1 && state.remedies.is_beside(place.width);
            let pages = pages_abreast(state, case, many);
            // Of remedies side by side each has a heading.
            let rows = pages.iter().map(|page| diff::rows(page, is_beside) + usize::from(many > 1));
            rows.max().unwrap_or(0)
        }
    };
    many.saturating_sub(usize::from(place.height))
}

/// The columns of the longest line of the remedy.
pub(in crate::tui) fn widest_change(state: &State) -> usize {
    state.remedies.remedy().map_or(0, diff::widest)
}

fn scrolled(pen: &mut Pen<'_>, place: Rect, lines: &Lines, scroll: usize) {
    let height = usize::from(place.height);
    let scroll = scroll.min(lines.len().saturating_sub(height));
    for (at, (text, part)) in lines.iter().skip(scroll).take(height).enumerate() {
        pen.clean(line_of(place, u16::try_from(at).unwrap_or(u16::MAX)), 1, text, pen.style(*part));
    }
}

/// The remedies that stand side by side: the one that one is at among them.
fn pages_abreast<'c>(state: &State, case: &'c RemedyCase, many: usize) -> Vec<&'c RemedyPage> {
    let first = state.remedies.page.min(case.pages.len().saturating_sub(many));
    case.pages.iter().skip(first).take(many).collect()
}

fn abreast(pen: &mut Pen<'_>, place: Rect, state: &State, case: &RemedyCase) {
    let many = state.remedies.abreast(place.width);
    let part = place.width / u16::try_from(many).unwrap_or(1).max(1);
    let here = state.remedies.remedy().map(|page| page.remedy.id);
    for (at, page) in (0_u16..).zip(pages_abreast(state, case, many)) {
        let x = place.x + at * part;
        let whole = Rect { x, width: part.saturating_sub(1), ..place };
        if at > 0 {
            pen.rule(Rect { x: x - 1, width: 1, ..place });
        }
        let sign = pen.theme.or_plain("…", "~");
        let words = format!("{}, {}", sound_words(page.remedy.sound), whose(page));
        let words = cut(&words, usize::from(whole.width.saturating_sub(2)), sign);
        let style = pen.style(if Some(page.remedy.id) == here { Part::Key } else { Part::Heading });
        pen.clean(line_of(whole, 0), 1, &words, style);
        let body = Rect { y: whole.y + 1, height: whole.height.saturating_sub(1), ..whole };
        diff::draw(pen, body, page, false, (state.remedies.scroll, state.remedies.left));
    }
}

/// Which list it is, under which filter, and how far the proposing is.
fn top(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let screen = &state.remedies;
    let mut right = match screen.entries.items().len() {
        0 => String::new(),
        many => format!("{}/{}", grouped(screen.entries.cursor() + 1), grouped(many)),
    };
    if let Some(running) = &state.proposing.running {
        let key = |action| state.keymap.key(action).map(|key| key.to_string()).unwrap_or_default();
        let (pause, stop) = (key(Action::PauseProposing), key(Action::StopProposing));
        let goes = if running.is_paused { "goes on" } else { "pauses" };
        let keys = if place.width >= 100 { format!("  {pause} {goes}, {stop} stops") } else { String::new() };
        // Of one case it is told below, where there is more room.
        let words = if running.of <= 1 { String::new() } else { proposing::words(state, running) + &keys };
        right = format!("{words}  {right}");
    }
    let begin = pen.ending(place, 1, &right, pen.style(Part::Bar));
    let room = Rect { width: begin.saturating_sub(1), ..place };
    let mut column = pen.clean(room, 1, screen.shown.words(), pen.style(Part::Heading));
    for (many, word) in screen.fates.words() {
        let words = format!("{} {word}", grouped(many));
        // Half of a number would be another one.
        if usize::from(column) + 2 + words.len() > usize::from(room.width) {
            break;
        }
        column = pen.clean(room, column + 2, &words, pen.style(Part::Bar));
    }
    let filter = &state.docket.filter_text;
    if screen.shown != Shown::All && !filter.is_empty() {
        let column = pen.clean(room, column + 2, "/", pen.style(Part::Key));
        pen.text(room, column + 1, filter, pen.style(Part::Quiet));
    }
}

/// Whose a remedy is.
fn whose(page: &RemedyPage) -> String {
    let remedy = &page.remedy;
    match (remedy.origin, remedy.by.as_str()) {
        (Origin::Person, by) => format!("edited by {by}"),
        (origin, "") => origin.word().to_owned(),
        (Origin::Model, by) => by.to_owned(),
        (origin, by) => format!("{} of {by}", origin.word()),
    }
}

fn heading(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let Some(entry) = state.remedies.current() else { return };
    let (first, second) = (line_of(place, 0), line_of(place, 1));
    let sign = pen.theme.or_plain("…", "~");
    let row = state.docket.rows.get(&entry.case);
    let title = row.map(|row| row.heading().into_owned()).unwrap_or_default();
    let is_hidden = hides_here(state);
    let page = state.remedies.remedy().filter(|_| !is_hidden);
    let mut room = first;
    if let (Some(page), Some(case)) = (page, state.remedies.here()) {
        let many = case.pages.len();
        let which = if many > 1 { format!("  {} of {many}", state.remedies.page + 1) } else { String::new() };
        let words = format!("{}{which}", cut(&whose(page), usize::from(place.width / 3), sign));
        let begin = pen.ending(first, 1, &words, pen.style(Part::Quiet));
        let sound = page.remedy.sound;
        let words = format!("{} {}", sound_sign(pen, sound), sound_words(sound));
        let begin = pen.ending(first, first.width - begin + 2, &words, pen.style(sound_part(sound)));
        room = Rect { width: begin.saturating_sub(2), ..first };
    }
    let path = page
        .and_then(|page| page.remedy.paths().next())
        .map_or_else(|| row.map(|row| row.place().into_owned()).unwrap_or_default(), str::to_owned);
    let columns = usize::from(room.width.saturating_sub(1));
    let path = cut_path(&path, columns * 2 / 3, sign);
    let column = pen.clean(room, 1, &path, pen.style(Part::Heading));
    let left = columns.saturating_sub(width(&path) + 3);
    pen.clean(room, column + 2, &cut(&title, left, sign), pen.style(Part::Quiet));
    if let Some(page) = page {
        let mut column = 1;
        for (words, part) in became(page) {
            let words = cut(&words, usize::from(second.width.saturating_sub(column + 1)), sign);
            column = pen.clean(second, column, &words, pen.style(part)) + 2;
        }
    }
}

/// What became of a remedy and of its files, in words.
fn became(page: &RemedyPage) -> Vec<(String, Part)> {
    let mut told = Vec::new();
    let decided = &page.decided;
    if let Some((decision, by)) = &decided.decision {
        let why = if decided.note.is_empty() { String::new() } else { format!(": {}", decided.note) };
        told.push((format!("{} by {by}{why}", decision.word()), Part::Key));
    }
    if let Some((_, tree)) = &decided.applied {
        told.push((format!("in {tree}"), Part::Key));
    }
    let is_applied = decided.applied.is_some();
    for sheet in &page.sheets {
        if let Some((words, part)) = since(sheet.now, is_applied) {
            let path = if page.sheets.len() > 1 { format!("{}: ", sheet.path) } else { String::new() };
            told.push((format!("{path}{words}"), part));
        }
    }
    if !page.remedy.words.is_empty() {
        told.push((page.remedy.words.clone(), Part::Text));
    }
    told
}

/// What is to be known of a file that is not as it was.
const fn since(now: FileNow, is_applied: bool) -> Option<(&'static str, Part)> {
    match (now, is_applied) {
        (FileNow::AsMade, false) | (FileNow::Written, true) => None,
        (FileNow::AsMade, true) => Some(("the file is as before the remedy again", Part::Failure)),
        (FileNow::Written, false) => Some(("the file has this change already", Part::Key)),
        (FileNow::Merges, false) => {
            Some(("the file has changed since: the remedy is brought onto it when it is applied", Part::Key))
        }
        (FileNow::Clashes, false) => {
            Some(("the file has changed where the remedy changes it: propose anew", Part::Failure))
        }
        (FileNow::Merges | FileNow::Clashes, true) => Some(("the file has changed since", Part::Failure)),
        (FileNow::Missing, _) => Some(("the file is not there, or cannot be read", Part::Failure)),
        (FileNow::NoTree, _) => Some(("the source tree is not there", Part::Failure)),
    }
}

fn sound_sign(pen: &Pen<'_>, sound: Sound) -> &'static str {
    match sound {
        Sound::Yes => pen.theme.or_plain("✓", "v"),
        Sound::Unproven => "?",
        Sound::No => pen.theme.or_plain("✗", "x"),
    }
}

const fn sound_part(sound: Sound) -> Part {
    match sound {
        Sound::Yes => Part::Added,
        Sound::Unproven => Part::Key,
        Sound::No => Part::Removed,
    }
}

/// What stands above the details of the docket's case about its remedies.
pub(super) fn notices(state: &State) -> Lines {
    let Some(open) = state.docket.here() else { return Vec::new() };
    let case = open.view.listed.number;
    let is_hidden = state.settings.hides_of(&open.view);
    let key = state.keymap.key(Action::Propose).map(|key| key.to_string()).unwrap_or_default();
    let mut lines: Lines = Vec::new();
    if state.proposing.waiting.contains(&case) {
        let words = if state.proposing.is_at(case) { "proposing a remedy" } else { "waiting for a remedy" };
        lines.push((words.to_owned(), Part::Key));
        let doing = state.proposing.doing.as_ref().filter(|doing| doing.case == case && !is_hidden);
        if let Some(doing) = doing {
            lines.push((doing.what.clone(), Part::Text));
            let signs = pen_sign(state);
            let made: Vec<String> = doing
                .checks
                .iter()
                .map(|(name, outcome)| format!("{name} {}", checks::sign(*outcome, signs)))
                .collect();
            if !made.is_empty() {
                lines.push((made.join("   "), Part::Text));
            }
            let skipped = doing.text.lines().count().saturating_sub(WRITTEN);
            lines.extend(doing.text.lines().skip(skipped).map(|line| (line.to_owned(), Part::Quiet)));
        }
    } else if proposing::is_ready(state, case) {
        let words = match (is_hidden, state.proposing.found.get(&case).is_some_and(|found| found.is_sound)) {
            (true, _) => "there is a remedy: hidden until your verdict".to_owned(),
            (false, true) => format!("a sound remedy is ready   {key} looks at it"),
            (false, false) => format!("a remedy is ready   {key} looks at it"),
        };
        lines.push((words, Part::Key));
    } else if let Some(found) = state.proposing.found.get(&case).filter(|_| !is_hidden) {
        lines.push((format!("no remedy: {}", visible(&found.why)), Part::Quiet));
    }
    if !lines.is_empty() {
        lines.push((String::new(), Part::Text));
    }
    lines
}
