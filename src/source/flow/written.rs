//! Owns where a value is written down: behind names that stand for it, and behind parameters that are handed it.

use std::ops::Range;

use super::{Argument, Call, Collection, Flow, Function};

/// Places where one value is written that are told apart.
const MOST: usize = 16;
/// Calls that are asked whether they are given a value.
const MOST_TAKERS: usize = 500;

impl Flow {
    /// The text of a constant value, with names that stand for one resolved.
    #[must_use]
    pub fn constant(&self, range: &Range<usize>) -> String {
        let value = self.value(range);
        if !value.literals.is_empty() && value.origins.is_empty() {
            return format!("\"{}\"", value.literals.concat());
        }
        self.normal(&self.named_value(range))
    }

    /// What stands where a name that a range holds was given its value; the range itself where it holds no such name.
    fn named_value(&self, range: &Range<usize>) -> Range<usize> {
        let mut range = range.clone();
        let mut at = range.start;
        for _ in 0..4 {
            let text = self.slice(&range);
            let function = self.innermost(range.start);
            let bind = self.reaching(text, at, function).last().and_then(|&index| self.binds.get(index));
            match bind.and_then(|bind| Some((bind.value.clone()?, bind.at))) {
                Some((value, start)) => (range, at) = (value, start),
                None => break,
            }
        }
        range
    }

    /// The list or the object that a range is, or is a name of.
    #[must_use]
    pub fn collection(&self, range: &Range<usize>) -> Option<&Collection> {
        let range = self.named_value(range);
        let key = |it: &Collection| (it.span.start, it.span.end);
        let at = self.collections.binary_search_by_key(&(range.start, range.end), key).ok()?;
        self.collections.get(at)
    }

    /// Where a value is written: as it stands, where a name was given it, and where a parameter is handed it by the calls
    /// in this file.
    #[must_use]
    pub fn written(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        self.write_down(range, 4, &mut found);
        found
    }

    fn write_down(&self, range: &Range<usize>, depth: usize, found: &mut Vec<Range<usize>>) {
        let named = self.named_value(range);
        let before = found.len();
        let parameter = self.parameter(self.slice(&named), self.innermost(named.start));
        if let Some((function, place)) = parameter.filter(|_| depth > 0) {
            let receivers = self.functions.get(function).map_or(0, Function::receivers);
            for call in self.callers(function) {
                if found.len() >= MOST {
                    break;
                }
                if let Some(given) = place.checked_sub(receivers).and_then(|place| call.arguments.get(place))
                {
                    self.write_down(&given.span, depth - 1, found);
                }
            }
        }
        if found.len() == before {
            found.push(named);
        }
    }

    /// The calls of a function of this file that has a name.
    fn callers(&self, function: usize) -> impl Iterator<Item = &Call> {
        let named = self.functions.get(function).filter(|it| !it.name.is_empty());
        let called = named.and_then(|it| self.called.get(&it.name)).into_iter().flatten();
        called.filter_map(|&index| self.calls.get(index))
    }

    /// The calls that are given what is written in one of some places.
    #[must_use]
    pub fn takers(&self, written: &[Range<usize>]) -> Vec<&Call> {
        let is_given = |it: &Argument| self.written(&it.span).iter().any(|place| written.contains(place));
        self.calls.iter().take(MOST_TAKERS).filter(|call| call.arguments.iter().any(is_given)).collect()
    }
}
