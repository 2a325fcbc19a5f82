//! The case: what the tools said, why it is one case, and what was decided.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::{Pen, line_of, width, wrapped};
use super::remedies;
use super::spread::notices;
use crate::domain::Severity;
use crate::jobs::{CaseView, PastView};
use crate::ledger::Act;
use crate::tui::action::Action;
use crate::tui::docket::Open;
use crate::tui::state::State;
use crate::tui::theme::{Part, Theme};

/// Lines of the details, each with its style.
struct Page {
    lines: Vec<(String, Style)>,
    columns: usize,
    theme: Theme,
    /// The line of the step that is shown.
    step: Option<usize>,
}

impl Page {
    fn say(&mut self, text: &str, part: Part) {
        let style = self.theme.style(part);
        self.lines.extend(wrapped(text, self.columns).into_iter().map(|line| (line, style)));
    }

    /// Says a line of code: what does not fit stands below, further in than where it begins.
    fn code(&mut self, line: &str, part: Part) {
        let style = self.theme.style(part);
        let lead = line.len() - line.trim_start_matches(['+', '-', ' ', '\t']).len();
        let (lead, rest) = line.split_at(lead);
        let lead: String = lead.chars().take(self.columns / 2).collect();
        let below = " ".repeat(lead.len() + 2);
        for (at, piece) in wrapped(rest, self.columns.saturating_sub(below.len())).into_iter().enumerate() {
            let before = if at == 0 { &lead } else { &below };
            self.lines.push((format!("{before}{piece}"), style));
        }
    }

    fn gap(&mut self, heading: &str) {
        self.lines.push((String::new(), Style::new()));
        if !heading.is_empty() {
            self.say(heading, Part::Heading);
        }
    }
}

/// How far the details of a case can be scrolled where they have this place.
pub(in crate::tui) fn last_scroll(place: Rect, state: &State) -> usize {
    let lines = state.docket.here().map_or(0, |open| page(place, open, state).lines.len());
    lines.saturating_sub(usize::from(place.height))
}

fn page(place: Rect, open: &Open, state: &State) -> Page {
    let columns = usize::from(place.width.saturating_sub(2));
    let mut page = Page { lines: Vec::new(), columns, theme: state.theme, step: None };
    for (text, part) in notices(state).into_iter().chain(remedies::notices(state)) {
        page.say(&text, part);
    }
    if state.docket.drawn.contains(&open.view.listed.number) {
        page.say("drawn at random, outside the order", Part::Key);
    }
    write(&mut page, open, state.settings.hides_of(&open.view), state.docket.shows_worth);
    page
}

pub(super) fn draw(pen: &mut Pen<'_>, place: Rect, state: &State) {
    let Some(open) = state.docket.here().filter(|_| !place.is_empty()) else { return };
    let page = page(place, open, state);
    let height = usize::from(place.height);
    let wanted = match page.step.filter(|_| open.follows) {
        Some(line) => line.saturating_sub(height / 2),
        None => open.scroll,
    };
    let scroll = wanted.min(page.lines.len().saturating_sub(height));
    for (at, (text, style)) in page.lines.iter().skip(scroll).take(height).enumerate() {
        pen.clean(line_of(place, u16::try_from(at).unwrap_or(u16::MAX)), 1, text, *style);
    }
    let below = page.lines.len().saturating_sub(scroll + height);
    if below > 0 {
        let last = line_of(place, place.height - 1);
        pen.clear(last);
        let down = state.keymap.key(Action::CaseDown).map(|key| key.to_string()).unwrap_or_default();
        let column = pen.ending(last, 1, &down, pen.style(Part::Key));
        let more = format!("{} more lines", below + 1);
        pen.ending(last, place.width.saturating_sub(column) + 1, &more, pen.style(Part::Quiet));
    }
}

/// What stands in the place of what others think.
const HIDDEN: &str = "hidden until your verdict";

fn write(page: &mut Page, open: &Open, is_hidden: bool, shows_worth: bool) {
    let view = &*open.view;
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
        words.push_str(&format!(", {}", verdict.word().replace('_', " ")));
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
    if shows_worth && is_hidden {
        page.gap("worth");
        // It counts how sure the tools are, and what others decided of its rules.
        page.say(HIDDEN, Part::Quiet);
    } else if shows_worth {
        worth(page, view);
    }
    for (cwe, description) in &view.weaknesses {
        page.say(&format!("{cwe} {description}"), Part::Quiet);
    }
    if !view.drift.is_empty() && !is_hidden {
        page.gap("changed since the verdict");
        drift(page, &view.drift);
    }
    tools(page, view, is_hidden);
    let steps = open.steps();
    if !steps.is_empty() {
        page.gap(&format!("data flow {}/{}", open.step.map_or(0, |at| at + 1), steps.len()));
        for (at, step) in steps.iter().enumerate() {
            let (path, line, words) = (step.path, step.place.start.line, step.words);
            let here = open.step == Some(at);
            if here {
                page.step = Some(page.lines.len());
            }
            let sign = if here { page.theme.or_plain("▸", ">") } else { " " };
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
        page.gap("history");
        for past in view.history.iter().rev() {
            let words = past_words(past);
            page.say(&words, if past.in_force { Part::Text } else { Part::Quiet });
        }
    }
}

/// What a decision on the case is worth, as the sum that it is: each term with what it adds, of how much it could.
fn worth(page: &mut Page, view: &CaseView) {
    page.gap("");
    page.say(&format!("worth {:.2}, the sum of", view.listed.worth), Part::Heading);
    let name = view.worth.iter().map(|term| term.name.len()).max().unwrap_or(0);
    for term in &view.worth {
        let sum = format!("{:.2} of {:.2}", term.contribution, term.weight);
        page.say(&format!("{:<name$}  {sum}  {}", term.name, term.words), Part::Text);
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
        if !claim.severity_words.is_empty() {
            told.push(claim.severity_words.clone());
        }
        if is_hidden {
            told.push(format!("confidence {HIDDEN}"));
        } else if let Some(confidence) = claim.confidence {
            told.push(format!("confidence {}", confidence.word()));
        }
        if let Some(dependency) = &claim.dependency {
            told.push(format!("{} {}", dependency.name, dependency.version));
            if !dependency.fixed.is_empty() {
                told.push(format!("fixed in {}", dependency.fixed.join(", ")));
            }
        }
        page.say(&told.join(" · "), Part::Quiet);
        if let Some(by_hand) = &member.by_hand {
            page.say(by_hand, Part::Quiet);
        } else if let Some((_, why)) = &member.detail.kin {
            page.say(&format!("one case because: {why}"), Part::Quiet);
        }
    }
}

fn past_words(past: &PastView) -> String {
    let entry = &past.entry;
    let words = match &entry.act {
        Act::Verdict(verdict) => {
            let reason = verdict.reason.map(|reason| format!(", {}", reason.word().replace('_', " ")));
            let until = verdict.until.map(|day| format!(" until {day}"));
            let note = if verdict.note.is_empty() { String::new() } else { format!(": {}", verdict.note) };
            let opinion = verdict.opinion.word().replace('_', " ");
            format!("{opinion}{}{}{note}", until.unwrap_or_default(), reason.unwrap_or_default())
        }
        Act::Note(note) => format!("noted: {}", note.text),
        Act::Rank(rank) => match rank.priority {
            Some(priority) => format!("priority {}", u8::from(priority)),
            None => "priority taken away".to_owned(),
        },
        Act::Pin(pin) => (if pin.on { "pinned" } else { "let go" }).to_owned(),
        Act::Assign(assign) => match &assign.to {
            Some(name) => format!("assigned to {name}"),
            None => "assigned to nobody".to_owned(),
        },
        other => other.kind().to_owned(),
    };
    let taken_back = if past.in_force { "" } else { ", not in force" };
    format!("{} {words}{taken_back}", entry.reviewer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn what_changed_since_a_verdict_is_told_without_the_lines_of_a_patch_and_keeps_its_shape() {
        let mut page = Page { lines: Vec::new(), columns: 21, theme: testing::state().theme, step: None };
        let diff = "--- before\n+++ after\n@@ -1,2 +1,2 @@\n def f():\n-    call(one)\n+    call(one, two, three)\n\
                    @@ -9 +9 @@\n--- x\n";
        drift(&mut page, diff);
        let lines: Vec<&str> = page.lines.iter().map(|(text, _)| text.as_str()).collect();
        let wanted = [" def f():", "-    call(one)", "+    call(one, two,", "       three)", "…", "--- x"];
        assert_eq!(lines, wanted);
    }
}
