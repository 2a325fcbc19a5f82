//! A receipt in lines: counts that add up, what each tool says, and what could not be read, with the place and why.

use super::cells::wrapped;
use crate::ingest::receipt::RunReceipt;
use crate::jobs::{ImportView, ReceiptView, RunDetail};
use crate::tui::theme::Part;

/// Problems shown of an import; the others are counted.
const PROBLEMS: usize = 200;

/// A line and what it is.
pub(super) type Line = (String, Part);

/// The receipt of an import in lines of so many columns.
pub(in crate::tui) fn lines(import: &ImportView, receipt: Option<&ReceiptView>, columns: usize) -> Vec<Line> {
    let mut page = Page { lines: Vec::new(), columns, problems: PROBLEMS };
    page.say(&import.file, Part::Heading);
    page.say(&format!("{}  {}  {}", import.project, import.format, import.when), Part::Text);
    let scanned = [import.revision.get(..12).unwrap_or(&import.revision), &import.branch];
    let scanned: Vec<&str> = scanned.into_iter().filter(|word| !word.is_empty()).collect();
    if !scanned.is_empty() {
        page.say(&format!("of {}", scanned.join(" on ")), Part::Text);
    }
    page.say(
        match import.scope.as_str() {
            "full" => "all of the project was scanned: what it does not report is gone",
            "partial" => "a part was scanned: what it does not report is gone only where it looked",
            _ => "what it does not report is gone only where it looked",
        },
        Part::Quiet,
    );
    let first = receipt.and_then(|receipt| receipt.runs.first());
    if let Some(detail) = first {
        page.say(&format!("{} of file", size(detail.bytes)), Part::Quiet);
        if !detail.source.is_empty() {
            page.say(&format!("its code: {}", detail.source), Part::Quiet);
        }
    }
    page.say(&import.counts.to_string(), Part::Text);
    if let Some(changes) = import.changes {
        page.say(&changes.to_string(), Part::Text);
    }
    if let Some(context) = import.context {
        page.say(&context.to_string(), Part::Text);
    }
    for (at, run) in import.runs.iter().enumerate() {
        page.run(run, receipt.and_then(|receipt| receipt.runs.get(at)));
    }
    page.lines
}

struct Page {
    lines: Vec<Line>,
    columns: usize,
    /// Problems that there is still room for.
    problems: usize,
}

impl Page {
    fn say(&mut self, text: &str, part: Part) {
        self.lines.extend(wrapped(text, self.columns).into_iter().map(|line| (line, part)));
    }

    fn run(&mut self, run: &RunReceipt, detail: Option<&RunDetail>) {
        self.lines.push((String::new(), Part::Text));
        self.say(format!("{} {}", run.tool, run.tool_version).trim_end(), Part::Heading);
        self.say(&format!("run {}", run.run), Part::Quiet);
        self.say(&run.counts.to_string(), Part::Text);
        for trouble in &run.troubles {
            self.say(&format!("the tool says: {trouble}"), Part::Failure);
        }
        let Some(detail) = detail else { return };
        if !detail.target.is_empty() {
            self.say(&format!("it scanned {}", detail.target), Part::Quiet);
        }
        match detail.covered {
            Some(files) => self.say(&format!("it lists the files it scanned: {files}"), Part::Quiet),
            None => self.say("it does not tell which files it scanned", Part::Quiet),
        }
        if detail.rules > 0 {
            self.say(&format!("rules that it named or that fired: {}", detail.rules), Part::Quiet);
        }
        let shown = detail.problems.len().min(self.problems);
        self.problems -= shown;
        for (kind, place, why) in detail.problems.iter().take(shown) {
            self.say(&format!("{place}  {kind}: {why}"), Part::Text);
        }
        let more = detail.problem_count.saturating_sub(shown as u64);
        if more > 0 {
            self.say(&format!("and {more} more problems that are not shown"), Part::Quiet);
        }
    }
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
