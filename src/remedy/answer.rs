//! From an answer in words to an edit: what a model wrote is read, found again in the file, and brought into one form.
//!
//! Never believes an answer: a path that is not the subject's, code of another language, code that is not there, and
//! anything outside of the function and the imports is refused with its kind. Never reads past a bound.

mod imports;
mod lines;
mod place;
mod read;

use super::ladder::Unusable;
use super::{Edit, Fault, Subject};
use crate::text::diff::hunks;

/// The edit of the subject's file that an answer means.
///
/// # Errors
/// Why the answer is of no use.
pub fn edits(subject: &Subject, text: &str, cut: Option<&str>) -> Result<Vec<Edit>, Unusable> {
    let pieces = read::pieces(text, cut)?;
    let parts = place::parts(subject, pieces)?;
    let file = &subject.file;
    let mut narrow = Vec::new();
    for (range, new) in parts {
        if !subject.may_change(&range) {
            return Err((
                Fault::Elsewhere,
                "it changes something outside of the function and the imports".into(),
            ));
        }
        let old = file.text().get(range.clone()).unwrap_or_default();
        let new = subject.with_its_line_ends(&new);
        for (from, to) in hunks(old, &new) {
            let (was, is) = (old.get(from.clone()).unwrap_or_default(), new.get(to).unwrap_or_default());
            let (head, tail) = common(was, is);
            let start = range.start + from.start + head;
            let span = start..range.start + from.end - tail;
            narrow.push((span, is.get(head..is.len() - tail).unwrap_or_default().to_owned()));
        }
    }
    let made = |parts: Vec<_>| Edit::new(&file.path, file.digest, file.text(), parts);
    let edit = made(narrow.clone()).map_err(|error| (Fault::Unchanged, error.to_string()))?;
    let idle = edit.apply(file.text()).map_or_else(|_| Vec::new(), |text| imports::idle(subject, &text));
    if idle.is_empty() {
        return Ok(vec![edit]);
    }
    narrow.extend(idle);
    // Where the answer changes those lines itself, it is left as it is, and the checks see what is idle.
    Ok(vec![made(narrow).unwrap_or(edit)])
}

/// How many bytes two texts have in common at their beginnings and ends, without splitting a character.
fn common(one: &str, other: &str) -> (usize, usize) {
    let head: usize =
        one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let rest = |text: &str| text.get(head..).unwrap_or_default().to_owned();
    let (one, other) = (rest(one), rest(other));
    let tail = one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    (head, tail.map(|(c, _)| c.len_utf8()).sum())
}

#[cfg(test)]
mod tests;
