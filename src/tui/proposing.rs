//! What is being proposed in the background: asked for from the docket or the screen of remedies, for one case or many.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::action::Action;
use super::effect::Effect;
use super::modal::Modal;
use super::remedies;
use super::state::{State, Which};
use crate::jobs::{Doing, Progress, RemedyFound, RemedyRequest, Request};

/// What is being proposed.
#[derive(Debug, Default)]
pub struct Proposing {
    /// How far it is, while something is.
    pub running: Option<Progress>,
    /// Cases that are asked for and not done.
    pub waiting: FxHashSet<u32>,
    /// What happens for the case that is being proposed for.
    pub doing: Option<Doing>,
    /// What came of those that were asked for in this sitting.
    pub found: FxHashMap<u32, RemedyFound>,
}

impl Proposing {
    /// Whether a case is being proposed for.
    #[must_use]
    pub fn is_at(&self, case: u32) -> bool {
        self.running.as_ref().is_some_and(|progress| progress.case == Some(case))
            || self.doing.as_ref().is_some_and(|doing| doing.case == case)
    }
}

/// Does an action that is about proposing; says whether it was one.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::Propose => one(state, effects),
        Action::ProposeAll => many(state),
        Action::PauseProposing => pause(state, effects),
        Action::StopProposing if state.proposing.running.is_some() => {
            state.say("stopping");
            effects.push(ask(RemedyRequest::Stop));
        }
        Action::StopProposing => state.say("nothing is being proposed"),
        _ => return false,
    }
    true
}

fn ask(request: RemedyRequest) -> Effect {
    Effect::Ask(Request::Remedies(request))
}

/// Whether a case is known to have a remedy of use.
pub(super) fn is_ready(state: &State, case: u32) -> bool {
    match state.proposing.found.get(&case) {
        Some(found) => found.of_use > 0,
        None => state.docket.rows.get(&case).is_some_and(|row| row.standing.remedied),
    }
}

/// Whether what is proposed for a case is told beside it, or that nothing is.
pub(super) fn is_told(state: &State, case: u32) -> bool {
    state.proposing.found.contains_key(&case) || is_ready(state, case)
}

/// The case at hand: its remedy is looked at, where it has one, else proposed.
fn one(state: &mut State, effects: &mut Vec<Effect>) {
    let case = match state.which {
        Which::Docket => state.docket.current(),
        Which::Remedies => state.remedies.current().map(|entry| entry.case),
        _ => {
            state.say("that is done on the docket and on the screen of remedies");
            return;
        }
    };
    let Some(case) = case else {
        state.say("there is no case here");
        return;
    };
    if state.proposing.waiting.contains(&case) {
        state.say("it is being proposed");
    } else if state.which == Which::Docket && is_ready(state, case) {
        let is_hidden = state.docket.here().is_some_and(|open| state.settings.hides_of(&open.view));
        if is_hidden {
            state.say("there is a remedy: hidden until your verdict");
        } else {
            remedies::show_case(state, case, effects);
        }
    } else {
        start(state, &[case], effects);
        state.say("proposing");
    }
}

/// The key that leaves things calls off what is proposed for one case, where nothing else is to be left; says whether it did.
/// Of many it says which key stops them.
pub(super) fn calls_off(state: &mut State, effects: &mut Vec<Effect>) -> bool {
    let Some(of) = state.proposing.running.as_ref().map(|running| running.of) else { return false };
    let is_here = match state.which {
        Which::Docket => {
            let docket = &state.docket;
            let is_bare =
                docket.selected.is_empty() && docket.spread.list.is_none() && docket.search.text.is_empty();
            is_bare && docket.current().is_some_and(|case| state.proposing.waiting.contains(&case))
        }
        Which::Remedies => true,
        _ => false,
    };
    if is_here && of <= 1 {
        act(state, Action::StopProposing, effects)
    } else if is_here && state.which == Which::Remedies {
        let key = state.keymap.key(Action::StopProposing).map(|key| key.to_string()).unwrap_or_default();
        state.say(format!("{key} stops what is proposed for {of} cases"));
        true
    } else {
        false
    }
}

/// The cases selected, or all that the filter leaves in: asked first where they are many.
fn many(state: &mut State) {
    if !matches!(state.which, Which::Docket | Which::Remedies) || state.docket.page.is_some() {
        state.say("the docket is not listed yet");
        return;
    }
    let docket = &state.docket;
    let cases: Arc<[u32]> = if docket.selected.is_empty() {
        Arc::clone(&docket.cases)
    } else {
        docket.cases.iter().copied().filter(|case| docket.selected.contains(case)).collect()
    };
    if cases.is_empty() {
        state.say("no case is left in");
    } else {
        state.modals.push(Modal::ProposeMany(cases));
    }
}

/// Has remedies proposed for some cases.
pub(super) fn start(state: &mut State, cases: &[u32], effects: &mut Vec<Effect>) {
    let new: Vec<u32> =
        cases.iter().copied().filter(|case| !state.proposing.waiting.contains(case)).collect();
    if new.is_empty() {
        return;
    }
    for case in &new {
        state.proposing.found.remove(case);
    }
    state.proposing.waiting.extend(&new);
    effects.push(ask(RemedyRequest::Propose(new)));
}

fn pause(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(running) = &mut state.proposing.running else {
        state.say("nothing is being proposed");
        return;
    };
    running.is_paused = !running.is_paused;
    let is_paused = running.is_paused;
    effects.push(ask(RemedyRequest::Pause(is_paused)));
    state.say(if is_paused { "paused: no further case is begun" } else { "going on" });
}

/// How far it is.
pub(super) fn progressed(state: &mut State, progress: Progress) {
    state.proposing.running = (progress.of > progress.done).then_some(progress);
}

/// A case is done.
pub(super) fn found(state: &mut State, found: RemedyFound, effects: &mut Vec<Effect>) {
    state.proposing.waiting.remove(&found.case);
    let is_here = state.which == Which::Docket && state.docket.current() == Some(found.case);
    if is_here && state.proposing.running.as_ref().is_none_or(|running| running.of <= 1) {
        let is_hidden = state.docket.here().is_some_and(|open| state.settings.hides_of(&open.view));
        let key = state.keymap.key(Action::Propose).map(|key| key.to_string()).unwrap_or_default();
        if is_hidden {
            state.say("proposed: hidden until your verdict");
        } else if found.of_use > 0 {
            state.say(format!("a remedy is ready: {key} looks at it"));
        } else {
            state.say(format!("no remedy: {}", found.why));
        }
    }
    // The row's standing has the remedy now.
    effects.push(Effect::Ask(Request::Rows(vec![found.case])));
    state.proposing.found.insert(found.case, found);
}

/// Nothing waits any more.
pub(super) fn ended(state: &mut State, (done, with): (usize, usize), is_stopped: bool) {
    let was_alone = state.proposing.running.take().is_some_and(|running| running.of <= 1);
    state.proposing.doing = None;
    state.proposing.waiting.clear();
    let cases = if done == 1 { "1 case".to_owned() } else { format!("{done} cases") };
    if is_stopped && was_alone && done == 0 {
        state.say("stopped: nothing was proposed");
    } else if is_stopped {
        state.say(format!("stopped after {cases}: what was proposed stays"));
    } else if done > 1 {
        state.say(format!("proposed for {cases}: {with} have a remedy of use"));
    }
}

/// How far it is, in a few words; of one case, what happens for it.
#[must_use]
pub(super) fn words(state: &State, progress: &Progress) -> String {
    if progress.of <= 1 && !progress.is_paused {
        let what = remedies::at_work(state).map_or("", |(doing, _)| doing.what.as_str());
        return if what.is_empty() { "proposing".to_owned() } else { format!("proposing: {what}") };
    }
    let left = progress.left.filter(|_| !progress.is_paused).map(|ms| match ms / 1000 {
        seconds @ 0..=90 => format!(", {seconds} s left"),
        seconds @ 91..=5400 => format!(", {} min left", seconds.div_ceil(60)),
        seconds => format!(", {} h left", seconds.div_ceil(3600)),
    });
    let word = if progress.is_paused { "proposing is paused at" } else { "proposing" };
    format!("{word} {}/{}{}", progress.done, progress.of, left.unwrap_or_default())
}
