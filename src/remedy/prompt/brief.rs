//! What a model is told of a case: plain pieces, as they came.

use std::ops::Range;

use crate::domain::{Claim, Cwe, Dependency, Step};
use crate::remedy::Subject;
use crate::source::{Language, Scope, ScopeKind};
use crate::text::LineIndex;

/// Lines before and after what is flagged, where it stands in no function.
const AROUND: u32 = 15;

/// A case as a prompt tells it. All texts are taken to be hostile.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The rule's id, as the tool wrote it.
    pub rule: String,
    /// The weaknesses, the most specific first.
    pub cwes: Vec<Cwe>,
    /// What the tools said.
    pub message: String,
    /// The language of the code.
    pub language: Language,
    /// The file, relative to the tree's root.
    pub path: String,
    /// The enclosing function as code names it; empty where there is none.
    pub scope: String,
    /// The enclosing function, or what stands around the flagged statement where there is none.
    pub code: Excerpt,
    /// What is flagged, in bytes of `code`.
    pub flagged: Range<usize>,
    /// The imports of the file.
    pub imports: Vec<Excerpt>,
    /// From source to sink.
    pub trace: Vec<TraceStep>,
    /// What is known of the package, where the case is about one.
    pub advisory: Option<Advisory>,
    /// Remedies of cases like it that were accepted, the likest first.
    pub examples: Vec<Example>,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    /// Its first line's number.
    pub line: u32,
    /// Whole lines.
    pub text: String,
}

/// A step of a data flow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceStep {
    /// The file.
    pub path: String,
    /// The line; 0 where unknown.
    pub line: u32,
    /// The code there; empty where unknown.
    pub code: String,
    /// What the tool says happens there.
    pub message: String,
}

/// What is known of a vulnerable package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advisory {
    /// Its id and its other names.
    pub names: Vec<String>,
    /// The package.
    pub package: String,
    /// The version in use.
    pub version: String,
    /// Versions that are not affected.
    pub fixed: Vec<String>,
    /// What it is about.
    pub summary: String,
}

/// A remedy that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Example {
    /// The rule of its case.
    pub rule: String,
    /// The code before.
    pub before: String,
    /// The code after.
    pub after: String,
}

impl Brief {
    /// What is told of a subject.
    #[must_use]
    pub fn of(subject: &Subject, examples: Vec<Example>) -> Self {
        let text = subject.file.text();
        let lines = LineIndex::new(text);
        let founder = subject.said.first();
        let claim = founder.map(|said| &said.claim);
        let scope =
            subject.outline.scope_at(subject.flagged.clone()).filter(|scope| scope.span == subject.scope);
        let (first, last) = match &scope {
            Some(scope) => scope.lines,
            None => {
                let first = lines.line_of(subject.scope.start);
                let last = lines.line_of(subject.scope.end.saturating_sub(1).max(subject.scope.start));
                (first.saturating_sub(AROUND).max(1), last.saturating_add(AROUND).min(lines.count()))
            }
        };
        let span = lines.span(first, last).unwrap_or_else(|| subject.scope.clone());
        let inside = |byte: usize| byte.clamp(span.start, span.end) - span.start;
        Self {
            rule: claim.map(|claim| claim.rule.clone()).unwrap_or_default(),
            cwes: subject.cwes.clone(),
            message: messages(subject),
            language: subject.file.language(),
            path: subject.file.path.clone(),
            scope: scope.filter(is_named).map(|scope| scope.qualified).unwrap_or_default(),
            flagged: inside(subject.flagged.start)..inside(subject.flagged.end),
            code: Excerpt { line: first, text: text.get(span).unwrap_or_default().to_owned() },
            imports: imports(subject, &lines),
            trace: trace(subject, &lines),
            advisory: claim.and_then(|claim| Some(Advisory::of(claim, claim.dependency.as_ref()?))),
            examples,
        }
    }
}

impl Advisory {
    fn of(claim: &Claim, dependency: &Dependency) -> Self {
        let names = std::iter::once(&claim.rule).chain(&dependency.aliases).cloned().collect();
        Self {
            names,
            package: dependency.name.clone(),
            version: dependency.version.clone(),
            fixed: dependency.fixed.clone(),
            summary: claim.title.clone(),
        }
    }
}

/// Whether a scope can be asked for by its name.
fn is_named(scope: &Scope) -> bool {
    !matches!(scope.kind, ScopeKind::Callback | ScopeKind::Module)
}

/// What each tool said, once.
fn messages(subject: &Subject) -> String {
    let mut told: Vec<&str> = Vec::new();
    let mut out = String::new();
    for said in &subject.said {
        let message =
            if said.claim.message.trim().is_empty() { &said.claim.title } else { &said.claim.message };
        let message = message.trim();
        if message.is_empty() || told.contains(&message) {
            continue;
        }
        told.push(message);
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        if subject.said.len() > 1 {
            out.push_str(&said.tool);
            out.push_str(": ");
        }
        out.push_str(message);
    }
    out
}

/// The imports, those that the code told anyway aside.
fn imports(subject: &Subject, lines: &LineIndex<'_>) -> Vec<Excerpt> {
    let outside =
        |range: &&Range<usize>| range.end <= subject.scope.start || range.start >= subject.scope.end;
    let excerpt = |range: &Range<usize>| {
        let text = subject.file.text().get(range.clone())?.to_owned();
        Some(Excerpt { line: lines.line_of(range.start), text })
    };
    subject.outline.imports().iter().filter(outside).filter_map(excerpt).collect()
}

/// The first data flow that a tool told.
fn trace(subject: &Subject, lines: &LineIndex<'_>) -> Vec<TraceStep> {
    let flows = subject.said.iter().flat_map(|said| &said.claim.traces);
    let step = |step: &Step| {
        let Step { place, message } = step;
        let here = (place.path == subject.file.path).then(|| lines.line(place.start.line)).flatten();
        let code = if place.snippet.trim().is_empty() { here.unwrap_or_default() } else { &place.snippet };
        TraceStep {
            path: place.path.clone(),
            line: place.start.line,
            code: code.trim().to_owned(),
            message: message.clone(),
        }
    };
    flows.max_by_key(|flow| flow.len() > 1).map(|flow| flow.iter().map(step).collect()).unwrap_or_default()
}
