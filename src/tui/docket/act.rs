//! Deciding: from a key to what is asked of the writer.

use super::{DocketScreen, Just, Pending};
use crate::domain::Opinion;
use crate::jobs::{Do, JudgeWith, Request};
use crate::ledger::Seen;
use crate::tui::effect::Effect;
use crate::tui::modal::Why;
use crate::tui::note::Note;
use crate::tui::state::Settings;

/// Cases of an act that are told with their names, at most.
const SHOWN: usize = 4096;

impl DocketScreen {
    /// Asks the writer for something.
    pub(in crate::tui) fn ask(&mut self, act: Do, cases: Vec<u32>) -> Effect {
        let ticket = self.next_ticket();
        let about = act.about();
        // Of more than this most were never on the screen: the docket knows their names.
        let shown = cases.iter().filter(|_| cases.len() <= SHOWN).chain(&about);
        let shown = shown.filter_map(|case| self.rows.get(case));
        let named = shown.map(|row| (row.number, row.name)).collect();
        let is_step = matches!(act, Do::Undo | Do::Redo);
        self.just = match &act {
            Do::Undo | Do::Redo => Just::Stepped,
            Do::Spread { case, .. } => Just::Judged(*case),
            _ => Just::Acted,
        };
        let judges = match &act {
            Do::Judge(_, with) => Some(with.opinion),
            _ => None,
        };
        let pending = Pending::on(cases.into_iter().collect(), is_step, judges);
        self.pending.insert(ticket, pending);
        Effect::Ask(Request::Act { ticket, act, named })
    }

    /// Keeps a note that was just handed to the writer, in case it cannot be saved.
    pub(in crate::tui) fn keep_until_saved(&mut self, note: Note) {
        if let Some(act) = self.pending.get_mut(&self.ticket) {
            act.note = Some(note);
        }
    }

    /// Gives a verdict, and goes on to the next case where it was on the one at hand.
    pub(in crate::tui) fn judge(
        &mut self,
        opinion: Opinion,
        why: Why,
        cases: Vec<u32>,
        code_lines: u16,
        settings: &Settings,
        effects: &mut Vec<Effect>,
    ) {
        let single = cases.len() == 1;
        let here = self.here().filter(|open| single && cases.first() == Some(&open.view.listed.number));
        let shown = here.map(|open| {
            let rows = open.view.findings.iter().map(|member| &member.detail.row);
            rows.map(|row| (row.name, row.lease)).collect()
        });
        let seen = Seen {
            // Of many cases at once, no code was before the reviewer.
            code_on_screen: here.is_some_and(|open| open.shows_flagged(code_lines)),
            why: if single && cases.first().copied() == self.noticed.guest {
                "by its id".to_owned()
            } else {
                format!("{} by {}", self.listed_by.0, self.listed_by.1).trim_start().to_owned()
            },
            ms: here.and_then(|open| self.noticed.spent.get(&open.view.listed.number)).copied().unwrap_or(0),
            came: Some(self.came(here.is_some())),
            sight: here.map(|open| self.sight(open, settings)),
        };
        let Why { reason, until } = why;
        let with = JudgeWith { opinion, reason, note: String::new(), until, seen: Some(seen), shown };
        for case in &cases {
            self.noticed.spent.remove(case);
        }
        effects.push(self.ask(Do::Judge(cases.clone(), with), cases.clone()));
        if single {
            self.noticed.seen.extend(&cases);
            self.is_judging();
            self.just = cases.first().map_or(Just::Acted, |&case| Just::Judged(case));
        }
        if single && self.selected.is_empty() {
            self.go_line(self.line() + 1, effects);
        } else {
            self.selected.clear();
        }
    }

    /// Some milliseconds were spent on the case at hand.
    pub(in crate::tui) fn spend(&mut self, worked: u64) {
        if let Some(case) = self.here().map(|open| open.view.listed.number) {
            *self.noticed.spent.entry(case).or_default() += worked;
        }
    }
}
