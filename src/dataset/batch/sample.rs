//! The rows of a batch, and the code that they show.

use std::ops::Range;

use serde::Serialize;

use crate::dataset::Class;
use crate::dataset::reward::{Loss, Told, ToolScore};
use crate::domain::{Cwe, Kind, Opinion, Severity};
use crate::remedy::Subject;
use crate::source::{Language, Outline};
use crate::text::LineIndex;
use crate::text::diff::hunks;

/// Lines shown around what stands in no function.
const AROUND: u32 = 10;

/// What a label is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A case: the function around what is flagged.
    Case,
    /// A whole file in which tools looked and found nothing.
    File,
}

/// A rule that reported a sample.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuleOf {
    /// The tool.
    pub tool: String,
    /// The rule, as the tool writes it.
    pub rule: String,
    /// The tool's version.
    pub version: String,
}

/// Where a sample comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Provenance {
    /// The case, by its name.
    pub case: String,
    /// What reported it.
    pub rules: Vec<RuleOf>,
    /// Whose verdicts stand; by pseudonyms where no names were asked for.
    pub reviewers: Vec<String>,
    /// Whether it was drawn at random.
    pub random: bool,
    /// When it was decided last: RFC 3339.
    pub decided: String,
    /// The revision of the code.
    pub revision: String,
    /// The licence that the code stands under, as an SPDX expression; empty where that is not known.
    pub licence: String,
    /// Where the change comes from; empty for a label.
    pub origin: String,
    /// The model or tool that proposed it.
    pub by: String,
    /// What was checked of it.
    pub checks: Vec<Checked>,
}

/// A check of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub result: String,
}

/// A label as it leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelRow {
    /// The sample's name.
    pub id: String,
    /// What it is of.
    pub level: Level,
    /// The project.
    pub project: String,
    /// The file.
    pub path: String,
    /// The first line that is flagged; 0: the whole file.
    pub start_line: u32,
    /// The last.
    pub end_line: u32,
    /// The language of the file.
    pub language: String,
    /// What sort of thing it is about.
    pub kind: Kind,
    /// How bad it is if true.
    pub severity: Severity,
    /// The weaknesses.
    pub cwe: Vec<u16>,
    /// What it is.
    pub label: Class,
    /// The verdict that stands; null for a file.
    pub verdict: Option<Opinion>,
    /// What its file is, as far as that is decided.
    pub file_label: Option<Class>,
    /// What its project is.
    pub revision_label: Option<Class>,
    /// What became of its remedy: accepted, refused, or `failed` with the check.
    pub remedy: Option<String>,
    /// The code, without secrets; empty where it was not kept.
    pub code: String,
    /// How many secrets were masked in it.
    pub masked_secrets: u64,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `user` or `assistant`.
    pub role: &'static str,
    /// What is said.
    pub content: String,
}

/// Vulnerable code, and what somebody made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The sample's name.
    pub id: String,
    /// The case, by its number.
    pub case: u32,
    /// The file.
    pub path: String,
    /// The code before and after.
    pub code: Code,
    /// Whether a person wanted it.
    pub wanted: bool,
    /// The code after what a person made it of, where it is an edited remedy.
    pub edited_from: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A pair as it leaves, in one of three shapes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PairRow {
    /// To imitate.
    Sft {
        /// The sample's name.
        id: String,
        /// The two below, as a chat.
        messages: [Message; 2],
        /// What is asked.
        prompt: String,
        /// What is answered.
        completion: String,
        /// Where it comes from.
        provenance: Provenance,
    },
    /// To prefer.
    Dpo {
        /// The sample's name.
        id: String,
        /// What is asked.
        prompt: String,
        /// The answer that was wanted.
        chosen: String,
        /// The one that was not.
        rejected: String,
        /// Where it comes from.
        provenance: Provenance,
    },
    /// To want or not.
    Kto {
        /// The sample's name.
        id: String,
        /// What is asked.
        prompt: String,
        /// What is answered.
        completion: String,
        /// Whether it was wanted.
        label: bool,
        /// Where it comes from.
        provenance: Provenance,
    },
}

/// A change or a file with its reward, as it leaves.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RewardRow {
    /// The sample's name.
    pub id: String,
    /// What is scored: a `change`, or a `file` as it is.
    pub level: &'static str,
    /// The project.
    pub project: String,
    /// The file.
    pub path: String,
    /// Its language.
    pub language: String,
    /// What is asked for; empty for a file.
    pub prompt: String,
    /// What is answered; empty for a file.
    pub completion: String,
    /// The code that is scored, without secrets.
    pub code: String,
    /// Whether a person wanted the change; null where nobody said so.
    pub wanted: Option<bool>,
    /// The reward.
    pub reward: f64,
    /// What the tools say together.
    pub alarm: f64,
    /// What the change lost.
    pub loss: f64,
    /// What that is made of.
    pub lost: Loss,
    /// What is told by whom.
    pub told: Told,
    /// What each tool says, and what it does to the reward.
    pub tools: Vec<ToolScore>,
    /// How many secrets were masked in it.
    pub masked_secrets: u64,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A piece of code before a change and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The language.
    pub language: Language,
    /// Before.
    pub before: String,
    /// After; the same where nothing was changed.
    pub after: String,
}

/// The piece of a file that a change is about: the function around it, else a few lines. `None` where nothing differs.
#[must_use]
pub fn excerpt(path: &str, before: &str, after: &str) -> Option<Code> {
    let language = Language::detect(path, before);
    let hunks = hunks(before, after);
    let start = hunks.iter().map(|(old, _)| old.start).min()?;
    let end = hunks.iter().map(|(old, _)| old.end).max()?;
    let span = widened(before, language, start..end);
    let tail = before.len() - span.end;
    let new = span.start..after.len().checked_sub(tail)?;
    Some(Code { language, before: before.get(span)?.to_owned(), after: after.get(new)?.to_owned() })
}

impl Code {
    /// The function around some lines of a file, else a few lines around them.
    #[must_use]
    pub fn at(path: &str, text: &str, lines: (u32, u32)) -> Self {
        let language = Language::detect(path, text);
        let flagged = LineIndex::new(text).span(lines.0, lines.1.max(lines.0)).unwrap_or(0..0);
        let span = if lines.0 == 0 { 0..text.len() } else { widened(text, language, flagged) };
        let code = text.get(span).unwrap_or_default().to_owned();
        Self { language, after: code.clone(), before: code }
    }
}

/// Whole lines with the function around a range of a text, or with a few lines around it.
fn widened(text: &str, language: Language, range: Range<usize>) -> Range<usize> {
    let outline = Outline::of(language, text);
    // A change of a function's last line goes on to the line's break, where the function does not.
    let code = text.get(range.clone()).unwrap_or_default();
    let told = range.start + (code.len() - code.trim_start().len())..range.start + code.trim_end().len();
    let told = if told.start < told.end { told } else { range.clone() };
    let scope = Subject::scope_of(&outline, &told);
    let lines = outline.lines();
    let (mut first, mut last) =
        (lines.line_of(scope.start), lines.line_of(scope.end.max(scope.start + 1) - 1));
    if scope == told {
        first = first.saturating_sub(AROUND).max(1);
        last = last.saturating_add(AROUND).min(lines.count());
    }
    let start = lines.range_with_break(first).map_or(range.start, |line| line.start.min(range.start));
    let end = lines.range_with_break(last).map_or(range.end, |line| line.end.max(range.end));
    start..end
}

/// What is asked for a piece of vulnerable code.
#[must_use]
pub fn prompt(path: &str, cwes: &[Cwe], code: &Code) -> String {
    let weaknesses: Vec<String> = cwes
        .iter()
        .map(|cwe| cwe.short_name().map_or_else(|| cwe.to_string(), |name| format!("{cwe} ({name})")))
        .collect();
    let weakness = match weaknesses.as_slice() {
        [] => "a weakness".to_owned(),
        [one] => format!("the weakness {one}"),
        several => format!("the weaknesses {}", several.join(", ")),
    };
    format!(
        "The following code from `{path}` has {weakness}. Rewrite it so that the weakness is gone and everything else \
         stays as it is. Answer with all of it in one fenced block.\n\n{}",
        fenced(code.language, &code.before)
    )
}

/// Code between fences that are longer than any in it.
fn fenced(language: Language, code: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for byte in code.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    let end = if code.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{}\n{code}{end}{fence}\n", language.name())
}

impl Pair {
    fn prompt(&self, cwes: &[Cwe]) -> String {
        prompt(&self.path, cwes, &self.code)
    }

    fn answer(&self) -> String {
        fenced(self.code.language, &self.code.after)
    }

    /// What is asked, and what is answered.
    #[must_use]
    pub fn asked(&self, cwes: &[Cwe]) -> (String, String) {
        (self.prompt(cwes), self.answer())
    }

    /// As a sample to imitate; `None` where nobody wanted it.
    #[must_use]
    pub fn to_imitate(&self, cwes: &[Cwe]) -> Option<PairRow> {
        let (prompt, completion) = (self.prompt(cwes), self.answer());
        let messages = [
            Message { role: "user", content: prompt.clone() },
            Message { role: "assistant", content: completion.clone() },
        ];
        let row = PairRow::Sft {
            id: self.id.clone(),
            messages,
            prompt,
            completion,
            provenance: self.provenance.clone(),
        };
        self.wanted.then_some(row)
    }

    /// As a preference: of what a person edited over what it was made of, else over another answer to the same, else over the
    /// code as it was; `None` where nobody wanted it.
    #[must_use]
    pub fn over(&self, cwes: &[Cwe], other: Option<&Self>) -> Option<PairRow> {
        let same = other.filter(|other| other.code.before == self.code.before);
        let rejected = match (&self.edited_from, same) {
            (Some(original), _) => fenced(self.code.language, original),
            (None, Some(other)) => other.answer(),
            (None, None) => fenced(self.code.language, &self.code.before),
        };
        let row = PairRow::Dpo {
            id: self.id.clone(),
            prompt: self.prompt(cwes),
            chosen: self.answer(),
            rejected,
            provenance: self.provenance.clone(),
        };
        self.wanted.then_some(row)
    }

    /// As an answer that was wanted or not.
    #[must_use]
    pub fn alone(&self, cwes: &[Cwe]) -> PairRow {
        PairRow::Kto {
            id: self.id.clone(),
            prompt: self.prompt(cwes),
            completion: self.answer(),
            label: self.wanted,
            provenance: self.provenance.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "import db\n\n\ndef other():\n    return 1\n\n\ndef find(name):\n    q = 'SELECT ' + name\n    return db.run(q)\n\n\nLAST = 1\n";

    #[test]
    fn a_change_is_shown_with_the_function_around_it_and_nothing_else() {
        let after = FILE.replace("'SELECT ' + name", "'SELECT ?'").replace("db.run(q)", "db.run(q, name)");
        let code = excerpt("a.py", FILE, &after).unwrap();
        assert!(code.before.starts_with("def find(name):") && code.before.ends_with("return db.run(q)\n"));
        assert_eq!(code.after, "def find(name):\n    q = 'SELECT ?'\n    return db.run(q, name)\n");
        assert_eq!(excerpt("a.py", FILE, FILE), None);
        // What stands in no function comes with the lines around it.
        let after = FILE.replace("LAST = 1", "LAST = 2\nMORE = 3");
        let code = excerpt("a.py", FILE, &after).unwrap();
        assert!(code.before.ends_with("LAST = 1\n") && code.after.ends_with("LAST = 2\nMORE = 3\n"));
        assert_eq!(code.before.replace("LAST = 1\n", ""), code.after.replace("LAST = 2\nMORE = 3\n", ""));
    }

    #[test]
    fn flagged_lines_are_shown_with_their_function() {
        assert!(Code::at("a.py", FILE, (9, 9)).before.starts_with("def find(name):"));
        assert_eq!(Code::at("a.py", FILE, (0, 0)).before, FILE);
        assert_eq!(Code::at("a.py", "", (7, 9)).before, "");
    }

    #[test]
    fn a_pair_is_told_in_three_shapes_and_only_what_was_wanted_is_imitated() {
        let code = |after: &str| Code {
            language: Language::Python,
            before: "a = eval(b)\n".into(),
            after: after.into(),
        };
        let pair = |after: &str, wanted| Pair {
            id: "1".into(),
            case: 1,
            path: "a.py".into(),
            code: code(after),
            wanted,
            edited_from: None,
            provenance: Provenance::default(),
        };
        let (good, bad) = (pair("a = int(b)\n", true), pair("a = b\n", false));
        let cwes = [Cwe(95)];
        assert_eq!((bad.to_imitate(&cwes), bad.over(&cwes, None)), (None, None));
        let Some(PairRow::Sft { messages, prompt, completion, .. }) = good.to_imitate(&cwes) else {
            panic!()
        };
        assert!(prompt.contains("CWE-95") && prompt.ends_with("```python\na = eval(b)\n```\n"), "{prompt}");
        assert_eq!(completion, "```python\na = int(b)\n```\n");
        assert_eq!((&messages[0].content, &messages[1].content), (&prompt, &completion));
        let rejected = |other| match good.over(&cwes, other) {
            Some(PairRow::Dpo { rejected, .. }) => rejected,
            other => panic!("{other:?}"),
        };
        assert_eq!(rejected(Some(&bad)), "```python\na = b\n```\n");
        assert_eq!(rejected(None), "```python\na = eval(b)\n```\n");
        let edited = Pair { edited_from: Some("a = int(b) or eval(b)\n".into()), ..good.clone() };
        let Some(PairRow::Dpo { rejected, .. }) = edited.over(&cwes, Some(&bad)) else { panic!() };
        assert_eq!(rejected, "```python\na = int(b) or eval(b)\n```\n", "before all others");
        assert!(matches!(bad.alone(&cwes), PairRow::Kto { label: false, .. }));
        assert!(fenced(Language::Python, "x = '```'").starts_with("````python\n"));
    }
}
