//! Which accepted remedies are shown as examples: those of the same family of rules, by how alike the flagged code is.

use super::Example;
use crate::source::Language;
use crate::text::similarity;

/// How many examples a prompt holds.
pub const MOST_EXAMPLES: usize = 3;

/// What is less alike teaches nothing.
const LEAST: f32 = 0.25;

/// An accepted remedy, with what it may be recalled by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedent {
    /// The family of its rule.
    pub family: String,
    /// Its language.
    pub language: Language,
    /// The statement that was flagged.
    pub statement: String,
    /// What is shown of it.
    pub example: Example,
}

/// How alike a precedent is to the case at hand, 0 to 1.
pub trait Likeness {
    /// The likeness of one.
    fn of(&self, precedent: &Precedent) -> f32;
}

/// Likeness by the tokens that two flagged statements share.
#[derive(Debug, Clone, Copy)]
pub struct ByTokens<'s> {
    /// The flagged statement.
    pub statement: &'s str,
    /// Its language.
    pub language: Language,
}

impl Likeness for ByTokens<'_> {
    fn of(&self, precedent: &Precedent) -> f32 {
        similarity(self.statement, &precedent.statement, self.language.family())
    }
}

/// The examples for a case of a family of rules and a language, the likest first. Of two with the same outcome the liker
/// one is shown; of two equally like, the one that comes first.
#[must_use]
pub fn recall<'p>(
    family: &str,
    language: Language,
    precedents: impl IntoIterator<Item = &'p Precedent>,
    likeness: &impl Likeness,
) -> Vec<Example> {
    let related = precedents.into_iter().filter(|it| it.family == family && it.language == language);
    let mut ranked: Vec<(f32, &Precedent)> = related.map(|it| (likeness.of(it), it)).collect();
    ranked.retain(|(like, it)| *like >= LEAST && it.example.before != it.example.after);
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut examples: Vec<Example> = Vec::with_capacity(MOST_EXAMPLES);
    for (_, precedent) in ranked {
        if examples.len() == MOST_EXAMPLES {
            break;
        }
        if !examples.iter().any(|shown| shown.after == precedent.example.after) {
            examples.push(precedent.example.clone());
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn precedent(family: &str, statement: &str, after: &str) -> Precedent {
        let example = Example { rule: family.into(), before: statement.into(), after: after.into() };
        Precedent { family: family.into(), language: Language::Python, statement: statement.into(), example }
    }

    #[test]
    fn the_likest_of_the_same_family_are_recalled_without_repeats() {
        let known = [
            precedent("sql", "db.execute(q)", "A"),
            precedent("sql", "db.execute(\"SELECT \" + name)", "B"),
            precedent("sql", "db.execute(\"SELECT \" + other)", "B"),
            precedent("sql", "cursor.execute(\"SELECT \" + name, 1)", "C"),
            precedent("sql", "db.execute(\"SELECT \" + x + y)", "D"),
            precedent("sql", "wholly()[different]", "E"),
            precedent("shell", "db.execute(\"SELECT \" + name)", "F"),
            precedent("sql", "db.execute(\"SELECT \" + name)", "db.execute(\"SELECT \" + name)"),
        ];
        let statement = "db.execute(\"SELECT \" + name)";
        let like = ByTokens { statement, language: Language::Python };
        let after = |language| -> Vec<String> {
            recall("sql", language, &known, &like).into_iter().map(|example| example.after).collect()
        };
        assert_eq!(after(Language::Python), ["B", "C", "D"]);
        assert!(after(Language::Go).is_empty());
    }
}
