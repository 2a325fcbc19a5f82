//! A case as Markdown, to be pasted into a ticket.

use std::fmt::Write as _;

use super::docket::Open;
use crate::domain::Severity;
use crate::text::visible;

/// Lines of code quoted on either side of what is flagged.
const AROUND: u32 = 3;

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
        let message = visible(&member.claim.message).replace('\n', " ");
        let _ =
            writeln!(out, "- **{}** `{}`: {}", visible(&member.tool), visible(&member.claim.rule), message);
    }
    if let Some(file) = &open.code {
        let (first, last) =
            (row.line.saturating_sub(AROUND).max(file.first_line), row.end_line.max(row.line) + AROUND);
        let lines: Vec<&str> = (first..=last).filter_map(|number| file.line(number)).collect();
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
