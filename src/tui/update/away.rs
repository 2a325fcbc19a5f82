//! Leaving the workstation for a moment: copying, the editor, and what source trees tell.

use crossterm::event::KeyCode;

use crate::jobs::{Ask, InTree, Request, Told};
use crate::tui::effect::{Edits, Effect};
use crate::tui::key::Key;
use crate::tui::modal::Modal;
use crate::tui::state::State;

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

pub(super) fn link(state: &State, effects: &mut Vec<Effect>) {
    effects.extend(state.docket.want_link());
}

fn copy(state: &mut State, text: Option<String>, effects: &mut Vec<Effect>) {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        state.say("there is nothing to copy");
        return;
    };
    let first: String = text.lines().next().unwrap_or_default().chars().take(120).collect();
    state.say(format!("copied {first}"));
    effects.push(Effect::Copy(text));
}

/// Has the place that one is at opened in the editor.
pub(super) fn edit(state: &mut State, effects: &mut Vec<Effect>) {
    match state.docket.want_place() {
        Some(ask) => effects.push(ask),
        None => state.say("the case names no file"),
    }
}

/// Has the difference to the tree shown.
pub(super) fn changes(state: &mut State, effects: &mut Vec<Effect>) {
    match state.docket.want_changes() {
        Some(ask) => effects.push(ask),
        None => state.say("there is no scanned file to compare with"),
    }
}

/// A source tree told something.
pub(super) fn told(state: &mut State, told: Told, effects: &mut Vec<Effect>) {
    match told {
        Told::Compared(file, how) => {
            if let Some(open) = state.docket.here_mut()
                && let Some((known, slot)) = &mut open.compared
                && known.is(&file)
            {
                *slot = Some(how);
            }
        }
        Told::Located(Ok(found)) => match &state.settings.editor {
            Ok(editor) => {
                let command = editor.command(&found.path, found.line, 1);
                effects.push(Effect::Edit(command, Edits::File { changed: found.changed }));
            }
            Err(why) => state.fail(why.to_string()),
        },
        Told::Changes(path, Ok(text)) if text.is_empty() => state.say(format!("{path} is as it was scanned")),
        Told::Changes(path, Ok(text)) => state.modals.push(Modal::Changes { path, text, scroll: 0 }),
        Told::Link(Ok(link)) => copy(state, Some(link), effects),
        Told::Draft(Ok(path)) => match &state.settings.editor {
            Ok(editor) => effects.push(Effect::Edit(editor.command(&path, 1, 1), Edits::Note(path))),
            Err(why) => state.fail(why.to_string()),
        },
        Told::Drafted(Ok(text)) => {
            if let Some(Modal::Note(note)) = state.modals.last_mut() {
                note.input.replace(text.trim_end());
            }
        }
        Told::Located(Err(why)) | Told::Changes(_, Err(why)) | Told::Link(Err(why)) => state.say(why),
        Told::Draft(Err(why)) | Told::Drafted(Err(why)) => state.fail(why),
    }
}

/// The editor has ended.
pub(super) fn edited(state: &mut State, what: Edits, ended: Result<(), String>, effects: &mut Vec<Effect>) {
    match (ended, what) {
        // What was written before it failed is still of use.
        (ended, Edits::Note(path)) => {
            effects.push(Effect::Ask(Request::Tree(Ask::Drafted(path))));
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
    (path, text, scroll): (String, String, usize),
    height: usize,
    key: Key,
) -> Option<Modal> {
    let last = text.lines().count().saturating_sub(height);
    let to = match (key.code, key.written()) {
        (KeyCode::Down, _) | (_, Some('j')) => scroll + 1,
        (KeyCode::Up, _) | (_, Some('k')) => scroll.saturating_sub(1),
        (KeyCode::PageDown, _) | (_, Some(' ')) => scroll + height,
        (KeyCode::PageUp, _) => scroll.saturating_sub(height),
        (KeyCode::Home, _) | (_, Some('g')) => 0,
        (KeyCode::End, _) | (_, Some('G')) => last,
        _ => return None,
    };
    Some(Modal::Changes { path, text, scroll: to.min(last) })
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
