//! Which key does what where: data, from which help and footer are made.

use std::collections::BTreeMap;

use super::action::{Action, NoAction};
use super::key::{Key, NoKey};

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// On every screen.
    Anywhere,
    /// On the docket.
    Docket,
    /// On the screen of remedies.
    Remedies,
    /// On the screen of the gate.
    Gate,
    /// On the screen of runs.
    Runs,
    /// On the screen of models.
    Models,
}

impl Place {
    /// Whether a key could mean two things where both hold.
    fn meets(self, other: Self) -> bool {
        self == other || self == Self::Anywhere || other == Self::Anywhere
    }

    /// All of them, as a page of keys has them.
    pub const ALL: [Self; 6] =
        [Self::Docket, Self::Remedies, Self::Gate, Self::Runs, Self::Models, Self::Anywhere];

    /// Where that is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Docket => "on the docket",
            Self::Remedies => "on the screen of remedies",
            Self::Gate => "on the screen of the gate",
            Self::Runs => "on the screen of runs",
            Self::Models => "on the screen of models",
            Self::Anywhere => "on every screen",
        }
    }
}

/// A key and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The key.
    pub key: Key,
    /// Where it holds.
    pub place: Place,
    /// What it does.
    pub action: Action,
}

/// All bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap(Vec<Binding>);

/// A binding of the configuration that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBinding {
    /// The key.
    #[error(transparent)]
    Key(#[from] NoKey),
    /// The action.
    #[error(transparent)]
    Action(#[from] NoAction),
    /// A key that is to do two things at one place.
    #[error("the key `{key}` is bound to `{first}` and to `{second}`; only one of them can have it")]
    Twice {
        /// The key.
        key: Key,
        /// One action.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

/// Keys of which none leads out any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key is left for `{}`: give it one, for without it there is no way out", action.name())]
pub struct NoWayOut {
    /// The action that leads out.
    pub action: Action,
}

impl NoWayOut {
    /// Whether some keys of an action are why: it is the one that leads out, or has one of the keys that do by themselves.
    #[must_use]
    pub fn is_by(&self, name: &str, keys: &[String]) -> bool {
        let mut own = DEFAULTS.iter().filter(|known| known.2 == self.action).map(|known| known.0);
        name == self.action.name() || own.any(|key| keys.iter().any(|taken| taken == key))
    }
}

const DEFAULTS: &[(&str, Place, Action)] = &[
    ("a", Place::Docket, Action::Confirm),
    ("r", Place::Docket, Action::Reject),
    ("w", Place::Docket, Action::AcceptRisk),
    ("u", Place::Docket, Action::Unsure),
    ("m", Place::Docket, Action::Note),
    ("s", Place::Docket, Action::Alike),
    ("X", Place::Docket, Action::TakeBackSpread),
    ("z", Place::Docket, Action::Undo),
    ("Z", Place::Docket, Action::Redo),
    ("1", Place::Docket, Action::Rank1),
    ("2", Place::Docket, Action::Rank2),
    ("3", Place::Docket, Action::Rank3),
    ("4", Place::Docket, Action::Rank4),
    ("5", Place::Docket, Action::Rank5),
    ("0", Place::Docket, Action::Unrank),
    ("*", Place::Docket, Action::Pin),
    ("space", Place::Docket, Action::Select),
    ("V", Place::Docket, Action::SelectRange),
    ("ctrl-a", Place::Docket, Action::SelectAll),
    ("j", Place::Docket, Action::Next),
    ("down", Place::Docket, Action::Next),
    ("k", Place::Docket, Action::Previous),
    ("up", Place::Docket, Action::Previous),
    ("page-down", Place::Docket, Action::PageDown),
    ("ctrl-f", Place::Docket, Action::PageDown),
    ("page-up", Place::Docket, Action::PageUp),
    ("ctrl-b", Place::Docket, Action::PageUp),
    ("g", Place::Docket, Action::First),
    ("home", Place::Docket, Action::First),
    ("G", Place::Docket, Action::Last),
    ("end", Place::Docket, Action::Last),
    ("t", Place::Docket, Action::NextStale),
    ("d", Place::Docket, Action::NextDisputed),
    ("D", Place::Docket, Action::Sides),
    ("ctrl-p", Place::Docket, Action::ToFile),
    ("#", Place::Docket, Action::ToCase),
    ("]", Place::Docket, Action::TraceNext),
    ("[", Place::Docket, Action::TracePrevious),
    ("J", Place::Docket, Action::CodeDown),
    ("K", Place::Docket, Action::CodeUp),
    ("H", Place::Docket, Action::CodeLeft),
    ("L", Place::Docket, Action::CodeRight),
    ("f", Place::Docket, Action::CodeToFlag),
    ("c", Place::Docket, Action::NextInFile),
    ("e", Place::Docket, Action::Edit),
    ("=", Place::Docket, Action::Changes),
    ("ctrl-n", Place::Docket, Action::Search),
    ("n", Place::Docket, Action::SearchNext),
    ("N", Place::Docket, Action::SearchPrevious),
    ("}", Place::Docket, Action::CaseDown),
    ("{", Place::Docket, Action::CaseUp),
    ("/", Place::Docket, Action::Filter),
    ("\\", Place::Docket, Action::ClearFilter),
    ("'", Place::Docket, Action::SavedFilters),
    ("S", Place::Docket, Action::SaveFilter),
    ("F", Place::Docket, Action::Facets),
    ("o", Place::Docket, Action::OrderNext),
    ("b", Place::Docket, Action::GroupNext),
    ("enter", Place::Docket, Action::Fold),
    ("-", Place::Docket, Action::FoldAll),
    ("i", Place::Docket, Action::Details),
    ("W", Place::Docket, Action::ExplainWorth),
    ("f6", Place::Docket, Action::HideList),
    ("f7", Place::Docket, Action::HideCode),
    ("f8", Place::Docket, Action::HideCase),
    (">", Place::Docket, Action::WidenList),
    ("<", Place::Docket, Action::NarrowList),
    (")", Place::Docket, Action::WidenCase),
    ("(", Place::Docket, Action::NarrowCase),
    ("ctrl-r", Place::Docket, Action::Refresh),
    ("y", Place::Docket, Action::Copy),
    ("Y", Place::Docket, Action::CopyMarkdown),
    ("p", Place::Docket, Action::Propose),
    ("B", Place::Docket, Action::ProposeAll),
    ("a", Place::Remedies, Action::AcceptRemedy),
    ("r", Place::Remedies, Action::RefuseRemedy),
    ("e", Place::Remedies, Action::EditRemedy),
    ("A", Place::Remedies, Action::ApplyRemedy),
    ("x", Place::Remedies, Action::TakeBackRemedy),
    ("P", Place::Remedies, Action::WriteRemedy),
    ("z", Place::Remedies, Action::Undo),
    ("Z", Place::Remedies, Action::Redo),
    ("right", Place::Remedies, Action::NextRemedy),
    ("l", Place::Remedies, Action::NextRemedy),
    ("left", Place::Remedies, Action::PreviousRemedy),
    ("h", Place::Remedies, Action::PreviousRemedy),
    ("v", Place::Remedies, Action::Alternatives),
    ("c", Place::Remedies, Action::Checks),
    ("d", Place::Remedies, Action::SideBySide),
    ("f", Place::Remedies, Action::WholeChange),
    ("J", Place::Remedies, Action::CodeDown),
    ("K", Place::Remedies, Action::CodeUp),
    ("L", Place::Remedies, Action::CodeRight),
    ("H", Place::Remedies, Action::CodeLeft),
    ("j", Place::Remedies, Action::Next),
    ("down", Place::Remedies, Action::Next),
    ("k", Place::Remedies, Action::Previous),
    ("up", Place::Remedies, Action::Previous),
    ("page-down", Place::Remedies, Action::PageDown),
    ("ctrl-f", Place::Remedies, Action::PageDown),
    ("page-up", Place::Remedies, Action::PageUp),
    ("ctrl-b", Place::Remedies, Action::PageUp),
    ("g", Place::Remedies, Action::First),
    ("home", Place::Remedies, Action::First),
    ("G", Place::Remedies, Action::Last),
    ("end", Place::Remedies, Action::Last),
    ("o", Place::Remedies, Action::RemediesNext),
    ("enter", Place::Remedies, Action::OpenCase),
    ("p", Place::Remedies, Action::Propose),
    ("B", Place::Remedies, Action::ProposeAll),
    ("space", Place::Remedies, Action::PauseProposing),
    ("S", Place::Remedies, Action::StopProposing),
    ("f6", Place::Remedies, Action::HideList),
    ("ctrl-r", Place::Remedies, Action::Refresh),
    ("enter", Place::Gate, Action::OpenAdvice),
    ("n", Place::Gate, Action::LabelNext),
    ("j", Place::Gate, Action::Next),
    ("down", Place::Gate, Action::Next),
    ("k", Place::Gate, Action::Previous),
    ("up", Place::Gate, Action::Previous),
    ("page-down", Place::Gate, Action::PageDown),
    ("ctrl-f", Place::Gate, Action::PageDown),
    ("page-up", Place::Gate, Action::PageUp),
    ("ctrl-b", Place::Gate, Action::PageUp),
    ("g", Place::Gate, Action::First),
    ("home", Place::Gate, Action::First),
    ("G", Place::Gate, Action::Last),
    ("end", Place::Gate, Action::Last),
    ("}", Place::Gate, Action::CaseDown),
    ("{", Place::Gate, Action::CaseUp),
    ("ctrl-r", Place::Gate, Action::Refresh),
    ("j", Place::Runs, Action::Next),
    ("down", Place::Runs, Action::Next),
    ("k", Place::Runs, Action::Previous),
    ("up", Place::Runs, Action::Previous),
    ("page-down", Place::Runs, Action::PageDown),
    ("ctrl-f", Place::Runs, Action::PageDown),
    ("page-up", Place::Runs, Action::PageUp),
    ("ctrl-b", Place::Runs, Action::PageUp),
    ("g", Place::Runs, Action::First),
    ("home", Place::Runs, Action::First),
    ("G", Place::Runs, Action::Last),
    ("end", Place::Runs, Action::Last),
    ("I", Place::Anywhere, Action::Import),
    ("ctrl-x", Place::Anywhere, Action::CancelImport),
    ("enter", Place::Runs, Action::OpenRun),
    ("x", Place::Runs, Action::RemoveRun),
    ("}", Place::Runs, Action::CaseDown),
    ("{", Place::Runs, Action::CaseUp),
    ("ctrl-r", Place::Runs, Action::Refresh),
    ("enter", Place::Models, Action::UseModel),
    ("b", Place::Models, Action::ModelBefore),
    ("v", Place::Models, Action::VerifyModel),
    ("a", Place::Models, Action::AddModel),
    ("x", Place::Models, Action::RemoveModel),
    ("S", Place::Models, Action::CancelModel),
    ("j", Place::Models, Action::Next),
    ("down", Place::Models, Action::Next),
    ("k", Place::Models, Action::Previous),
    ("up", Place::Models, Action::Previous),
    ("page-down", Place::Models, Action::PageDown),
    ("ctrl-f", Place::Models, Action::PageDown),
    ("page-up", Place::Models, Action::PageUp),
    ("ctrl-b", Place::Models, Action::PageUp),
    ("g", Place::Models, Action::First),
    ("home", Place::Models, Action::First),
    ("G", Place::Models, Action::Last),
    ("end", Place::Models, Action::Last),
    ("}", Place::Models, Action::CaseDown),
    ("{", Place::Models, Action::CaseUp),
    ("ctrl-r", Place::Models, Action::Refresh),
    (":", Place::Anywhere, Action::Palette),
    ("?", Place::Anywhere, Action::Help),
    ("tab", Place::Anywhere, Action::ScreenNext),
    ("f1", Place::Anywhere, Action::ScreenDocket),
    ("f2", Place::Anywhere, Action::ScreenRemedies),
    ("f3", Place::Anywhere, Action::ScreenGate),
    ("f4", Place::Anywhere, Action::ScreenRuns),
    ("f5", Place::Anywhere, Action::ScreenModels),
    ("esc", Place::Anywhere, Action::Back),
    ("ctrl-z", Place::Anywhere, Action::Suspend),
    ("q", Place::Anywhere, Action::Quit),
    ("ctrl-c", Place::Anywhere, Action::Quit),
];

impl Default for Keymap {
    fn default() -> Self {
        let binding = |&(key, place, action): &(&str, Place, Action)| {
            key.parse().ok().map(|key| Binding { key, place, action })
        };
        Self(DEFAULTS.iter().filter_map(binding).collect())
    }
}

impl Keymap {
    /// With the configuration's bindings, from action to keys: an action that is named there has those keys alone.
    ///
    /// # Errors
    /// When a key or an action does not exist.
    pub fn with(mut self, bound: &BTreeMap<String, Vec<String>>) -> Result<Self, BadBinding> {
        let mut set: Vec<Binding> = Vec::new();
        for (name, keys) in bound {
            let action: Action = name.parse()?;
            let mut places: Vec<Place> = Vec::new();
            // Where it is bound by itself, whatever another action has taken of its keys by now.
            for known in DEFAULTS.iter().filter(|known| known.2 == action) {
                if !places.contains(&known.1) {
                    places.push(known.1);
                }
            }
            if places.is_empty() {
                places.push(action.place());
            }
            self.0.retain(|known| known.action != action);
            for key in keys {
                let key: Key = key.parse()?;
                for &place in &places {
                    let other =
                        set.iter().find(|it| it.key == key && it.place.meets(place) && it.action != action);
                    if let Some(other) = other {
                        return Err(BadBinding::Twice {
                            key,
                            first: other.action.name(),
                            second: action.name(),
                        });
                    }
                    set.push(Binding { key, place, action });
                    self.0.retain(|known| known.key != key || !known.place.meets(place));
                    self.0.push(Binding { key, place, action });
                }
            }
        }
        Ok(self)
    }

    /// Holds that there is a way out of everything: a key that leaves what is open, and one that leaves the workstation.
    ///
    /// # Errors
    /// When one of them has no key, or another command has taken it.
    pub fn has_ways_out(&self) -> Result<(), NoWayOut> {
        let stuck = [Action::Back, Action::Quit].into_iter().find(|action| self.key(*action).is_none());
        stuck.map_or(Ok(()), |action| Err(NoWayOut { action }))
    }

    /// What a key does at a place.
    #[must_use]
    pub fn action(&self, key: Key, place: Place) -> Option<Action> {
        let here = self.0.iter().find(|binding| binding.key == key && binding.place == place);
        let anywhere =
            || self.0.iter().find(|binding| binding.key == key && binding.place == Place::Anywhere);
        here.or_else(anywhere).map(|binding| binding.action)
    }

    /// The first key of an action.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<Key> {
        self.0.iter().find(|binding| binding.action == action).map(|binding| binding.key)
    }

    /// The actions of a place alone, in their order, each with all its keys there.
    #[must_use]
    pub fn actions(&self, place: Place) -> Vec<(Action, Vec<Key>)> {
        let mut actions: Vec<(Action, Vec<Key>)> = Vec::new();
        for binding in self.0.iter().filter(|binding| binding.place == place) {
            match actions.iter_mut().find(|(action, _)| *action == binding.action) {
                Some((_, keys)) => keys.push(binding.key),
                None => actions.push((binding.action, vec![binding.key])),
            }
        }
        actions
    }

    /// What help lists at a place: its own actions and then those of everywhere, each with all its keys.
    #[must_use]
    pub fn help(&self, place: Place) -> Vec<(Action, Vec<Key>)> {
        let elsewhere = if place == Place::Anywhere { Vec::new() } else { self.actions(Place::Anywhere) };
        self.actions(place).into_iter().chain(elsewhere).collect()
    }

    /// The bindings that hold at a place, in their order.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Binding> {
        self.0.iter().filter(move |binding| binding.place == place || binding.place == Place::Anywhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_that_is_to_do_two_things_is_refused_and_both_are_named() {
        let bound = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, key)| ((*name).to_owned(), vec![(*key).to_owned()])).collect()
        };
        let twice = Keymap::default().with(&bound(&[("confirm", "x"), ("reject", "x")])).unwrap_err();
        assert_eq!(
            twice.to_string(),
            "the key `x` is bound to `confirm` and to `reject`; only one of them can have it"
        );
        // What another action has taken of an action's keys leaves it its places.
        let keymap = Keymap::default().with(&bound(&[("cancel-import", "?"), ("help", "h")])).unwrap();
        assert_eq!(keymap.action("h".parse().unwrap(), Place::Runs), Some(Action::Help));
    }

    #[test]
    fn every_default_is_a_key_and_no_key_means_two_things() {
        let keymap = Keymap::default();
        assert_eq!(keymap.0.len(), DEFAULTS.len());
        for (at, binding) in keymap.0.iter().enumerate() {
            let same = |other: &&Binding| other.key == binding.key && other.place.meets(binding.place);
            let twice = keymap.0.iter().skip(at + 1).find(same);
            assert_eq!(twice, None, "{}", binding.key);
        }
    }

    #[test]
    fn a_configured_key_holds_wherever_its_action_did_and_takes_nothing_from_other_screens() {
        let bound = BTreeMap::from([("next".to_owned(), vec!["x".to_owned()])]);
        let keymap = Keymap::default().with(&bound).unwrap();
        let at = |key: &str, place| keymap.action(key.parse().unwrap(), place);
        let places = [Place::Docket, Place::Remedies, Place::Gate, Place::Runs, Place::Models];
        assert_eq!(places.map(|place| at("x", place)), [Some(Action::Next); 5]);
        let bound = BTreeMap::from([("confirm".to_owned(), vec!["x".to_owned()])]);
        let keymap = Keymap::default().with(&bound).unwrap();
        let at = |place| keymap.action("x".parse().unwrap(), place);
        assert_eq!((at(Place::Docket), at(Place::Runs)), (Some(Action::Confirm), Some(Action::RemoveRun)));
    }

    #[test]
    fn keys_that_leave_no_way_out_are_refused_whoever_took_them() {
        let with = |pairs: &[(&str, &[&str])]| {
            let bound = pairs.iter().map(|(name, keys)| {
                ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
            });
            Keymap::default().with(&bound.collect()).unwrap().has_ways_out()
        };
        assert_eq!(with(&[]), Ok(()));
        let stuck = |action| Err(NoWayOut { action });
        assert_eq!(with(&[("back", &[])]), stuck(Action::Back));
        assert_eq!(with(&[("quit", &[])]), stuck(Action::Quit));
        assert_eq!(with(&[("confirm", &["esc"])]), stuck(Action::Back));
        assert_eq!(with(&[("remove-run", &["q", "ctrl-c"])]), stuck(Action::Quit));
        // One of two is enough, another key too, and what else has none is nobody's loss.
        assert_eq!(with(&[("confirm", &["q"])]), Ok(()));
        assert_eq!(with(&[("confirm", &["esc"]), ("back", &["ctrl-g"])]), Ok(()));
        assert_eq!(with(&[("palette", &[]), ("confirm", &[])]), Ok(()));
        let words = with(&[("back", &[])]).unwrap_err().to_string();
        assert_eq!(words, "no key is left for `back`: give it one, for without it there is no way out");
    }

    #[test]
    fn a_configured_key_replaces_those_of_its_action_and_what_it_meant() {
        let bound = BTreeMap::from([("confirm".to_owned(), vec!["r".to_owned(), "ctrl-y".to_owned()])]);
        let keymap = Keymap::default().with(&bound).unwrap();
        let at = |key: &str| keymap.action(key.parse().unwrap(), Place::Docket);
        assert_eq!((at("r"), at("ctrl-y"), at("a")), (Some(Action::Confirm), Some(Action::Confirm), None));
        assert_eq!(keymap.key(Action::Reject), None);
        let wrong = BTreeMap::from([("confirm".to_owned(), vec!["hyper".to_owned()])]);
        assert!(matches!(Keymap::default().with(&wrong), Err(BadBinding::Key(_))));
        let wrong = BTreeMap::from([("convict".to_owned(), vec![])]);
        assert!(matches!(Keymap::default().with(&wrong), Err(BadBinding::Action(_))));
    }
}
