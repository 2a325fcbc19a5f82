//! Answers of the `edit` format: they name lines of the file and what those become.
//!
//! ```text
//! edit
//! @12         in line 12, what stands behind `-` once becomes what stands behind `+`
//! -old
//! +new
//! !12-14      lines 12 to 14 become the lines behind `+`, if there are any
//! <12         the lines behind `+` come before line 12
//! #           imports that the file has to have, behind `+`
//! ```
//!
//! or `=` alone: nothing is to be changed. A line is changed by one of them at most.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Lines;

use super::imports;
use super::place::Part;
use crate::remedy::ladder::Unusable;
use crate::remedy::prompt::EDIT_HEAD;
use crate::remedy::{Fault, Subject};
use crate::source::Outline;
use crate::text::LineIndex;

/// A replacement of more lines is no fix of one finding.
const MOST_LINES: u32 = 200;

/// What follows the line that says of which format an answer is; `None` where it is of another.
pub(super) fn body(text: &str) -> Option<&str> {
    text.strip_prefix(EDIT_HEAD)?.strip_prefix('\n')
}

/// What becomes of a line.
#[derive(Debug, Default)]
struct Fate {
    before: Vec<String>,
    /// `None`: it stays.
    becomes: Option<Vec<String>>,
}

/// The parts that an answer comes to.
pub(super) fn parts(subject: &Subject, body: &str) -> Result<Vec<Part>, Unusable> {
    if body.trim().is_empty() {
        return Err((Fault::Empty, "the answer is empty".into()));
    }
    if body.trim() == "=" {
        return Err((Fault::Nothing, "it sees nothing that should be changed".into()));
    }
    let text = subject.file.text();
    let index = LineIndex::new(text);
    let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
    let mut brought = String::new();
    let mut rows = body.lines().peekable();
    while let Some(row) = rows.next() {
        let Some((sign, place)) = row.split_at_checked(1) else { return Err(unread(row)) };
        match sign {
            "@" => {
                let number = known(&index, place)?;
                let (old, new) = (signed(&mut rows, '-'), signed(&mut rows, '+'));
                let ([old], [new]) = (old.as_slice(), new.as_slice()) else { return Err(unread(row)) };
                let line = index.line(number).unwrap_or_default();
                if line.matches(old.as_str()).count() != 1 {
                    return Err((
                        Fault::NoPlace,
                        format!("line {number} does not hold once what it replaces"),
                    ));
                }
                become_lines(&mut fates, number, vec![line.replacen(old.as_str(), new, 1)])?;
            }
            "!" => {
                let (first, last) = place.split_once('-').ok_or_else(|| unread(row))?;
                let (first, last) = (known(&index, first)?, known(&index, last)?);
                if !(first..first.saturating_add(MOST_LINES)).contains(&last) {
                    return Err(unread(row));
                }
                become_lines(&mut fates, first, signed(&mut rows, '+'))?;
                for number in first + 1..=last {
                    become_lines(&mut fates, number, Vec::new())?;
                }
            }
            "<" => {
                let new = signed(&mut rows, '+');
                if new.is_empty() {
                    return Err(unread(row));
                }
                fates.entry(known(&index, place)?).or_default().before.extend(new);
            }
            "#" if place.is_empty() => {
                for import in signed(&mut rows, '+') {
                    brought.push_str(&import);
                    brought.push('\n');
                }
            }
            _ => return Err(unread(row)),
        }
    }
    let mut parts = placed(text, &index, fates);
    let outline = Outline::of(subject.file.language(), brought.as_str());
    let known: usize =
        outline.imports().iter().map(|it| brought.get(it.clone()).unwrap_or_default().lines().count()).sum();
    if known < brought.lines().count() {
        return Err((Fault::Elsewhere, "what it adds to the imports is none".into()));
    }
    parts.extend(imports::missing(subject, &outline)?);
    if parts.is_empty() {
        return Err((Fault::Unchanged, "the answer changes nothing".into()));
    }
    Ok(parts)
}

fn unread(row: &str) -> Unusable {
    let row: String = row.chars().take(40).collect();
    (Fault::NoCode, format!("the answer is none: `{row}`"))
}

/// A line of the file.
fn known(index: &LineIndex<'_>, number: &str) -> Result<u32, Unusable> {
    let line = number.parse().ok().filter(|line| index.range(*line).is_some());
    line.ok_or_else(|| (Fault::NoPlace, "it names a line that it was not told".into()))
}

/// The lines that follow behind a sign, without it.
fn signed(rows: &mut Peekable<Lines<'_>>, sign: char) -> Vec<String> {
    std::iter::from_fn(|| rows.next_if(|row| row.starts_with(sign)))
        .filter_map(|row| row.strip_prefix(sign))
        .map(str::to_owned)
        .collect()
}

fn become_lines(fates: &mut BTreeMap<u32, Fate>, number: u32, lines: Vec<String>) -> Result<(), Unusable> {
    let fate = fates.entry(number).or_default();
    if fate.becomes.is_some() {
        return Err((Fault::NoPlace, format!("it changes line {number} twice")));
    }
    fate.becomes = Some(lines);
    Ok(())
}

/// The changed lines as parts of the file; those that follow each other are one.
fn placed(text: &str, index: &LineIndex<'_>, fates: BTreeMap<u32, Fate>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (number, fate) in fates {
        let Some(range) = index.range_with_break(number) else { continue };
        let mut new = String::new();
        for line in fate.before.iter().chain(fate.becomes.iter().flatten()) {
            new.push_str(line);
            new.push('\n');
        }
        let is_last = range.end == text.len() && !text.ends_with(['\n', '\r']);
        let range = match fate.becomes {
            None => range.start..range.start,
            Some(_) if is_last => {
                new.truncate(new.trim_end_matches('\n').len());
                range
            }
            Some(_) => range,
        };
        match parts.last_mut() {
            Some((before, text)) if before.end == range.start => {
                before.end = range.end;
                text.push_str(&new);
            }
            _ => parts.push((range, new)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::edits;
    use super::*;
    use crate::remedy::testing::{USERS, users};

    fn after(answer: &str) -> Result<String, Fault> {
        let subject = users();
        match edits(&subject, &format!("edit\n{answer}"), Default::default()) {
            Ok(edits) => Ok(edits[0].apply(subject.file.text()).unwrap()),
            Err((fault, _)) => Err(fault),
        }
    }

    const BAD: &str = "        cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n";

    #[test]
    fn lines_and_pieces_of_lines_are_replaced_added_and_taken_away() {
        let replaced = |new: &str| Ok(USERS.replace(BAD, new));
        let good = "        cur.execute(\"SELECT * FROM users WHERE id = ?\", (uid,))\n";
        assert_eq!(
            after(
                "@9\n-f\"SELECT * FROM users WHERE id = {uid}\"\n+\"SELECT * FROM users WHERE id = ?\", (uid,)\n"
            ),
            replaced(good)
        );
        assert_eq!(after(&format!("!9-9\n+{good}")), replaced(good));
        assert_eq!(after("!9-9"), replaced(""));
        assert_eq!(after("<9\n+        check(uid)"), replaced(&format!("        check(uid)\n{BAD}")));
        assert_eq!(
            after(&format!("<9\n+        check(uid)\n!9-9\n+{good}")),
            replaced(&format!("        check(uid)\n{good}"))
        );
        let imported = USERS.replace("import sqlite3\n", "import sqlite3\nimport shlex\n").replace(BAD, "");
        assert_eq!(after("!9-9\n#\n+import os\n+import shlex"), Ok(imported));
    }

    #[test]
    fn an_answer_by_lines_that_is_of_no_use_is_told_with_its_kind() {
        for (answer, fault) in [
            ("=", Fault::Nothing),
            ("", Fault::Empty),
            ("hello", Fault::NoCode),
            ("@9\n-cur\n", Fault::NoCode),
            ("<9\n", Fault::NoCode),
            ("!9-8\n+x", Fault::NoCode),
            ("@9\n-nothing\n+x", Fault::NoPlace),
            ("@9\n-u\n+x", Fault::NoPlace),
            ("@0\n-cur\n+x", Fault::NoPlace),
            ("@900\n-cur\n+x", Fault::NoPlace),
            ("!9-9\n+x\n@9\n-cur\n+x", Fault::NoPlace),
            ("@13\n-1\n+2", Fault::Elsewhere),
            ("#\n+os.system(\"x\")", Fault::Elsewhere),
            ("#\n+import os", Fault::Unchanged),
            ("@9\n-cur\n+cur", Fault::Unchanged),
            ("@9\n-cur\n+\u{202e}", Fault::Control),
        ] {
            assert_eq!(after(answer), Err(fault), "{answer}");
        }
    }
}
