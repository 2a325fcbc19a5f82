//! What the screen says of the cases that are like the one judged, and of spreading its verdict to them.

use crate::domain::Opinion;
use crate::tui::action::Action;
use crate::tui::docket::LikeList;
use crate::tui::state::State;
use crate::tui::theme::Part;

/// What stands above the details of the case at hand.
pub(super) fn notices(state: &State) -> Vec<(String, Part)> {
    let docket = &state.docket;
    let mut lines = Vec::new();
    let at = docket.current();
    if let Some(list) = &docket.spread.list {
        if let Some(case) = at.filter(|case| list.sample.contains(case)) {
            let looked = list.looked.contains(&case);
            let words =
                if looked { "picked for a look: looked at" } else { "picked for a look: its code first" };
            lines.push((words.to_owned(), Part::Key));
        }
        if let Some(difference) = at.and_then(|case| list.differences.get(&case)) {
            let scope =
                if difference.scope.is_empty() { String::new() } else { format!(" in {}", difference.scope) };
            lines.push((format!("like the one {}{scope}", done(list.opinion)), Part::Heading));
            if let Some(was) = &difference.was {
                lines.push((format!("- {was}"), Part::Removed));
                lines.push((format!("+ {}", difference.line), Part::Added));
            }
            lines.extend(difference.words.iter().map(|words| (words.clone(), Part::Text)));
            lines.push((String::new(), Part::Text));
        }
        return lines;
    }
    // What was said of a case is said beside it alone; right after its verdict the last line says it.
    let Some(alike) = docket.spread.alike.as_ref().filter(|alike| at == Some(alike.case)) else {
        return lines;
    };
    let named = |action| state.keymap.key(action).map(|key| format!("   {key} ")).unwrap_or_default();
    let one = "this one";
    if let Some(spread) = &alike.spread {
        let cases = many(spread.cases);
        let back = named(Action::TakeBackSpread);
        lines.push(if spread.is_overturned {
            let opinion = spread.opinion;
            (
                format!(
                    "`{opinion}` was spread to {cases}, and {one} says otherwise:{back}takes all of it back"
                ),
                Part::Failure,
            )
        } else {
            (format!("the verdict on {one} was spread to {cases}{back}takes it back"), Part::Key)
        });
    }
    if alike.given.is_some() && !alike.cases.is_empty() {
        let least = if alike.is_complete { "" } else { "at least " };
        let open = if alike.cases.len() == 1 {
            "1 open case".to_owned()
        } else {
            format!("{} open cases", alike.cases.len())
        };
        let shows = named(Action::Alike);
        lines.push((format!("{least}{open} like {one}{shows}shows them"), Part::Key));
    }
    if !lines.is_empty() {
        lines.push((String::new(), Part::Text));
    }
    lines
}

/// What stands in the place of the filter while the list is shown.
pub(super) fn heading(list: &LikeList) -> String {
    let least = if list.is_complete { "" } else { "at least " };
    format!("{least}{} like the one {}", many(list.cases.len()), done(list.opinion))
}

/// What stands over the screen before a verdict is spread.
pub(super) fn question(state: &State) -> Vec<(String, Part)> {
    let Some(list) = &state.docket.spread.list else { return Vec::new() };
    let mut lines = vec![
        (format!("{} as inferred: {}", list.opinion, many(list.cases.len())), Part::Heading),
        (String::new(), Part::Text),
        ("looked at before:".to_owned(), Part::Quiet),
    ];
    for row in list.sample.iter().filter_map(|case| state.docket.rows.get(case)) {
        lines.push((format!("  {}", row.place()), Part::Text));
    }
    lines.push((String::new(), Part::Text));
    lines.push(("never a label to train on; one undo takes all of it back".to_owned(), Part::Quiet));
    lines
}

fn many(cases: usize) -> String {
    if cases == 1 { "1 case".to_owned() } else { format!("{cases} cases") }
}

fn done(opinion: Opinion) -> &'static str {
    match opinion {
        Opinion::Confirmed => "confirmed",
        Opinion::Rejected => "rejected",
        Opinion::RiskAccepted => "accepted as a risk",
        Opinion::Unsure => "left open",
    }
}
