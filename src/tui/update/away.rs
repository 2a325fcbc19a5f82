//! Leaving the workstation for a moment: copying, the editor, and what source trees tell.

use std::path::Path;

use crossterm::event::KeyCode;

use super::modal;
use crate::jobs::{Ask, InTree, Request, Told};
use crate::tui::action::Action;
use crate::tui::effect::{Edits, Effect};
use crate::tui::key::Key;
use crate::tui::layout;
use crate::tui::modal::Modal;
use crate::tui::state::State;
use crate::tui::waiting::Awaited;

/// What is copied, by its letter.
pub(super) fn copy_key(state: &mut State, key: Key, effects: &mut Vec<Effect>) -> Option<Modal> {
    match (key.code, key.written()) {
        (KeyCode::Enter, _) | (_, Some('p' | 'y')) => place(state, effects),
        (_, Some('l')) => link(state, effects),
        (_, Some('m')) => markdown(state, effects),
        _ => return Some(Modal::Copy),
    }
    None
}

pub(super) fn place(state: &mut State, effects: &mut Vec<Effect>) {
    let text = state.docket.here().map(crate::tui::docket::Open::place);
    copy(state, text, effects);
}

pub(super) fn markdown(state: &mut State, effects: &mut Vec<Effect>) {
    let text = state.docket.here().map(crate::tui::markdown::of);
    copy(state, text, effects);
}

pub(super) fn link(state: &mut State, effects: &mut Vec<Effect>) {
    state.copying = state.docket.next_ticket();
    effects.extend(state.docket.want_link(state.copying));
}

fn copy(state: &mut State, text: Option<String>, effects: &mut Vec<Effect>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        state.say("there is nothing to copy");
        return;
    };
    let first: String = text.lines().next().unwrap_or_default().chars().take(120).collect();
    state.say(format!("copied {first}"));
    // A link that was asked for before comes too late.
    state.copying = 0;
    effects.push(Effect::Copy(text));
}

/// Has the place that one is at opened in the editor.
pub(super) fn edit(state: &mut State, effects: &mut Vec<Effect>) {
    let ticket = state.docket.next_ticket();
    match state.docket.want_place(ticket) {
        Some(ask) => {
            state.wait_for(Awaited::Tree(ticket));
            effects.push(ask);
        }
        None => state.say("the case names no file"),
    }
}

/// Has the difference to the tree shown.
pub(super) fn changes(state: &mut State, effects: &mut Vec<Effect>) {
    let ticket = state.docket.next_ticket();
    match state.docket.want_changes(ticket) {
        Some(ask) => {
            state.wait_for(Awaited::Tree(ticket));
            effects.push(ask);
        }
        None => state.say("there is no scanned file to compare with"),
    }
}

/// A source tree told something. What opens something does so only where it is still waited for.
pub(super) fn told(state: &mut State, ticket: u64, told: Told, effects: &mut Vec<Effect>) {
    match told {
        Told::Compared(file, how) => {
            if let Some(open) = state.docket.here_mut()
                && let Some((known, slot)) = &mut open.compared
                && known.is(&file)
            {
                *slot = Some(how);
            }
        }
        Told::Located(located) => {
            if state.is_awaited(&Awaited::Tree(ticket)) {
                match located {
                    Ok(found) => {
                        let changed = found.changed;
                        open_editor(state, &found.path, found.line, Edits::File { changed }, effects);
                    }
                    Err(why) => state.say(why),
                }
            }
        }
        Told::Changes(path, changes) => {
            if state.is_awaited(&Awaited::Tree(ticket)) {
                match changes {
                    Ok(text) if text.is_empty() => state.say(format!("{path} is as it was scanned")),
                    Ok(text) => state.modals.push(Modal::Changes { path, text, scroll: 0 }),
                    Err(why) => state.say(why),
                }
            }
        }
        Told::Link(_) if state.copying != ticket => {}
        Told::Link(Ok(link)) => copy(state, Some(link), effects),
        Told::Link(Err(why)) => state.say(why),
        Told::Draft(Ok(path)) => {
            if matches!(state.modals.last(), Some(Modal::Note(note)) if note.draft == ticket) {
                open_editor(state, &path.clone(), 1, Edits::Note(path), effects);
            } else {
                // Nobody writes it any more: it is read to be taken away.
                effects.push(Effect::Ask(Request::Tree { ticket: 0, ask: Ask::Drafted(path) }));
            }
        }
        Told::Drafted(Ok(text)) => {
            let note = state.modals.iter_mut().find_map(|modal| match modal {
                Modal::Note(note) if note.draft == ticket && ticket > 0 => Some(note),
                _ => None,
            });
            if let Some(note) = note {
                note.input.replace(text.trim_end());
            }
        }
        Told::Draft(Err(why)) | Told::Drafted(Err(why)) => state.fail(why),
    }
}

fn open_editor(state: &mut State, path: &Path, line: u32, what: Edits, effects: &mut Vec<Effect>) {
    match &state.settings.editor {
        Ok(editor) => effects.push(Effect::Edit(editor.command(path, line, 1), what)),
        Err(why) => state.fail(why.to_string()),
    }
}

/// The editor has ended.
pub(super) fn edited(state: &mut State, what: Edits, ended: Result<(), String>, effects: &mut Vec<Effect>) {
    match (ended, what) {
        // What was written before it failed is still of use.
        (ended, Edits::Note(path)) => {
            let ticket = match state.modals.last() {
                Some(Modal::Note(note)) => note.draft,
                _ => 0,
            };
            effects.push(Effect::Ask(Request::Tree { ticket, ask: Ask::Drafted(path) }));
            if let Err(why) = ended {
                state.fail(why);
            }
        }
        (ended, Edits::Remedy(draft)) => crate::tui::remedies::edited(state, draft, ended, effects),
        (Err(why), Edits::File { .. }) => state.fail(why),
        (Ok(()), Edits::File { changed }) => {
            // It may have been changed just now.
            if let Some(open) = state.docket.here_mut() {
                open.compared = None;
            }
            if changed {
                state.say("the file differs from what was scanned; the editor was at the line where the code is now");
            }
        }
    }
}

/// A key in the difference to the tree.
pub(super) fn changes_key(
    state: &State,
    (path, text, scroll): (String, String, usize),
    key: Key,
) -> Option<Modal> {
    let height = layout::changes(state.size);
    let last = text.lines().count().saturating_sub(height);
    let scroll = modal::scrolled(state, key, (scroll, last), height, Action::Changes)?;
    Some(Modal::Changes { path, text, scroll })
}

/// What is to be known of a file beside its text.
pub(in crate::tui) const fn in_tree_words(how: InTree) -> &'static str {
    match how {
        InTree::Same => "",
        InTree::Changed => "changed since the scan",
        InTree::Missing => "gone since the scan",
        InTree::NoTree => "the source tree is not there",
    }
}
