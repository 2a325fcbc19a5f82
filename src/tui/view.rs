//! Drawing the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::model::Screen;
use crate::domain::Severity;
use crate::jobs::CaseView;
use crate::text::safe::visible_line;
use crate::text::{unified, visible};

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, screen: &Screen) {
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)])
            .areas(frame.area());
    let place = if screen.queue.is_empty() { 0 } else { screen.at + 1 };
    let head =
        format!(" assize  {place}/{} · {} decided  {}", screen.queue.len(), screen.decided, screen.status);
    frame.render_widget(Paragraph::new(head).style(Style::new().add_modifier(Modifier::REVERSED)), header);
    let lines = match &screen.case {
        Some(case) => case_lines(case),
        None if screen.queue.is_empty() => vec![Line::from("no case matches")],
        None => vec![Line::from("loading")],
    };
    frame.render_widget(Paragraph::new(lines).scroll((screen.scroll, 0)), body);
    let keys = " a confirm  r reject  w accept risk  u unsure  z undo  j/k next, previous  q quit";
    frame.render_widget(Paragraph::new(keys).style(Style::new().add_modifier(Modifier::DIM)), footer);
}

fn case_lines(case: &CaseView) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let dim = Style::new().add_modifier(Modifier::DIM);
    let listed = &case.listed;
    let cwes: Vec<String> = listed.cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect();
    let verdict = listed.standing.verdict.map(|verdict| format!(" {verdict}")).unwrap_or_default();
    let mut lines = vec![
        Line::from(vec![
            Span::styled(visible(&listed.title).into_owned(), bold),
            Span::raw(format!("  {}  {}", Severity::from_number(listed.row.severity), cwes.join(" "))),
            Span::styled(format!("  {}{verdict}", listed.standing.state), dim),
        ]),
        Line::from(Span::styled(format!("{}:{}", visible(&listed.path), listed.row.line), dim)),
        Line::default(),
    ];
    if let Some(code) = &case.code {
        if !code.scope.is_empty() {
            lines.push(Line::from(Span::styled(visible(&code.scope).into_owned(), dim)));
        }
        for (number, text) in (code.first_line..).zip(&code.lines) {
            let flagged = (code.flagged.0..=code.flagged.1).contains(&number);
            let style = if flagged { bold } else { Style::new() };
            let bar = if flagged { "▌" } else { " " };
            lines.push(Line::from(Span::styled(
                format!("{bar}{number:>5}  {}", visible_line(text, 4)),
                style,
            )));
        }
        lines.push(Line::default());
    }
    for finding in &case.findings {
        lines.push(Line::from(vec![
            Span::styled(format!("{}  ", visible(&finding.tool)), bold),
            Span::raw(visible(&finding.claim.rule).into_owned()),
        ]));
        for text in finding.claim.message.lines().take(6) {
            lines.push(Line::from(format!("    {}", visible_line(text, 4))));
        }
        if let Some((_, why)) = &finding.detail.kin {
            lines.push(Line::from(Span::styled(format!("    one case because: {}", visible(why)), dim)));
        }
        for fix in &finding.claim.fixes {
            for edit in &fix.edits {
                let before = if edit.place.snippet.is_empty() {
                    finding.claim.place.as_ref().map_or("", |place| place.snippet.as_str())
                } else {
                    edit.place.snippet.as_str()
                };
                let diff =
                    unified(&format!("{before}\n"), &format!("{}\n", edit.text), "now", "the tool's own fix");
                lines.extend(diff.lines().map(|line| Line::from(format!("    {}", visible_line(line, 4)))));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    #[test]
    fn an_empty_queue_says_so_at_any_size() {
        for (width, height) in [(80, 24), (20, 3), (1, 1), (200, 60)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| draw(frame, &Screen::default())).unwrap();
            let text: String =
                terminal.backend().buffer().content().iter().map(|cell| cell.symbol()).collect();
            assert_eq!(text.contains("no case matches"), width >= 20 && height >= 3);
        }
    }
}
