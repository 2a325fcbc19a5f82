//! Where models say a finding is: paths with lines behind them, line numbers in every form, quoted code.

use serde_json::Value;

use super::words;
use crate::domain::{Columns, Place, Point};
use crate::ingest::look::{LAST_LINE, Look};
use crate::ingest::path;

/// More lines than this in one field are a listing, not a place.
const SPANS: usize = 64;

/// From a first to a last line, with columns where given (0 where not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: Point,
    pub(super) end: Point,
}

impl Span {
    const fn lines(first: u32, last: u32) -> Self {
        Self { start: Point::line(first), end: Point::line(if last < first { first } else { last }) }
    }
}

/// The lines that a value names: `14`, `"14"`, `"L14-L20"`, `[14, 20]`, `"14, 20"`, `{"start": 14, "end": 20}`.
///
/// Two ascending numbers in a list are a first and a last line; three or more are lines of their own.
pub(super) fn spans(value: &Value) -> Vec<Span> {
    match value {
        Value::Number(_) => line(value.count("")).into_iter().collect(),
        Value::String(text) => text_spans(text),
        Value::Array(list) => {
            let numbers: Vec<u32> =
                list.iter().map(|value| value.count("")).filter(|line| *line > 0).collect();
            if let ([first, last], 2) = (numbers.as_slice(), list.len())
                && first <= last
            {
                return vec![Span::lines(*first, *last)];
            }
            let mut all: Vec<Span> = Vec::new();
            for inner in list.iter().take(SPANS) {
                match inner {
                    Value::Array(pair) => {
                        if let [first, last] = pair.as_slice() {
                            all.extend(
                                line(first.count(""))
                                    .map(|span| Span::lines(span.start.line, last.count(""))),
                            );
                        }
                    }
                    Value::Object(_) => all.extend(object_span(inner)),
                    Value::String(text) => all.extend(text_spans(text)),
                    other => all.extend(line(other.count(""))),
                }
            }
            joined(all)
        }
        Value::Object(_) => object_span(value).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn line(number: u32) -> Option<Span> {
    (number > 0).then(|| Span::lines(number, number))
}

/// `{"start": 14, "end": 20}`, `{"start": {"line": 14, "column": 3}, …}`, `{"start_line": …}`
fn object_span(value: &Value) -> Option<Span> {
    let first =
        |names: &[&str]| names.iter().map(|name| value.count(name)).find(|number| *number > 0).unwrap_or(0);
    let start = first(&[
        "start",
        "start.line",
        "start_line",
        "startLine",
        "from",
        "begin",
        "begin.line",
        "line",
        "first",
    ]);
    let end = first(&["end", "end.line", "end_line", "endLine", "to", "last"]);
    let mut span = line(start)?;
    if end > 0 {
        span = Span::lines(start, end);
    }
    span.start.column =
        first(&["start.column", "start.col", "start_column", "startColumn", "begin.column", "column"]);
    span.end.column = first(&["end.column", "end.col", "end_column", "endColumn"]);
    Some(span)
}

/// Lines that follow each other become one span.
fn joined(all: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for span in all {
        match out.last_mut() {
            Some(last) if span.start.line == last.end.line + 1 && last.end.column == 0 => last.end = span.end,
            Some(last) if *last == span => {}
            _ => out.push(span),
        }
    }
    out
}

/// Numbers of a text and what stands between them: `14-20`, `L14–L20`, `lines 14 to 20`, `14, 20`, `14:5-16:2`.
pub(super) fn text_spans(text: &str) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    let mut rest = text;
    let mut column = false;
    let mut range = false;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (between, tail) = rest.split_at(at);
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = tail.split_at(digits);
        rest = behind;
        // `sha256` and `1.2` hold no lines.
        let own = between.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '.')
            || matches!(
                between.trim_end_matches(['l', 'L']).chars().next_back(),
                None | Some(' ' | '-' | '–' | '#' | ':' | ',' | '(' | '[')
            ) && between.ends_with(['l', 'L']);
        let whole = !behind.starts_with(|c: char| c.is_alphanumeric())
            && !behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let number: u32 = number.parse().ok().filter(|line| *line <= LAST_LINE).unwrap_or(0);
        if !own || !whole || number == 0 || all.len() >= SPANS {
            (column, range) = (false, false);
            continue;
        }
        let joint = between.trim().trim_end_matches(['l', 'L', '#']).trim_end().to_lowercase();
        let joins = matches!(
            joint.as_str(),
            "-" | "–" | "—" | "to" | "through" | ".." | "..." | "until" | "~" | "->"
        );
        match all.last_mut() {
            Some(last) if joint == ":" && between.len() == 1 && !column => {
                column = true;
                if range { last.end.column = number } else { last.start.column = number }
            }
            Some(last) if joins && !range && number >= last.start.line => {
                last.end = Point::line(number);
                (column, range) = (false, true);
            }
            _ => {
                all.push(Span::lines(number, number));
                (column, range) = (false, false);
            }
        }
    }
    joined(all)
}

/// A path and what a text says behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) spans: Vec<Span>,
    pub(super) scope: String,
}

/// The places that a text names: `src/a.py`, `src/a.py:14-20`, `src/a.py#L14-L20`, `src/a.py (lines 3, 9)`,
/// `get_user() in src/a.py`, several of them behind each other.
pub(super) fn spots(text: &str) -> Vec<Spot> {
    let mut all: Vec<Spot> = Vec::new();
    if text.len() > 4096 {
        return all;
    }
    for part in text.split([',', ';', '\n']) {
        let part = part.trim().trim_start_matches(['-', '*', '•']).trim();
        match spot(part) {
            Some(spot) => all.push(spot),
            // `src/a.py:14, 20`: more lines of the file before.
            None => {
                if let Some(last) = all.last_mut() {
                    last.spans.extend(text_spans(part));
                }
            }
        }
    }
    all
}

fn spot(text: &str) -> Option<Spot> {
    let text = bare(text);
    if words::is_placeholder(text) {
        return None;
    }
    let text = in_repository(text).unwrap_or(text);
    let end = path_end(text);
    let (head, tail) = text.split_at(end);
    let head = bare(head.trim());
    if words::is_path(head) {
        let spans = text_spans(tail);
        let name = tail.trim_matches([':', '(', ')', ' ', '-', '#', '`', '[', ']']);
        let scope = if spans.is_empty() && is_name(name) { name.to_owned() } else { String::new() };
        return Some(Spot { path: tidy(head), spans, scope });
    }
    // Words around a path: `get_user() in src/a.py at line 14`.
    let mut before = String::new();
    for (at, word) in text.split_whitespace().enumerate() {
        let clean = word.trim_matches(['`', '\'', '"', '(', ')', '[', ']']);
        let end = path_end(clean);
        let (head, tail) = clean.split_at(end);
        if words::is_path(head) && at < 8 {
            let behind = text.split_once(word).map_or("", |(_, behind)| behind);
            let spans = text_spans(&format!("{tail} {behind}"));
            return Some(Spot {
                path: tidy(head),
                spans,
                scope: if is_name(&before) { before } else { String::new() },
            });
        }
        if at == 0 {
            before = clean.trim_end_matches("()").to_owned();
        }
    }
    None
}

/// Where a path ends and lines, or a function's name, begin.
fn path_end(text: &str) -> usize {
    let mut end = text.len();
    for mark in ["#L", "#l", "#", " (", " [", " line", " Line", " L", " at ", " @", " - ", "::", "\t"] {
        if let Some(at) = text.find(mark) {
            end = end.min(at);
        }
    }
    for (at, _) in text.match_indices(':') {
        // A drive's colon stands second, and a path goes on behind it.
        let behind = text.get(at + 1..).unwrap_or_default();
        if at != 1 && !behind.starts_with("//") || behind.starts_with(|c: char| c.is_ascii_digit()) {
            end = end.min(at);
            break;
        }
    }
    end
}

/// A link into a repository's web page is a path in it: `…/blob/main/src/a.py#L3`.
fn in_repository(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (_, rest) = rest.split_once("/blob/")?;
    rest.split_once('/').map(|(_, path)| path)
}

/// Takes quotes, backticks and the like from around a text.
fn bare(text: &str) -> &str {
    let text = text.trim().trim_matches(['`', '"', '\'', '*', '<', '>']);
    match text.strip_prefix('[').and_then(|rest| rest.split_once("](")) {
        // A Markdown link's own text says the place.
        Some((label, _)) => label,
        None => text,
    }
}

fn is_name(text: &str) -> bool {
    let text = text.trim_end_matches("()");
    !text.is_empty()
        && text.len() < 100
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '$'))
        && text.chars().any(char::is_alphabetic)
        && !words::is_placeholder(text)
}

/// A path on its own, as a field named for it holds; empty where it holds none.
pub(super) fn own_path(text: &str) -> String {
    let text = bare(text);
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    if words::is_placeholder(text) || text.len() > 1024 || blank && !words::is_path(text) {
        return String::new();
    }
    tidy(text)
}

fn tidy(text: &str) -> String {
    let uri = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"));
    if uri { path::from_uri(text) } else { path::tidy(text) }
}

/// A place of a path and a span.
pub(super) fn place(path: &str, span: Option<Span>) -> Place {
    let span = span.unwrap_or_default();
    Place {
        path: path.to_owned(),
        start: span.start,
        end: span.end,
        // Nobody told the model what a column is; it counts what it sees.
        columns: Columns::Chars,
        ..Place::default()
    }
}

/// Quoted code without the fence, the inline ticks or the line numbers around it; and the line it begins at, 0
/// where the quotation does not say.
pub(super) fn code(text: &str) -> (String, u32) {
    let trimmed = text.trim_matches(['\n', '\r']);
    let inner = unfenced(trimmed).unwrap_or_else(|| {
        let line = trimmed.trim();
        let ticked = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        ticked.filter(|code| !code.contains(['`', '\n'])).unwrap_or(trimmed)
    });
    unnumbered(inner).unwrap_or_else(|| (inner.to_owned(), 0))
}

/// What stands inside the first Markdown fence of a text, if the text is little more than that.
pub(super) fn unfenced(text: &str) -> Option<&str> {
    let text = text.trim();
    let mark = if text.starts_with("```") { "```" } else { text.strip_prefix("~~~").map(|_| "~~~")? };
    let (_, body) = text.split_once('\n')?;
    let (code, rest) = body.rsplit_once(mark)?;
    rest.trim().is_empty().then(|| code.strip_suffix('\n').unwrap_or(code))
}

/// Takes line numbers from every line of a quotation: `14: x`, `14 | x`, `L14: x`. None where they do not count up.
fn unnumbered(text: &str) -> Option<(String, u32)> {
    let mut first = 0;
    let mut next = 0;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim().is_empty() && first > 0 {
            out.push('\n');
            next += 1;
            continue;
        }
        let start = line.trim_start().trim_start_matches(['L', 'l', '>']).trim_start();
        let digits = start.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = start.split_at(digits);
        let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
        let rest =
            rest.trim_start_matches(' ').strip_prefix([':', '|', '│']).or_else(|| rest.strip_prefix('\t'))?;
        if first == 0 {
            (first, next) = (number, number);
        }
        if number != next {
            return None;
        }
        next = next.checked_add(1)?;
        out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        out.push('\n');
    }
    if !text.ends_with('\n') {
        out.pop();
    }
    (first > 0).then_some((out, first))
}

/// Whether a text of an ambiguous field reads as code rather than as a sentence about it.
pub(super) fn is_code(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || words::is_placeholder(text) {
        return false;
    }
    let marked =
        text.starts_with("```") || text.starts_with("~~~") || text.starts_with('`') && text.ends_with('`');
    if marked {
        return true;
    }
    let marks = text.matches(['(', ')', '{', '}', '[', ']', ';', '=', '<', '>', '$', '"', '\'']).count();
    let words = text.split_whitespace().count();
    let sentence = text.ends_with('.') && text.starts_with(char::is_uppercase) && text.contains(' ');
    marks > 0 && !sentence && marks * 5 >= words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_of_every_form_are_read() {
        for (value, expected) in [
            (json!(14), vec![(14, 14)]),
            (json!("14"), vec![(14, 14)]),
            (json!(14.0), vec![(14, 14)]),
            (json!("14-20"), vec![(14, 20)]),
            (json!("14–20"), vec![(14, 20)]),
            (json!("L14-L20"), vec![(14, 20)]),
            (json!("L14"), vec![(14, 14)]),
            (json!("Lines 14 to 20"), vec![(14, 20)]),
            (json!("line 14"), vec![(14, 14)]),
            (json!("~14"), vec![(14, 14)]),
            (json!("14, 20"), vec![(14, 14), (20, 20)]),
            (json!("14 and 15"), vec![(14, 15)]),
            (json!([14, 20]), vec![(14, 20)]),
            (json!(["14", "20"]), vec![(14, 20)]),
            (json!([14, 15, 16, 30]), vec![(14, 16), (30, 30)]),
            (json!([[14, 20], [30, 31]]), vec![(14, 20), (30, 31)]),
            (json!(["14-20", 33]), vec![(14, 20), (33, 33)]),
            (json!({"start": 14, "end": 20}), vec![(14, 20)]),
            (json!({"start": {"line": 14, "column": 3}, "end": {"line": 14}}), vec![(14, 14)]),
            (json!("20-14"), vec![(20, 20), (14, 14)]),
            (json!("N/A"), vec![]),
            (json!(0), vec![]),
            (json!(-3), vec![]),
            (json!(null), vec![]),
            (json!("the sha256 call, version 1.2"), vec![]),
            (json!(1e300), vec![]),
            (json!("99999999999999999999"), vec![]),
        ] {
            let lines: Vec<_> = spans(&value).iter().map(|span| (span.start.line, span.end.line)).collect();
            assert_eq!(lines, expected, "{value}");
        }
    }

    #[test]
    fn locations_are_paths_with_lines_behind_them() {
        for (text, path, lines, scope) in [
            ("src/a.py", "src/a.py", vec![], ""),
            ("src/a.py:14", "src/a.py", vec![(14, 14)], ""),
            ("src/a.py:14-20", "src/a.py", vec![(14, 20)], ""),
            ("src/a.py:14:5", "src/a.py", vec![(14, 14)], ""),
            ("src/a.py#L14-L20", "src/a.py", vec![(14, 20)], ""),
            ("`./src/a.py` (lines 14-20)", "src/a.py", vec![(14, 20)], ""),
            ("src/a.py, line 14", "src/a.py", vec![(14, 14)], ""),
            ("src/a.py line 14", "src/a.py", vec![(14, 14)], ""),
            ("src/a.py:14, 20", "src/a.py", vec![(14, 14), (20, 20)], ""),
            ("C:\\shop\\a.cs:7", "C:/shop/a.cs", vec![(7, 7)], ""),
            ("src/a.py:login", "src/a.py", vec![], "login"),
            ("src/a.py::Shop.login", "src/a.py", vec![], "Shop.login"),
            ("login() in src/a.py at line 9", "src/a.py", vec![(9, 9)], "login"),
            ("[src/a.py:3](src/a.py#L3)", "src/a.py", vec![(3, 3)], ""),
            ("https://github.com/o/shop/blob/main/src/a.py#L14", "src/a.py", vec![(14, 14)], ""),
        ] {
            let all = spots(text);
            let spot = all.first().unwrap_or_else(|| panic!("{text}"));
            let found: Vec<_> = spot.spans.iter().map(|span| (span.start.line, span.end.line)).collect();
            assert_eq!((spot.path.as_str(), &found, spot.scope.as_str()), (path, &lines, scope), "{text}");
        }
        assert_eq!(spots("src/a.py:3, src/b.py:4").len(), 2);
        for text in ["line 14", "the login function", "N/A", ""] {
            assert!(spots(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn quoted_code_loses_fences_ticks_and_numbers() {
        for (text, expected) in [
            ("x = 1", ("x = 1", 0)),
            ("```python\nx = 1\n  y\n```", ("x = 1\n  y", 0)),
            ("`x = 1`", ("x = 1", 0)),
            ("14: x = 1\n15:   y\n\n17: z", ("x = 1\n  y\n\nz", 14)),
            ("  9 | x\n 10 | y", ("x\ny", 9)),
            ("1: x\n3: y", ("1: x\n3: y", 0)),
            ("", ("", 0)),
        ] {
            let (code, line) = code(text);
            assert_eq!((code.as_str(), line), expected, "{text}");
        }
        for text in ["cur.execute(q + uid)", "os.system(cmd)", "`eval`", "password = \"x\""] {
            assert!(is_code(text), "{text}");
        }
        for text in ["The query is built from user input.", "user input reaches the sink", "N/A", "See f(x)."]
        {
            assert!(!is_code(text), "{text}");
        }
    }
}
