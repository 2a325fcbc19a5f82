//! The screen of models: which fills which role, which there are, and how they run here.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::action::Action;
use super::effect::Effect;
use super::input::Input;
use super::layout::Panes;
use super::listing::{Listing, Split};
use super::modal::{Modal, Prompt};
use super::state::State;
use crate::jobs::{AddProgress, ModelReply, ModelRequest, ModelView, Request, RoleView, Runs};

/// From so many columns on what is known of a model stands beside the list.
const WIDE: u16 = 130;
/// From so many lines on the roles stand above the list.
const TALL: u16 = 14;

/// The screen of models.
#[derive(Debug, Default)]
pub struct ModelScreen {
    /// The models by name.
    pub models: Listing<ModelView>,
    /// The roles.
    pub roles: Vec<RoleView>,
    /// What would run a model, or why nothing does.
    pub runs: Option<Result<Runs, String>>,
    /// What is being done, which takes a while.
    pub work: Option<Work>,
    /// Whether one was just added, and the list that has it is on its way.
    has_added: bool,
    /// Why models that were tried in this sitting cannot be used.
    pub failures: BTreeMap<String, String>,
    /// Lines of what is told above the screen.
    pub scroll: usize,
}

/// What takes a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A model is tried.
    Trying(String),
    /// One is added: how far that is.
    Adding(AddProgress),
}

/// The places of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    /// The roles, where there is room for them.
    pub(super) roles: Rect,
    /// The list, the line beside it, and what is told of the model that one is at.
    pub(super) split: Split,
}

impl Places {
    pub(super) fn of(panes: &Panes, size: (u16, u16)) -> Self {
        let Some(body) = Split::body(panes, size) else { return Self::default() };
        let above = if body.height >= TALL { 4 } else { 0 };
        let roles = Rect { height: above, ..body };
        let rest = Rect { y: body.y + above, height: body.height - above, ..body };
        let split = if body.width >= WIDE {
            Split::beside(rest, rest.width / 2)
        } else {
            Split::above(rest, (rest.height / 3).max(2))
        };
        Self { roles, split }
    }
}

impl ModelScreen {
    /// Goes to a place of the list.
    fn go(&mut self, to: usize) {
        let before = self.models.cursor();
        self.models.go(to);
        if self.models.cursor() != before {
            self.scroll = 0;
        }
    }
}

/// Asks for the models.
pub(super) fn list() -> Effect {
    ask(ModelRequest::List)
}

fn ask(request: ModelRequest) -> Effect {
    Effect::Ask(Request::Models(request))
}

/// Does an action of the screen; says whether it was one.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) -> bool {
    let screen = &mut state.models;
    if let Some(to) = screen.models.target(action) {
        screen.go(to);
        return true;
    }
    let name = screen.models.current().map(|model| model.name.clone());
    match (action, name) {
        (Action::CaseDown, _) => scroll(state, 3),
        (Action::CaseUp, _) => scroll(state, -3),
        (Action::Refresh, _) => effects.push(list()),
        (Action::CancelModel, _) if screen.work.is_some() => {
            effects.push(ask(ModelRequest::Cancel));
            state.say("calling it off");
        }
        (Action::CancelModel, _) => state.say("no model is being added or tried"),
        (Action::VerifyModel | Action::AddModel, _) if screen.work.is_some() => {
            state.say("one is being added or tried: wait for its end, or call it off");
        }
        (Action::AddModel, _) => state.modals.push(Modal::Prompt(Prompt::ModelFolder, Input::default())),
        (Action::VerifyModel, Some(name)) => {
            screen.failures.remove(&name);
            screen.work = Some(Work::Trying(name.clone()));
            effects.push(ask(ModelRequest::Verify(name)));
        }
        (Action::UseModel, Some(name)) => effects.push(ask(ModelRequest::Use(name))),
        (Action::ModelBefore, Some(name)) => effects.push(ask(ModelRequest::Back(name))),
        (Action::RemoveModel, Some(name)) => state.modals.push(Modal::RemoveModel(name)),
        (action, None) if action.is_of_models() => state.say("there is no model here"),
        _ => return false,
    }
    true
}

/// The removal of a model was asked for and is meant.
pub(super) fn remove(name: String, effects: &mut Vec<Effect>) {
    effects.push(ask(ModelRequest::Remove(name)));
}

/// The folder of a model was written.
pub(super) fn add(state: &mut State, folder: String, effects: &mut Vec<Effect>) {
    if folder.is_empty() {
        return;
    }
    let progress = AddProgress { from: folder.clone(), ..AddProgress::default() };
    state.models.work = Some(Work::Adding(progress));
    effects.push(ask(ModelRequest::Add(folder)));
}

/// A cell was clicked.
pub(super) fn click(state: &mut State, at: (u16, u16)) {
    let places = Places::of(&super::layout::of(state), state.size);
    if let Some(to) = state.models.models.at(places.split.list, 1, at) {
        state.models.go(to);
    }
}

/// The wheel was turned.
pub(super) fn wheel(state: &mut State, at: (u16, u16), by: i32) {
    let places = Places::of(&super::layout::of(state), state.size);
    if places.split.list.contains(at.into()) {
        state.models.go(state.models.models.cursor().saturating_add_signed(by as isize));
    } else {
        scroll(state, by as isize * 3);
    }
}

/// Scrolls what is told, no further than its end.
fn scroll(state: &mut State, by: isize) {
    let places = Places::of(&super::layout::of(state), state.size);
    let furthest = super::view::models::furthest(state, &places);
    state.models.scroll = state.models.scroll.min(furthest).saturating_add_signed(by).min(furthest);
}

/// Something about the models was answered.
pub(super) fn answered(state: &mut State, reply: ModelReply, effects: &mut Vec<Effect>) {
    let screen = &mut state.models;
    match reply {
        ModelReply::Listed { models, roles, runs } => {
            let before = screen.models.current().map(|model| model.name.clone());
            let place = |name: &str| models.iter().position(|model| model.name == name);
            let is_new = |model: &ModelView| screen.models.items().iter().all(|old| old.name != model.name);
            // Who has added a model looks at it next.
            let added = models.iter().position(is_new).filter(|_| screen.has_added);
            let at = added.or_else(|| before.as_deref().and_then(place));
            screen.has_added = false;
            screen.models.replace(models, at);
            (screen.roles, screen.runs) = (roles, Some(runs));
        }
        ModelReply::Adding(progress) => screen.work = Some(Work::Adding(progress)),
        ModelReply::Done(Ok(words)) => {
            state.say(words);
            effects.push(list());
        }
        ModelReply::Done(Err(why)) => state.fail(why),
        ModelReply::Ended(ended) => {
            let work = screen.work.take();
            screen.has_added = ended.is_ok() && matches!(work, Some(Work::Adding(_)));
            match ended {
                Ok(words) => state.say(words),
                Err(why) => {
                    if let Some(Work::Trying(name)) = work {
                        screen.failures.insert(name, why.clone());
                    }
                    state.fail(why);
                }
            }
            effects.push(list());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::event::Event;
    use crate::tui::testing::{World, shown};

    fn world() -> World {
        let mut world = World::of(3);
        world.models = crate::tui::testing::models::shelf();
        world.press("f5");
        world
    }

    fn line(world: &World) -> String {
        shown(world).pop().unwrap()
    }

    #[test]
    fn the_models_stand_with_their_roles_and_what_is_known_of_them() {
        for size in [(80, 24), (120, 36), (200, 60)] {
            let mut world = world();
            world.tell(Event::Resized(size.0, size.1));
            let screen = shown(&world).join("\n");
            for part in
                ["mender", "remediation", "qwen2", "Apache-2.0", "embedded (tract)", "41.5 tokens/s", "310"]
            {
                assert!(screen.contains(part), "{part} {size:?}\n{screen}");
            }
            assert!(screen.contains("nobody"), "a role that nobody fills is told, too\n{screen}");
            world.press("G");
            assert!(shown(&world).join("\n").contains("it has no assize.toml"));
        }
    }

    #[test]
    fn what_a_model_says_of_itself_reaches_no_terminal() {
        let mut world = world();
        world.models[0].licence = "apache\u{1b}[31m\u{202e}".into();
        world.press("ctrl-r");
        let screen = shown(&world).join("");
        assert_eq!(crate::text::visible(&screen), screen);
    }

    #[test]
    fn a_model_is_put_into_its_role_and_the_one_before_comes_back() {
        let mut world = world();
        world.press("j enter");
        assert!(line(&world).contains("older takes the role remediation from mender"), "{}", line(&world));
        let roles = &world.state.models.roles;
        assert_eq!(roles[0].there.as_ref().map(|there| there.0.as_str()), Some("older"));
        world.press("b");
        assert!(line(&world).contains("mender takes the role remediation"), "{}", line(&world));
    }

    #[test]
    fn one_is_tried_at_a_time_and_what_came_of_it_stands_beside_it() {
        let mut world = world();
        world.holds = true;
        world.press("j v");
        assert!(shown(&world).join("\n").contains("trying older"));
        world.press("v");
        assert!(line(&world).contains("wait for its end"), "{}", line(&world));
        world.release();
        assert!(line(&world).contains("older answers as it should"), "{}", line(&world));
        assert!(world.state.models.work.is_none());
        world.press("G v");
        assert!(line(&world).contains("it has no assize.toml"));
        assert_eq!(world.state.models.failures.len(), 1);
    }

    #[test]
    fn a_folder_is_added_with_how_far_it_is_and_can_be_called_off() {
        let mut world = world();
        world.press("a");
        for letter in "/m/new".chars() {
            world.press(&letter.to_string());
        }
        world.holds = true;
        world.press("enter");
        let progress = AddProgress { from: "/m/new".into(), copied: 500, of: 1000 };
        world.tell(Event::Answered(crate::jobs::Reply::Models(ModelReply::Adding(progress))));
        assert!(shown(&world).join("\n").contains("adding /m/new: 50 % copied"));
        world.press("S");
        assert!(line(&world).contains("calling it off"), "{}", line(&world));
        world.release();
        assert!(world.models.iter().any(|model| model.name == "new"));
    }

    #[test]
    fn a_model_is_removed_only_after_a_second_key() {
        let mut world = world();
        world.press("j x");
        assert!(shown(&world).join("\n").contains("remove the model older?"));
        world.press("esc");
        assert_eq!(world.models.len(), 3);
        world.press("x enter");
        assert_eq!(world.models.len(), 2);
        world.press("f1 : u s e - m o d e l enter");
        assert!(line(&world).contains("that is done on the screen of models"), "{}", line(&world));
    }
}
