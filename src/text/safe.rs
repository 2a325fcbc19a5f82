//! Owns the form of a text that a terminal can be shown: what a scanner or a repository wrote must not move the
//! cursor, change colours or reorder what is read (CVE-2021-42574, "Trojan Source").
//!
//! It shows and never hides. C0 controls and DEL become their pictures (`␛`, `␀`, `␡`), everything else that is
//! invisible or reorders becomes its escape (`\u{202e}`), and so do marks piled up on one letter, which would cover
//! the lines around it. Text that is clean is borrowed.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Marks on one letter, such as accents and vowels; no script writes more, but for ornament.
const MARKS: usize = 4;

/// The text with every control, reordering or invisible character made visible, line breaks and tabs included.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for c in text.chars() {
        push_visible(&mut out, c, &mut marks);
    }
    out.into()
}

/// One line as [`visible`], with tabs turned into spaces up to the next multiple of `tab_width` columns, counted in
/// characters. A line break at the end is dropped.
#[must_use]
pub fn visible_line(line: &str, tab_width: usize) -> Cow<'_, str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if !line.contains('\t') {
        return visible(line);
    }
    let tab_width = tab_width.clamp(1, 16);
    let mut out = String::with_capacity(line.len() + 32);
    let (mut column, mut measured, mut marks) = (0, 0, 0);
    for c in line.chars() {
        if c == '\t' {
            let spaces = tab_width - column % tab_width;
            out.extend(std::iter::repeat_n(' ', spaces));
        } else {
            push_visible(&mut out, c, &mut marks);
        }
        column += out.get(measured..).map_or(0, |added| added.chars().count());
        measured = out.len();
    }
    out.into()
}

/// Whether a character is shown as an escape.
#[must_use]
pub const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers, Mongolian separators.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{ffa0}'
        // Zero-width characters and direction marks; line and paragraph separators, embeddings and overrides;
        // word joiner, invisible operators, isolates and deprecated format characters.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Byte order mark, interlinear annotations, noncharacters at the end of the plane.
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        // Musical and shorthand format controls; tags and the variation selectors beside them, which can carry text.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_clean(text: &str) -> bool {
    // Printable ASCII is almost everything that comes here; bytes decide it without decoding.
    let Some(ascii) = text.bytes().position(|b| !(0x20..0x7f).contains(&b)) else { return true };
    let tail = text.get(text.floor_char_boundary(ascii)..).unwrap_or_default();
    let mut marks = 0;
    !tail.chars().any(|c| is_unsafe(c) || is_piled(c, &mut marks))
}

/// Whether a character is one mark too many on its letter; `marks` counts those before it.
fn is_piled(c: char, marks: &mut usize) -> bool {
    *marks = if c.width() == Some(0) { *marks + 1 } else { 0 };
    *marks > MARKS
}

fn push_visible(out: &mut String, c: char, marks: &mut usize) {
    let piled = is_piled(c, marks);
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => out.push('\u{2421}'),
        c if is_unsafe(c) || piled => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_shown() {
        for (raw, shown) in [
            ("plain é 漢字 😀", "plain é 漢字 😀"),
            ("\u{1b}[31mred\u{7}", "␛[31mred␇"),
            ("a\tb\r\n", "a␉b␍␊"),
            ("\u{7f}\u{9b}31m", "␡\\u{9b}31m"),
            ("if x\u{202e} \u{2066}", "if x\\u{202e} \\u{2066}"),
            ("pass\u{200b}word\u{feff}", "pass\\u{200b}word\\u{feff}"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"),
            (
                "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}x",
                "e\u{301}\u{302}\u{303}\u{304}\\u{305}\\u{306}x",
            ),
            ("\u{5e9}\u{5c1}\u{5b8} u\u{308}\u{304}", "\u{5e9}\u{5c1}\u{5b8} u\u{308}\u{304}"),
        ] {
            assert_eq!(visible(raw), shown);
        }
        assert!(matches!(visible("clean ünïcode"), Cow::Borrowed(_)));
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(visible_line("\ta\tb\n", 4), "    a   b");
        assert_eq!(visible_line("é\tb\r\n", 4), "é   b");
        assert_eq!(visible_line("\u{1b}\tb", 0), "␛ b");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_comes_out(text in any::<String>(), steer in "[\u{0}-\u{9f}\u{2000}-\u{2070}\u{feff}\t]{0,20}", width: usize) {
            for raw in [&text, &steer] {
                for shown in [visible(raw), visible_line(raw, width)] {
                    prop_assert!(!shown.chars().any(|c| c.is_control() || is_unsafe(c)), "{shown:?}");
                }
                let marks = |text: &str| text.chars().any(|c| c.width() == Some(0));
                if !raw.chars().any(is_unsafe) && !marks(raw) {
                    prop_assert_eq!(visible(raw), raw.as_str());
                }
            }
        }
    }
}
