//! The lines of a case's details, wrapped to a width. They are made outside the frame and kept with the case, since what
//! tools say may be long; a frame looks only at the lines in sight.
//!
//! What is kept is known by what it was made with. The case itself is not among that: whoever changes it forgets them.

mod history;

pub(in crate::tui) use history::moment;
use ratatui::style::Style;

use super::cells::{width, wrapped};
use crate::domain::{Basis, Severity};
use crate::jobs::{CaseView, FindingView};
use crate::tui::docket::Open;
use crate::tui::theme::{Mark, Part, Theme};

/// Bytes of a text that are wrapped; nobody reads more of it in a pane.
const MOST: usize = 256 << 10;

/// A part of the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// The case and what the tools say.
    Case,
    /// The data flow, which shows where in it one is.
    Flow,
    /// Who stayed silent, and what was decided.
    History,
}

impl Piece {
    /// All of them, from the top.
    pub(super) const ALL: [Self; 3] = [Self::Case, Self::Flow, Self::History];
}

/// What a piece is made with, beside the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct With {
    pub(super) columns: usize,
    pub(super) theme: Theme,
    /// Whether what others think is hidden.
    pub(super) is_hidden: bool,
    /// Whether worth counts nothing that others think.
    pub(super) is_blind: bool,
    pub(super) shows_worth: bool,
    /// The step of the data flow that is shown.
    pub(super) step: Option<usize>,
}

impl With {
    /// What a piece depends on.
    pub(super) const fn of(self, piece: Piece) -> Self {
        match piece {
            Piece::Case => Self { step: None, ..self },
            Piece::Flow => Self { is_hidden: false, is_blind: false, shows_worth: false, ..self },
            Piece::History => Self { is_blind: false, shows_worth: false, step: None, ..self },
        }
    }
}

/// Lines, each with its style.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) lines: Vec<(String, Style)>,
    columns: usize,
    theme: Theme,
    /// The line of the step that is shown.
    pub(super) step: Option<usize>,
}

/// The pieces that are wrapped, each with what it was made with.
#[derive(Debug, Default)]
pub(in crate::tui) struct Details([Option<(With, Page)>; 3]);

impl Details {
    /// A piece, if it was made with the same.
    pub(super) fn piece(&self, piece: Piece, with: With) -> Option<&Page> {
        let made = self.0.get(piece as usize)?.as_ref();
        made.filter(|(known, _)| *known == with.of(piece)).map(|(_, page)| page)
    }

    /// Keeps what was made anew.
    pub(super) fn keep(&mut self, made: [Option<(With, Page)>; 3]) {
        for (slot, made) in self.0.iter_mut().zip(made) {
            if made.is_some() {
                *slot = made;
            }
        }
    }
}

impl Page {
    pub(super) const fn new(columns: usize, theme: Theme) -> Self {
        Self { lines: Vec::new(), columns, theme, step: None }
    }

    /// A piece of the details, wrapped; `own` is the reviewer who looks at it, the same all the time.
    pub(super) fn of(piece: Piece, with: With, open: &Open, own: &str) -> Self {
        let mut page = Self::new(with.columns, with.theme);
        match piece {
            Piece::Case => case(&mut page, open, with),
            Piece::Flow => flow(&mut page, open),
            Piece::History => silence_and_history(&mut page, &open.view, with.is_hidden, own),
        }
        page
    }

    pub(super) fn say(&mut self, text: &str, part: Part) {
        let style = self.theme.style(part);
        let (shown, more) = text.split_at(text.floor_char_boundary(MOST));
        self.lines.extend(wrapped(shown, self.columns).into_iter().map(|line| (line, style)));
        if !more.is_empty() {
            let words = format!("and {} KiB more, which `assize show` tells", more.len().div_ceil(1024));
            self.say(&words, Part::Key);
        }
    }

    /// Says a line of code: what does not fit stands below, further in than where it begins.
    fn code(&mut self, line: &str, part: Part) {
        let style = self.theme.style(part);
        let lead = line.len() - line.trim_start_matches(['+', '-', ' ', '\t']).len();
        let (lead, rest) = line.split_at(lead);
        let lead: String = lead.chars().take(self.columns / 2).collect();
        let below = " ".repeat(lead.len() + 2);
        let rest = rest.get(..rest.floor_char_boundary(MOST)).unwrap_or_default();
        for (at, piece) in wrapped(rest, self.columns.saturating_sub(below.len())).into_iter().enumerate() {
            let before = if at == 0 { &lead } else { &below };
            self.lines.push((format!("{before}{piece}"), style));
        }
    }

    /// Says something further in than what it belongs to.
    fn under(&mut self, text: &str, part: Part) {
        let style = self.theme.style(part);
        let text = text.get(..text.floor_char_boundary(MOST)).unwrap_or_default();
        let lines = wrapped(text, self.columns.saturating_sub(2));
        self.lines.extend(lines.into_iter().map(|line| (format!("  {line}"), style)));
    }

    fn gap(&mut self, heading: &str) {
        self.lines.push((String::new(), Style::new()));
        if !heading.is_empty() {
            self.say(heading, Part::Heading);
        }
    }
}

/// What stands in the place of what others think.
const HIDDEN: &str = "hidden until your verdict";

/// The case, and what the tools say of it.
fn case(page: &mut Page, open: &Open, with: With) {
    let (view, is_hidden) = (&*open.view, with.is_hidden);
    let listed = &view.listed;
    page.say(&listed.heading(), Part::Heading);
    let severity = Severity::from_number(listed.row.severity);
    let name = listed.name.to_string();
    page.say(&format!("case {}", name.get(..12).unwrap_or(&name)), Part::Quiet);
    page.lines.push((severity.to_string(), page.theme.severity(severity)));
    let standing = &listed.standing;
    let mut words = standing.state.to_string();
    if is_hidden {
        words = format!("what others say of it: {HIDDEN}");
    } else if let Some(verdict) = standing.verdict {
        let basis = standing.basis.map_or_else(String::new, beside);
        words.push_str(&format!(", {}{basis}", verdict.word().replace('_', " ")));
    }
    if !standing.reviewers.is_empty() && !is_hidden {
        words.push_str(&format!(" by {}", standing.reviewers.join(", ")));
    }
    for (is_so, word) in [
        (standing.touched && !is_hidden, "the code around it changed"),
        (standing.marked && !is_hidden, "findings came that the verdict does not cover"),
        (standing.expired && !is_hidden, "the accepted risk has expired"),
        (standing.pinned, "pinned"),
    ] {
        if is_so {
            words.push_str(&format!("; {word}"));
        }
    }
    if let Some(rank) = standing.rank {
        words.push_str(&format!("; priority {rank}"));
    }
    page.say(&words, Part::Text);
    if with.shows_worth {
        worth(page, view, with.is_blind);
    }
    for (cwe, description) in &view.weaknesses {
        // The list has short names; here there is room for the whole one.
        if let Some(name) = cwe.name().filter(|name| name != description) {
            page.say(&format!("{cwe} {name}"), Part::Text);
            page.say(description, Part::Quiet);
        } else {
            page.say(&format!("{cwe} {description}"), Part::Quiet);
        }
    }
    if !view.drift.is_empty() && !is_hidden {
        page.gap("changed since the verdict");
        drift(page, &view.drift);
    }
    tools(page, view, is_hidden);
}

/// The data flow, step by step.
fn flow(page: &mut Page, open: &Open) {
    let steps = open.steps();
    if !steps.is_empty() {
        page.gap(&match open.step {
            Some(at) => format!("data flow {}/{}", at + 1, steps.len()),
            None => format!("data flow, {} steps", steps.len()),
        });
        for (at, step) in steps.iter().enumerate() {
            let (path, line, words) = (step.path, step.place.start.line, step.words);
            let here = open.step == Some(at);
            if here {
                page.step = Some(page.lines.len());
            }
            let sign = if here { page.theme.mark(Mark::Step) } else { " " };
            let part = if here { Part::Key } else { Part::Quiet };
            let place = format!("{sign} {path}:{line}");
            let whole = format!("{place}  {words}");
            if width(&whole) <= page.columns {
                page.say(&whole, part);
            } else {
                page.say(&place, part);
                page.code(&format!("    {words}"), part);
            }
        }
    }
}

/// Who stayed silent, and what was decided.
fn silence_and_history(page: &mut Page, view: &CaseView, is_hidden: bool, own: &str) {
    if !view.silent.is_empty() {
        page.gap("silent");
        for (looked, words) in [
            (Some(true), "looked, said nothing"),
            (Some(false), "did not look here"),
            (None, "do not tell whether they looked"),
        ] {
            let tools = view.silent.iter().filter(|silent| silent.looked == looked);
            let tools: Vec<&str> = tools.map(|silent| silent.tool.as_str()).collect();
            if !tools.is_empty() {
                page.say(&format!("{words}: {}", tools.join(", ")), Part::Quiet);
            }
        }
    }
    // Of a case that is hidden the reviewer has given no verdict: what there is may all be others'.
    if !view.history.is_empty() && !is_hidden {
        history::tell(page, view, own);
    }
}

/// What a decision on the case is worth, as the sum that it is: each term with what it adds, of how much it could.
fn worth(page: &mut Page, view: &CaseView, is_blind: bool) {
    page.gap("");
    page.say(&format!("worth {:.2}, the sum of", view.listed.worth), Part::Heading);
    let name = view.worth.iter().map(|term| term.name.len()).max().unwrap_or(0);
    for term in &view.worth {
        let sum = format!("{:.2} of {:.2}", term.contribution, term.weight);
        page.say(&format!("{:<name$}  {sum}  {}", term.name, term.words), Part::Text);
    }
    if is_blind {
        let words =
            "how sure the tools are and how their rules did so far count nothing, since reviewing is blind";
        page.say(words, Part::Quiet);
    }
    page.gap("");
}

/// What was taken out and put in, without the lines that only programs read.
fn drift(page: &mut Page, diff: &str) {
    let is_head =
        |line: &&str| line.starts_with("--- ") || line.starts_with("+++ ") || line.starts_with("@@");
    let mut lines = diff.lines().peekable();
    while lines.next_if(is_head).is_some() {}
    for line in lines {
        let part = match line.as_bytes().first() {
            Some(b'+') => Part::Added,
            Some(b'-') => Part::Removed,
            _ => Part::Quiet,
        };
        page.code(if line.starts_with("@@") { "…" } else { line }, part);
    }
}

fn tools(page: &mut Page, view: &CaseView, is_hidden: bool) {
    for member in &view.findings {
        let gone = if member.gone { " (gone)" } else { "" };
        page.gap("");
        page.say(&format!("{}{gone} {}", member.tool, member.claim.rule), Part::Key);
        page.say(&member.claim.message, if member.gone { Part::Quiet } else { Part::Text });
        let claim = &member.claim;
        let mut told = Vec::new();
        match claim.severity_words.as_str() {
            "" => {}
            // Some tools have numbers for words.
            word if word.bytes().all(|byte| byte.is_ascii_digit()) => told.push(format!("severity {word}")),
            word => told.push(word.to_owned()),
        }
        if is_hidden {
            told.push(format!("confidence {HIDDEN}"));
        } else if let Some(confidence) = claim.confidence {
            told.push(format!("confidence {}", confidence.word()));
        }
        page.say(&told.join(" · "), Part::Quiet);
        advisory(page, member);
        if let Some(by_hand) = &member.by_hand {
            page.say(by_hand, Part::Quiet);
        } else if let Some((_, why)) = &member.detail.kin {
            page.say(&format!("one case because: {why}"), Part::Quiet);
        }
    }
}

/// Of a finding about a package: which one, where it is fixed, what the advisory is called and where it can be read.
fn advisory(page: &mut Page, member: &FindingView) {
    let claim = &member.claim;
    let Some(package) = &claim.dependency else { return };
    let fixed = match package.fixed.as_slice() {
        [] => "no fixed version is known".to_owned(),
        fixed => format!("fixed in {}", fixed.join(", ")),
    };
    page.say(&format!("{} {} · {fixed}", package.name, package.version), Part::Text);
    let others: Vec<&str> =
        package.aliases.iter().map(String::as_str).filter(|name| *name != claim.rule).collect();
    let also = if others.is_empty() { String::new() } else { format!(", also {}", others.join(", ")) };
    page.say(&format!("advisory {}{also}", claim.rule), Part::Quiet);
    // Some readers know the rule's page, others find it in the claim itself.
    let noted = claim.notes.iter().filter(|(name, _)| name == "link").map(|(_, link)| link.as_str());
    let links = std::iter::once(member.link.as_str()).chain(noted).filter(|link| !link.is_empty());
    if let Some(link) = best_link(links, &claim.rule, &others) {
        page.say(link, Part::Key);
    }
    if !package.path.is_empty() {
        page.say(&format!("by way of {}", package.path.join(page.theme.or_plain(" › ", " > "))), Part::Quiet);
    }
}

/// Of the links that are told the one that names the advisory, else the first.
fn best_link<'l>(links: impl Iterator<Item = &'l str>, id: &str, others: &[&str]) -> Option<&'l str> {
    let mut links = links.peekable();
    let first = links.peek().copied();
    let names = |link: &&str| std::iter::once(&id).chain(others).any(|name| link.contains(*name));
    links.find(names).or(first)
}

/// What is said beside a verdict that nobody gave on this very case.
fn beside(basis: Basis) -> String {
    if basis == Basis::Human { String::new() } else { format!(" ({})", history::basis(basis)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn a_verdict_that_nobody_gave_on_the_case_is_told_as_such() {
        assert_eq!(
            [Basis::Human, Basis::Inferred, Basis::Imported].map(beside),
            ["", " (inferred)", " (told by a tool)"]
        );
    }

    #[test]
    fn what_changed_since_a_verdict_is_told_without_the_lines_of_a_patch_and_keeps_its_shape() {
        let mut page = Page::new(21, testing::state().theme);
        let diff = "--- before\n+++ after\n@@ -1,2 +1,2 @@\n def f():\n-    call(one)\n+    call(one, two, three)\n\
                    @@ -9 +9 @@\n--- x\n";
        drift(&mut page, diff);
        let lines: Vec<&str> = page.lines.iter().map(|(text, _)| text.as_str()).collect();
        let wanted = [" def f():", "-    call(one)", "+    call(one, two,", "       three)", "…", "--- x"];
        assert_eq!(lines, wanted);
    }
}
