//! Owns what a model is asked: from a brief of a case to the messages of a prompt that fits its context.
//!
//! Never asks a model and never reads a file but templates. All of a brief is hostile: code, messages and names were
//! written by whoever wants the answer to be theirs.
//!
//! Invariants: what comes from outside stands in a block, line or pair of backticks that it cannot end, and holds no
//! word by which a model tells turns apart; what is flagged is always there, however much had to be left out, or there is
//! no prompt; what was put inside of an answer's code can be taken out again.

mod brief;
mod edit;
mod fit;
mod marks;
mod quote;
mod recall;
mod template;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::PathBuf;

use serde::Serialize;

pub use brief::{Advisory, Brief, Example, Excerpt, TraceStep};
pub(super) use edit::HEAD as EDIT_HEAD;
pub use marks::Marks;
pub use recall::{ByTokens, Likeness, MOST_EXAMPLES, Precedent, recall};
pub use template::Templates;

use fit::Cut;

/// Why there is no prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// A template cannot be used.
    #[error("{}{}: {why}", place.display(), at_line(*line))]
    Template {
        /// The file, or the name of a shipped one.
        place: PathBuf,
        /// The line; 0 where it is not about one.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A folder of templates without any.
    #[error("there is neither `system.jinja` nor `user.jinja` in {}", .0.display())]
    NoTemplate(PathBuf),
    /// The flagged code alone is too much.
    #[error(
        "the flagged code takes {needed} tokens and the model reads {most}: use a model with a longer context"
    )]
    TooLong {
        /// What the shortest prompt takes.
        needed: usize,
        /// What there is room for.
        most: usize,
    },
}

fn at_line(line: usize) -> String {
    if line == 0 { String::new() } else { format!(", line {line}") }
}

/// How long a prompt may be.
#[derive(Clone, Copy)]
pub struct Room<'m> {
    /// The most that it may measure.
    pub most: usize,
    /// What a text measures: its tokens.
    pub measure: &'m dyn Fn(&str) -> usize,
}

impl std::fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("most", &self.most).finish_non_exhaustive()
    }
}

/// What of a brief is not in its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LeftOut {
    /// Examples.
    pub examples: usize,
    /// Imports.
    pub imports: usize,
    /// Steps of the trace.
    pub steps: usize,
    /// Lines of the code.
    pub lines: usize,
    /// Whether the end of the message is missing.
    pub message: bool,
    /// Whether parts of lines are missing.
    pub parts_of_lines: bool,
}

/// The messages that a model is sent.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Who it is and what it is to make of the other message.
    pub system: String,
    /// The case.
    pub user: String,
    /// What there was no room for.
    pub left_out: LeftOut,
    /// The words that were parted.
    marks: Marks,
    /// The numbers that lines of code were told with.
    told: Range<u32>,
    /// Whether an answer is one of the `edit` format, whose lines are counted from the excerpt's first.
    by_lines: bool,
}

/// How much longer repaired code may be for its numbers to be known as such.
const GROWTH: u32 = 200;

impl Prompt {
    /// The prompt for a brief.
    ///
    /// # Errors
    /// When a template fails, or what is flagged does not fit.
    pub fn new(
        brief: &Brief,
        templates: &Templates,
        marks: &Marks,
        room: Room<'_>,
    ) -> Result<Self, PromptError> {
        fit::fitting(brief, room, &|cut| Self::cut(brief, templates, marks, cut))
    }

    /// The prompt of the `edit` format for a brief: no words, the numbered lines alone. It is what the system message of a
    /// model that knows no turns would stand before, and that is empty.
    ///
    /// # Errors
    /// When what is flagged does not fit.
    pub fn by_lines(brief: &Brief, marks: &Marks, room: Room<'_>) -> Result<Self, PromptError> {
        let (user, left_out, told) = edit::prompt(brief, marks, room)?;
        Ok(Self { system: String::new(), user, left_out, marks: marks.clone(), told, by_lines: true })
    }

    /// An answer as it was meant: words that were parted in the prompt are whole again, and numbers that were copied
    /// before lines of code are gone.
    #[must_use]
    pub fn answer(&self, text: &str) -> String {
        if self.by_lines {
            return edit::of_file(&self.marks.shown(text), &self.told);
        }
        quote::without_numbers(&self.marks.shown(text), &self.told)
    }

    /// Both messages as one, for a model that knows no turns.
    #[must_use]
    pub fn flat(&self) -> String {
        if self.by_lines {
            return self.user.clone();
        }
        format!("{}\n\n{}\n", self.system, self.user)
    }

    fn cut(brief: &Brief, templates: &Templates, marks: &Marks, cut: &Cut) -> Result<Self, PromptError> {
        let language = brief.language.name();
        let Excerpt { line, text } = &brief.code;
        let block = quote::code(text, *line, &fit::flagged(brief), cut.window, language, marks);
        let words = |text: &str| quote::words(text, NAME, marks);
        let steps = fit::steps(&brief.trace, cut.steps);
        let left_out = LeftOut {
            examples: brief.examples.len() - cut.examples.min(brief.examples.len()),
            imports: brief.imports.len() - cut.imports.min(brief.imports.len()),
            steps: steps.iter().map(|(_, missing)| missing).sum(),
            lines: block.lines_left_out,
            message: brief.message.trim().chars().nth(cut.message).is_some(),
            parts_of_lines: block.has_cut_lines,
        };
        let is_whole = !brief.scope.is_empty() && block.lines_left_out == 0 && !block.has_cut_lines;
        let told = Words {
            rule: words(&brief.rule),
            weaknesses: brief.cwes.iter().map(weakness).collect(),
            language,
            path: words(&brief.path),
            scope: words(&brief.scope),
            message: quote::prose(&brief.message, cut.message, marks),
            advisory: brief.advisory.as_ref().map(|advisory| AdvisoryWords {
                names: advisory.names.iter().take(MOST_NAMES).map(|name| words(name)).collect(),
                package: words(&advisory.package),
                version: words(&advisory.version),
                fixed: advisory.fixed.iter().take(MOST_NAMES).map(|version| words(version)).collect(),
                summary: quote::words(&advisory.summary, cut.message, marks),
            }),
            trace: steps.iter().map(|(step, missing)| step_words(*step, *missing, marks)).collect(),
            imports: imports(brief.imports.get(..cut.imports).unwrap_or(&brief.imports), language, marks),
            examples: brief.examples.iter().take(cut.examples).map(|it| example(it, marks)).collect(),
            code: block.text,
            is_whole,
            has_marks: false,
        };
        let (mut system, user) = templates.render(&told)?;
        // Told only where there is such a word, which is known only now.
        if marks.shown(&user) != user {
            (system, _) = templates.render(&Words { has_marks: true, ..told })?;
        }
        let last = line.saturating_add(u32::try_from(text.lines().count()).unwrap_or(u32::MAX));
        let marks = marks.clone();
        Ok(Self { system, user, left_out, marks, told: *line..last.saturating_add(GROWTH), by_lines: false })
    }
}

/// The most characters of a name, and of a line of a trace.
const NAME: usize = 200;

/// The most names or versions that are told.
const MOST_NAMES: usize = 12;

/// What a template is given. Every text in it is safe wherever the template puts it.
#[derive(Debug, Serialize)]
struct Words {
    rule: String,
    weaknesses: Vec<String>,
    language: &'static str,
    path: String,
    scope: String,
    message: String,
    advisory: Option<AdvisoryWords>,
    trace: Vec<StepWords>,
    imports: String,
    examples: Vec<ExampleWords>,
    code: String,
    is_whole: bool,
    has_marks: bool,
}

#[derive(Debug, Serialize)]
struct AdvisoryWords {
    names: Vec<String>,
    package: String,
    version: String,
    fixed: Vec<String>,
    summary: String,
}

#[derive(Debug, Default, Serialize)]
struct StepWords {
    place: String,
    code: String,
    message: String,
    /// Steps that are missing here; 0: this is one.
    left_out: usize,
}

#[derive(Debug, Serialize)]
struct ExampleWords {
    rule: String,
    diff: String,
}

fn weakness(cwe: &crate::domain::Cwe) -> String {
    cwe.short_name().map_or_else(|| cwe.to_string(), |name| format!("{cwe}, {name}"))
}

fn step_words(step: Option<&TraceStep>, left_out: usize, marks: &Marks) -> StepWords {
    let Some(step) = step else { return StepWords { left_out, ..StepWords::default() } };
    let place = if step.line == 0 { step.path.clone() } else { format!("{}:{}", step.path, step.line) };
    StepWords {
        place: quote::words(&place, NAME, marks),
        code: quote::words(&step.code, NAME, marks),
        message: quote::words(&step.message, NAME, marks),
        left_out,
    }
}

fn imports(imports: &[Excerpt], language: &str, marks: &Marks) -> String {
    if imports.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for import in imports {
        text.push_str(import.text.trim_end());
        text.push('\n');
    }
    quote::lines(&text, "| ", language, marks)
}

/// An accepted remedy as a difference, whose signs stand before each of its lines.
fn example(example: &Example, marks: &Marks) -> ExampleWords {
    // The difference knows one kind of line end alone.
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let diff = crate::text::unified(&plain(&example.before), &plain(&example.after), "before", "after");
    // The two lines of names say nothing here.
    let body = diff.splitn(3, '\n').nth(2).unwrap_or_default();
    ExampleWords {
        rule: quote::words(&example.rule, NAME, marks),
        diff: quote::lines(body, "", "diff", marks),
    }
}
