//! Cases as aligned lines of a terminal's width.

use super::{mark, standing};
use crate::cli::output::{Output, Tone};
use crate::domain::Severity;
use crate::jobs::Listed;
use crate::text::fit::{cut_end, cut_middle, width, wrap};
use crate::text::visible;

/// The columns before the title: name, mark, worth and severity, each with its gap.
const BEFORE: usize = 11 + 2 + 5 + 9;
const GAP: usize = 2;
/// Where what a case stands at goes on when it takes more than its column.
const BELOW: usize = 13;

/// The widths of a list's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    columns: usize,
    title: usize,
    place: usize,
    tools: usize,
    standing: usize,
}

impl Table {
    /// Widths in which some cases fit a terminal.
    pub(super) fn of(cases: &[Listed], columns: usize) -> Self {
        let widest = |text: &dyn Fn(&Listed) -> String| {
            cases.iter().map(|case| width(&visible(&text(case)))).max().unwrap_or(0)
        };
        // What takes more goes on below, rather than narrow every line.
        let standing = widest(&standing).min((columns / 4).max(16));
        let rest = columns.saturating_sub(BEFORE + standing + 3 * GAP);
        let tools = widest(&|case| case.tools.join(", ")).min((rest / 4).max(9));
        let rest = rest.saturating_sub(tools).max(20);
        let (title, place) = (widest(&|case| case.heading().into_owned()), widest(&place));
        // Each may take what the other leaves, and where both want more the title gets the larger part.
        let place = place.min((rest * 2 / 5).max(rest.saturating_sub(title)));
        Self { columns, title: title.min(rest - place), place, tools, standing }
    }

    /// A case's line, or two where much is to be said of where it stands.
    pub(super) fn row(&self, case: &Listed, output: &Output) -> String {
        let severity = Severity::from_number(case.row.severity);
        let (sign, tone) = mark(severity);
        let name = case.name.to_string();
        let (place, tools) = (place(case), case.tools.join(", "));
        let (place, tools) = (visible(&place), visible(&tools));
        let title = heading(case, self.title);
        let (place, tools) = (cut_middle(&place, self.place), cut_end(&tools, self.tools));
        let stands = standing(case);
        let stands = visible(&stands);
        let mut line = format!(
            "{} {} {:.2} {:<8} {}{}{}",
            output.paint(Tone::Note, name.get(..10).unwrap_or(&name)),
            output.paint(tone, sign),
            case.worth,
            severity.word(),
            padded(&title, self.title, &output.paint(Tone::Bold, &title)),
            padded(&place, self.place, &output.paint(Tone::Dim, &place)),
            padded(&tools, self.tools, &tools),
        );
        if width(&stands) <= self.standing {
            line.push_str(&stands);
            return line;
        }
        line.truncate(line.trim_end().len());
        for part in wrap(&stands, self.columns.saturating_sub(BELOW)) {
            line.push_str(&format!("\n{:BELOW$}{part}", ""));
        }
        line
    }
}

/// The title in so many columns. What tells one package from another is cut last.
fn heading(case: &Listed, columns: usize) -> String {
    let mut package = case.package_words();
    if let Some(it) = &case.package
        && width(&visible(&case.heading())) > columns
        && !package.contains(&it.name)
    {
        // The title names it where it is cut.
        package = format!(" in {} {}", it.name, it.version).trim_end().to_owned();
    }
    let (title, package) = (visible(&case.title), visible(&package));
    let left = columns.saturating_sub(width(&title).min(columns / 3));
    let package = cut_middle(&package, left);
    format!("{}{package}", cut_end(&title, columns.saturating_sub(width(&package))))
}

/// Where a case is, as a list says it.
pub(super) fn place(case: &Listed) -> String {
    let place = case.place();
    if place.is_empty() { "(no place)".into() } else { place.into_owned() }
}

/// A text, painted, with blanks up to the next column.
fn padded(text: &str, columns: usize, painted: &str) -> String {
    format!("{painted}{:blanks$}", "", blanks = columns.saturating_sub(width(text)) + GAP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Color;
    use crate::docket::Overlay;
    use crate::domain::{Basis, CaseId, Opinion, State};
    use crate::jobs::Package;
    use crate::store::CaseRow;

    fn case(title: &str, path: &str) -> Listed {
        Listed {
            number: 1,
            name: CaseId::new([0xab; 16]),
            row: CaseRow { head: 1, line: 7, severity: 3, ..CaseRow::default() },
            project: "shop".into(),
            path: path.into(),
            tools: vec!["bandit".into(), "semgrep".into()],
            rules: Vec::new(),
            cwes: Vec::new(),
            title: title.into(),
            standing: Overlay::new(State::Open, None),
            worth: 0.5,
            package: None,
            spot: String::new(),
            version: 0,
        }
    }

    fn lines(cases: &[Listed], columns: usize) -> Vec<String> {
        let (table, output) = (Table::of(cases, columns), Output::new(false, false, Color::Never));
        cases.iter().map(|case| table.row(case, &output)).collect()
    }

    #[test]
    fn columns_are_aligned_and_nothing_is_cut_that_fits() {
        let cases = [case("SQL Injection", "a.py"), case("漢字", "src/b.py")];
        assert_eq!(
            lines(&cases, 120),
            [
                "ababababab ▲ 0.50 high     SQL Injection  a.py:7      bandit, semgrep  open",
                "ababababab ▲ 0.50 high     漢字           src/b.py:7  bandit, semgrep  open",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_titles_at_the_end_and_paths_in_the_middle() {
        let cases = [case("Improper Neutralisation of Everything", "service/store/catalogue/items.py")];
        let line = lines(&cases, 80).remove(0);
        assert!(width(&line) <= 80 && line.ends_with("open"), "{line:?}");
        assert!(line.contains("Improper Neut") && line.contains("ems.py:7"), "{line:?}");
        assert_eq!(line.matches('…').count(), 3, "{line:?}");
    }

    #[test]
    fn packages_are_told_apart_where_titles_are_cut() {
        let of = |name: &str| Listed {
            package: Some(Package { name: name.into(), version: "1.0.2".into() }),
            ..case("A long tale of what may happen to those who read untrusted documents", "pom.xml")
        };
        let mut named = of("left-pad");
        named.title.push_str(" in left-pad");
        let lines = lines(&[of("left-pad"), of("org.apache.logging.log4j:log4j-core"), named], 100);
        assert!(lines[2].contains("… in left-pad 1.0.2"), "{lines:?}");
        assert!(lines[0].contains("… in left-pad 1.0.2"), "{lines:?}");
        assert!(lines[1].contains("log4j-core 1.0.2"), "{lines:?}");
        assert!(lines.iter().all(|line| width(line) <= 100), "{lines:?}");
    }

    #[test]
    fn what_a_case_stands_at_is_never_lost() {
        let mut long = case("SQL Injection", "service/store/catalogue.py");
        long.standing = Overlay {
            touched: true,
            pinned: true,
            rank: Some(2),
            assignee: Some("ann".into()),
            ..Overlay::new(State::Settled, Some((Opinion::Rejected, Basis::Inferred)))
        };
        for columns in [20, 60, 80, 200] {
            let line = lines(std::slice::from_ref(&long), columns).remove(0);
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(
                words.join(" ").ends_with(
                    "settled rejected (inferred) · touched: code around it changed · pinned · rank 2 · assigned to ann"
                ),
                "{columns}: {line}"
            );
            assert!(columns < 60 || line.lines().all(|line| width(line) <= columns), "{columns}: {line}");
        }
    }
}
