//! Remedies as the screen shows them: the cases that have one, and all that is known of the remedies of a case.

use rustc_hash::{FxHashMap, FxHashSet};

use super::decide::is_unmade;
use super::sheet::{self, Sheet};
use super::{Decided, Decision, read};
use crate::docket::Docket;
use crate::domain::{Basis, CaseId};
use crate::jobs::desk::{Desk, DeskError};
use crate::ledger::Act;
use crate::remedy::{Miss, Origin, Remedy, Sound};
use crate::store::{Past, RemedyHead};

/// What became of a case's remedies: of the one that went furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Became {
    /// Nobody has said anything of any.
    #[default]
    Undecided,
    /// All that were spoken of were refused, and there is none left.
    Refused,
    /// One was accepted.
    Accepted,
    /// One is in a source tree.
    Applied,
}

/// A case with its remedies, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyEntry {
    /// Its number in the docket.
    pub case: u32,
    /// Its name.
    pub name: CaseId,
    /// How many remedies it has.
    pub many: usize,
    /// Where the best of them comes from; `None` where there is none.
    pub origin: Option<Origin>,
    /// Who proposed that; empty where that says nothing.
    pub by: String,
    /// The first file that it changes.
    pub path: String,
    /// Whether it may be believed.
    pub sound: Sound,
    /// What became of them.
    pub became: Became,
    /// Whether the reviewer has given a verdict on the case.
    pub is_judged: bool,
    /// Why the last proposal had nothing of use; empty where it had.
    pub why: String,
}

/// The remedies of one case.
#[derive(Debug)]
pub struct RemedyCase {
    /// Its number in the docket.
    pub case: u32,
    /// Its name.
    pub name: CaseId,
    /// Whether the reviewer has given a verdict on it.
    pub is_judged: bool,
    /// Whether the differences have as much around them as there is.
    pub is_whole: bool,
    /// Its remedies, the best first.
    pub pages: Vec<RemedyPage>,
    /// Why those who were asked last had nothing of use.
    pub misses: Vec<Miss>,
}

/// A remedy, ready to be shown.
#[derive(Debug)]
pub struct RemedyPage {
    /// The remedy.
    pub remedy: Remedy,
    /// When it was checked last: milliseconds since 1970.
    pub made: u64,
    /// What became of it.
    pub decided: Decided,
    /// Its files, before and after.
    pub sheets: Vec<Sheet>,
}

/// What comes first: what went further, then what may be believed more.
fn rank(decided: &Decided, sound: Sound) -> (u8, u8) {
    let fate = match (&decided.applied, decided.decision.as_ref().map(|it| it.0)) {
        (Some(_), _) => 0,
        (None, Some(Decision::Accepted)) => 1,
        (None, None) => 2,
        (None, Some(Decision::Refused)) => 3,
    };
    let sound = match sound {
        Sound::Yes => 0,
        Sound::Unproven => 1,
        Sound::No => 2,
    };
    (fate, sound)
}

fn is_judged_by(history: &[Past], reviewer: &str) -> bool {
    history.iter().any(|past| {
        past.entry.reviewer == reviewer
            && matches!(&past.entry.act, Act::Verdict(verdict) if verdict.basis == Basis::Human)
    })
}

impl Desk {
    fn history_of(&self, case: CaseId) -> Result<Vec<Past>, DeskError> {
        Ok(self.journal.as_ref().map_or(Ok(Vec::new()), |journal| journal.history(case))?)
    }

    /// The cases that have remedies, or that were proposed for in vain; of some cases, or all. Those without a decision
    /// come first, and of them the sound ones.
    ///
    /// # Errors
    /// When a store fails.
    pub fn remedy_queue(&self, only: Option<&[u32]>, reviewer: &str) -> Result<Vec<RemedyEntry>, DeskError> {
        let Some(store) = self.remedies()? else { return Ok(Vec::new()) };
        let only: Option<FxHashSet<u32>> = only.map(|cases| cases.iter().copied().collect());
        let mut order: Vec<CaseId> = Vec::new();
        let mut heads: FxHashMap<CaseId, Vec<RemedyHead>> = FxHashMap::default();
        for head in store.heads()? {
            if !heads.contains_key(&head.case) {
                order.push(head.case);
            }
            heads.entry(head.case).or_default().push(head);
        }
        let mut why: FxHashMap<CaseId, Vec<Miss>> = FxHashMap::default();
        for (case, miss) in self.without_remedy(None)? {
            if !heads.contains_key(&case) && !why.contains_key(&case) {
                order.push(case);
            }
            why.entry(case).or_default().push(miss);
        }
        let mut queue = Vec::new();
        for case in order {
            let Some(number) = self.number_of(case)? else { continue };
            if only.as_ref().is_some_and(|only| !only.contains(&number)) {
                continue;
            }
            let history = self.history_of(case)?;
            let why = why.get(&case).map_or_else(String::new, |misses| words(misses));
            queue.push(entry(
                (number, case),
                heads.remove(&case).unwrap_or_default(),
                &history,
                reviewer,
                why,
            ));
        }
        queue.sort_by_key(|entry| {
            let none = entry.many == 0;
            (none, entry.became != Became::Undecided, sound_rank(entry.sound), entry.became)
        });
        Ok(queue)
    }

    /// All that is known of the remedies of a case.
    ///
    /// # Errors
    /// When there is no such case or a store fails.
    pub fn remedy_case(
        &self,
        docket: &Docket,
        number: u32,
        reviewer: &str,
        is_whole: bool,
    ) -> Result<RemedyCase, DeskError> {
        let name = match docket.name(number) {
            Some(name) => Some(name),
            None => self.name_of(number)?,
        };
        let name = name.ok_or_else(|| DeskError::NoSuchCase(number.to_string()))?;
        let history = self.history_of(name)?;
        let is_judged = is_judged_by(&history, reviewer);
        let mut case =
            RemedyCase { case: number, name, is_judged, is_whole, pages: Vec::new(), misses: Vec::new() };
        let Some(store) = self.remedies()? else { return Ok(case) };
        for row in store.all(Some(name))? {
            let remedy = read(&row)?;
            if is_unmade(&history, remedy.id) {
                continue;
            }
            let decided = Decided::of(&history, remedy.id);
            let tree = self.tree(&row.project)?;
            let sheets = sheet::sheets(&store, tree.as_ref().ok(), &remedy, is_whole)?;
            case.pages.push(RemedyPage { remedy, made: row.made, decided, sheets });
        }
        // What was made of another stands beside it, before it.
        case.pages.sort_by_key(|page| {
            (rank(&page.decided, page.remedy.sound), page.remedy.origin != Origin::Person)
        });
        let misses = store.misses(Some(name))?;
        case.misses = misses.iter().filter_map(|row| serde_json::from_str(&row.body).ok()).collect();
        Ok(case)
    }
}

const fn sound_rank(sound: Sound) -> u8 {
    match sound {
        Sound::Yes => 0,
        Sound::Unproven => 1,
        Sound::No => 2,
    }
}

/// Why there is none of use, in a line.
fn words(misses: &[Miss]) -> String {
    crate::remedy::Climbed { remedies: Vec::new(), misses: misses.to_vec() }.why()
}

fn entry(
    (case, name): (u32, CaseId),
    heads: Vec<RemedyHead>,
    history: &[Past],
    reviewer: &str,
    why: String,
) -> RemedyEntry {
    let mut known: Vec<((u8, u8), RemedyHead)> = heads
        .into_iter()
        .filter(|head| !is_unmade(history, head.name))
        .map(|head| {
            let sound = Sound::of_word(&head.sound).unwrap_or(Sound::Unproven);
            (rank(&Decided::of(history, head.name), sound), head)
        })
        .collect();
    known.sort_by_key(|(rank, head)| (*rank, head.edited_from.is_none()));
    let best = known.first();
    RemedyEntry {
        case,
        name,
        many: known.len(),
        origin: best.and_then(|(_, head)| Origin::of_word(&head.origin)),
        by: best.map(|(_, head)| head.by.clone()).unwrap_or_default(),
        path: best.map(|(_, head)| head.path.clone()).unwrap_or_default(),
        sound: best.and_then(|(_, head)| Sound::of_word(&head.sound)).unwrap_or(Sound::Unproven),
        became: match best.map(|((fate, _), _)| *fate) {
            Some(0) => Became::Applied,
            Some(1) => Became::Accepted,
            Some(3) => Became::Refused,
            _ => Became::Undecided,
        },
        is_judged: is_judged_by(history, reviewer),
        why,
    }
}
