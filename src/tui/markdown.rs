//! A case as Markdown, to be pasted into a ticket.

use std::fmt::Write as _;

use super::docket::Open;
use crate::domain::Severity;
use crate::jobs::CodeFile;
use crate::text::columns::TAB;
use crate::text::safe::visible_line;
use crate::text::visible;

/// Lines of code quoted on either side of what is flagged.
const AROUND: u32 = 3;
/// Bytes quoted of a line.
const MOST_LINE: usize = 400;

/// The case before the reviewer.
pub(super) fn of(open: &Open) -> String {
    let listed = &open.view.listed;
    let row = &listed.row;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "### {}\n", visible(&listed.heading()));
    let _ = writeln!(out, "`{}` · {}", visible(&listed.place()), Severity::from_number(row.severity));
    for (cwe, words) in &open.view.weaknesses {
        let _ = writeln!(out, "- {cwe}: {words}");
    }
    for member in open.view.findings.iter().filter(|member| !member.gone) {
        let message = member.claim.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = visible(&message);
        let _ =
            writeln!(out, "- **{}** `{}`: {}", visible(&member.tool), visible(&member.claim.rule), message);
    }
    if let Some(file) = &open.code {
        let (first, last) =
            (row.line.saturating_sub(AROUND).max(file.first_line), row.end_line.max(row.line) + AROUND);
        let lines: Vec<String> = (first..=last).filter_map(|number| quoted(open, file, number)).collect();
        // A fence longer than any within, so that the code cannot end it.
        let longest =
            lines.iter().map(|line| line.chars().take_while(|c| *c == '`').count()).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(out, "\n{fence}");
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "{fence}");
    }
    let _ = writeln!(out, "\nCase {}", listed.name);
    out
}

/// A line of code as it may be pasted anywhere; of one that is a whole program the part around what is flagged.
fn quoted(open: &Open, file: &CodeFile, number: u32) -> Option<String> {
    let line = file.line(number)?;
    let flagged = open.marked().and_then(|marked| marked.within(number, line.len())).map_or(0, |it| it.start);
    let from = if line.len() > MOST_LINE {
        line.floor_char_boundary(flagged.saturating_sub(MOST_LINE / 4))
    } else {
        0
    };
    let to = line.floor_char_boundary((from + MOST_LINE).min(line.len()));
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
    Some(format!("{before}{}{after}", visible_line(line.get(from..to)?, TAB)))
}
