//! Owns which kinds of sanitisers a piece of code calls, by the names in the shipped table.
//!
//! Never follows a value: that a scope calls `int()` does not say of what. Two scopes are held beside each other, no
//! claim is judged by it. What stands in comments and strings is no call.

use super::Outline;
use crate::domain::{Sanitiser, Sanitisers};
use crate::text::{Family, LineIndex, tokens};

/// Lines before and behind what is flagged that count as its scope, where it stands in no function.
const AROUND: u32 = 8;

/// The kinds that the scope around some lines calls: its innermost function or class, else the lines near.
#[must_use]
pub fn around(outline: &Outline, (first, last): (u32, u32)) -> Sanitisers {
    let lines = LineIndex::new(outline.text());
    let count = lines.count().max(1);
    let (first, last) = (first.clamp(1, count), last.clamp(1, count));
    let scope = lines.span(first, last.max(first)).and_then(|range| outline.scope_at(range));
    let span = scope
        .map(|scope| scope.span)
        .or_else(|| lines.span(first.saturating_sub(AROUND).max(1), last.saturating_add(AROUND).min(count)));
    let code = span.and_then(|span| outline.text().get(span)).unwrap_or_default();
    called(code, outline.language().family())
}

/// The kinds that a piece of code calls.
#[must_use]
pub fn called(code: &str, family: Family) -> Sanitisers {
    let mut found = Sanitisers::default();
    // The last word, and the one that it was called on.
    let (mut word, mut owner) = ("", "");
    let mut joined = false;
    for token in tokens(code, family) {
        if token.is_word() {
            found.extend(Sanitiser::of_word(token.text));
            owner = if joined { word } else { "" };
            word = token.text;
            joined = false;
        } else if token.text == "(" {
            if !word.is_empty() {
                found.extend(Sanitiser::of_call(word, owner));
            }
            (word, owner, joined) = ("", "", false);
        } else if matches!(token.text, "." | ":" | "-" | ">" | "?") {
            // `a.b`, `a::b`, `a->b`, `a?.b`
            joined = !word.is_empty();
        } else {
            (word, owner, joined) = ("", "", false);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;

    #[test]
    fn calls_are_found_in_code_and_nowhere_else() {
        for (family, code, kinds) in [
            (Family::Hash, "return html.escape(name)", "escape"),
            (Family::Hash, "# escape(name)\nx = 'escape(name)'", "none"),
            (Family::Hash, "yaml.load(f, Loader=SafeLoader)", "parser"),
            (Family::Hash, "price = stock.quote(name)", "none"),
            (Family::Hash, "subprocess.run(shlex.quote(x)); n = int(y)", "escape, number"),
            (Family::Slashes, "Integer.parseInt(s) + conn->prepareStatement(q)", "parameterise, number"),
            (Family::Slashes, "path::resolve(p); promise.resolve(p)", "path"),
            (Family::Slashes, "int x; (void) escape;", "none"),
            (Family::Slashes, "if (x) { (y) }", "none"),
        ] {
            assert_eq!(called(code, family).to_string(), kinds, "{code}");
        }
    }

    #[test]
    fn the_scope_is_the_innermost_function_or_the_lines_near() {
        let text = "import html\n\ndef safe(name):\n    return html.escape(name)\n\ndef bare(name):\n    return name\n";
        let outline = Outline::of(Language::detect("a.py", text), text);
        assert_eq!(around(&outline, (4, 4)).to_string(), "escape");
        assert_eq!(around(&outline, (7, 7)).to_string(), "none", "another function's");
        assert_eq!(around(&outline, (1, 1)).to_string(), "escape", "in none: the lines near");
        assert_eq!(around(&outline, (900, 0)), around(&outline, (8, 8)), "a line past the end is the last");
    }
}
