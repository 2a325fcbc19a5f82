//! What was answered about remedies, taken in.

use super::{Fates, MOST_SCOPES, RemedyScreen, Shown, hides, list, sound_words};
use crate::jobs::{Draft, Reedited, RemedyCase, RemedyEntry, RemedyReply, RemedyRequest, Request};
use crate::tui::effect::{Edits, Effect};
use crate::tui::proposing;
use crate::tui::state::{State, Which};

impl RemedyScreen {
    /// The remedies of a case came; of another than one is at, they are dropped. One stays at the one where one was.
    fn opened(&mut self, case: RemedyCase) {
        if self.current().is_none_or(|here| here.case != case.case) {
            return;
        }
        let before = self.made.take().or_else(|| self.remedy().map(|page| page.remedy.id));
        let at = before.and_then(|id| case.pages.iter().position(|page| page.remedy.id == id));
        match at {
            Some(at) => self.page = at,
            None => (self.page, self.scroll, self.left) = (0, 0, 0),
        }
        self.open = Some(case);
    }
}

/// What the list has of the cases that came.
fn shown(state: &State, entries: Vec<RemedyEntry>) -> Vec<RemedyEntry> {
    let is_hidden = |entry: &RemedyEntry| hides(state, entry.case, entry.is_judged);
    let mut entries: Vec<RemedyEntry> = match state.remedies.shown {
        Shown::With | Shown::All => entries.into_iter().filter(|entry| entry.many > 0).collect(),
        // That nothing could be proposed says something of the case, too.
        Shown::Review => {
            entries.into_iter().filter(|entry| !entry.why.is_empty() && !is_hidden(entry)).collect()
        }
    };
    if state.settings.blind {
        // Nor does the order tell what is hidden.
        entries.sort_by_key(|entry| if is_hidden(entry) { (0, entry.case) } else { (1, 0) });
    }
    entries
}

/// Whether one is still at the remedy that is to be edited.
fn may_edit(state: &State, draft: &Draft) -> bool {
    let here = state.remedies.remedy().map(|page| page.remedy.id);
    state.which == Which::Remedies && state.modals.is_empty() && here == Some(draft.remedy)
}

/// Something about the remedies was answered.
pub(in crate::tui) fn answered(state: &mut State, reply: RemedyReply, effects: &mut Vec<Effect>) {
    match reply {
        RemedyReply::Listed(entries) => {
            let entries = shown(state, entries);
            let mut fates = Fates::default();
            for entry in entries.iter().filter(|entry| entry.many > 0) {
                fates.count(entry.became, hides(state, entry.case, entry.is_judged));
            }
            state.remedies.fates = fates;
            state.remedies.listed(entries, effects);
        }
        RemedyReply::Scopes(scopes) => {
            if state.remedies.scopes.len() > MOST_SCOPES {
                state.remedies.forget_scopes();
            }
            state.remedies.scopes.extend(scopes);
        }
        RemedyReply::Opened(case) => state.remedies.opened(*case),
        // It is another that one is at by now, or something lies over it: the copy is read back, and taken away.
        RemedyReply::Draft(Ok(draft)) if !may_edit(state, &draft) => {
            effects.push(Effect::Ask(Request::Remedies(RemedyRequest::Edited(draft))));
        }
        RemedyReply::Draft(Ok(draft)) => match &state.settings.editor {
            Ok(editor) => {
                let command = editor.command(&draft.copy, draft.line, 1);
                effects.push(Effect::Edit(command, Edits::Remedy(draft)));
            }
            Err(why) => state.fail(why.to_string()),
        },
        RemedyReply::Written(Ok(words)) => state.say(words),
        RemedyReply::Draft(Err(why)) | RemedyReply::Written(Err(why)) | RemedyReply::Failed(why) => {
            state.fail(why);
        }
        RemedyReply::Edited(case, Ok(Reedited::Kept(remedy))) => {
            state.say(format!("your change is a remedy of its own: {}", sound_words(remedy.sound)));
            if state.remedies.current().is_some_and(|entry| entry.case == case) {
                state.remedies.made = Some(remedy.id);
            }
            changed(state, effects);
        }
        RemedyReply::Edited(_, Ok(Reedited::Nothing(why))) => state.say(why),
        RemedyReply::Edited(_, Err(why)) => state.fail(format!("not kept: {why}")),
        RemedyReply::Progress(progress) => proposing::progressed(state, progress),
        RemedyReply::Doing(doing) => state.proposing.doing = Some(doing),
        RemedyReply::Proposed(found) => {
            proposing::found(state, found, effects);
            changed(state, effects);
        }
        RemedyReply::Ended { done, with, is_stopped } => {
            proposing::ended(state, (done, with), is_stopped);
        }
    }
}

/// The remedies are others than before, or what became of them is.
pub(in crate::tui) fn changed(state: &State, effects: &mut Vec<Effect>) {
    // Whoever goes to the screen asks for them anyway.
    if state.which == Which::Remedies {
        effects.push(list(state));
        effects.extend(state.remedies.want());
    }
}

/// The editor has ended.
pub(in crate::tui) fn edited(
    state: &mut State,
    draft: Draft,
    ended: Result<(), String>,
    effects: &mut Vec<Effect>,
) {
    // What was written before it failed is still of use.
    effects.push(Effect::Ask(Request::Remedies(RemedyRequest::Edited(draft))));
    match ended {
        Ok(()) => state.say("your change is checked"),
        Err(why) => state.fail(why),
    }
}
