//! Owns the classes, and which scopes of the grammars mean which of them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use syntect::parsing::{ClearAmount, Scope, ScopeStackOp};

/// What a part of a source is, as far as a theme cares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nothing that is told apart.
    #[default]
    Plain,
    /// `if`, `class`, `static`, `and`; a heading.
    Keyword,
    /// `+`, `==`, `=>`.
    Operator,
    /// Brackets, commas, semicolons.
    Punctuation,
    /// A type or class, also where it is defined; a namespace.
    Type,
    /// A function or macro that is defined or called.
    Function,
    /// A variable or parameter, in grammars that know one when they see it.
    Variable,
    /// `true`, `null`, a constant, a symbol.
    Constant,
    /// A number with its unit.
    Number,
    /// A string's text, with its quotes.
    Text,
    /// What is not literal in a string: `\n`, `%s`, `&amp;`, the brackets around an expression.
    Escape,
    /// A comment, whatever stands in it.
    Comment,
    /// The name of an element, or of a key in data.
    Tag,
    /// The name of an attribute or property; an annotation or decorator.
    Attribute,
}

use Class::{
    Attribute, Comment, Constant, Escape, Function, Keyword, Number, Operator, Plain, Punctuation, Tag, Text,
    Type, Variable,
};

/// Beginnings of scopes and what they mean; the longest that fits decides. One without a class leaves the class of
/// what is around it, as does a scope that is not listed.
const SCOPES: &[(&str, Option<Class>)] = &[
    // Code inside a string or a template is code again.
    ("source", Some(Plain)),
    ("text", Some(Plain)),
    ("meta.embedded", Some(Plain)),
    ("meta.interpolation", Some(Plain)),
    ("meta.template.expression", Some(Plain)),
    ("meta.mapping.key.json", Some(Tag)),
    // Queries and patterns stay strings, in which some words stand out.
    ("source.sql", None),
    ("source.sql.embedded", Some(Text)),
    ("source.regexp", None),
    ("comment", Some(Comment)),
    ("constant", Some(Constant)),
    ("constant.character", Some(Escape)),
    ("constant.character.go", Some(Text)),
    ("constant.numeric", Some(Number)),
    ("constant.other.character-class.set", None),
    ("constant.other.color", Some(Number)),
    ("constant.other.format-spec", Some(Escape)),
    ("constant.other.placeholder", Some(Escape)),
    ("entity.name", Some(Type)),
    ("entity.name.constant", Some(Constant)),
    ("entity.name.function", Some(Function)),
    ("entity.name.label", Some(Constant)),
    ("entity.name.section", Some(Keyword)),
    ("entity.name.tag", Some(Tag)),
    ("entity.name.variable", Some(Variable)),
    ("entity.other.attribute-name", Some(Attribute)),
    ("entity.other.inherited-class", Some(Type)),
    ("entity.type.function", Some(Function)),
    ("keyword", Some(Keyword)),
    ("keyword.operator", Some(Operator)),
    ("keyword.operator.accessor", Some(Punctuation)),
    ("keyword.other.block", Some(Escape)),
    ("keyword.other.interpolation", Some(Escape)),
    ("keyword.other.substitution", Some(Escape)),
    ("keyword.other.template", Some(Text)),
    ("keyword.other.unit", Some(Number)),
    ("markup.heading", Some(Keyword)),
    ("markup.raw", Some(Text)),
    ("markup.underline.link", Some(Text)),
    // What introduces a string or variable belongs to it; the rest of the definitions are brackets.
    ("punctuation", Some(Punctuation)),
    ("punctuation.definition.annotation", Some(Attribute)),
    ("punctuation.definition.character-class", None),
    ("punctuation.definition.comment", None),
    ("punctuation.definition.constant", None),
    ("punctuation.definition.entity", None),
    ("punctuation.definition.expression", Some(Escape)),
    ("punctuation.definition.heading", None),
    ("punctuation.definition.keyword", None),
    ("punctuation.definition.numeric", None),
    ("punctuation.definition.parameter", None),
    ("punctuation.definition.raw", None),
    ("punctuation.definition.string", None),
    ("punctuation.definition.template-expression", Some(Escape)),
    ("punctuation.definition.variable", None),
    ("punctuation.section.embedded.begin.php", Some(Keyword)),
    ("punctuation.section.embedded.end.php", Some(Keyword)),
    ("punctuation.section.expansion", Some(Escape)),
    ("punctuation.section.interpolation", Some(Escape)),
    ("punctuation.separator.decimal", None),
    ("punctuation.terminator.entity", None),
    // In most grammars `storage.type` is the word that declares, in some the type that is declared with.
    ("storage", Some(Keyword)),
    ("storage.modifier.conversion", Some(Escape)),
    ("storage.modifier.lifetime", Some(Type)),
    ("storage.type.buildin", Some(Type)),
    ("storage.type.c", Some(Type)),
    ("storage.type.cs", Some(Type)),
    ("storage.type.function.arrow", Some(Operator)),
    ("storage.type.go", Some(Type)),
    ("storage.type.nullable", Some(Operator)),
    ("storage.type.numeric", Some(Number)),
    ("storage.type.php", Some(Type)),
    ("storage.type.primitive", Some(Type)),
    ("storage.type.sql", Some(Type)),
    ("storage.type.string", Some(Text)),
    ("string", Some(Text)),
    ("support.class", Some(Type)),
    ("support.constant", Some(Constant)),
    ("support.function", Some(Function)),
    ("support.function.construct.php", Some(Keyword)),
    ("support.function.test", Some(Punctuation)),
    ("support.macro", Some(Function)),
    ("support.other.namespace", Some(Type)),
    ("support.punctuation.expression", Some(Escape)),
    ("support.type", Some(Type)),
    ("support.type.package", None),
    ("support.type.property-name", Some(Attribute)),
    ("support.variable", Some(Variable)),
    ("variable", Some(Variable)),
    ("variable.annotation", Some(Attribute)),
    ("variable.function", Some(Function)),
    ("variable.language", Some(Keyword)),
    ("variable.language.star", Some(Operator)),
    ("variable.other.constant.python", Some(Constant)),
];

/// The classes of all scopes met so far.
#[derive(Default)]
pub(super) struct Scopes(FxHashMap<Scope, Option<Class>>);

impl Scopes {
    fn class(&mut self, scope: Scope) -> Option<Class> {
        *self.0.entry(scope).or_insert_with(|| {
            let fitting = table().iter().filter(|(start, _)| start.is_prefix_of(scope));
            fitting.max_by_key(|(start, _)| start.len()).and_then(|(_, class)| *class)
        })
    }
}

fn table() -> &'static [(Scope, Option<Class>)] {
    static TABLE: OnceLock<Vec<(Scope, Option<Class>)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        SCOPES.iter().filter_map(|(start, class)| Some((Scope::new(start).ok()?, *class))).collect()
    })
}

/// The scopes that are open, innermost last, as the class that each leaves what is in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Classes {
    open: Vec<Class>,
    /// Those that a grammar has put away for a while.
    cleared: Vec<Vec<Class>>,
}

impl Classes {
    pub(super) fn innermost(&self) -> Class {
        self.open.last().copied().unwrap_or_default()
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len() + self.cleared.iter().map(|cleared| cleared.len() + 1).sum::<usize>()
    }

    pub(super) fn apply(&mut self, change: &ScopeStackOp, scopes: &mut Scopes) {
        match change {
            ScopeStackOp::Push(scope) => {
                let around = self.innermost();
                self.open.push(scopes.class(*scope).map_or(around, |own| within(around, own)));
            }
            ScopeStackOp::Pop(count) => self.open.truncate(self.open.len().saturating_sub(*count)),
            ScopeStackOp::Clear(amount) => {
                let left = match amount {
                    ClearAmount::TopN(count) => self.open.len().saturating_sub(*count),
                    ClearAmount::All => 0,
                };
                self.cleared.push(self.open.split_off(left));
            }
            ScopeStackOp::Restore => self.open.append(&mut self.cleared.pop().unwrap_or_default()),
            ScopeStackOp::Noop => {}
        }
    }
}

fn within(around: Class, own: Class) -> Class {
    match (around, own) {
        // `@param` in a comment is not code, and a quoted key is a key.
        (Comment, _) => Comment,
        (Tag, Text) => Tag,
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_of_the_table_is_one_and_stands_there_once() {
        assert_eq!(table().len(), SCOPES.len());
        let mut names: Vec<_> = SCOPES.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SCOPES.len());
    }
}
