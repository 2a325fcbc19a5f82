//! What of a case's history counts for agreement: what each reviewer said of the same code before they saw what the
//! others said.

use super::Anchoring;
use super::oneself::{Twice, twice};
use crate::domain::Opinion;
use crate::ledger::{Hlc, Judged, Seen};

/// A person's verdict on a case, in force or overtaken by a later one of theirs; none that was taken back.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who.
    pub reviewer: &'a str,
    /// What.
    pub opinion: Opinion,
    /// When.
    pub clock: Hlc,
    /// Of which code.
    pub judged: &'a Judged,
    /// What was before them, where that was noted.
    pub seen: Option<&'a Seen>,
}

/// What a case's history says of those who judged it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// What each reviewer said first of today's code, of those who said it without sight of another's verdict; `unsure`
    /// is nothing said. In the order of their names.
    pub apart: Vec<(String, Opinion)>,
    /// What became of verdicts once others' opinions could be seen.
    pub anchoring: Anchoring,
    /// What a reviewer said twice.
    pub twice: Vec<Twice>,
}

/// Reads a case's history; what was said comes in any order.
#[must_use]
pub fn review(said: &[Said<'_>]) -> Review {
    let mut said: Vec<&Said<'_>> = said.iter().collect();
    said.sort_by_key(|said| said.clock);
    let Some(last) = said.last() else { return Review::default() };
    let mut review = Review { twice: twice(&said), ..Review::default() };
    let judged = last.judged;
    // Two who judged different code did not disagree.
    said.retain(|said| is_same_code(said.judged, judged));
    for (at, one) in said.iter().enumerate() {
        let before = said.get(..at).unwrap_or_default();
        if before.iter().any(|earlier| earlier.reviewer == one.reviewer) {
            continue;
        }
        // On the command line nothing of what was in sight is noted: only who was first certainly saw no verdict.
        let others = before.iter().any(|earlier| earlier.reviewer != one.reviewer);
        let sight = one.seen.and_then(|seen| seen.sight);
        let unseen = sight.map_or(!others, |sight| !sight.verdicts);
        if unseen && one.opinion != Opinion::Unsure {
            review.apart.push((one.reviewer.to_owned(), one.opinion));
        }
        review.anchoring.add(anchoring(one, &said, at, others));
    }
    review.apart.sort();
    review
}

fn anchoring(first: &Said<'_>, said: &[&Said<'_>], at: usize, others: bool) -> Anchoring {
    let mut anchoring = Anchoring::default();
    let Some(sight) = first.seen.and_then(|seen| seen.sight).filter(|sight| sight.blind) else {
        return anchoring;
    };
    let later = || said.iter().skip(at + 1).filter(|later| later.reviewer == first.reviewer);
    let changed = |saw: fn(&crate::ledger::Sight) -> bool| {
        let mut changed = later().filter(|later| later.opinion != first.opinion);
        changed.any(|later| later.seen.and_then(|seen| seen.sight).is_some_and(|sight| saw(&sight)))
    };
    if !sight.models {
        anchoring.before_models = 1;
        anchoring.changed_by_models = usize::from(changed(|sight| sight.models));
    }
    if !sight.verdicts && others {
        anchoring.before_verdicts = 1;
        anchoring.changed_by_verdicts = usize::from(changed(|sight| sight.verdicts));
    }
    anchoring
}

/// Whether some finding was part of what both judged: a case may have been split, or have come to hold others since.
pub(super) fn have_a_finding_in_common(one: &Judged, other: &Judged) -> bool {
    one.members.iter().any(|member| other.members.iter().any(|known| known.finding == member.finding))
}

/// Whether two verdicts rest on the same code, as far as that is known.
pub(super) fn is_same_code(one: &Judged, other: &Judged) -> bool {
    let of = |finding| other.members.iter().find(|member| member.finding == finding);
    one.members.iter().all(|member| of(member.finding).is_none_or(|other| !member.lease.differs(other.lease)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FindingId;
    use crate::ledger::{CodeHash, Member, Sight};
    use Opinion::{Confirmed, Rejected, Unsure};

    fn code(lease: u64) -> Judged {
        let member = Member { finding: FindingId::new([1; 16]), lease: CodeHash(lease) };
        Judged { members: vec![member], ..Judged::default() }
    }

    fn with(sight: Sight) -> Seen {
        Seen { code_on_screen: true, sight: Some(sight), ..Seen::default() }
    }

    fn apart(said: &[(&str, Opinion, u64, Option<bool>)]) -> Vec<(String, Opinion)> {
        let codes: Vec<Judged> = said.iter().map(|(_, _, lease, _)| code(*lease)).collect();
        let seen: Vec<Option<Seen>> = said
            .iter()
            .map(|(.., verdicts)| verdicts.map(|verdicts| with(Sight { verdicts, ..Sight::default() })))
            .collect();
        let said: Vec<Said<'_>> = (1..)
            .zip(said)
            .zip(codes.iter().zip(&seen))
            .map(|((wall_ms, (reviewer, opinion, ..)), (judged, seen))| Said {
                reviewer,
                opinion: *opinion,
                clock: Hlc { wall_ms, counter: 0 },
                judged,
                seen: seen.as_ref(),
            })
            .collect();
        let mut turned = said.clone();
        turned.reverse();
        assert_eq!(review(&turned), review(&said), "the order in which they are told does not matter");
        review(&said).apart
    }

    fn names(said: &[(String, Opinion)]) -> Vec<(&str, Opinion)> {
        said.iter().map(|(name, opinion)| (name.as_str(), *opinion)).collect()
    }

    #[test]
    fn only_what_was_said_without_sight_of_another_verdict_counts() {
        let told = apart(&[
            ("ann", Rejected, 1, None),
            ("bob", Confirmed, 1, Some(false)),
            ("cy", Rejected, 1, Some(true)),
            ("dee", Rejected, 1, None),
        ]);
        assert_eq!(names(&told), [("ann", Rejected), ("bob", Confirmed)]);
    }

    #[test]
    fn the_first_word_counts_and_not_what_became_of_it() {
        let told = apart(&[
            ("ann", Rejected, 1, Some(false)),
            ("bob", Confirmed, 1, Some(false)),
            ("ann", Confirmed, 1, Some(true)),
        ]);
        assert_eq!(names(&told), [("ann", Rejected), ("bob", Confirmed)]);
        let told = apart(&[("ann", Unsure, 1, Some(false)), ("bob", Confirmed, 1, Some(false))]);
        assert_eq!(names(&told), [("bob", Confirmed)], "unsure is nothing said");
    }

    #[test]
    fn those_who_judged_other_code_did_not_disagree() {
        let told = apart(&[("ann", Rejected, 1, Some(false)), ("bob", Confirmed, 2, Some(false))]);
        assert_eq!(names(&told), [("bob", Confirmed)]);
        let told = apart(&[("ann", Rejected, 0, Some(false)), ("bob", Confirmed, 2, Some(false))]);
        assert_eq!(told.len(), 2, "code that was not known is no other code");
    }

    #[test]
    fn a_mind_changed_with_the_models_opinion_in_sight_is_told() {
        let (judged, blind) = (code(1), with(Sight { blind: true, ..Sight::default() }));
        let saw = with(Sight { blind: true, models: true, ..Sight::default() });
        let said = |wall_ms, opinion, seen| Said {
            reviewer: "ann",
            opinion,
            clock: Hlc { wall_ms, counter: 0 },
            judged: &judged,
            seen: Some(seen),
        };
        let told = |said: &[Said<'_>]| {
            let told = review(said).anchoring;
            (told.before_models, told.changed_by_models)
        };
        assert_eq!(told(&[said(1, Rejected, &blind), said(2, Confirmed, &saw)]), (1, 1));
        assert_eq!(told(&[said(1, Rejected, &blind), said(2, Rejected, &saw)]), (1, 0));
        assert_eq!(told(&[said(1, Rejected, &blind), said(2, Confirmed, &blind)]), (1, 0));
        assert_eq!(told(&[said(1, Rejected, &saw), said(2, Confirmed, &saw)]), (0, 0));
    }
}
