//! Finding the next thing: what the worker that keeps the docket is asked beside whole lists.
//!
//! Answers rest on the docket in memory; of the store only what the docket does not hold is asked.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use super::desk::{Desk, DeskError};
use super::named::Beginning;
use crate::docket::{
    Completions, Counted, Docket, Facet, Filter, KnownWords, Saved, Spot, TextHits, Value, ValueCounts,
};
use crate::domain::{FindingId, State};
use crate::text::likeness::likeness_of_path;

/// What is looked for. Of each sort only the newest counts.
#[derive(Debug, Clone)]
pub enum Find {
    /// The next case of a list that stands so, behind a place of it and around its end.
    Next {
        /// The list.
        cases: Arc<[u32]>,
        /// The place; it comes last itself.
        from: usize,
        /// Where the case is to stand.
        state: State,
    },
    /// The case whose id begins so.
    Case(String),
    /// The values of a facet, counted in what the rest of a filter leaves in.
    Facet {
        /// Told again in the answer.
        turn: u64,
        /// The filter in force.
        filter: Filter,
        /// The facet.
        facet: Facet,
        /// The folder looked into; empty: the root.
        inside: String,
        /// What the values are to be like.
        letters: String,
    },
    /// What may be written into a filter.
    Completions {
        /// The filter as far as it is written.
        text: String,
        /// The byte before which the caret stands.
        caret: usize,
        /// The filters that were given names.
        saved: Saved,
    },
    /// The files whose paths some letters are like.
    Files {
        /// The letters.
        letters: String,
        /// The list that is to be gone on in.
        cases: Arc<[u32]>,
    },
    /// The first case of a list in a file.
    InFile {
        /// The path.
        path: String,
        /// The list.
        cases: Arc<[u32]>,
    },
}

/// What was found.
#[derive(Debug, Clone)]
pub enum Found {
    /// The next case that stands so.
    Next {
        /// Of the request.
        cases: Arc<[u32]>,
        /// Of the request.
        from: usize,
        /// Of the request.
        state: State,
        /// Its place in the list; `None`: there is none.
        at: Option<usize>,
    },
    /// The case whose id begins so, by its number, and the digits that were asked for.
    Case(u32, String),
    /// The values of a facet; those that the filter names are there whatever their count.
    Facet {
        /// Of the request.
        turn: u64,
        /// The values, the best first.
        values: Vec<Counted>,
        /// How many more there are.
        more: usize,
    },
    /// What may be written into a filter.
    Completions {
        /// Of the request.
        text: String,
        /// Of the request.
        caret: usize,
        /// What may be written.
        completions: Completions,
    },
    /// The files that letters are like.
    Files {
        /// Of the request.
        letters: String,
        /// The likeliest, the best first.
        files: Vec<FileFound>,
        /// How many more there are.
        more: usize,
    },
    /// The first case of a list in a file.
    InFile {
        /// Of the request.
        path: String,
        /// The term that leaves in this file alone.
        term: String,
        /// Of the request.
        cases: Arc<[u32]>,
        /// Its place in the list; `None`: the list has none of the file.
        at: Option<usize>,
    },
    /// There is no such thing, and why.
    Nothing(String),
}

/// A file with cases in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFound {
    /// Its path.
    pub path: String,
    /// Its cases in the list.
    pub listed: usize,
    /// Its cases in the docket.
    pub cases: usize,
}

/// How many values of a facet are told.
const VALUES: usize = 200;

/// How many files are told.
const FILES: usize = 50;

impl Find {
    /// Its sort, for dropping all but the newest.
    pub(super) const fn sort(&self) -> u8 {
        match self {
            Self::Next { .. } => 0,
            Self::Case(_) => 1,
            Self::Facet { .. } => 2,
            Self::Completions { .. } => 3,
            Self::Files { .. } => 4,
            Self::InFile { .. } => 5,
        }
    }
}

/// Looks for something; without a desk, in the docket alone. `None`: nobody waits for the answer any more, as `is_over`
/// says.
pub(crate) fn find(
    desk: Option<&Desk>,
    docket: &Docket,
    find: Find,
    selections: &mut Selections,
    is_over: &dyn Fn() -> bool,
) -> Result<Option<Found>, DeskError> {
    let found = match find {
        Find::Facet { turn, filter, facet, inside, letters } => {
            let rest = filter.without(facet);
            let mut select = |filter: &Filter| selections.of(desk, docket, filter, is_over);
            let Some(cases) = select(&rest)? else { return Ok(None) };
            let mut values = docket.facet(facet, &inside, &letters, &cases);
            let more = values.len().saturating_sub(VALUES);
            values.truncate(VALUES);
            let named: Vec<Value> = filter.of(facet).map(|(value, _)| value.clone()).collect();
            for value in named.into_iter().rev() {
                if values.iter().all(|known| known.value != value) {
                    let Some(cases) = select(&rest.clone().with(value.clone()))? else { return Ok(None) };
                    values.insert(0, Counted { value, words: "", cases: cases.len() });
                }
            }
            Found::Facet { turn, values, more }
        }
        Find::Completions { text, caret, saved } => {
            let completions = match Spot::at(&text, caret, &saved) {
                Some(spot) => {
                    let Some(rest) = selections.of(desk, docket, spot.rest(), is_over)? else {
                        return Ok(None);
                    };
                    docket.complete(&spot, &rest, &saved, &mut selections.counts, is_over)
                }
                None => Some(Completions::default()),
            };
            let Some(completions) = completions else { return Ok(None) };
            Found::Completions { text, caret, completions }
        }
        Find::Files { letters, cases } => {
            let Some((files, more)) = files(docket, &letters, &cases, is_over) else { return Ok(None) };
            Found::Files { letters, files, more }
        }
        Find::InFile { path, cases } => {
            let at =
                cases.iter().position(|&case| docket.row(case).is_some_and(|row| docket.path(row) == path));
            let term = Filter::default().with(Value::file(&path)).to_string();
            Found::InFile { path, term, cases, at }
        }
        Find::Next { cases, from, state } => {
            let at = next(docket, &cases, from, state);
            Found::Next { cases, from, state, at }
        }
        Find::Case(digits) => match case(desk, docket, &digits) {
            Ok(case) => Found::Case(case, digits),
            Err(error @ (DeskError::NoSuchCase(_) | DeskError::Ambiguous { .. })) => {
                Found::Nothing(error.to_string())
            }
            Err(error) => return Err(error),
        },
    };
    Ok(Some(found))
}

/// What filters left in last, so that a letter of one costs what it changes and no more.
#[derive(Debug, Default)]
pub(crate) struct Selections {
    known: KnownWords,
    counts: ValueCounts,
    last: Option<(u64, Filter, Arc<[u32]>)>,
}

impl Selections {
    /// The cases that a filter leaves in; `None` where nobody waits for them any more.
    fn of(
        &mut self,
        desk: Option<&Desk>,
        docket: &Docket,
        filter: &Filter,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Option<Arc<[u32]>>, DeskError> {
        let version = docket.version();
        if let Some((_, _, cases)) = self.last.as_ref().filter(|last| (last.0, &last.1) == (version, filter))
        {
            return Ok(Some(Arc::clone(cases)));
        }
        let texts = RefCell::new(self.texts(filter, version));
        let findings = desk.and_then(|desk| desk.findings.as_ref());
        let is_whole = texts.borrow().is_whole();
        if let Some(findings) = findings.filter(|_| !is_whole) {
            let is_sought = |cases: Range<u32>| texts.borrow().may_be_in(cases);
            findings.each_texts(
                is_sought,
                |first, some| texts.borrow_mut().show(first, some),
                || !is_over(),
            )?;
            if is_over() {
                return Ok(None);
            }
            self.keep(&texts.borrow(), version);
        }
        let cases: Arc<[u32]> = docket.select(filter, Some(&texts.borrow()))?.into();
        if is_over() {
            return Ok(None);
        }
        self.last = Some((version, filter.clone(), Arc::clone(&cases)));
        Ok(Some(cases))
    }

    /// The words of a filter, with what is known of them.
    pub(super) fn texts(&self, filter: &Filter, version: u64) -> TextHits {
        TextHits::knowing(filter, &self.known, version)
    }

    /// Keeps what all messages were looked through for.
    pub(super) fn keep(&mut self, texts: &TextHits, version: u64) {
        self.known.keep(texts, version);
    }
}

/// The files that letters are like, those first that the list has cases of where letters say nothing.
fn files(
    docket: &Docket,
    letters: &str,
    cases: &[u32],
    is_over: &dyn Fn() -> bool,
) -> Option<(Vec<FileFound>, usize)> {
    let all = docket.files(cases);
    let mut like = Vec::with_capacity(all.len());
    for (at, (path, listed, count)) in all.into_iter().enumerate() {
        if at % 4096 == 4095 && is_over() {
            return None;
        }
        if let Some(likeness) = likeness_of_path(letters, path) {
            let likeness = if letters.is_empty() { 0 } else { likeness };
            like.push((Reverse((likeness, listed, count)), path));
        }
    }
    let more = like.len().saturating_sub(FILES);
    if more > 0 {
        like.select_nth_unstable(FILES);
        like.truncate(FILES);
    }
    like.sort_unstable();
    let file = |(Reverse((_, listed, cases)), path): (Reverse<(i32, usize, usize)>, &str)| FileFound {
        path: path.to_owned(),
        listed,
        cases,
    };
    Some((like.into_iter().map(file).collect(), more))
}

/// The place of the next case that stands so, behind a place and around the end; the place itself comes last.
pub(crate) fn next(docket: &Docket, cases: &[u32], from: usize, state: State) -> Option<usize> {
    let stands =
        |case: &u32| docket.standing(*case).is_some_and(|standing| docket.told_state(standing) == state);
    let (before, behind) = cases.split_at(from.saturating_add(1).min(cases.len()));
    let behind = behind.iter().position(stands).map(|at| before.len() + at);
    behind.or_else(|| before.iter().position(stands))
}

/// The case that the beginning of an id means, of those in the docket.
fn case(desk: Option<&Desk>, docket: &Docket, digits: &str) -> Result<u32, DeskError> {
    let unknown = || DeskError::NoSuchCase(digits.trim().to_owned());
    let beginning = Beginning::new(digits).ok_or_else(unknown)?;
    let names = docket.names().map(|(case, name)| (case, name.as_slice()));
    match beginning.only("cases", names)? {
        Some(case) => Ok(case),
        // A member's name, or an alias of one, means the case it is in.
        None => {
            let finding: FindingId = digits.trim().to_ascii_lowercase().parse().map_err(|_| unknown())?;
            let findings = desk.and_then(|desk| desk.findings.as_ref());
            let known = findings.map(|findings| findings.case_of(&finding)).transpose()?;
            known.flatten().filter(|case| docket.row(*case).is_some()).ok_or_else(unknown)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::docket::Overlay;
    use crate::store::{CaseRow, Dictionary};

    proptest! {
        #[test]
        fn the_next_stale_case_is_the_first_behind_the_cursor_and_around_the_end(
            stale in proptest::collection::vec(any::<bool>(), 1..40), from in 0..40_usize,
        ) {
            let rows = stale.iter().map(|_| CaseRow { head: 1, ..CaseRow::default() });
            let mut docket = Docket::new(rows.collect(), Dictionary::default());
            let standings = (1..).zip(&stale).filter(|(_, is)| **is);
            docket.load_standings(
                standings.map(|(case, _)| (case, Overlay::new(State::Stale, None))).collect::<Vec<_>>(),
            );
            // A list in the other direction: its order counts, not that of the numbers.
            let cases: Vec<u32> = (1..=u32::try_from(stale.len()).unwrap()).rev().collect();
            let from = from.min(cases.len() - 1);
            let one_by_one = (1..=cases.len()).map(|step| (from + step) % cases.len());
            let expected = one_by_one.into_iter().find(|&at| stale[cases[at] as usize - 1]);
            prop_assert_eq!(next(&docket, &cases, from, State::Stale), expected);
            prop_assert_eq!(next(&docket, &cases, from, State::Disputed), None);
        }
    }
}
