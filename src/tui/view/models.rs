//! The screen of models: the roles, the models in sight, and what is known of the one that one is at.

use ratatui::layout::Rect;

use super::cells::{Pen, cut, line_of, width, wrapped};
use super::listing;
use crate::jobs::{ModelView, RoleView, TriedView};
use crate::tui::action::Action;
use crate::tui::layout::Panes;
use crate::tui::models::{Places, Work};
use crate::tui::state::State;
use crate::tui::theme::Part;

/// What the footer offers here, the likeliest first, in a word each.
pub(super) const OFFERED: [(Action, &str); 10] = [
    (Action::UseModel, "put it to work"),
    (Action::ModelBefore, "the one before"),
    (Action::VerifyModel, "try it"),
    (Action::AddModel, "add one"),
    (Action::RemoveModel, "remove"),
    (Action::Palette, "commands"),
    (Action::Help, "help"),
    (Action::ScreenDocket, "docket"),
    (Action::Refresh, "list anew"),
    (Action::Quit, "quit"),
];

/// Columns of the name of what is told.
const NAME: usize = 12;

type Line = (String, Part);

pub(super) fn draw(pen: &mut Pen<'_>, panes: &Panes, state: &State) {
    let places = Places::of(panes, state.size);
    let screen = &state.models;
    pen.clean(panes.filter, 1, "models and their roles", pen.style(Part::Heading));
    match (&screen.work, &screen.runs) {
        (Some(work), _) => {
            pen.ending(panes.filter, 1, &at_work(work), pen.style(Part::Key));
        }
        (None, Some(Ok(runs))) => {
            pen.ending(panes.filter, 1, &format!("run by: {}", runs.runtime), pen.style(Part::Bar));
        }
        _ => {}
    }
    roles(pen, places.roles, &screen.roles);
    let list = places.split.list;
    if screen.models.items().is_empty() {
        let key = state.keymap.key(Action::AddModel).map(|key| key.to_string()).unwrap_or_default();
        let words = match screen.models.is_listed() {
            true => format!("there is no model: {key} adds one from a folder"),
            false => "loading".to_owned(),
        };
        pen.text(line_of(list, 0), 1, &words, pen.style(Part::Quiet));
    }
    listing::draw(pen, list, 1, &screen.models, |pen, place, model| {
        row(pen, place, model, screen.failures.contains_key(&model.name));
    });
    pen.rule(places.split.rule);
    let rest = places.split.rest;
    let lines = lines(state, &places);
    let scroll = screen.scroll.min(lines.len().saturating_sub(usize::from(rest.height)));
    for (at, (text, part)) in (0..rest.height).zip(lines.iter().skip(scroll)) {
        pen.clean(line_of(rest, at), 1, text, pen.style(*part));
    }
}

/// How far what is told can be scrolled.
pub(in crate::tui) fn furthest(state: &State, places: &Places) -> usize {
    lines(state, places).len().saturating_sub(usize::from(places.split.rest.height))
}

fn at_work(work: &Work) -> String {
    match work {
        Work::Trying(name) => format!("trying {name}"),
        Work::Adding(progress) => {
            let share = (progress.copied * 100).checked_div(progress.of).unwrap_or(0);
            let words = if share >= 100 { "trying it".to_owned() } else { format!("{share} % copied") };
            format!("adding {}: {words}", progress.from)
        }
    }
}

/// Who fills a role, in words.
fn filled(role: &RoleView) -> (String, Part) {
    match &role.there {
        Some((name, by, was)) => {
            let was = was.as_ref().map_or_else(String::new, |was| format!(", before it {was}"));
            let by = by.as_ref().map_or("with the program".to_owned(), |by| format!("by {by}"));
            (format!("{name}  {by}{was}"), Part::Text)
        }
        None => ("nobody".to_owned(), Part::Quiet),
    }
}

fn roles(pen: &mut Pen<'_>, place: Rect, roles: &[RoleView]) {
    for (at, role) in (0..place.height.saturating_sub(1)).zip(roles) {
        let (words, part) = filled(role);
        let line = line_of(place, at);
        pen.clean(line, 1, role.role, pen.style(Part::Key));
        let room = usize::from(place.width.saturating_sub(16));
        pen.clean(line, 15, &cut(&words, room, pen.theme.or_plain("…", "~")), pen.style(part));
    }
    if let Some(last) = place.height.checked_sub(1) {
        pen.rule(line_of(place, last));
    }
}

fn row(pen: &mut Pen<'_>, place: Rect, model: &ModelView, has_failed: bool) {
    let sign = pen.theme.or_plain("…", "~");
    let (mark, part) = match &model.tried {
        _ if model.problem.is_some() || has_failed => (pen.theme.or_plain("✗", "x"), Part::Removed),
        Some(_) => (pen.theme.or_plain("✓", "v"), Part::Added),
        None => (" ", Part::Quiet),
    };
    pen.clean(place, 1, mark, pen.style(part));
    let speed = model.tried.as_ref().and_then(|tried| tried.speed);
    let speed = speed.map_or_else(String::new, |(_, written)| format!("{written:.1} tokens/s"));
    let facts = if model.problem.is_some() {
        String::new()
    } else {
        format!("{:<5} {:>9} {speed:>16}", model.precision, size(model.files.1))
    };
    let begin = pen.ending(place, 1, &facts, pen.style(Part::Bar));
    let roles = model.in_roles.join(", ");
    let room = usize::from(begin.saturating_sub(5));
    let name = cut(&model.name, room, sign);
    let column = pen.clean(place, 3, &name, pen.style(Part::Text));
    let room = room.saturating_sub(width(&name) + 2);
    if width(&roles) <= room {
        pen.clean(place, column + 2, &roles, pen.style(Part::Key));
    }
}

fn lines(state: &State, places: &Places) -> Vec<Line> {
    let screen = &state.models;
    let columns = usize::from(places.split.rest.width.saturating_sub(2));
    let mut lines = Vec::new();
    if let Some(model) = screen.models.current() {
        of_model(model, state, columns, &mut lines);
        lines.push((String::new(), Part::Text));
    }
    if places.roles.is_empty() {
        for role in &screen.roles {
            let (words, part) = filled(role);
            say(&mut lines, columns, role.role, &words, part);
        }
    }
    match &screen.runs {
        Some(Ok(runs)) => {
            say(&mut lines, columns, "runtime", &runs.described, Part::Text);
            for why in &runs.passed_over {
                say(&mut lines, columns, "", &format!("passed over {why}"), Part::Quiet);
            }
        }
        Some(Err(why)) => say(&mut lines, columns, "runtime", why, Part::Failure),
        None => {}
    }
    lines
}

/// A fact, its name before its first line.
fn say(lines: &mut Vec<Line>, columns: usize, name: &str, text: &str, part: Part) {
    let room = columns.saturating_sub(NAME);
    for (at, line) in wrapped(text, room).into_iter().enumerate() {
        lines.push((format!("{:<NAME$}{line}", if at == 0 { name } else { "" }), part));
    }
}

fn of_model(model: &ModelView, state: &State, columns: usize, lines: &mut Vec<Line>) {
    lines.extend(wrapped(&model.name, columns).into_iter().map(|line| (line, Part::Heading)));
    let mut tell = |name: &str, text: &str, part: Part| say(lines, columns, name, text, part);
    match model.in_roles.as_slice() {
        [] => tell("role", "in none", Part::Quiet),
        roles => tell("role", &format!("in {}", roles.join(", ")), Part::Key),
    }
    if let Some(why) = model.problem.as_ref().or_else(|| state.models.failures.get(&model.name)) {
        tell("problem", why, Part::Failure);
    }
    if model.problem.is_some() {
        return;
    }
    tell("made for", model.role, Part::Text);
    tell("licence", &model.licence, Part::Text);
    tell("family", &model.family, Part::Text);
    tell("precision", &model.precision, Part::Text);
    tell("reads", &format!("{} tokens, prompt and answer together", model.context), Part::Text);
    let (files, bytes) = model.files;
    tell("files", &format!("{files}, {} together", size(bytes)), Part::Text);
    match &model.tried {
        Some(tried) => of_trial(tried, &mut tell),
        None => tell("tried", "not yet on this machine", Part::Quiet),
    }
    tell("asked", model.format, Part::Text);
    tell("digest", &model.digest, Part::Quiet);
}

fn of_trial(tried: &TriedView, tell: &mut impl FnMut(&str, &str, Part)) {
    if let Some((read, written)) = tried.speed {
        tell("speed", &format!("{written:.1} tokens/s written, {read:.0} read"), Part::Added);
    }
    let memory = tried.memory.map_or_else(String::new, |bytes| format!(", {} in memory", size(bytes)));
    tell("loaded", &format!("in {:.1} s{memory}", tried.load_ms as f64 / 1000.0), Part::Text);
    tell("run by", &tried.by, Part::Text);
    if let Some(why) = &tried.embedded_cannot {
        tell("", &format!("only the native runtime runs it: {why}"), Part::Quiet);
    }
}

/// A number of bytes as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
