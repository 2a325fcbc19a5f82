//! The worker that keeps the docket and lists it.

use std::cell::RefCell;
use std::ops::Range;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use super::acts::{stand, stand_remedied};
use super::inbox::Inbox;
use super::returning::{Heard, Returning};
use super::serve::Work;
use super::shared::Shared;
use super::{Reply, Request, rows};
use crate::docket::{
    Audit, Audited, Docket, Drawn, DrawnNames, Draws, Filter, Grouping, Needs, Order, TextHits, Weights,
    Worth,
};
use crate::domain::{CaseId, Reviewer};
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::find::{Selections, find};
use crate::jobs::watch::Changed;
use crate::store::PackedTexts;

/// What a docket of the screen has at hand, so that no key waits for the store.
const ALL: Needs = Needs { paths: true, texts: false, standings: true, names: true, runs: true };

/// After so long a search tells what it has found so far; after twice as long, if that was nothing.
const FIRST_HITS: Duration = Duration::from_millis(8);

/// So many cases are told of what a search has found so far, the first of the order: more than any screen has rows. The
/// first letter of a word is in nearly every text, and to put a million cases in order, draw among them and hand them over
/// takes several times as long as to find these, at a moment at which all is done once more when the search has ended.
const FIRST: usize = 1000;

/// Where others decided on more cases than this, reading the docket anew costs less than looking at each.
const MANY: usize = 2000;

pub(super) struct Lists {
    desk: Desk,
    docket: Shared,
    weights: Weights,
    /// All cases in the order listed last, and the version of the docket that it is of.
    ranking: Option<(u64, Order, Vec<u32>)>,
    /// The newest entry of the journal that the docket knows of.
    known: i64,
    /// How cases are drawn to come outside the order, and for whom.
    audit: Option<(Audit, Reviewer)>,
    /// Those that are drawn, and the version of the docket that they are of.
    drawn: Option<(u64, DrawnNames)>,
    /// What of one's own settled cases comes back.
    returning: Option<Returning>,
    selections: Selections,
    /// After so long a search tells what it has found so far.
    patience: Duration,
}

impl Lists {
    #[cfg(test)]
    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// A search tells at once what it has found.
    #[cfg(test)]
    pub(super) fn impatient(self) -> Self {
        Self { patience: Duration::ZERO, ..self }
    }

    pub(super) fn new(
        desk: Desk,
        docket: Shared,
        weights: Weights,
        draws: Option<(Draws, Reviewer)>,
    ) -> Self {
        let (draws, reviewer) = draws.unzip();
        let Draws { audit, returns } = draws.unwrap_or_default();
        Self {
            desk,
            docket,
            weights,
            ranking: None,
            known: 0,
            audit: audit.zip(reviewer),
            drawn: None,
            returning: returns.map(Returning::new),
            selections: Selections::default(),
            patience: FIRST_HITS,
        }
    }

    /// Lists cases. A search through texts tells what it has found early on before it has found all. Nobody waits for a
    /// list any more once another is asked for: then it is broken off after the step that it is at, each of which takes
    /// about ten milliseconds for a million cases. The letter that is typed while all cases are listed, as they are when a
    /// filter was emptied, would otherwise wait for the whole of that.
    fn list(
        &mut self,
        turn: u64,
        (filter, order, grouping): (&Filter, Order, Grouping),
        only: Option<&[u32]>,
        is_wanted: &dyn Fn() -> bool,
        inbox: &Inbox,
        tell: &dyn Fn(Reply),
    ) -> Result<(), DeskError> {
        let docket = self.docket.now();
        let evidence = self.desk.evidence(&docket);
        let worth = Worth::new(&docket, &self.weights, &evidence);
        let version = docket.version();
        if !self.ranking.as_ref().is_some_and(|(of, by, _)| (*of, *by) == (version, order)) {
            self.ranking = Some((version, order, docket.ranking(order, &worth)?));
        }
        let ranking = self.ranking.as_ref().map_or(&[][..], |(_, _, ranking)| ranking);
        if let Some((audit, _)) = &self.audit
            && self.drawn.as_ref().is_none_or(|(of, _)| *of != version)
        {
            self.drawn = Some((version, docket.drawn(audit)));
        }
        // A list in the docket's place is what it is, and groups bring up what is alike and not what is next.
        let plain = only.is_none() && grouping == Grouping::None;
        let audit = self.audit.as_ref().zip(self.drawn.as_ref()).filter(|_| plain);
        let back = match &mut self.returning {
            Some(returning) if plain => returning.now(&self.desk, &docket)?,
            _ => Vec::new(),
        };
        let returning = self.returning.as_ref().filter(|_| !back.is_empty());
        // Says whether anything was told.
        let listed = |texts: &TextHits, is_part: bool| -> Result<bool, DeskError> {
            let matched = match only {
                Some(only) => {
                    let mut only = only.to_vec();
                    only.sort_unstable();
                    only
                }
                None if is_part => docket.select_so_far(filter, texts)?,
                None => docket.select(filter, Some(texts))?,
            };
            if is_part && matched.is_empty() || !is_wanted() {
                return Ok(false);
            }
            let most = if is_part { FIRST } else { usize::MAX };
            let cases = docket.in_order(&matched, (ranking, order), &worth, most)?;
            if !is_wanted() {
                return Ok(false);
            }
            let mut list = match audit {
                Some(((audit, reviewer), (_, drawn))) => {
                    docket.audited(&cases, audit, drawn, docket.decided_by(reviewer.as_str()))
                }
                None => Audited { cases, ..Audited::default() },
            };
            if let Some(returning) = returning {
                let (back, judged) = returning.among(&back, (&*docket, filter, texts), is_part)?;
                list = docket.with_returns(list, &returning.returns, back, judged);
            }
            if !is_wanted() {
                return Ok(false);
            }
            let Audited { cases, drawn, back } = list;
            let drawn = Drawn { at_random: drawn, back };
            let (cases, groups) = docket.group(cases, grouping)?;
            let (cases, groups, tally) = (cases.into(), groups.into(), docket.tally());
            tell(Reply::Listed { turn, version, is_part, cases, groups, drawn, tally });
            Ok(true)
        };
        let texts = RefCell::new(self.selections.texts(filter, version));
        let is_whole = texts.borrow().is_whole();
        if let Some(findings) = self.desk.findings.as_ref().filter(|_| !is_whole && only.is_none()) {
            let began = Instant::now();
            let mut next = Some(self.patience);
            let mut failed = Ok(());
            let is_sought = |cases: Range<u32>| texts.borrow().may_be_in(cases);
            let show = |first: u32, some: PackedTexts<'_>| texts.borrow_mut().show(first, some);
            findings.each_texts(is_sought, show, || {
                if let Some(wait) = next.filter(|wait| began.elapsed() >= *wait) {
                    match listed(&texts.borrow(), true) {
                        Ok(is_told) => next = (!is_told).then_some(wait * 2),
                        Err(error) => failed = Err(error),
                    }
                }
                // What is found is to be seen while the search goes on.
                while let Some(cases) = inbox.take_rows() {
                    match rows(&self.desk, &docket, &self.weights, &cases) {
                        Ok(rows) => tell(Reply::Rows(rows)),
                        Err(error) => failed = Err(error),
                    }
                }
                failed.is_ok() && is_wanted()
            })?;
            failed?;
            if !is_wanted() {
                return Ok(());
            }
            self.selections.keep(&texts.borrow(), version);
        }
        listed(&texts.borrow(), false).map(|_| ())
    }

    /// Which of the names of cases are cases now, and their numbers.
    fn named(&mut self, names: &[CaseId]) -> Result<Vec<(CaseId, u32)>, DeskError> {
        // The list that was asked for first may have given way to another.
        if !self.docket.now().loaded().standings {
            let docket = self.read()?;
            self.put(docket)?;
        }
        let wanted: FxHashSet<&[u8; 16]> = names.iter().map(CaseId::bytes).collect();
        let docket = self.docket.now();
        let known = docket.names().filter(|(_, name)| wanted.contains(name));
        Ok(known.map(|(number, name)| (CaseId::new(*name), number)).collect())
    }

    /// Reads the store anew.
    pub(super) fn read(&mut self) -> Result<Docket, DeskError> {
        self.desk = self.desk.again()?;
        self.docket.begin_reading();
        self.known = self.desk.last_entry()?;
        let mut docket = match &mut self.returning {
            None => self.desk.docket(ALL)?,
            Some(returning) => {
                let (reviewer, mut heard) = (returning.returns.reviewer().to_owned(), Heard::default());
                let docket = self.desk.docket_heard(ALL, &mut |case, _, record, standing| {
                    heard.take(case, record, standing, &reviewer);
                })?;
                returning.read(heard, &docket, self.known);
                docket
            }
        };
        if let Some(reviewer) = self.weights.is_blind_for() {
            docket.blind_for(reviewer);
        }
        Ok(docket)
    }

    /// Brings the docket up to date with what others changed. Where they only decided something, only the cases
    /// concerned are looked at.
    fn follow(&mut self, changed: Changed) -> Result<(), DeskError> {
        if !changed.findings && self.docket.now().loaded().standings {
            self.desk.look_again()?;
            let (known, cases) = self.desk.touched_since(self.known)?;
            if changed.remedies {
                stand_remedied(&self.desk, &self.docket, &self.newly_remedied()?);
            }
            if cases.len() <= MANY {
                stand(&self.desk, &self.docket, &cases);
                self.known = known;
                return Ok(());
            }
        }
        let docket = self.read()?;
        self.put(docket)
    }

    /// The cases that have a remedy of which the docket does not know.
    fn newly_remedied(&self) -> Result<Vec<CaseId>, DeskError> {
        let docket = self.docket.now();
        let mut new = Vec::new();
        for case in self.desk.remedied()? {
            let known = self.desk.number_of(case)?.and_then(|number| docket.standing(number));
            if known.is_some_and(|standing| !standing.remedied) {
                new.push(case);
            }
        }
        Ok(new)
    }

    /// Puts what was read in the place of what is here. Acts that came to be on disk meanwhile are not lost: what was
    /// read of their cases is read again until nobody acted on any.
    pub(super) fn put(&mut self, mut docket: Docket) -> Result<(), DeskError> {
        loop {
            let acted = self.docket.replace(&mut docket);
            if acted.is_empty() {
                return Ok(());
            }
            self.desk.look_again()?;
            for case in acted {
                if let Some(number) = self.desk.number_of(case)? {
                    let standing = self.desk.standing(&docket, number)?;
                    docket.set_standing(number, standing);
                }
            }
        }
    }
}

impl Work for Lists {
    fn work(&mut self, request: Request, inbox: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        match request {
            Request::List { turn, ref filter, order, grouping, reload, ref only } => {
                if reload || !self.docket.now().loaded().standings {
                    let docket = self.read()?;
                    self.put(docket)?;
                }
                let (only, is_wanted) = (only.as_deref(), || !inbox.has_newer(&request));
                self.list(turn, (filter, order, grouping), only, &is_wanted, inbox, tell)?;
            }
            Request::Find(wanted) => {
                let asked = Request::Find(wanted.clone());
                let is_over = || inbox.has_newer(&asked);
                if let Some(found) =
                    find(Some(&self.desk), &self.docket.now(), wanted, &mut self.selections, &is_over)?
                {
                    tell(Reply::Found(found));
                }
            }
            Request::Follow { filter, changed } => {
                let before = self.desk.select(&self.docket.now(), &filter)?;
                self.follow(changed)?;
                let docket = self.docket.now();
                let after = self.desk.select(&docket, &filter)?;
                let (come, left) = (without(&after, &before), without(&before, &after));
                tell(Reply::Followed { version: docket.version(), tally: docket.tally(), come, left });
            }
            Request::Named(names) => tell(Reply::Named(self.named(&names)?)),
            Request::Rows(cases) => {
                let docket = self.docket.now();
                tell(Reply::Rows(rows(&self.desk, &docket, &self.weights, &cases)?));
            }
            Request::Recount { turn, cases, groups } => {
                let groups = self.docket.now().recount(&cases, &groups).into();
                tell(Reply::Recounted { turn, groups });
            }
            Request::Survey { ticket, cases, range } => {
                let survey = self.docket.now().survey(cases.get(range).unwrap_or_default());
                tell(Reply::Surveyed { ticket, survey });
            }
            _ => {}
        }
        Ok(())
    }

    fn renew(&mut self) {
        // What cannot be opened now is opened when it is asked for next.
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }
}

/// How many of some cases are not among others; both ascend.
fn without(cases: &[u32], others: &[u32]) -> usize {
    let mut others = others.iter().peekable();
    let is_new = |case: &&u32| {
        while others.next_if(|other| other < case).is_some() {}
        others.next_if(|other| other == case).is_none()
    };
    cases.iter().filter(is_new).count()
}
