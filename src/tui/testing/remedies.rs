//! What the world for tests answers about remedies.

use rustc_hash::FxHashMap;

use super::World;
use crate::domain::{CaseId, FindingId, RemedyId};
use crate::jobs::{
    Became, Decided, Decision, Draft, FileNow, Progress, Reedited, RemedyAct, RemedyCase, RemedyEntry,
    RemedyFound, RemedyPage, RemedyReply, RemedyRequest, Sheet,
};
use crate::remedy::{Check, CheckKind, Evidence, Fault, Miss, Origin, Outcome, Remedy, Sound};
use crate::source::{Class, Span};
use crate::text::sides::{Row, sides};
use crate::text::unified;

const OLD: &str = "import db\n\n\nclass Users:\n    def find(self, uid):\n        cur = db.cursor()\n        \
                   cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n        return cur.fetchone()\n\n    def last(self):\n        \
                   return None\n";
const NEW: &str = "import db\n\n\nclass Users:\n    def find(self, uid):\n        cur = db.cursor()\n        \
                   cur.execute(\"SELECT * FROM users WHERE id = %s\", (uid,))\n        return cur.fetchone()\n\n    def last(self):\n        \
                   return None\n";

/// The name of a case's remedy.
pub(in crate::tui) fn id(case: u32, at: u8) -> RemedyId {
    let [a, b, c, d] = case.to_be_bytes();
    RemedyId::new([a, b, c, d, at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
}

/// The case that a remedy is of.
pub(super) fn case_of(remedy: RemedyId) -> u32 {
    u32::from_be_bytes(*remedy.bytes().first_chunk().unwrap())
}

fn check(kind: CheckKind, outcome: Outcome, words: &str, ms: u64) -> Check {
    let by = if kind == CheckKind::Recheck { "semgrep" } else { "" };
    let lines = if kind == CheckKind::Recheck { vec!["a line of evidence".to_owned()] } else { Vec::new() };
    Check { kind, by: by.into(), outcome, evidence: Evidence { words: words.into(), lines }, ms }
}

/// A remedy as it is proposed.
pub(in crate::tui) fn remedy(case: u32, at: u8, sound: Sound) -> Remedy {
    let recheck = match sound {
        Sound::Yes => check(CheckKind::Recheck, Outcome::Held, "fixed", 1_420),
        Sound::Unproven => check(CheckKind::Recheck, Outcome::NotRun, "it is not installed", 0),
        Sound::No => {
            check(CheckKind::Recheck, Outcome::Failed, "stands: the same rule reports the same code", 980)
        }
    };
    Remedy {
        id: id(case, at),
        case: CaseId::new([7; 16]),
        finding: FindingId::default(),
        rule: "formatted-sql".into(),
        origin: Origin::Model,
        by: "mender".into(),
        words: String::new(),
        edited_from: None,
        edits: Vec::new(),
        diff: unified(OLD, if at == 0 { NEW } else { "" }, "a/src/db.py", "b/src/db.py"),
        checks: vec![
            check(CheckKind::Applies, Outcome::Held, "0123456789ab", 0),
            check(CheckKind::Parses, Outcome::Held, "no new error", 3),
            check(CheckKind::Minimal, Outcome::Held, "1 line, 9 tokens, 1 scope", 1),
            recheck,
        ],
        sound,
    }
}

pub(in crate::tui) fn page(remedy: Remedy, now: FileNow) -> RemedyPage {
    let mut sheets = Vec::new();
    for file in sides(&remedy.diff) {
        let (mut old, mut new) = (FxHashMap::default(), FxHashMap::default());
        for row in &file.rows {
            let (was, is) = match row {
                Row::Fold(_) => continue,
                Row::Same(was, is) => (Some(was), Some(is)),
                Row::Changed(was, is) => (was.as_ref(), is.as_ref()),
            };
            for (side, spans) in [(was, &mut old), (is, &mut new)] {
                let Some(side) = side else { continue };
                let end = u32::try_from(side.text.len()).unwrap();
                let keyword = Span { end: end.min(12), class: Class::Keyword };
                spans.insert(side.line, vec![keyword, Span { end, class: Class::Plain }]);
            }
        }
        sheets.push(Sheet { path: file.path, rows: file.rows, now, old, new });
    }
    RemedyPage { remedy, made: 0, decided: Decided::default(), sheets }
}

impl World {
    /// The remedies of a case: every second has two, and every fifth one that a check fails.
    fn case_of_remedies(&self, case: u32, is_whole: bool) -> RemedyCase {
        let mut pages = Vec::new();
        if self.remedied.contains(&case) {
            let sound = if case.is_multiple_of(5) { Sound::No } else { Sound::Yes };
            pages.push(page(remedy(case, 0, sound), FileNow::AsMade));
            if case.is_multiple_of(2) {
                pages.push(page(remedy(case, 1, Sound::Unproven), FileNow::Merges));
            }
        }
        for page in &mut pages {
            let by = "ann".to_owned();
            match self.fates.get(&page.remedy.id) {
                Some(Became::Accepted) => page.decided.decision = Some((Decision::Accepted, by)),
                Some(Became::Refused) => page.decided.decision = Some((Decision::Refused, by)),
                Some(Became::Applied) => page.decided.applied = Some(Default::default()),
                _ => {}
            }
        }
        pages.sort_by_key(|page| match self.fates.get(&page.remedy.id) {
            Some(Became::Applied) => 0,
            Some(Became::Accepted) => 1,
            None | Some(Became::Undecided) => 2,
            Some(Became::Refused) => 3,
        });
        let misses = if pages.is_empty() { vec![miss()] } else { Vec::new() };
        RemedyCase {
            case,
            name: CaseId::new([7; 16]),
            is_judged: self.is_judged(case),
            is_whole,
            pages,
            misses,
        }
    }

    fn is_judged(&self, case: u32) -> bool {
        self.decided.get(&case).is_some_and(|known| known.0.is_some())
    }

    fn entry(&self, case: u32) -> RemedyEntry {
        let opened = self.case_of_remedies(case, false);
        let first = opened.pages.first();
        let fate = first.and_then(|page| self.fates.get(&page.remedy.id)).copied();
        RemedyEntry {
            case,
            name: opened.name,
            many: opened.pages.len(),
            origin: first.map(|page| page.remedy.origin),
            by: "mender".into(),
            path: "src/db.py".into(),
            sound: first.map_or(Sound::Unproven, |page| page.remedy.sound),
            became: fate.unwrap_or_default(),
            is_judged: opened.is_judged,
            why: if first.is_none() { miss().words() } else { String::new() },
        }
    }

    pub(super) fn answer_of_remedies(&mut self, request: RemedyRequest) -> RemedyReply {
        match request {
            RemedyRequest::List(only) => {
                let cases = (1..=self.cases).filter(|case| {
                    only.as_ref().is_none_or(|only| only.contains(case))
                        && (self.remedied.contains(case) || self.in_vain.contains(case))
                });
                let mut entries: Vec<RemedyEntry> = cases.map(|case| self.entry(case)).collect();
                // As the desk has them: those that nobody has spoken of come first.
                entries.sort_by_key(|entry| {
                    (entry.many == 0, entry.became != Became::Undecided, entry.became, entry.case)
                });
                RemedyReply::Listed(entries)
            }
            RemedyRequest::Open { case, is_whole } => {
                RemedyReply::Opened(Box::new(self.case_of_remedies(case, is_whole)))
            }
            RemedyRequest::Scopes(cases) => RemedyReply::Scopes(
                cases.into_iter().map(|case| (case, format!("Users.find_{case}"))).collect(),
            ),
            RemedyRequest::Draft { remedy, at } => {
                RemedyReply::Draft(Ok(Draft { remedy, at, copy: "/edit/db.py".into(), line: 7 }))
            }
            RemedyRequest::Patch { path, .. } => RemedyReply::Written(Ok(format!("the patch is in {path}"))),
            RemedyRequest::Branch { name, .. } => {
                RemedyReply::Written(Err(format!("there is a branch `{name}`")))
            }
            RemedyRequest::Propose(cases) => {
                let Some(&case) = cases.first() else { return RemedyReply::Progress(Progress::default()) };
                if cases.len() > 1 {
                    let left = Some(61_000);
                    return RemedyReply::Progress(Progress {
                        case: Some(case),
                        of: cases.len(),
                        left,
                        ..Progress::default()
                    });
                }
                self.remedied.push(case);
                RemedyReply::Proposed(RemedyFound { case, of_use: 1, is_sound: true, why: String::new() })
            }
            RemedyRequest::Edited(draft) => {
                let case = case_of(draft.remedy);
                RemedyReply::Edited(case, Ok(Reedited::Kept(Box::new(remedy(case, 2, Sound::Yes)))))
            }
            RemedyRequest::Pause(_) => RemedyReply::Listed(Vec::new()),
            RemedyRequest::Stop => RemedyReply::Ended { done: 2, with: 1, is_stopped: true },
        }
    }

    pub(super) fn act_on_remedy(&mut self, remedy: RemedyId, act: RemedyAct) -> &'static str {
        let (fate, word) = match act {
            RemedyAct::Accept => (Became::Accepted, "accepted"),
            RemedyAct::Refuse(why) => {
                self.refusals.push(why);
                (Became::Refused, "refused")
            }
            RemedyAct::Apply { .. } => (Became::Applied, "applied"),
            RemedyAct::TakeBack => (Became::Accepted, "taken back"),
        };
        let before = self.fates.insert(remedy, fate);
        self.fates_before.push((remedy, before));
        word
    }

    /// Takes the last word on a remedy back; gives its case.
    pub(super) fn undo_of_remedy(&mut self) -> Option<u32> {
        let (remedy, before) = self.fates_before.pop()?;
        match before {
            Some(before) => self.fates.insert(remedy, before),
            None => self.fates.remove(&remedy),
        };
        Some(case_of(remedy))
    }
}

fn miss() -> Miss {
    Miss {
        origin: Some(Origin::Model),
        by: "mender".into(),
        fault: Fault::NoPlace,
        why: "what it replaces is not there".into(),
    }
}
