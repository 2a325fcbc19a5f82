//! Owns what a function of the file gives back of what it is given.
//!
//! Never takes what it cannot see for nothing: that nothing comes back is only said of a function all of whose ways back
//! were followed to their ends.

use std::collections::BTreeSet;

use super::follow::{Trail, parameter_origin};
use super::{Argument, Call, Callee, Flow, Function};
use crate::text::tokens;

/// Functions within functions whose ways back are followed for one value.
const MOST_INSIDE: usize = 4;

/// What comes back of what a function is given.
pub(super) enum Back {
    /// It does, through these calls.
    Through(BTreeSet<Callee>),
    /// All that comes back was looked at, and it is not among it.
    Nothing,
}

impl Flow {
    /// What a function of this file gives back of an argument; `None` where that cannot be seen.
    pub(super) fn way_back(
        &self,
        call: &Call,
        given: usize,
        function: usize,
        trail: &Trail<'_>,
    ) -> Option<Back> {
        if trail.inside.len() >= MOST_INSIDE || trail.inside.contains(&function) {
            return None;
        }
        trail.left.set(trail.left.get().checked_sub(1)?);
        let it = self.functions.get(function)?;
        let place = self.place_of(call, given, it)?;
        let parameter = it.parameters.get(place)?;
        let wanted = parameter_origin(&it.name, place, parameter);
        let mut inside = trail.inside.clone();
        inside.push(function);
        let mut back: Option<BTreeSet<Callee>> = None;
        let (mut is_seen, mut is_cut) = (false, it.is_open);
        for returned in self.returns.iter().filter(|it| it.function == function) {
            let value = self.followed(&returned.value, false, trail.left, inside.clone());
            is_seen = true;
            is_cut |= value.is_cut;
            for origin in value.origins {
                // The way back that changes it the least is the one that tells.
                if origin.from == wanted
                    && back.as_ref().is_none_or(|known| origin.through.len() < known.len())
                {
                    back = Some(origin.through);
                }
            }
        }
        if let Some(way) = back {
            return Some(Back::Through(way));
        }
        // A function within it sees its variables, and a list may be filled by a call: those ways are not followed.
        let holds_function = self.functions.iter().any(|inner| inner.parent == Some(function));
        let is_put_in = self.calls_in(&it.span).any(|inner| {
            self.slice(&inner.callee).contains(['.', '>'])
                && inner.arguments.iter().any(|argument| {
                    tokens(self.slice(&argument.span), self.family).any(|token| token.text == parameter)
                })
        });
        let is_whole = is_seen && !is_cut && !holds_function && !is_put_in && self.is_on_itself(call);
        is_whole.then_some(Back::Nothing)
    }

    /// The place among a function's parameters of what a call hands over.
    fn place_of(&self, call: &Call, given: usize, function: &Function) -> Option<usize> {
        let name = call.arguments.get(given)?.name.as_deref();
        if let Some(name) = name {
            return function.parameters.iter().position(|parameter| parameter == name);
        }
        // Behind a list that is spread out nothing has a place.
        let is_spread = |it: &Argument| {
            let text = self.slice(&it.span);
            it.name.is_none() && (text.starts_with('*') || text.starts_with("..."))
        };
        let before = call.arguments.get(..=given)?;
        (!before.iter().any(is_spread)).then_some(given + function.receivers())
    }

    /// Whether a call is of nothing else than this file or the object at hand: another object's function of the same
    /// name is another function.
    fn is_on_itself(&self, call: &Call) -> bool {
        let text = self.slice(&call.callee).trim().replace("->", ".");
        text.rsplit_once('.').is_none_or(|(owner, _)| matches!(owner, "self" | "this" | "cls" | "$this"))
    }
}
