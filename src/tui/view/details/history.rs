//! What was done with a case: when, by whom, what it rests on, and whether it is a label to train on. It never decides
//! whether any of it may be shown.

use super::Page;
use crate::domain::{Basis, Opinion, State as Standing};
use crate::jobs::{CaseView, PastView};
use crate::ledger::{Act, Verdict};
use crate::tui::theme::Part;
use crate::tui::view::bulk::many;
use crate::tui::view::cells::width;

/// Everything that was done, the newest first; `own` is the reviewer who looks at it.
pub(super) fn tell(page: &mut Page, view: &CaseView, own: &str) {
    page.gap("history");
    for past in view.history.iter().rev() {
        let part = if past.in_force { Part::Text } else { Part::Quiet };
        let you = if past.entry.reviewer == own { " (you)" } else { "" };
        let head = format!("{} {}{you}", moment(past.entry.clock.wall_ms), past.entry.reviewer);
        let marks = marks(view, past);
        let whole = if marks.is_empty() { head.clone() } else { format!("{head} · {marks}") };
        let words = words(&past.entry.act);
        let beside = if marks.is_empty() { String::new() } else { format!(" · {marks}") };
        let line = format!("{head}  {words}{beside}");
        if !words.contains('\n') && width(&line) <= page.columns {
            page.say(&line, part);
            continue;
        }
        if width(&whole) <= page.columns {
            page.say(&whole, Part::Quiet);
        } else {
            page.say(&head, Part::Quiet);
            page.under(&marks, Part::Quiet);
        }
        page.under(&words, part);
    }
}

/// A moment to the minute, in universal time.
pub(in crate::tui) fn moment(wall_ms: u64) -> String {
    let second = i64::try_from(wall_ms / 1000).ok();
    let time = second.and_then(|second| jiff::Timestamp::from_second(second).ok());
    let told = time.map(|time| time.to_string().replace('T', " ")).unwrap_or_default();
    told.get(..16).unwrap_or(&told).to_owned()
}

/// What is to be known of an act beside what it says: what a verdict rests on and what it is worth, of how many cases it
/// was one act, and that it was taken back.
fn marks(view: &CaseView, past: &PastView) -> String {
    let mut marks = Vec::new();
    if let Act::Verdict(verdict) = &past.entry.act {
        let how = if verdict.came_back() { "judged when it came back" } else { basis(verdict.basis) };
        marks.push(how.to_owned());
        if past.in_force {
            marks.extend(worth(view, past, verdict));
        }
    }
    if past.cases > 1 {
        let cases = usize::try_from(past.cases).unwrap_or(usize::MAX);
        marks.push(format!("one act on {}", many(cases)));
    }
    if !past.in_force {
        marks.push("taken back".to_owned());
    }
    marks.join(", ")
}

/// What a verdict comes from.
pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Human => "judged",
        Basis::Inferred => "inferred",
        Basis::Imported => "told by a tool",
    }
}

/// Whether a person's verdict is gold, or why it is not; nothing of one that decides nothing.
fn worth(view: &CaseView, past: &PastView, verdict: &Verdict) -> Option<String> {
    if verdict.basis != Basis::Human {
        return None;
    }
    let later = |other: &&PastView| {
        let is_verdict = matches!(&other.entry.act, Act::Verdict(it) if it.basis == Basis::Human);
        let is_own = other.entry.reviewer == past.entry.reviewer;
        is_verdict && other.in_force && is_own && !confirms(view, other)
    };
    if confirms(view, past) {
        return Some("the same as before".to_owned());
    }
    if view.history.iter().rev().find(later).is_some_and(|last| last.entry.id != past.entry.id) {
        return Some("replaced by a later one".to_owned());
    }
    if verdict.opinion == Opinion::Unsure {
        return None;
    }
    let standing = &view.listed.standing;
    // In a line of a narrow pane; `show` has the label's own words.
    let why = if !verdict.seen.as_ref().is_some_and(|seen| seen.code_on_screen) {
        "code not on screen"
    } else if standing.gold {
        return Some("gold".to_owned());
    } else if standing.state == Standing::Disputed {
        "reviewers differ"
    } else if standing.state == Standing::Stale {
        "its code has changed"
    } else if standing.touched {
        "the code around has changed"
    } else {
        return Some("not gold".to_owned());
    };
    Some(format!("not gold: {why}"))
}

/// Whether a verdict was given when the case came back and says what the same reviewer had said, which goes on to stand.
fn confirms(view: &CaseView, past: &PastView) -> bool {
    let said = |past: &PastView| match &past.entry.act {
        Act::Verdict(verdict) if verdict.basis == Basis::Human => {
            Some((verdict.opinion, verdict.came_back()))
        }
        _ => None,
    };
    let Some((opinion, true)) = said(past) else { return false };
    let earlier = view.history.iter().take_while(|other| other.entry.id != past.entry.id);
    let own = earlier.filter(|other| other.in_force && other.entry.reviewer == past.entry.reviewer);
    own.filter_map(said).last().is_some_and(|(before, _)| before == opinion)
}

/// An act in a few words.
fn words(act: &Act) -> String {
    match act {
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
        Act::Split(split) => match split.out.len() {
            1 => "split: a finding became a case of its own".to_owned(),
            out => format!("split: {out} findings became a case of their own"),
        },
        Act::Merge(merge) => format!("merged with {}", many(merge.from.len())),
        other => other.kind().replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryId, Reason};
    use crate::ledger::{Came, ChainId, Entry, Hlc, Note, Pin, Seen};
    use crate::tui::testing;

    /// 2026-01-02 08:44 and so many minutes.
    fn past(minute: u64, reviewer: &str, act: Act) -> PastView {
        let clock = Hlc { wall_ms: 1_767_343_440_000 + minute * 60_000, counter: 0 };
        let id = EntryId::new([u8::try_from(minute).unwrap(); 16]);
        let chain = ChainId::default();
        let entry = Entry { id, chain, position: minute, clock, reviewer: reviewer.into(), act };
        PastView { entry, in_force: true, cases: 1 }
    }

    fn verdict(opinion: Opinion, basis: Basis, code_on_screen: bool) -> Act {
        Act::Verdict(Verdict {
            cases: Vec::new(),
            opinion,
            reason: Some(Reason::Sanitised),
            note: String::new(),
            until: None,
            basis,
            source: None,
            seen: Some(Seen { code_on_screen, ..Seen::default() }),
        })
    }

    fn told(view: &CaseView, columns: usize) -> Vec<String> {
        let mut page = Page::new(columns, testing::state().theme);
        tell(&mut page, view, "ann");
        let lines: Vec<String> = page.lines.into_iter().map(|(text, _)| text).collect();
        assert!(lines.iter().all(|line| width(line) <= columns), "{lines:#?}");
        lines.into_iter().skip(2).collect()
    }

    #[test]
    fn an_act_is_told_with_its_moment_who_did_it_and_what_it_rests_on() {
        let mut view = testing::World::of(1).view(1);
        view.listed.standing.gold = true;
        view.listed.standing.state = Standing::Settled;
        view.history = vec![
            past(0, "ann", verdict(Opinion::Confirmed, Basis::Human, true)),
            past(1, "bob", verdict(Opinion::Rejected, Basis::Human, false)),
            PastView { cases: 1200, ..past(2, "cat", verdict(Opinion::Rejected, Basis::Inferred, false)) },
            past(3, "dan", verdict(Opinion::Rejected, Basis::Imported, false)),
            past(4, "ann", verdict(Opinion::Rejected, Basis::Human, true)),
            PastView { in_force: false, ..past(5, "bob", Act::Pin(Pin { cases: Vec::new(), on: true })) },
            past(6, "ann", Act::Pin(Pin { cases: Vec::new(), on: false })),
        ];
        let wanted = [
            "2026-01-02 08:50 ann (you)  let go",
            "2026-01-02 08:49 bob  pinned · taken back",
            "2026-01-02 08:48 ann (you)  rejected, sanitised · judged, gold",
            "2026-01-02 08:47 dan  rejected, sanitised · told by a tool",
            "2026-01-02 08:46 cat  rejected, sanitised · inferred, one act on 1,200 cases",
            "2026-01-02 08:45 bob  rejected, sanitised · judged, not gold: code not on screen",
            "2026-01-02 08:44 ann (you)  confirmed, sanitised · judged, replaced by a later one",
        ];
        assert_eq!(told(&view, 90), wanted);
    }

    #[test]
    fn in_a_narrow_pane_what_does_not_fit_stands_below_and_further_in() {
        let mut view = testing::World::of(1).view(1);
        let text = "the driver binds the value before it is sent\nsee the wiki".to_owned();
        view.history = vec![
            past(0, "ann", verdict(Opinion::Confirmed, Basis::Human, false)),
            past(1, "bob", Act::Note(Note { cases: Vec::new(), text })),
        ];
        let wanted = [
            "2026-01-02 08:45 bob",
            "  noted: the driver binds the",
            "  value before it is sent",
            "  see the wiki",
            "2026-01-02 08:44 ann (you)",
            "  judged, not gold: code not on",
            "  screen",
            "  confirmed, sanitised",
        ];
        assert_eq!(told(&view, 32), wanted);
    }

    #[test]
    fn what_keeps_a_verdict_from_being_gold_is_said_with_it() {
        for (state, touched, words) in [
            (Standing::Disputed, false, "not gold: reviewers differ"),
            (Standing::Stale, false, "not gold: its code has changed"),
            (Standing::Settled, true, "not gold: the code around has changed"),
        ] {
            let mut view = testing::World::of(1).view(1);
            (view.listed.standing.state, view.listed.standing.touched) = (state, touched);
            view.history = vec![past(0, "bob", verdict(Opinion::Confirmed, Basis::Human, true))];
            let lines = told(&view, 100);
            assert!(lines[0].ends_with(words), "{lines:#?}");
        }
        let mut view = testing::World::of(1).view(1);
        view.history = vec![past(0, "bob", verdict(Opinion::Unsure, Basis::Human, true))];
        assert!(told(&view, 100)[0].ends_with(" · judged"), "what decides nothing is no label");
    }

    #[test]
    fn a_verdict_given_when_the_case_came_back_leaves_what_was_the_same_before_it_in_its_place() {
        let back = |opinion| match verdict(opinion, Basis::Human, true) {
            Act::Verdict(it) => {
                let seen = it.seen.clone().map(|seen| Seen { came: Some(Came::Return), ..seen });
                Act::Verdict(Verdict { seen, ..it })
            }
            other => other,
        };
        let mut view = testing::World::of(1).view(1);
        (view.listed.standing.gold, view.listed.standing.state) = (true, Standing::Settled);
        let first = past(0, "ann", verdict(Opinion::Confirmed, Basis::Human, true));
        view.history = vec![first.clone(), past(1, "ann", back(Opinion::Confirmed))];
        let lines = told(&view, 100);
        assert!(lines[0].ends_with("judged when it came back, the same as before"), "{lines:#?}");
        assert!(lines[1].ends_with("judged, gold"), "{lines:#?}");
        view.history = vec![first, past(1, "ann", back(Opinion::Rejected))];
        let lines = told(&view, 100);
        assert!(lines[0].ends_with("judged when it came back, gold"), "{lines:#?}");
        assert!(lines[1].ends_with("replaced by a later one"), "{lines:#?}");
    }
}
