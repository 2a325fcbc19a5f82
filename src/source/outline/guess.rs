//! Owns a rough outline of a text without a grammar, from its lines and brackets.
//!
//! A statement is a line, with the lines that its round or square brackets, or a backslash at its end, take in. A
//! scope is a block in braces whose head has a keyword such as `fn` or looks like `name(…)`.

use std::ops::Range;

use super::regions::Regions;
use super::{RawScope, ScopeKind};
use crate::source::Language;
use crate::text::{LineIndex, tokens};

/// No statement takes in more lines than this: an unclosed bracket must not make the rest of the file one.
const LONGEST_STATEMENT: u32 = 200;

pub(super) fn outline(language: Language, text: &str) -> (Regions, Vec<RawScope>) {
    (statements(language, text), scopes(language, text))
}

fn statements(language: Language, text: &str) -> Regions {
    let mut regions = Regions::new(text.len());
    let index = LineIndex::new(text);
    let mut marks = tokens(text, language.family()).peekable();
    let (mut open, mut from, mut first, mut depth) = (None::<usize>, 0, 1, 0_u32);
    for line in 1..=index.count() {
        let Some(range) = index.range(line) else { break };
        let trimmed = trimmed(text, &range);
        if open.is_none() {
            (from, first, depth) = (trimmed.start, line, 0);
        }
        while let Some(token) = marks.next_if(|token| token.start < range.end) {
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let goes_on = depth > 0 || text.get(trimmed.clone()).is_some_and(|line| line.ends_with('\\'));
        open = (goes_on && line - first < LONGEST_STATEMENT).then_some(from);
        if open.is_none() && (trimmed.end > from) {
            regions.add(0, from..trimmed.end);
        }
    }
    if open.is_some() && from < text.len() {
        regions.add(0, from..trimmed(text, &(from..text.len())).end);
    }
    regions
}

fn scopes(language: Language, text: &str) -> Vec<RawScope> {
    let mut scopes: Vec<RawScope> = Vec::new();
    // For each open brace the scope it opened, if it did.
    let mut braces: Vec<Option<usize>> = Vec::new();
    let mut head = 0;
    for token in tokens(text, language.family()) {
        match token.text {
            "{" => {
                let parent = braces.iter().rev().find_map(|scope| *scope);
                // `;` is no token: a head begins behind the last one.
                let before = text.get(head..token.start).unwrap_or_default();
                let head_start = head + before.rfind(';').map_or(0, |at| at + 1);
                let range = trimmed(text, &(head_start..token.start));
                let scope = text.get(range.clone()).and_then(named).map(|(kind, name)| RawScope {
                    kind,
                    name,
                    span: range.start..text.len(),
                    signature: range,
                    parent,
                    in_name: true,
                });
                braces.push(scope.map(|scope| {
                    scopes.push(scope);
                    scopes.len() - 1
                }));
                head = token.end();
            }
            "}" => {
                if let Some(scope) = braces.pop().flatten().and_then(|scope| scopes.get_mut(scope)) {
                    scope.span.end = token.end();
                }
                head = token.end();
            }
            _ => {}
        }
    }
    scopes
}

/// The kind and name that a block's head gives it.
fn named(head: &str) -> Option<(ScopeKind, String)> {
    let head = head.get(head.ceil_char_boundary(head.len().saturating_sub(400))..)?;
    let words =
        || head.split(|c: char| c.is_whitespace() || "(<:{".contains(c)).filter(|word| !word.is_empty());
    for (at, word) in words().enumerate() {
        let kind = match word {
            "fn" | "func" | "fun" | "function" | "def" | "sub" | "proc" => ScopeKind::Function,
            "class" | "interface" | "struct" | "enum" | "trait" | "impl" | "object" | "contract"
            | "protocol" | "extension" => ScopeKind::Class,
            "module" | "namespace" | "mod" | "resource" | "data" | "provider" | "variable" | "output" => {
                ScopeKind::Module
            }
            _ => continue,
        };
        // Terraform: `resource "aws_s3_bucket" "logs"`.
        let labels: Vec<&str> = head.split('"').skip(1).step_by(2).take(2).collect();
        if kind == ScopeKind::Module && !labels.is_empty() {
            return Some((kind, format!("{word}.{}", labels.join("."))));
        }
        let name = words().nth(at + 1)?;
        let name = if word == "impl" {
            words().skip_while(|word| *word != "for").nth(1).unwrap_or(name)
        } else {
            name
        };
        return Some((kind, name.chars().take(120).collect()));
    }
    let before =
        head.lines().last()?.split('(').next().filter(|before| before.len() < head.len())?.trim_end();
    let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    let control = matches!(
        name,
        "" | "if"
            | "for"
            | "while"
            | "switch"
            | "catch"
            | "match"
            | "when"
            | "elif"
            | "elsif"
            | "foreach"
            | "until"
            | "guard"
            | "return"
    );
    (!control).then(|| (ScopeKind::Function, name.to_owned()))
}

/// A range without the white space at its ends.
pub(super) fn trimmed(text: &str, range: &Range<usize>) -> Range<usize> {
    let inner = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (inner.len() - inner.trim_start().len());
    start..(start + inner.trim().len())
}
