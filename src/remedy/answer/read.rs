//! What pieces of code an answer holds, and what each of them is to replace.

use crate::remedy::Fault;
use crate::remedy::checks::hides;
use crate::remedy::ladder::Unusable;

/// A longer answer has lost its way.
const LONGEST: usize = 256 << 10;
/// An answer with more pieces is no fix of one finding.
const MOST: usize = 64;

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Old code and what stands there afterwards.
    Swap {
        /// The file, where it is named.
        path: Option<String>,
        old: String,
        new: String,
        /// The line that it is said to begin at; 0: not said.
        line: u32,
    },
    /// Lines of the file and what they become.
    Lines(String),
    /// Code alone.
    Code {
        /// The language or the file that its fence names; empty where it names none.
        label: String,
        code: String,
    },
}

fn endless(why: &str) -> Unusable {
    (Fault::Endless, why.to_owned())
}

/// The pieces of an answer.
pub(super) fn pieces(text: &str, cut: Option<&str>) -> Result<Vec<Piece>, Unusable> {
    let text = text.replace("\r\n", "\n");
    let text = without_thoughts(text.trim_start_matches('\u{feff}'))?;
    if text.trim().is_empty() {
        return Err((Fault::Empty, "the answer is empty".into()));
    }
    if let Some(cut) = cut {
        return Err(endless(&format!("the answer was cut off before its end: {cut}")));
    }
    if text.len() > LONGEST {
        return Err(endless("the answer does not come to an end"));
    }
    if let Some(odd) = text.chars().find(|&c| hides(c)) {
        let why = format!("the answer holds the character U+{:04X}, which is not seen", u32::from(odd));
        return Err((Fault::Control, why));
    }
    if let Some(body) = super::lines::body(&text) {
        return Ok(vec![Piece::Lines(body.to_owned())]);
    }
    let mut pieces = swaps(&text)?;
    if pieces.is_empty() {
        pieces = diff(&text)?;
    }
    if pieces.is_empty() {
        pieces = fences(&text)?;
    }
    if pieces.is_empty() {
        pieces.push(Piece::Code { label: String::new(), code: text.trim_matches('\n').to_owned() });
    }
    if pieces.len() > MOST {
        return Err((Fault::NoCode, format!("the answer holds {} pieces of code", pieces.len())));
    }
    Ok(pieces)
}

/// An answer without what its model thought aloud.
fn without_thoughts(text: &str) -> Result<String, Unusable> {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("<think>") {
        out.push_str(before);
        let Some((_, behind)) = after.split_once("</think>") else {
            return Err(endless("the model did not come to the end of its thoughts"));
        };
        rest = behind;
    }
    // Some services cut the opening tag off.
    out.push_str(rest.split_once("</think>").map_or(rest, |(_, behind)| behind));
    Ok(out)
}

/// `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`.
fn swaps(text: &str) -> Result<Vec<Piece>, Unusable> {
    let mut pieces = Vec::new();
    let mut before: Option<&str> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("<<<<<<<") {
            if !line.trim().is_empty() && !line.trim_start().starts_with("```") {
                before = Some(line.trim());
            }
            continue;
        }
        let half = |lines: &mut std::str::Lines<'_>, end: &str| -> Option<String> {
            let mut half = String::new();
            for line in lines {
                if line.trim_start().starts_with(end) {
                    return Some(half);
                }
                half.push_str(line);
                half.push('\n');
            }
            None
        };
        let (Some(old), Some(new)) = (half(&mut lines, "======="), half(&mut lines, ">>>>>>>")) else {
            return Err(endless("a replacement in the answer has no end"));
        };
        pieces.push(Piece::Swap { path: before.take().and_then(path_in), old, new, line: 0 });
    }
    Ok(pieces)
}

/// A line that is a path and nothing else, as `### src/db.py` or `` `src/db.py`: ``.
fn path_in(line: &str) -> Option<String> {
    let bare = line.trim_matches(|c: char| "#*`:\"' ".contains(c));
    let bare = bare.strip_prefix("File: ").or_else(|| bare.strip_prefix("file: ")).unwrap_or(bare).trim();
    let is_path = !bare.is_empty()
        && !bare.contains(char::is_whitespace)
        && bare.rsplit('/').next().is_some_and(|name| name.trim_matches('.').contains('.'));
    is_path.then(|| bare.to_owned())
}

/// The hunks of a unified diff. What they say of lines is a hint: models miscount.
fn diff(text: &str) -> Result<Vec<Piece>, Unusable> {
    let mut pieces = Vec::new();
    let mut path: Option<String> = None;
    let mut hunk: Option<(u32, String, String)> = None;
    let mut close = |hunk: &mut Option<(u32, String, String)>, path: &Option<String>| {
        if let Some((line, old, new)) = hunk.take().filter(|(_, old, new)| old != new) {
            pieces.push(Piece::Swap { path: path.clone(), old, new, line });
        }
    };
    for line in text.lines() {
        let header = line.starts_with("--- ") || line.starts_with("+++ ") || line.starts_with("diff ");
        if line.starts_with("@@") {
            close(&mut hunk, &path);
            hunk = Some((hunk_line(line), String::new(), String::new()));
        } else if line.trim_start().starts_with("```") {
            close(&mut hunk, &path);
        } else if header && (hunk.is_none() || line.contains('/') || line.starts_with("diff ")) {
            close(&mut hunk, &path);
            if let Some(name) = line.strip_prefix("--- ").or_else(|| line.strip_prefix("+++ ")) {
                let name = name.split('\t').next().unwrap_or_default().trim();
                if name == "/dev/null" {
                    return Err((Fault::OtherFile, "it makes or deletes a file".into()));
                }
                path = Some(name.to_owned()).filter(|name| !name.is_empty());
            }
        } else if let Some((_, old, new)) = &mut hunk {
            let (mark, rest) = match line.chars().next() {
                Some(mark @ ('+' | '-' | ' ' | '\\')) => (mark, line.get(1..).unwrap_or_default()),
                // An empty line of context often loses its blank.
                _ => (' ', line),
            };
            let push = |to: &mut String| {
                to.push_str(rest);
                to.push('\n');
            };
            match mark {
                '+' => push(new),
                '-' => push(old),
                '\\' => {}
                _ => {
                    push(old);
                    push(new);
                }
            }
        }
    }
    close(&mut hunk, &path);
    Ok(pieces)
}

/// The line in `@@ -14,3 +14,4 @@`.
fn hunk_line(header: &str) -> u32 {
    let digits = header.split('-').nth(1).unwrap_or_default();
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Fenced code.
fn fences(text: &str) -> Result<Vec<Piece>, Unusable> {
    let mut pieces = Vec::new();
    let mut open: Option<(&str, &str, String)> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        match &mut open {
            None if ticks >= 3 => {
                let (fence, label) = bare.split_at(ticks);
                open = Some((fence, label.trim(), String::new()));
            }
            Some((fence, label, code))
                if ticks >= fence.len() && bare.trim_start_matches('`').trim().is_empty() =>
            {
                pieces.push(Piece::Code { label: (*label).to_owned(), code: std::mem::take(code) });
                open = None;
            }
            Some((.., code)) => {
                code.push_str(line);
                code.push('\n');
            }
            None => {}
        }
    }
    if open.is_some() { Err(endless("the code in the answer has no end")) } else { Ok(pieces) }
}
