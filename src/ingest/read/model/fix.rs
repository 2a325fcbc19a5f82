//! Changes that a model proposes, where they say exactly what becomes what: a diff, or new code for quoted code.

use serde_json::Value;

use super::place;
use crate::domain::{Edit, Fix, Place, Point};
use crate::ingest::look::Look;
use crate::ingest::path;

/// A diff with more hunks than this is no fix of one finding.
const HUNKS: usize = 200;

/// The change that a value holds; none where it cannot be told what it replaces.
pub(super) fn read(value: &Value, place: Option<&Place>, description: &str) -> Option<Fix> {
    let edits = match value {
        Value::String(text) => text_edits(text, place),
        Value::Object(_) => object_edits(value, place),
        Value::Array(list) => {
            let all: Vec<Vec<Edit>> = list
                .iter()
                .take(HUNKS)
                .map(|value| if value.is_object() { object_edits(value, place) } else { Vec::new() })
                .collect();
            // The edits belong together: one that cannot be told spoils the rest.
            if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() }
        }
        _ => Vec::new(),
    };
    (!edits.is_empty()).then(|| Fix { description: description.to_owned(), edits })
}

fn text_edits(text: &str, place: Option<&Place>) -> Vec<Edit> {
    let (code, _) = place::code(text);
    if is_diff(&code) {
        return diff_edits(&code, place.map_or("", |place| place.path.as_str()));
    }
    let fenced = place::unfenced(text).is_some();
    if !fenced && !place::is_code(&code) {
        return Vec::new();
    }
    place.and_then(|place| replacing(place, &code)).into_iter().collect()
}

/// `{"old": …, "new": …}` and its like.
fn object_edits(value: &Value, place: Option<&Place>) -> Vec<Edit> {
    let first = |names: &[&str]| {
        names.iter().map(|name| value.at(name)).find_map(Value::as_str).filter(|text| !text.trim().is_empty())
    };
    if let Some(diff) = first(&["diff", "patch"]) {
        return text_edits(diff, place);
    }
    let Some(new) =
        first(&["new", "after", "fixed", "replacement", "new_code", "fixed_code", "code", "to", "replace"])
    else {
        return Vec::new();
    };
    let mut target = place.cloned().unwrap_or_default();
    if let Some(file) = first(&["file", "path", "file_path", "filename"]) {
        let file = place::own_path(file);
        if file != target.path {
            target = Place::file(file);
        }
    }
    if let Some(old) = first(&[
        "old",
        "before",
        "original",
        "old_code",
        "original_code",
        "vulnerable_code",
        "from",
        "search",
    ]) {
        target.snippet = place::code(old).0;
    }
    let own = place::spans(value);
    if let Some(span) = own.first() {
        (target.start, target.end) = (span.start, span.end);
    }
    replacing(&target, &place::code(new).0).into_iter().collect()
}

/// The edit that puts code in a place, if the place says exactly which lines it replaces and quotes them.
fn replacing(place: &Place, code: &str) -> Option<Edit> {
    let lines = u32::try_from(place.snippet.lines().count()).ok()?;
    let (first, last) = (place.start.line, place.last_line());
    if place.path.is_empty() || first == 0 || lines == 0 || code.trim() == place.snippet.trim() {
        return None;
    }
    // Without an end the quotation tells how many lines there are.
    let quoted = first.checked_add(lines - 1)?;
    if last != first && last != quoted {
        return None;
    }
    let last = quoted;
    let mut target = Place::lines(&place.path, first, last);
    target.snippet.clone_from(&place.snippet);
    Some(Edit { place: target, text: code.to_owned() })
}

fn is_diff(text: &str) -> bool {
    let starts = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    starts("@@ -") && (starts("+") || starts("-"))
}

/// The hunks of a unified diff. Models miscount their lines, so the lines themselves are counted; where a hunk begins
/// must be said.
fn diff_edits(text: &str, file: &str) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut target = file.to_owned();
    let mut hunk: Option<Hunk> = None;
    for line in text.lines() {
        let header = line.strip_prefix("@@ -").and_then(hunk_start);
        if line.starts_with("@@") {
            if let Some(done) = hunk.take() {
                edits.extend(done.edit(&target));
            }
            let Some(start) = header else { return Vec::new() };
            if edits.len() >= HUNKS {
                return Vec::new();
            }
            hunk = Some(Hunk { start, ..Hunk::default() });
            continue;
        }
        let in_hunk = hunk.is_some();
        if line.starts_with("diff ") || line.starts_with("--- ") && (!in_hunk || line.contains('/')) {
            if let Some(done) = hunk.take() {
                edits.extend(done.edit(&target));
            }
            if let Some(old) = line.strip_prefix("--- ").and_then(diff_path) {
                target = old;
            }
            continue;
        }
        if line.starts_with("+++ ") && !in_hunk {
            continue;
        }
        let Some(hunk) = hunk.as_mut() else { continue };
        let (mark, rest) = line.split_at_checked(1).unwrap_or(("", ""));
        match mark {
            "+" => hunk.new.push(rest),
            "-" => hunk.old.push(rest),
            "\\" => {}
            // An empty line of context often loses its blank.
            _ => {
                hunk.old.push(rest);
                hunk.new.push(rest);
            }
        }
    }
    if let Some(done) = hunk {
        edits.extend(done.edit(&target));
    }
    // A file that is new has nothing to be replaced, and a file without a name cannot be found.
    if edits.iter().any(|edit| edit.place.path.is_empty()) { Vec::new() } else { edits }
}

#[derive(Default)]
struct Hunk<'t> {
    start: u32,
    old: Vec<&'t str>,
    new: Vec<&'t str>,
}

impl Hunk<'_> {
    fn edit(mut self, file: &str) -> Option<Edit> {
        let same = |(one, other): &(&&str, &&str)| one == other;
        let head = self.old.iter().zip(&self.new).take_while(same).count();
        let tail =
            self.old.iter().skip(head).rev().zip(self.new.iter().skip(head).rev()).take_while(same).count();
        let first = self.start.checked_add(u32::try_from(head).ok()?)?;
        let old: Vec<&str> = self.old.drain(head..self.old.len() - tail).collect();
        let new: Vec<&str> = self.new.drain(head..self.new.len() - tail).collect();
        if old.is_empty() && new.is_empty() || first == 0 {
            return None;
        }
        let place = if old.is_empty() {
            // Nothing is replaced: an empty region before the line.
            let point = Point { line: first, column: 1 };
            Place { path: file.to_owned(), start: point, end: point, ..Place::default() }
        } else {
            let last = first.checked_add(u32::try_from(old.len()).ok()? - 1)?;
            Place { snippet: old.join("\n"), ..Place::lines(file, first, last) }
        };
        let mut text = new.join("\n");
        if old.is_empty() {
            text.push('\n');
        }
        Some(Edit { place, text })
    }
}

/// The first line of `14,3 +14,4 @@`.
fn hunk_start(header: &str) -> Option<u32> {
    let digits = header.bytes().take_while(u8::is_ascii_digit).count();
    let (line, rest) = header.split_at(digits);
    let line: u32 = line.parse().ok()?;
    // `-0,0` is a new file; `-14,0` inserts behind line 14.
    if rest.starts_with(",0 ") { line.checked_add(1) } else { Some(line) }
}

/// The path of `a/src/db.py`, without the letter; none for `/dev/null`.
fn diff_path(header: &str) -> Option<String> {
    let name = header.split('\t').next().unwrap_or(header).trim();
    if name == "/dev/null" {
        return Some(String::new());
    }
    Some(path::tidy(name.strip_prefix("a/").or_else(|| name.strip_prefix("b/")).unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place() -> Place {
        Place { snippet: "cur.execute(q % uid)".into(), ..Place::lines("src/db.py", 14, 14) }
    }

    fn edits(value: &Value) -> Vec<(String, u32, u32, String)> {
        read(value, Some(&place()), "").map_or(Vec::new(), |fix| {
            fix.edits
                .into_iter()
                .map(|edit| {
                    (edit.place.path.clone(), edit.place.start.line, edit.place.last_line(), edit.text)
                })
                .collect()
        })
    }

    #[test]
    fn changes_that_say_what_they_replace_become_edits() {
        let one = |text: &str| vec![("src/db.py".to_owned(), 14, 14, text.to_owned())];
        for (value, expected) in [
            (json!("cur.execute(q, (uid,))"), one("cur.execute(q, (uid,))")),
            (json!("```python\ncur.execute(q, (uid,))\n```"), one("cur.execute(q, (uid,))")),
            (
                json!({"before": "x(1)", "after": "x(2)", "line": 3}),
                vec![("src/db.py".into(), 3, 3, "x(2)".into())],
            ),
            (
                json!([{"file": "b.py", "old": "x(1)", "new": "x(2)", "start": 3}]),
                vec![("b.py".into(), 3, 3, "x(2)".into())],
            ),
            (json!("Use parameterised queries."), vec![]),
            (json!("cur.execute(q % uid)"), vec![]),
            (json!([{"file": "b.py", "new": "x"}]), vec![]),
            (json!({"line": 3}), vec![]),
            (json!(3), vec![]),
        ] {
            assert_eq!(edits(&value), expected, "{value}");
        }
        let wider = Place { snippet: "a\nb".into(), ..Place::lines("src/db.py", 14, 18) };
        assert_eq!(read(&json!("c(1)"), Some(&wider), ""), None);
        assert_eq!(read(&json!("c(1)"), None, ""), None);
    }

    #[test]
    fn a_diffs_hunks_become_edits_of_the_lines_that_change() {
        let diff = "--- a/src/db.py\n+++ b/src/db.py\n@@ -12,9 +12,9 @@ def get(uid):\n def get(uid):\n     q = x\n\
                    -    cur.execute(q % uid)\n+    cur.execute(q, (uid,))\n+    log(uid)\n     return 1\n\
                    @@ -1,2 +1,3 @@\n+import log\n import os\n";
        for value in [json!(diff), json!(format!("```diff\n{diff}```")), json!({"patch": diff})] {
            assert_eq!(
                edits(&value),
                [
                    ("src/db.py".to_owned(), 14, 14, "    cur.execute(q, (uid,))\n    log(uid)".to_owned()),
                    ("src/db.py".to_owned(), 1, 1, "import log\n".to_owned()),
                ]
            );
        }
        let fix = read(&json!(diff), None, "d").unwrap();
        assert_eq!(fix.edits[0].place.snippet, "    cur.execute(q % uid)");
        for unusable in ["@@ ... @@\n-a\n+b\n", "--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+x\n", "-a\n+b\n"]
        {
            assert_eq!(read(&json!(unusable), Some(&Place::file("x.py")), ""), None, "{unusable}");
        }
    }
}
