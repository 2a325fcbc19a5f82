//! What would be touched by what is to be done to many cases.

use super::bars::grouped;
use crate::tui::bulk::Bulk;
use crate::tui::docket::DocketScreen;
use crate::tui::theme::Part;

/// The lines of its box.
pub(super) fn lines(bulk: &Bulk, docket: &DocketScreen) -> Vec<(String, Part)> {
    let all = bulk.cases.len();
    let mut lines = vec![(format!("{}: {}", bulk.deed.words(), many(all)), Part::Heading)];
    lines.extend(bulk.group.iter().map(|group| (format!("all of {group}"), Part::Text)));
    let of = |count: usize| if count == all { "all".to_owned() } else { grouped(count) };
    if bulk.unseen > 0 {
        let words = if bulk.unseen == 1 { "was" } else { "were" };
        lines.push((format!("{} of them {words} never looked at", of(bulk.unseen)), Part::Failure));
    }
    if bulk.hidden > 0 {
        let words = if bulk.hidden == 1 { "is" } else { "are" };
        lines.push((
            format!("{} of them {words} not in the list as it is filtered", of(bulk.hidden)),
            Part::Failure,
        ));
    }
    match bulk.settled() {
        0 if bulk.survey.is_none() => lines.push(("counting the settled ones".to_owned(), Part::Quiet)),
        0 => {}
        1 => lines.push(("1 of them is settled already: it gets one more verdict".to_owned(), Part::Failure)),
        settled => {
            let words = format!("{} of them are settled already: they get one more verdict", of(settled));
            lines.push((words, Part::Failure));
        }
    }
    lines.push((String::new(), Part::Text));
    for case in &bulk.sample {
        // A row that has not come holds its line, so that nothing jumps.
        let Some(row) = docket.rows.get(case) else {
            lines.push(("…".to_owned(), Part::Quiet));
            continue;
        };
        let part = if docket.noticed.seen.contains(case) { Part::Text } else { Part::Quiet };
        lines.push((format!("{}  {}", row.heading(), row.place()), part));
    }
    let more = all.saturating_sub(bulk.sample.len());
    if more > 0 {
        lines.push((format!("and {} more", grouped(more)), Part::Quiet));
    }
    lines.push((String::new(), Part::Text));
    lines.push(("one undo takes all of it back".to_owned(), Part::Quiet));
    lines
}

/// So many cases, in words.
pub(in crate::tui) fn many(cases: usize) -> String {
    if cases == 1 { "1 case".to_owned() } else { format!("{} cases", grouped(cases)) }
}
