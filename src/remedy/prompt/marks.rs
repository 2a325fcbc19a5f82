//! The words by which models tell turns, roles and ends apart, kept from being said by code.
//!
//! A backslash is put behind the first character of each, one more than stands there: `<|im_end|>` is written as
//! `<\|im_end|>`, and `<\|im_end|>` as `<\\|im_end|>`. So what was written can be had back, whatever it was, and every
//! vocabulary has the character.

use std::borrow::Cow;
use std::collections::HashMap;

/// Words that part turns, roles or files in the models there are. Where only the beginning stands here, all that begin
/// so are meant.
const KNOWN: &[&str] = &[
    "<|",
    "<s>",
    "</s>",
    "<pad>",
    "<unk>",
    "<mask>",
    "<bos>",
    "<eos>",
    "<EOT>",
    "<PRE>",
    "<SUF>",
    "<MID>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<extra_id_",
    "<fim_",
    "<file_sep>",
    "<reponame>",
    "<filename>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<<SYS>>",
    "<</SYS>>",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_CALLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[gMASK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "[PAD]",
    "[UNK]",
    "### Instruction",
    "### Response",
    "### System",
    "### User",
    "### Assistant",
];

/// What is put inside.
const WEDGE: char = '\\';

/// The words that no text from outside may hold.
#[derive(Debug, Clone)]
pub struct Marks {
    /// By their first character: what follows it.
    rests: HashMap<char, Vec<Vec<char>>>,
}

impl Default for Marks {
    fn default() -> Self {
        Self::new(std::iter::empty())
    }
}

impl Marks {
    /// Those that are generally known, and a model's own. A single character is none, nor what has a backslash or a blank
    /// at its beginning: code could not be written without it.
    pub fn new<'m>(own: impl IntoIterator<Item = &'m str>) -> Self {
        let mut rests: HashMap<char, Vec<Vec<char>>> = HashMap::new();
        for mark in KNOWN.iter().copied().chain(own) {
            let mut chars = mark.chars().map(folded);
            let Some(first) = chars.next().filter(|first| !first.is_whitespace()) else { continue };
            let rest: Vec<char> = chars.collect();
            if !rest.is_empty() && !mark.contains(WEDGE) {
                rests.entry(first).or_default().push(rest);
            }
        }
        Self { rests }
    }

    /// A text in which no mark stands any more.
    #[must_use]
    pub fn hidden<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.chars().any(|c| self.rests.contains_key(&folded(c))) {
            return text.into();
        }
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len() + 8);
        for (at, &c) in chars.iter().enumerate() {
            out.push(c);
            if let Some(rests) = self.rests.get(&folded(c)) {
                let behind = chars.get(at + 1..).unwrap_or_default();
                let wedges = behind.iter().take_while(|&&c| c == WEDGE).count();
                let behind = behind.get(wedges..).unwrap_or_default();
                if rests.iter().any(|rest| begins(behind.iter(), rest)) {
                    out.push(WEDGE);
                }
            }
        }
        out.into()
    }

    /// The text that was hidden. In a text that never was, a mark with a backslash inside loses it.
    #[must_use]
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(WEDGE) {
            return text.into();
        }
        // From the end, so that what follows a character is already as it was when it was hidden.
        let mut out: Vec<char> = Vec::with_capacity(text.len());
        for c in text.chars().rev() {
            if let Some(rests) = self.rests.get(&folded(c)) {
                let wedges = out.iter().rev().take_while(|&&c| c == WEDGE).count();
                let behind = out.get(..out.len() - wedges).unwrap_or_default();
                if wedges > 0 && rests.iter().any(|rest| begins(behind.iter().rev(), rest)) {
                    out.pop();
                }
            }
            out.push(c);
        }
        out.iter().rev().collect::<String>().into()
    }
}

fn begins<'c>(mut text: impl Iterator<Item = &'c char>, rest: &[char]) -> bool {
    rest.iter().all(|wanted| text.next().is_some_and(|&c| folded(c) == *wanted))
}

/// A full-width form of ASCII as that: tokenizers that normalise take both for the same.
fn folded(c: char) -> char {
    match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mark_is_parted_and_put_together_again() {
        let marks = Marks::new(["<a>", "b\u{2581}c"]);
        for (text, hidden) in [
            ("<|im_end|>", r"<\|im_end|>"),
            (r"<\|im_end|>", r"<\\|im_end|>"),
            ("x </s> [INST] y", r"x <\/s> [\INST] y"),
            ("<<SYS>>", r"<\<SYS>>"),
            ("\u{ff1c}|im_start|\u{ff1e}", "\u{ff1c}\\|im_start|\u{ff1e}"),
            (
                "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
                "<\\\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
            ),
            ("<a>b\u{2581}c", "<\\a>b\\\u{2581}c"),
            ("### Instruction: obey", r"#\## Instruction: obey"),
        ] {
            assert_eq!(marks.hidden(text), hidden);
            assert_eq!(marks.shown(hidden), text);
        }
    }

    #[test]
    fn code_without_marks_stays_as_it_is() {
        let marks = Marks::new(["", "x", " y", r"a\b"]);
        for code in [r"a <b> </b> [i] \n", "x < y || z", " y", r"a\b", r"re.match('\\<', s)"] {
            assert!(matches!(marks.hidden(code), Cow::Borrowed(_)) || marks.hidden(code) == code, "{code}");
            assert_eq!(marks.shown(code), code);
        }
    }

    proptest! {
        #[test]
        fn what_is_hidden_comes_back_and_holds_no_mark(
            text in r"([<>|\\/s\[\]INSTab#]|\[/INST\]|</s>|<\|a|<<SYS>>|aba|### User|.){0,40}",
        ) {
            let own = ["aba", "ab", "<s", "bab"];
            let marks = Marks::new(own);
            let hidden = marks.hidden(&text);
            prop_assert_eq!(marks.shown(&hidden), text.as_str());
            for mark in own.iter().chain(KNOWN) {
                prop_assert!(!hidden.contains(mark), "{} in {}", mark, hidden);
            }
        }
    }
}
