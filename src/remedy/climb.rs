//! A climb: the rungs of the ladder asked for one subject, one after the other, until there is a remedy of which every
//! required check holds. One that is only not refused does not end it: a rung below may have one that is proven.
//!
//! What a rung offers is brought into the form of edits and checked here, the same for all. Checks that need more than
//! the files are left to whoever climbs, so that those of many climbs can be made together: a climb waits for them.

use super::checks::{self, not_run, timed};
use super::ladder::Unusable;
use super::{
    Answer, Check, CheckKind, Fault, Miss, Offer, Onlooker, Origin, Outcome, Patched, Policy, Progress,
    Remedy, Rung, Sound, Subject,
};
use crate::source::Tree;

/// No further rung is asked where a case has so many remedies: each costs the scanners a look.
const MOST: usize = 16;

/// What came of the ladder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Climbed {
    /// The remedies, those with the strongest evidence first, of the same in the order in which they came.
    pub remedies: Vec<Remedy>,
    /// Why rungs gave none.
    pub misses: Vec<Miss>,
}

impl Climbed {
    /// Whether there is a remedy that no required check fails.
    #[must_use]
    pub fn is_of_use(&self) -> bool {
        self.remedies.iter().any(|remedy| remedy.sound != Sound::No)
    }

    /// Whether no further rung has to be asked: a remedy is sound, or there are enough of them.
    fn is_over(&self) -> bool {
        self.remedies.len() >= MOST || self.remedies.iter().any(|remedy| remedy.sound == Sound::Yes)
    }

    /// Why there is none of use, in a line; the rungs that have nothing for such a case are left out where another says
    /// more.
    #[must_use]
    pub fn why(&self) -> String {
        let telling = |miss: &&Miss| miss.fault != Fault::Nothing;
        let mut told: Vec<&Miss> = self.misses.iter().filter(telling).collect();
        if told.is_empty() {
            told = self.misses.iter().collect();
        }
        let mut words: Vec<String> = Vec::with_capacity(told.len());
        for miss in told {
            let line = miss.words();
            // Several answers of one model often fail in the same way.
            if !words.contains(&line) {
                words.push(line);
            }
        }
        words.join("; ")
    }
}

/// A climb under way.
#[derive(Debug, Default)]
pub struct Climb {
    climbed: Climbed,
    /// The rung that is asked next.
    next: usize,
    /// Which remedies wait for further checks, with their files.
    waiting: Vec<(usize, Vec<Patched>)>,
    /// Whether it was called off before a rung was asked.
    stopped: bool,
}

impl Climb {
    /// Asks the rungs in their order, until remedies wait for further checks, one is sound, no rung is left, or it is called
    /// off.
    pub fn ask(
        &mut self,
        subject: &Subject,
        rungs: &mut [&mut (dyn Rung + '_)],
        (tree, policy): (&Tree, &Policy),
        onlooker: Onlooker<'_>,
    ) {
        while self.waiting.is_empty() && !self.climbed.is_over() {
            let Some(rung) = rungs.get_mut(self.next) else { return };
            if (onlooker.stop)() {
                self.stopped = true;
                return;
            }
            self.next += 1;
            let (origin, by) = (rung.origin(), rung.by());
            (onlooker.tell)(subject.case, Progress::Asked { origin, by: &by });
            let offers = rung.offers(subject, onlooker).and_then(|offers| {
                let nothing = || (Fault::Nothing, "it offers nothing".to_owned());
                if offers.is_empty() { Err(nothing()) } else { Ok(offers) }
            });
            let taken = |offer: Offer| (edits(subject, &offer), offer.words);
            let offers = match offers {
                Ok(offers) => offers.into_iter().map(taken).collect(),
                Err(unusable) => vec![(Err(unusable), String::new())],
            };
            for (edits, words) in offers {
                let remedy = match edits {
                    Ok(edits) => Remedy::unchecked(subject, origin, &by, &words, edits),
                    Err(unusable) => {
                        self.miss(subject, (origin, &by), unusable, onlooker);
                        continue;
                    }
                };
                if !self.climbed.remedies.iter().any(|known| known.id == remedy.id) {
                    self.take(subject, remedy, (tree, policy), onlooker);
                }
            }
        }
    }

    /// Makes the checks that need nothing but the files.
    fn take(
        &mut self,
        subject: &Subject,
        mut remedy: Remedy,
        (tree, policy): (&Tree, &Policy),
        onlooker: Onlooker<'_>,
    ) {
        match first_checks(subject, &mut remedy, (tree, policy), onlooker) {
            Some(files) => self.waiting.push((self.climbed.remedies.len(), files)),
            None => {
                remedy.sound = Sound::of(&remedy.checks, &policy.required);
                let unusable = (Fault::Unsound, failing(&remedy));
                self.miss(subject, (remedy.origin, &remedy.by), unusable, onlooker);
            }
        }
        self.climbed.remedies.push(remedy);
    }

    fn miss(
        &mut self,
        subject: &Subject,
        (origin, by): (Origin, &str),
        (fault, why): Unusable,
        onlooker: Onlooker<'_>,
    ) {
        let miss = Miss { origin: Some(origin), by: by.to_owned(), fault, why };
        (onlooker.tell)(subject.case, Progress::Missed(&miss));
        self.climbed.misses.push(miss);
    }

    /// The files of each remedy that waits for further checks.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &[Patched]> {
        self.waiting.iter().map(|(_, files)| files.as_slice())
    }

    /// Takes over the further checks of the remedies that wait, in their order; one that got none could not be checked.
    pub fn settle(
        &mut self,
        subject: &Subject,
        further: impl IntoIterator<Item = Vec<Check>>,
        policy: &Policy,
        onlooker: Onlooker<'_>,
    ) {
        let mut further = further.into_iter();
        for (at, _) in std::mem::take(&mut self.waiting) {
            let Some(remedy) = self.climbed.remedies.get_mut(at) else { continue };
            for check in further.next().unwrap_or_default() {
                (onlooker.tell)(subject.case, Progress::Checked { remedy: remedy.id, check: &check });
                remedy.checks.push(check);
            }
            remedy.sound = Sound::of(&remedy.checks, &policy.required);
            if remedy.sound == Sound::No {
                let (origin, by) = (remedy.origin, remedy.by.clone());
                let unusable = (Fault::Unsound, failing(remedy));
                self.miss(subject, (origin, &by), unusable, onlooker);
            }
        }
    }

    /// Whether it came to an end of its own, or has a remedy, though it was called off.
    #[must_use]
    pub fn is_tried(&self) -> bool {
        let called_off =
            self.stopped || self.climbed.misses.iter().any(|miss| miss.fault == Fault::CalledOff);
        !called_off || self.climbed.is_of_use()
    }

    /// What it came to.
    #[must_use]
    pub fn done(mut self) -> Climbed {
        self.climbed.remedies.sort_by_key(|remedy| std::cmp::Reverse(remedy.sound.weight()));
        self.climbed
    }
}

fn edits(subject: &Subject, offer: &Offer) -> Result<Vec<super::Edit>, Unusable> {
    match &offer.answer {
        Answer::Edits(edits) if edits.is_empty() => Err((Fault::Unchanged, "it changes nothing".into())),
        Answer::Edits(edits) => Ok(edits.clone()),
        Answer::Text { text, cut } => super::answer::edits(subject, text, cut.as_deref()),
    }
}

fn failing(remedy: &Remedy) -> String {
    let failed = remedy.checks.iter().filter(|check| check.outcome == Outcome::Failed);
    let words: Vec<String> =
        failed.map(|check| format!("{} failed: {}", check.name(), check.evidence.words)).collect();
    words.join(", ")
}

/// Makes the checks of a remedy that need nothing but the files. Gives the files where further checks are worth their
/// cost; where not, those are told as not made.
fn first_checks(
    subject: &Subject,
    remedy: &mut Remedy,
    (tree, policy): (&Tree, &Policy),
    onlooker: Onlooker<'_>,
) -> Option<Vec<Patched>> {
    let mut files = Vec::new();
    let applies = timed(CheckKind::Applies, || match Patched::all(tree, &remedy.edits) {
        Ok(patched) => {
            files = patched;
            let at = |file: &Patched| file.file.digest.to_string().get(..12).unwrap_or_default().to_owned();
            (Outcome::Held, files.iter().map(at).collect::<Vec<_>>().join(", ").into())
        }
        Err(error) => (Outcome::Failed, error.to_string().into()),
    });
    let fits = applies.outcome == Outcome::Held;
    if fits {
        remedy.show(&files);
    }
    (onlooker.tell)(subject.case, Progress::Offered(remedy));
    let mut made = |check: Check| {
        (onlooker.tell)(subject.case, Progress::Checked { remedy: remedy.id, check: &check });
        remedy.checks.push(check);
    };
    made(applies);
    if fits {
        made(timed(CheckKind::Kept, || checks::kept(&files)));
        made(timed(CheckKind::Parses, || checks::parses(&files)));
        made(timed(CheckKind::Minimal, || checks::minimal(subject, &files, policy)));
    }
    if Sound::of(&remedy.checks, &policy.required) != Sound::No {
        return Some(files);
    }
    let known: Vec<CheckKind> = remedy.checks.iter().map(|check| check.kind).collect();
    let left = CheckKind::ALL.into_iter().filter(|kind| !known.contains(kind) && *kind != CheckKind::Project);
    remedy.checks.extend(left.map(|kind| not_run(kind, "a check before it failed")));
    None
}

/// Checks that need more than the files: scanners, the project's own command.
pub type Further<'f> = dyn FnMut(&Subject, &[Patched]) -> Vec<Check> + 'f;

/// A remedy with all of its checks. What costs more is not asked for where nothing would come of it.
pub fn checked(
    subject: &Subject,
    mut remedy: Remedy,
    (tree, policy): (&Tree, &Policy),
    further: &mut Further<'_>,
    onlooker: Onlooker<'_>,
) -> Remedy {
    remedy.checks.clear();
    if let Some(files) = first_checks(subject, &mut remedy, (tree, policy), onlooker) {
        for check in further(subject, &files) {
            (onlooker.tell)(subject.case, Progress::Checked { remedy: remedy.id, check: &check });
            remedy.checks.push(check);
        }
    }
    remedy.sound = Sound::of(&remedy.checks, &policy.required);
    remedy
}

#[cfg(test)]
mod tests;
