//! A table of cases for people: comma-separated values after RFC 4180.

use std::io::{self, Write};

use super::ruling::Ruling;

/// The columns.
const COLUMNS: &str = "case,project,path,start_line,end_line,severity,kind,cwe,tools,rules,title,package,version,\
    state,verdict,basis,reason,note,reviewers,decided,until";

/// A case as the table has it.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// What stands of it.
    pub ruling: &'a Ruling,
    /// The project.
    pub project: &'a str,
    /// The file; empty where it names none.
    pub path: &'a str,
    /// The lines that are flagged; 0: the whole file.
    pub lines: (u32, u32),
    /// How bad it is if true.
    pub severity: &'a str,
    /// What sort of thing it is about.
    pub kind: &'a str,
    /// Weaknesses.
    pub cwes: &'a [u16],
    /// The tools that report it.
    pub tools: &'a [String],
    /// The rules that it breaks.
    pub rules: &'a [String],
    /// A few words.
    pub title: &'a str,
    /// The package and its version.
    pub package: (&'a str, &'a str),
}

/// Writes the table.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    out: W,
}

impl<W: Write> CsvWriter<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(COLUMNS.as_bytes())?;
        out.write_all(b"\r\n")?;
        Ok(Self { out })
    }

    /// Writes a case.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let ruling = line.ruling;
        let cwes: Vec<String> = line.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let cells = [
            ruling.case.to_string(),
            line.project.to_owned(),
            line.path.to_owned(),
            line.lines.0.to_string(),
            line.lines.1.to_string(),
            line.severity.to_owned(),
            line.kind.to_owned(),
            cwes.join(" "),
            line.tools.join(" "),
            line.rules.join(" "),
            line.title.to_owned(),
            line.package.0.to_owned(),
            line.package.1.to_owned(),
            ruling.state.word().to_owned(),
            word(ruling.verdict.map(|it| it.word())),
            word(ruling.basis.map(|it| it.word())),
            word(ruling.reason.map(|it| it.word())),
            ruling.note.clone(),
            ruling.reviewers.join(" "),
            if ruling.decided == 0 { String::new() } else { super::moment(ruling.decided) },
            ruling.until.map(|day| day.to_string()).unwrap_or_default(),
        ];
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(quoted(cell).as_bytes())?;
        }
        self.out.write_all(b"\r\n")
    }
}

/// A cell as it stands in the table. One that a spreadsheet would take for a formula is led by an apostrophe: its words
/// come from whoever wrote the scanned code.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::super::ruling::ruled;
    use super::*;
    use crate::domain::{Basis, Opinion};

    #[test]
    fn a_cell_that_holds_marks_is_quoted_and_none_is_a_formula() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("-1", "'-1"),
            ("@a,b", "\"'@a,b\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }

    #[test]
    fn a_line_has_a_cell_for_each_column() {
        let ruling = ruled(Opinion::Rejected, Basis::Human);
        let mut table = CsvWriter::new(Vec::new()).unwrap();
        table
            .line(&Line {
                ruling: &ruling,
                project: "shop",
                path: "a.py",
                lines: (3, 4),
                severity: "high",
                kind: "code",
                cwes: &[89, 564],
                tools: &["bandit".into()],
                rules: &["B608".into()],
                title: "SQL",
                package: ("", ""),
            })
            .unwrap();
        let text = String::from_utf8(table.out).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
        assert!(
            lines[1].contains(",CWE-89 CWE-564,bandit,B608,SQL,,,settled,rejected,human,,,ann,2025-11-24T")
        );
    }
}
