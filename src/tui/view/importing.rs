//! The import: the form that asks for it, and how far one is.

use ratatui::layout::Rect;

use super::cells::{Pen, cut, wrapped};
use super::modals::boxed;
use crate::text::visible;
use crate::tui::importing::{ImportForm, PATHS, PROJECT, Running, SOURCE};
use crate::tui::theme::Part;

/// Projects of the workspace that are named.
const NAMED: usize = 3;

/// Columns of the bar.
const BAR: u64 = 10;

/// Draws the form.
pub(super) fn form(pen: &mut Pen<'_>, area: Rect, form: &ImportForm) {
    let columns = usize::from(area.width.saturating_sub(2).min(76)).saturating_sub(4);
    let mut lines = vec![("import".to_owned(), Part::Heading), (String::new(), Part::Text)];
    let defaults = form.defaults.as_ref();
    let project = defaults.map_or_else(String::new, |defaults| defaults.project.clone());
    for (field, name, where_empty) in [
        (PATHS, "files", "scanners' outputs, or folders of them"),
        (SOURCE, "source", "the folder of the code; may be left out"),
        (PROJECT, "project", project.as_str()),
    ] {
        let text = form.text(field);
        let room = columns.saturating_sub(10);
        let (shown, part) = if form.at == field && text.is_empty() && !where_empty.is_empty() {
            (format!("{} ({where_empty})", pen.theme.or_plain("▏", "|")), Part::Key)
        } else if form.at == field {
            (written(form, room, pen.theme.or_plain("▏", "|")), Part::Key)
        } else if text.is_empty() {
            (where_empty.to_owned(), Part::Quiet)
        } else {
            (cut(text, room, pen.theme.or_plain("…", "~")), Part::Text)
        };
        let sign = if form.at == field { ">" } else { " " };
        lines.push((format!("{sign} {name:<8}{shown}"), part));
    }
    lines.push((String::new(), Part::Text));
    if let Some(error) = &form.error {
        lines.extend(wrapped(error, columns).into_iter().map(|line| (line, Part::Failure)));
    }
    let named =
        if form.text(PROJECT).trim().is_empty() { project } else { form.text(PROJECT).trim().to_owned() };
    if let Some(known) = defaults.map(|defaults| &defaults.known)
        && !known.is_empty()
        && !known.contains(&named)
        && !named.is_empty()
    {
        let names: Vec<String> =
            known.iter().take(NAMED).map(|known| format!("`{}`", visible(known))).collect();
        let more = match known.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let words = format!("a new project: this workspace holds {}{more}", names.join(", "));
        lines.extend(wrapped(&words, columns).into_iter().map(|line| (line, Part::Quiet)));
    }
    let names = form.names.join("  ");
    lines.extend(wrapped(&names, columns).into_iter().take(6).map(|line| (line, Part::Quiet)));
    while lines.len() < 8 {
        lines.push((String::new(), Part::Text));
    }
    boxed(pen, area, 76, &lines, 0);
}

/// The field being written with its caret, of a text that is too long its end.
fn written(form: &ImportForm, room: usize, caret: &str) -> String {
    let Some(input) = form.fields.get(form.at) else { return String::new() };
    let (before, after) = input.text().split_at(input.caret());
    let text = format!("{before}{caret}{after}");
    let long = text.chars().count().saturating_sub(room.saturating_sub(1));
    let left = long.min(before.chars().count().saturating_sub(room / 2));
    text.chars().skip(left).collect()
}

/// How far an import is, in a few words that fit a line of a screen.
pub(super) fn progress(pen: &Pen<'_>, running: &Running) -> String {
    let Some(progress) = &running.progress else { return "importing".to_owned() };
    let share = progress.thousandths();
    let full = usize::try_from(share * BAR / 1000).unwrap_or_default();
    let (on, off) = (pen.theme.or_plain("▮", "#"), pen.theme.or_plain("▯", "-"));
    let bar = format!("{}{}", on.repeat(full), off.repeat((BAR as usize).saturating_sub(full)));
    let word = if running.is_cancelled { "cancelling" } else { progress.mark.phase.word() };
    let file = if progress.of > 1 { format!(" {}/{}", progress.number, progress.of) } else { String::new() };
    let claims = super::bars::grouped(usize::try_from(progress.mark.claims).unwrap_or(usize::MAX));
    format!("{bar} {word}{file} {} % {claims} claims", share / 10)
}
