//! Owns what stands where in a source file: its functions and classes, its statements, its imports, and which
//! variables a statement sets and reads.
//!
//! Never keeps a syntax tree: a file is parsed once and what is asked later is kept in plain vectors. Never reports a
//! syntax error; a file that does not parse has the outline of what does.
//!
//! Invariants: every range lies inside the text on character boundaries; the outline of a text is the same on every
//! machine, for parsing is bounded by size and steps, not by a clock; text that has no grammar, or is past the
//! bounds, has an outline by lines and brackets (`guess`).

pub(in crate::source) mod grammar;
mod guess;
pub(in crate::source) mod names;
mod regions;
mod walk;

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use tree_sitter::{ParseOptions, Parser};

use crate::source::Language;
use crate::text::{Family, LineIndex, token_hash};

use grammar::Grammar;
use regions::Regions;
use walk::Walk;

/// A larger text is not parsed: it is generated or minified, and parsing costs some 100 bytes of memory for each of
/// its own.
pub const LARGEST_PARSED: usize = 1 << 20;

/// What sort of scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// A function outside any class, or one held by a variable.
    Function,
    /// A function of a class.
    Method,
    /// A class, structure, interface, trait or enumeration.
    Class,
    /// A namespace, module or configuration block.
    Module,
    /// A function handed to a call; its name is that of the call, in `<>`.
    Callback,
}

/// A function, class or module around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What sort.
    pub kind: ScopeKind,
    /// Its own name: `find`.
    pub name: String,
    /// With the names around it: `Users.find`. Namespaces of C++, C#, PHP and TypeScript are left out, so that a
    /// method has one name whether it is defined inside its namespace's braces or not.
    pub qualified: String,
    /// From its first keyword to its body, on one line, without decorators and annotations.
    pub signature: String,
    /// Its bytes, with decorators and annotations.
    pub span: Range<usize>,
    /// Its first and last line, from 1.
    pub lines: (u32, u32),
}

/// The variables of a piece of code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Those it gives a value, sorted: assigned, declared, or parameters. A field of the own object is `self.x`.
    pub defined: Vec<String>,
    /// Those it reads, sorted. The name of a function that is called is one of them.
    pub used: Vec<String>,
}

#[derive(Debug, Clone)]
struct RawScope {
    kind: ScopeKind,
    name: String,
    span: Range<usize>,
    signature: Range<usize>,
    parent: Option<usize>,
    /// Whether names inside are qualified by it.
    in_name: bool,
}

#[derive(Debug, Clone)]
struct VariableUse {
    span: Range<usize>,
    defines: bool,
}

/// The outline of one file.
#[derive(Debug)]
pub struct Outline {
    language: Language,
    text: Arc<str>,
    parsed: bool,
    errors: usize,
    line_starts: Vec<usize>,
    regions: Regions,
    /// By their start; each after the one around it.
    scopes: Vec<RawScope>,
    imports: Vec<Range<usize>>,
    /// By their start.
    variables: Vec<VariableUse>,
}

impl Outline {
    /// Outlines a text.
    #[must_use]
    pub fn of(language: Language, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        if let Some(outline) = Self::parse(language, &text) {
            return outline;
        }
        let (regions, scopes) = guess::outline(language, &text);
        let line_starts = LineIndex::new(&text).into_starts();
        Self {
            language,
            text,
            parsed: false,
            errors: 0,
            line_starts,
            regions,
            scopes,
            imports: Vec::new(),
            variables: Vec::new(),
        }
    }

    fn parse(language: Language, text: &Arc<str>) -> Option<Self> {
        let grammar = Grammar::of(language)?;
        if text.len() > LARGEST_PARSED {
            return None;
        }
        let tree = parsed(grammar, text)?;
        let mut walk = Walk::new(language, grammar, text);
        walk.run(&mut tree.walk());
        let Walk { regions, scopes, imports, variables, .. } = walk;
        let line_starts = LineIndex::new(text).into_starts();
        Some(Self {
            language,
            text: Arc::clone(text),
            parsed: true,
            errors: errors(&tree),
            line_starts,
            regions,
            scopes,
            imports,
            variables,
        })
    }

    /// The language it was outlined as.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of the text.
    #[must_use]
    pub fn lines(&self) -> LineIndex<'_> {
        LineIndex::over(&self.text, &self.line_starts)
    }

    /// Whether a grammar was used; else the outline goes by lines and brackets.
    #[must_use]
    pub const fn is_parsed(&self) -> bool {
        self.parsed
    }

    /// How many pieces of the text its grammar has no place for, and how many it misses. A number to compare with that of
    /// the same text changed: grammars have gaps of their own.
    #[must_use]
    pub const fn syntax_errors(&self) -> usize {
        self.errors
    }

    /// The innermost function, class or module around a range; `None` at the top of the file. White space at the
    /// range's ends does not count.
    #[must_use]
    pub fn scope_at(&self, range: Range<usize>) -> Option<Scope> {
        let range = self.clean(range);
        let mut at = self.scopes.partition_point(|scope| scope.span.start <= range.start).checked_sub(1)?;
        loop {
            let scope = self.scopes.get(at)?;
            if range.end <= scope.span.end && (range.start < scope.span.end || range.is_empty()) {
                return Some(self.scope(scope));
            }
            at = scope.parent?;
        }
    }

    /// All scopes, in order of their beginning.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.scopes.iter().map(|scope| self.scope(scope))
    }

    /// The statement that a range means.
    ///
    /// It is the smallest that encloses the range. Of a statement with blocks it is the piece before, between or
    /// after them (`if (x)`, `else if (y)`, `app.get('/', (req, res) =>`), unless the range reaches into a block
    /// and out of it. A range over several statements of one block means all of them. Where no statement is, on a
    /// comment or a lone brace, it is the whole lines.
    #[must_use]
    pub fn statement_at(&self, range: Range<usize>) -> Range<usize> {
        let clean = self.clean(range);
        let inner = self.text.get(clean.clone()).unwrap_or_default();
        // `} else {` begins with what belongs to the block before.
        let closers = inner.trim_start_matches(|c: char| c.is_whitespace() || "})];".contains(c));
        let start = if closers.is_empty() { clean.start } else { clean.end - closers.len() };
        match self.regions.statement_at(&(start..clean.end)) {
            Some(found) => self.clean(found),
            None => {
                let bytes = self.text.as_bytes();
                let before = bytes.get(..clean.start).unwrap_or_default();
                let from = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
                let after = bytes.get(clean.end..).unwrap_or_default();
                let to = memchr::memchr2(b'\n', b'\r', after).map_or(bytes.len(), |at| clean.end + at);
                self.clean(from..to)
            }
        }
    }

    /// A hash of the normalised tokens of the statement that a range means: what a verdict's lease rests on. A place
    /// without any token, a comment, is hashed by its words.
    #[must_use]
    pub fn statement_tokens(&self, range: Range<usize>) -> u64 {
        self.tokens_of_statement(self.statement_at(range))
    }

    /// The same of a statement that is known already.
    #[must_use]
    pub fn tokens_of_statement(&self, statement: Range<usize>) -> u64 {
        let statement = self.text.get(statement).unwrap_or_default();
        let family = self.language.family();
        if crate::text::tokens(statement, family).next().is_none() {
            return token_hash(statement, Family::Plain);
        }
        token_hash(statement, family)
    }

    /// The imports, in order.
    #[must_use]
    pub fn imports(&self) -> &[Range<usize>] {
        &self.imports
    }

    /// The variables that the code in a range sets and reads. Empty where there was no grammar.
    #[must_use]
    pub fn statement_names(&self, range: Range<usize>) -> Names {
        let from = self.variables.partition_point(|variable| variable.span.start < range.start);
        let (mut defined, mut used) = (BTreeSet::new(), BTreeSet::new());
        for variable in self.variables.iter().skip(from).take_while(|variable| variable.span.end <= range.end)
        {
            let name = self.text.get(variable.span.clone()).unwrap_or_default();
            if variable.defines {
                defined.insert(name)
            } else {
                used.insert(name)
            };
        }
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        Names { defined: owned(defined), used: owned(used) }
    }

    fn scope(&self, scope: &RawScope) -> Scope {
        let mut names = vec![scope.name.as_str()];
        let mut above = scope.parent.and_then(|parent| self.scopes.get(parent));
        // The depth is the file's choice; a name of a hundred parts is no use to anyone.
        while let Some(outer) = above.filter(|_| names.len() < 100) {
            if outer.in_name {
                names.push(&outer.name);
            }
            above = outer.parent.and_then(|parent| self.scopes.get(parent));
        }
        names.reverse();
        let head = self.text.get(scope.signature.clone()).unwrap_or_default();
        let mut signature = String::new();
        for word in head.split_whitespace() {
            if !signature.is_empty() {
                signature.push(' ');
            }
            signature.push_str(word);
            if signature.len() > 300 {
                signature.truncate(signature.floor_char_boundary(300));
                break;
            }
        }
        signature.truncate(signature.trim_end_matches([':', '{', '=', '>', ' ']).len());
        let line = |byte: usize| self.line_of(byte);
        let last = line(scope.span.end.saturating_sub(1).max(scope.span.start));
        Scope {
            kind: scope.kind,
            name: scope.name.clone(),
            qualified: names.join("."),
            signature,
            span: scope.span.clone(),
            lines: (line(scope.span.start), last),
        }
    }

    fn line_of(&self, byte: usize) -> u32 {
        u32::try_from(self.line_starts.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX)
    }

    /// A range inside the text, on character boundaries, without white space at its ends.
    fn clean(&self, range: Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end.min(self.text.len())).max(start);
        let trimmed = guess::trimmed(&self.text, &(start..end));
        if trimmed.is_empty() { start..start } else { trimmed }
    }
}

/// The syntax tree of a text; `None` where it takes more steps than real code does.
pub(in crate::source) fn parsed(grammar: &Grammar, text: &str) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    let bytes = text.as_bytes();
    // The parser calls back every hundred steps: for real code, minified too, once in 118 bytes or more, for text
    // made to be ambiguous once in 8 to 28. Each such call took up to 0.3 ms.
    let mut calls_left = 2_000 + bytes.len() / 40;
    let mut watch = |_: &tree_sitter::ParseState| {
        calls_left = calls_left.saturating_sub(1);
        if calls_left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    parser.parse_with_options(
        &mut |at, _| bytes.get(at..).unwrap_or_default(),
        None,
        Some(ParseOptions::new().progress_callback(&mut watch)),
    )
}

/// Counts what could not be parsed, looking only where there is something.
fn errors(tree: &tree_sitter::Tree) -> usize {
    let mut cursor = tree.walk();
    let mut count = 0;
    loop {
        let node = cursor.node();
        count += usize::from(node.is_error() || node.is_missing());
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return count;
            }
        }
    }
}

#[cfg(test)]
mod tests;
