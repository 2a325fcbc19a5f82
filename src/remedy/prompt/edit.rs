//! The `edit` format: a small model is told the numbered lines of a function and hardly a word, and answers by lines.
//!
//! `examples/finetune/prompt.py` writes the same bytes and `tests/formats/edit.json` holds both to it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::marks::Marks;
use super::quote::put_line;
use super::{Brief, Excerpt, LeftOut, PromptError, Room, fit};
use crate::text::LineIndex;

/// How many lines are told on each side of what is flagged: the first that fits.
const WINDOWS: [usize; 10] = [40, 30, 24, 18, 12, 8, 5, 3, 1, 0];

/// A longer excerpt is never told whole.
const MOST_LINES: usize = 60;

const MOST_IMPORTS: usize = 12;

const MOST_RULE: usize = 48;

/// What parts an answer of this format from others, once its lines are those of the file.
pub(in crate::remedy) const HEAD: &str = "edit";

/// Words of imports that say nothing of what is imported.
const EMPTY_WORDS: [&str; 22] = [
    "import", "from", "as", "require", "const", "var", "let", "include", "package", "static", "com", "org",
    "java", "javax", "net", "use", "using", "type", "github", "golang", "io", "",
];

/// The prompt, what it leaves out, and the numbers in the file of the excerpt's lines.
pub(super) fn prompt(
    brief: &Brief,
    marks: &Marks,
    room: Room<'_>,
) -> Result<(String, LeftOut, Range<u32>), PromptError> {
    let lines = Lines::of(brief);
    let cwe = brief.cwes.first().map_or_else(|| "-".to_owned(), ToString::to_string);
    let head = format!("{} {cwe} {}\n", brief.language.name(), rule(&brief.rule));
    let whole = (lines.all.len() <= MOST_LINES).then_some(usize::MAX);
    let mut needed = usize::MAX;
    for window in whole.into_iter().chain(WINDOWS) {
        let (code, told) = lines.excerpt(window, marks);
        let imports = imports(brief, &told);
        for kept in [imports.as_slice(), &[]] {
            let mut text = head.clone();
            for import in kept {
                put_line(&mut text, "|", bare(import), marks);
            }
            text.push_str(&code);
            needed = (room.measure)(&text);
            if needed <= room.most {
                let left_out = LeftOut {
                    imports: imports.len() - kept.len(),
                    lines: lines.all.len() - told.len(),
                    ..LeftOut::default()
                };
                let first = brief.code.line;
                let count = u32::try_from(lines.all.len()).unwrap_or(u32::MAX);
                return Ok((text, left_out, first..first.saturating_add(count)));
            }
        }
    }
    Err(PromptError::TooLong { needed, most: room.most })
}

/// An answer with the numbers that its lines have in the file, behind a line that says so.
pub(super) fn of_file(answer: &str, told: &Range<u32>) -> String {
    let mut out = format!("{HEAD}\n");
    for line in answer.lines() {
        match line.split_at_checked(1) {
            Some((sign @ ("@" | "<" | "!"), numbers)) => {
                out.push_str(sign);
                for (at, number) in numbers.split('-').enumerate() {
                    if at > 0 {
                        out.push('-');
                    }
                    out.push_str(&in_file(number, told).to_string());
                }
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The number in the file of a line of the excerpt; 0 where it has none. What comes before the line behind the last is
/// meant as well.
fn in_file(number: &str, told: &Range<u32>) -> u32 {
    let number = number.parse().ok().and_then(|number: u32| number.checked_sub(1));
    number.and_then(|number| told.start.checked_add(number)).filter(|line| *line <= told.end).unwrap_or(0)
}

/// The excerpt's lines and which of them are flagged, counted from 0.
struct Lines<'b> {
    all: Vec<&'b str>,
    flagged: Range<usize>,
}

impl<'b> Lines<'b> {
    fn of(brief: &'b Brief) -> Self {
        let Excerpt { text, .. } = &brief.code;
        let index = LineIndex::new(text);
        let mut all: Vec<&str> = (1..=index.count()).filter_map(|line| index.line(line)).collect();
        if all.len() > 1 && all.last().is_some_and(|line| line.is_empty()) {
            all.pop();
        }
        let flagged = fit::flagged(brief);
        let at = |byte: usize| (index.line_of(byte) as usize).saturating_sub(1);
        let last = at(flagged.end.saturating_sub(1).max(flagged.start)).min(all.len().saturating_sub(1));
        Self { all, flagged: at(flagged.start).min(last)..last + 1 }
    }

    /// What is told of them, and the told lines as they are.
    fn excerpt(&self, window: usize, marks: &Marks) -> (String, Vec<&'b str>) {
        let near = self.flagged.start.saturating_sub(window)..self.flagged.end.saturating_add(window);
        let mut out = String::new();
        let mut told = Vec::new();
        let mut is_gap = false;
        for (at, line) in self.all.iter().enumerate() {
            let is_head = at == 0 && window > 0;
            if !near.contains(&at) && !is_head {
                is_gap = true;
                continue;
            }
            if is_gap {
                out.push_str("..\n");
                is_gap = false;
            }
            let sign = if self.flagged.contains(&at) { '>' } else { '|' };
            put_line(&mut out, &format!("{}{sign}", at + 1), bare(line), marks);
            told.push(*line);
        }
        if is_gap {
            out.push_str("..\n");
        }
        (out, told)
    }
}

/// A line without the blanks at its end.
fn bare(line: &str) -> &str {
    line.trim_end_matches([' ', '\t'])
}

/// The lines of imports that have a word in common with the code that is told.
fn imports<'b>(brief: &'b Brief, told: &[&str]) -> Vec<&'b str> {
    let wanted: BTreeSet<&str> = told.iter().flat_map(|line| words(line)).collect();
    let lines = brief.imports.iter().flat_map(|import| import.text.lines());
    lines.filter(|line| words(line).any(|word| wanted.contains(word))).take(MOST_IMPORTS).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.len() > 1 && !EMPTY_WORDS.contains(word))
}

/// The last part of a rule's name, in letters, digits, `-` and `_`.
fn rule(rule: &str) -> String {
    let last = rule.split(['.', '/', ':']).rfind(|part| !part.is_empty()).unwrap_or("-");
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    last.chars().take(MOST_RULE).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::Cwe;
    use crate::remedy::answer;
    use crate::remedy::prompt::Prompt;
    use crate::remedy::testing::subject;
    use crate::source::Language;

    #[derive(Deserialize)]
    struct Agreed {
        prompts: Vec<Told>,
        answers: Vec<Read>,
    }

    #[derive(Deserialize)]
    struct Told {
        language: String,
        cwes: Vec<u16>,
        rule: String,
        imports: Vec<String>,
        code: String,
        line: u32,
        flagged: String,
        most: usize,
        prompt: Option<String>,
    }

    #[derive(Deserialize)]
    struct Read {
        code: String,
        answer: String,
        after: Option<String>,
    }

    fn agreed() -> Agreed {
        serde_json::from_str(include_str!("../../../tests/formats/edit.json")).unwrap()
    }

    fn brief(told: &Told) -> Brief {
        let at = told.code.find(&told.flagged).unwrap();
        Brief {
            rule: told.rule.clone(),
            cwes: told.cwes.iter().map(|number| Cwe(*number)).collect(),
            message: "ignored".into(),
            language: Language::from_name(&told.language).unwrap(),
            path: "a".into(),
            scope: "f".into(),
            code: Excerpt { line: told.line, text: told.code.clone() },
            flagged: at..at + told.flagged.len(),
            imports: told.imports.iter().map(|text| Excerpt { line: 1, text: text.clone() }).collect(),
            trace: Vec::new(),
            advisory: None,
            examples: Vec::new(),
        }
    }

    #[test]
    fn a_prompt_by_lines_is_the_one_that_the_recipe_trains_on() {
        let measure = |text: &str| text.chars().count();
        let agreed = agreed();
        assert!(agreed.prompts.iter().any(|told| told.prompt.is_none()));
        for told in &agreed.prompts {
            let room = Room { most: told.most, measure: &measure };
            let made = Prompt::by_lines(&brief(told), &Marks::default(), room);
            match (&told.prompt, made) {
                (Some(prompt), Ok(made)) => assert_eq!((&made.flat(), &made.user), (prompt, prompt)),
                (None, Err(PromptError::TooLong { needed, most })) => assert!(needed > most),
                (expected, made) => panic!("{expected:?}: {made:?}"),
            }
        }
    }

    #[test]
    fn an_answer_by_lines_means_what_it_means_to_the_recipe() {
        let measure = |text: &str| text.len();
        for read in agreed().answers {
            let file = format!("class Users:\n{}", read.code);
            let subject = subject("a.py", &file, "cur.execute(f");
            let room = Room { most: 10_000, measure: &measure };
            let prompt = Prompt::by_lines(&Brief::of(&subject, Vec::new()), &Marks::default(), room).unwrap();
            let made = answer::edits(&subject, &prompt.answer(&read.answer), Default::default());
            let made = match made {
                Ok(edits) => Some(edits[0].apply(subject.file.text()).unwrap()),
                Err((crate::remedy::Fault::Nothing, _)) => Some(file),
                Err(_) => None,
            };
            let expected = read.after.map(|after| format!("class Users:\n{after}"));
            assert_eq!(made, expected, "{}", read.answer);
        }
    }

    #[test]
    fn a_word_that_parts_turns_is_put_together_again_in_an_answer() {
        let subject = subject("a.py", "def f(x):\n    run('</s>', x)\n", "run(");
        let measure = |text: &str| text.len();
        let room = Room { most: 10_000, measure: &measure };
        let prompt = Prompt::by_lines(&Brief::of(&subject, Vec::new()), &Marks::default(), room).unwrap();
        assert!(prompt.user.contains(r"<\/s>"), "{}", prompt.user);
        assert_eq!(
            prompt.answer("@2\n-run('<\\/s>'\n+safe('<\\/s>'\n"),
            "edit\n@2\n-run('</s>'\n+safe('</s>'\n"
        );
    }
}
