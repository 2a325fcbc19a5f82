//! What of some code is not there any more after a change: tokens, calls, and whole functions.

use serde::Serialize;

use super::RewardPolicy;
use crate::source::{Language, Outline, ScopeKind};
use crate::text::{Family, similarity, tokens};

/// From this likeness on, a function of another name is the same one.
const RENAMED: f32 = 0.5;
/// Functions that are compared with one that has another name.
const COMPARED: usize = 64;

/// Words before a bracket that call nothing.
const NO_CALLS: &[&str] = &[
    "if", "elif", "while", "for", "foreach", "switch", "match", "catch", "except", "return", "and", "or",
    "not", "in", "is", "sizeof", "typeof", "def", "function", "fn", "func", "lambda", "assert", "yield",
    "await", "new", "case",
];

/// What was lost, as shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Loss {
    /// Of the tokens.
    pub tokens: f64,
    /// Of the calls.
    pub calls: f64,
    /// Of the functions: those that are not there, under their name or another.
    pub functions: f64,
    /// The smallest share that is left of the tokens of a function that is there.
    pub least_left: f64,
    /// Whether it was measured; else nothing was changed.
    pub measured: bool,
}

impl Loss {
    /// What a change lost of some code.
    #[must_use]
    pub fn between(language: Language, before: &str, after: &str) -> Self {
        if before == after {
            return Self::default();
        }
        let family = language.family();
        let (old, new) = (Functions::of(language, before), Functions::of(language, after));
        let gone = |had: usize, has: usize| had.saturating_sub(has) as f64 / had.max(1) as f64;
        let (mut lost, mut least_left) = (0_usize, 1.0_f64);
        for (at, function) in old.0.iter().enumerate() {
            // Overloads share a name: the first was the first, the second the second.
            let number = old.0.iter().take(at).filter(|other| other.name == function.name).count();
            match new.same(function, number, &old, family) {
                None => lost += 1,
                Some(tokens) => {
                    least_left = least_left.min(tokens as f64 / function.tokens.max(1) as f64);
                }
            }
        }
        if old.0.is_empty() {
            // What stands in no function is one by itself.
            least_left = count(after, family).0 as f64 / count(before, family).0.max(1) as f64;
        }
        let ((had, called), (has, calls)) = (count(before, family), count(after, family));
        Self {
            tokens: gone(had, has),
            calls: gone(called, calls),
            functions: lost as f64 / old.0.len().max(1) as f64,
            least_left: least_left.min(1.0),
            measured: true,
        }
    }

    /// What it costs, from 0 to 1.
    #[must_use]
    pub fn total(&self, policy: &RewardPolicy) -> f64 {
        if !self.measured {
            return 0.0;
        }
        let bounds = &policy.loss;
        if self.functions > 0.0 || self.least_left < bounds.function {
            return 1.0;
        }
        let left = 1.0 - self.tokens;
        let size = if bounds.size > 0.0 { (1.0 - left / bounds.size).max(0.0) } else { 0.0 };
        size.max(bounds.calls * self.calls).clamp(0.0, 1.0)
    }
}

/// How many tokens a text has, and how many of them are called.
fn count(text: &str, family: Family) -> (usize, usize) {
    let (mut all, mut calls) = (0, 0);
    let mut word = None;
    for token in tokens(text, family) {
        all += 1;
        if token.text == "(" && word.is_some_and(|word| !NO_CALLS.contains(&word)) {
            calls += 1;
        }
        word = token.is_word().then_some(token.text);
    }
    (all, calls)
}

struct Function {
    name: String,
    tokens: usize,
    text: String,
}

struct Functions(Vec<Function>);

impl Functions {
    fn of(language: Language, text: &str) -> Self {
        let outline = Outline::of(language, text);
        let named = outline.scopes().filter(|scope| {
            matches!(scope.kind, ScopeKind::Function | ScopeKind::Method) && !scope.name.is_empty()
        });
        let functions = named.filter_map(|scope| {
            let text = text.get(scope.span)?.to_owned();
            Some(Function { name: scope.qualified, tokens: count(&text, language.family()).0, text })
        });
        Self(functions.collect())
    }

    /// The tokens of the function that one of the code before became, the so many-th of its name.
    fn same(&self, was: &Function, number: usize, before: &Self, family: Family) -> Option<usize> {
        let mut named = self.0.iter().filter(|function| function.name == was.name);
        if let Some(function) = named.nth(number) {
            return Some(function.tokens);
        }
        // One that was there before under its name is no other by another name.
        let fresh = self.0.iter().filter(|new| before.0.iter().all(|old| old.name != new.name));
        let like = fresh.take(COMPARED).find(|new| similarity(&was.text, &new.text, family) >= RENAMED);
        like.map(|function| function.tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "def find(db, name):\n    q = build('SELECT ' + name)\n    log(q)\n    return db.run(q)\n\n\ndef other(x):\n    return open(x).read()\n";

    fn cost(after: &str) -> f64 {
        Loss::between(Language::Python, CODE, after).total(&RewardPolicy::default())
    }

    #[test]
    fn a_fix_that_keeps_the_code_costs_nothing() {
        assert_eq!(cost(CODE), 0.0);
        assert_eq!(cost(&CODE.replace("'SELECT ' + name", "'SELECT ?', name")), 0.0);
        assert_eq!(cost(&CODE.replace("find", "find_by_name")), 0.0, "renamed");
    }

    #[test]
    fn writing_less_costs_and_a_function_that_is_gone_costs_all() {
        let (_, other) = CODE.split_once("\n\n\n").unwrap();
        assert_eq!(cost(other), 1.0, "deleted");
        assert_eq!(cost(""), 1.0);
        let stub =
            CODE.replace("    q = build('SELECT ' + name)\n    log(q)\n    return db.run(q)\n", "    pass\n");
        assert!(Loss::between(Language::Python, CODE, &stub).least_left < 0.5);
        let without = CODE.replace("    log(q)\n    return db.run(q)\n", "    return q\n");
        assert!((0.1..1.0).contains(&cost(&without)), "{}", cost(&without));
        // Nothing is a function here: the whole is taken for one.
        let loose = Loss::between(Language::Python, "os.system(name)\nrun(x)\n", "");
        assert_eq!(loose.total(&RewardPolicy::default()), 1.0);
    }
}
