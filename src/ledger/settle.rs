//! Where a case stands: what follows from its record and from the code as it is now.
//!
//! - A person's verdict outranks an inferred one, which outranks an imported one; only the highest basis that
//!   has a verdict speaks, `unsure` included: somebody who looked and left it open is not overruled by a
//!   propagation.
//! - A verdict that decides (anything but `unsure`) is *outdated* when the lease of a finding that is still
//!   in the case has changed, or when all it judged is gone and only findings that nobody judged are left. A verdict on today's code silences the outdated ones, whoever gave them: they
//!   judged other code, so two reviewers who differ across a change are not in dispute. `unsure` silences
//!   nothing.
//! - An accepted risk past its date no longer decides. The case is open again and says that it expired, or
//!   stale where its code changed as well.
//! - Only people dispute. Of inferred or imported verdicts that differ, the latest counts; none of them is
//!   ever gold.

use jiff::civil::Date;

use super::{CaseRecord, CodeHash, Held};
use crate::domain::{Basis, EntryId, FindingId, Opinion, State};

/// What is known of a case outside the journal.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Whether all its findings are gone.
    pub gone: bool,
    /// Its findings now, the gone ones too.
    pub members: &'a [FindingId],
    /// Whether one of them is still reported.
    pub here: &'a dyn Fn(FindingId) -> bool,
    /// The lease of a finding now; [`CodeHash::UNKNOWN`] where its code is not at hand, or it is gone.
    pub lease: &'a dyn Fn(FindingId) -> CodeHash,
    /// The enclosing scope now.
    pub scope: CodeHash,
    /// The reviewer's day.
    pub today: Date,
}

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The first that applies.
    pub state: State,
    /// The opinion beside it: the one settled on, the one that went stale, the accepted risk that expired, or
    /// `unsure`. `None` where there is none, and where reviewers differ.
    pub verdict: Option<Opinion>,
    /// The basis that speaks.
    pub basis: Option<Basis>,
    /// Whether the verdict stands though the code around it changed.
    pub touched: bool,
    /// Whether a risk was accepted until a day that is past, and nothing decided since.
    pub expired: bool,
    /// Whose verdicts these are, the oldest first.
    pub by: Vec<&'a str>,
    /// The verdicts themselves, the oldest first.
    pub entries: Vec<EntryId>,
    /// Whether it may be trained on. It says nothing against it that the findings are gone since.
    pub gold: bool,
    /// Whether findings have come that no such verdict covers.
    pub marked: bool,
}

/// Where the case stands.
#[must_use]
pub fn standing<'a>(record: &CaseRecord<'a>, facts: &Facts<'_>) -> Standing<'a> {
    let basis = [Basis::Human, Basis::Inferred, Basis::Imported]
        .into_iter()
        .find(|basis| record.verdicts.iter().any(|held| held.verdict.basis == *basis));
    let mut decided: Vec<&Held<'a>> = Vec::new();
    let mut outdated: Vec<&Held<'a>> = Vec::new();
    let mut lapsed: Vec<&Held<'a>> = Vec::new();
    let mut unsure: Vec<&Held<'a>> = Vec::new();
    for held in record.verdicts.iter().filter(|held| Some(held.verdict.basis) == basis) {
        let pile = if held.verdict.opinion == Opinion::Unsure {
            &mut unsure
        } else if is_outdated(held, facts) {
            &mut outdated
        } else if is_lapsed(held, facts) {
            &mut lapsed
        } else {
            &mut decided
        };
        pile.push(held);
    }
    if basis != Some(Basis::Human) {
        for pile in [&mut decided, &mut outdated, &mut lapsed, &mut unsure] {
            // Only the latest speaks; the record has them in order.
            pile.drain(..pile.len().saturating_sub(1));
        }
    }
    let (state, speaking) = if !decided.is_empty() {
        if agreed(&decided).is_some() { (State::Settled, decided) } else { (State::Disputed, decided) }
    } else if !outdated.is_empty() {
        (State::Stale, outdated)
    } else if !lapsed.is_empty() {
        (State::Open, lapsed)
    } else {
        (State::Open, unsure)
    };
    let settled = state == State::Settled;
    let sound = |held: &Held<'a>| !is_touched(held, facts);
    let on_screen = |held: &Held<'a>| held.verdict.seen.as_ref().is_some_and(|seen| seen.code_on_screen);
    let uncovered = |finding: &FindingId| !speaking.iter().any(|held| held.covers(*finding));
    let mut by: Vec<&'a str> = Vec::new();
    for held in &speaking {
        if !by.contains(&held.reviewer) {
            by.push(held.reviewer);
        }
    }
    Standing {
        state: if facts.gone { State::Gone } else { state },
        verdict: agreed(&speaking),
        basis: if speaking.is_empty() { None } else { basis },
        touched: settled && !speaking.iter().any(|held| sound(held)),
        expired: state != State::Settled
            && state != State::Disputed
            && speaking.iter().any(|held| is_lapsed(held, facts)),
        by,
        entries: speaking.iter().map(|held| held.entry).collect(),
        gold: settled
            && basis == Some(Basis::Human)
            && speaking.iter().any(|held| sound(held) && on_screen(held)),
        marked: state != State::Open && facts.members.iter().any(uncovered),
    }
}

/// The opinion that all of them hold.
fn agreed(held: &[&Held<'_>]) -> Option<Opinion> {
    let first = held.first()?.verdict.opinion;
    held.iter().all(|held| held.verdict.opinion == first).then_some(first)
}

/// Whether the code of a finding that was judged has changed, or what was judged went and something else is left.
fn is_outdated(held: &Held<'_>, facts: &Facts<'_>) -> bool {
    let judged = held.judged.iter().flat_map(|judged| &judged.members);
    let mut members = judged.filter(|member| facts.members.contains(&member.finding)).peekable();
    let any = members.peek().is_some();
    let mut all_went = !facts.gone;
    let changed = members.any(|member| {
        all_went &= !(facts.here)(member.finding);
        member.lease.differs((facts.lease)(member.finding))
    });
    changed || any && all_went
}

/// Whether the code around it has changed. Where judged cases were merged, one part that knows today's scope
/// is enough.
fn is_touched(held: &Held<'_>, facts: &Facts<'_>) -> bool {
    held.judged.iter().all(|judged| judged.scope.differs(facts.scope))
}

/// Whether it accepts a risk until a day that is past.
fn is_lapsed(held: &Held<'_>, facts: &Facts<'_>) -> bool {
    held.verdict.opinion == Opinion::RiskAccepted
        && held.verdict.until.is_some_and(|until| until < facts.today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Opinion::{Confirmed, Rejected, RiskAccepted, Unsure};
    use crate::ledger::trial::*;
    use crate::ledger::{Act, Member, Verdict};

    /// The code and the calendar, as the tests change them.
    struct World {
        gone: bool,
        members: Vec<FindingId>,
        went: Vec<FindingId>,
        code: u64,
        scope: u64,
        today: &'static str,
    }

    impl Default for World {
        /// The world in which [`judge`] judged case 1.
        fn default() -> Self {
            Self {
                gone: false,
                members: vec![finding(1)],
                went: vec![],
                code: 1,
                scope: 101,
                today: "2026-03-01",
            }
        }
    }

    impl World {
        fn standing<'a>(&self, trial: &'a Trial) -> Standing<'a> {
            let facts = Facts {
                gone: self.gone,
                members: &self.members,
                here: &|finding| !self.went.contains(&finding),
                lease: &|_| CodeHash(self.code),
                scope: CodeHash(self.scope),
                today: self.today.parse().unwrap(),
            };
            standing(&trial.fold.record(case(1)), &facts)
        }
    }

    fn after(acts: &[(&str, Act)]) -> Trial {
        let mut trial = Trial::default();
        for (reviewer, act) in acts {
            trial.act(reviewer, act.clone());
        }
        trial
    }

    fn on(code: u64, opinion: Opinion) -> Act {
        Act::Verdict(verdict_on(&[1], opinion, code))
    }

    fn based(basis: Basis, opinion: Opinion) -> Act {
        Act::Verdict(Verdict { basis, ..verdict_on(&[1], opinion, 1) })
    }

    fn accepted(until: Option<&str>) -> Act {
        let until = until.map(|day| day.parse().unwrap());
        Act::Verdict(Verdict { until, ..verdict_on(&[1], RiskAccepted, 1) })
    }

    #[test]
    fn a_verdict_does_not_pass_on_to_findings_that_nobody_judged() {
        let trial = after(&[("ann", on(1, Rejected))]);
        let (judged, come) = (finding(1), finding(2));
        let both = World { members: vec![judged, come], ..World::default() };
        assert_eq!((both.standing(&trial).state, both.standing(&trial).marked), (State::Settled, true));
        let replaced = World { went: vec![judged], ..both };
        assert_eq!((replaced.standing(&trial).state, replaced.standing(&trial).marked), (State::Stale, true));
        let all_went = World { gone: true, went: vec![judged, come], ..replaced };
        assert_eq!(all_went.standing(&trial).verdict, Some(Rejected));
        let alone = World { gone: true, members: vec![judged], went: vec![judged], ..World::default() };
        assert_eq!((alone.standing(&trial).state, alone.standing(&trial).touched), (State::Gone, false));
    }

    #[test]
    fn the_state_is_the_first_that_applies() {
        use Basis::{Human, Imported, Inferred};
        use State::{Disputed, Open, Settled, Stale};
        let human = Some(Human);
        type Row = (&'static str, Vec<(&'static str, Act)>, (State, Option<Opinion>, Option<Basis>));
        let table: Vec<Row> = vec![
            ("nothing said", vec![], (Open, None, None)),
            ("one reviewer settles", vec![("ann", on(1, Rejected))], (Settled, Some(Rejected), human)),
            ("unsure leaves it open", vec![("ann", on(1, Unsure))], (Open, Some(Unsure), human)),
            (
                "unsure does not dispute",
                vec![("ann", on(1, Rejected)), ("bob", on(1, Unsure))],
                (Settled, Some(Rejected), human),
            ),
            (
                "reviewers who differ",
                vec![("ann", on(1, Rejected)), ("bob", on(1, Confirmed))],
                (Disputed, None, human),
            ),
            (
                "one of them comes round",
                vec![("ann", on(1, Rejected)), ("bob", on(1, Confirmed)), ("ann", on(1, Confirmed))],
                (Settled, Some(Confirmed), human),
            ),
            ("changed code", vec![("ann", on(2, Rejected))], (Stale, Some(Rejected), human)),
            ("unsure does not go stale", vec![("ann", on(2, Unsure))], (Open, Some(Unsure), human)),
            ("code unknown then", vec![("ann", on(0, Rejected))], (Settled, Some(Rejected), human)),
            (
                "judged again",
                vec![("ann", on(2, Rejected)), ("ann", on(1, Confirmed))],
                (Settled, Some(Confirmed), human),
            ),
            (
                "another judged the new code",
                vec![("ann", on(2, Rejected)), ("bob", on(1, Confirmed))],
                (Settled, Some(Confirmed), human),
            ),
            (
                "another was unsure of the new code",
                vec![("ann", on(2, Rejected)), ("bob", on(1, Unsure))],
                (Stale, Some(Rejected), human),
            ),
            (
                "both outdated",
                vec![("ann", on(2, Rejected)), ("bob", on(3, Confirmed))],
                (Stale, None, human),
            ),
            (
                "a person outranks a propagation",
                vec![("ann", on(1, Confirmed)), ("bob", based(Inferred, Rejected))],
                (Settled, Some(Confirmed), human),
            ),
            (
                "a propagation does not refresh a person's verdict",
                vec![("ann", on(2, Confirmed)), ("bob", based(Inferred, Rejected))],
                (Stale, Some(Confirmed), human),
            ),
            (
                "who was unsure is not overruled",
                vec![("ann", on(1, Unsure)), ("ann", based(Inferred, Rejected))],
                (Open, Some(Unsure), human),
            ),
            (
                "a propagation outranks a tool",
                vec![("bob", based(Inferred, Confirmed)), ("semgrep", based(Imported, Rejected))],
                (Settled, Some(Confirmed), Some(Inferred)),
            ),
            (
                "of tools the latest counts",
                vec![("snyk", based(Imported, Confirmed)), ("semgrep", based(Imported, Rejected))],
                (Settled, Some(Rejected), Some(Imported)),
            ),
            ("no end", vec![("ann", accepted(None))], (Settled, Some(RiskAccepted), human)),
            (
                "its last day",
                vec![("ann", accepted(Some("2026-03-01")))],
                (Settled, Some(RiskAccepted), human),
            ),
            ("the day after", vec![("ann", accepted(Some("2026-02-28")))], (Open, Some(RiskAccepted), human)),
        ];
        for (name, acts, (state, verdict, basis)) in table {
            let trial = after(&acts);
            let stands = World::default().standing(&trial);
            assert_eq!((stands.state, stands.verdict, stands.basis), (state, verdict, basis), "{name}");
            let gone = World { gone: true, ..World::default() }.standing(&trial);
            assert_eq!(gone, Standing { state: State::Gone, ..stands }, "{name}, and gone");
        }
    }

    #[test]
    fn unknown_code_is_no_evidence_of_change() {
        let trial = after(&[("ann", on(1, Rejected))]);
        let stands = World { code: 0, scope: 0, ..World::default() }.standing(&trial);
        assert_eq!((stands.state, stands.touched), (State::Settled, false));
    }

    #[test]
    fn code_changed_around_it_leaves_the_verdict_but_not_as_gold() {
        let trial = after(&[("ann", on(1, Rejected))]);
        let before = World::default().standing(&trial);
        assert_eq!((before.touched, before.gold), (false, true));
        let stands = World { scope: 7, ..World::default() }.standing(&trial);
        assert_eq!((stands.state, stands.touched, stands.gold), (State::Settled, true, false));
        let stale = World { scope: 7, code: 7, ..World::default() }.standing(&trial);
        assert_eq!((stale.state, stale.touched, stale.gold), (State::Stale, false, false));
    }

    #[test]
    fn one_who_agrees_on_the_code_as_it_is_makes_it_gold_again() {
        let mut looked = verdict_on(&[1], Rejected, 1);
        looked.cases[0].scope = CodeHash(7);
        let trial = after(&[("ann", on(1, Rejected)), ("bob", Act::Verdict(looked))]);
        let stands = World { scope: 7, ..World::default() }.standing(&trial);
        assert_eq!((stands.touched, stands.gold, stands.by), (false, true, vec!["ann", "bob"]));
    }

    #[test]
    fn only_a_person_who_had_the_code_on_screen_makes_gold() {
        let blind = Act::Verdict(Verdict { seen: None, ..verdict_on(&[1], Rejected, 1) });
        let acts = [blind, based(Basis::Inferred, Rejected), based(Basis::Imported, Rejected), on(1, Unsure)];
        for act in acts {
            let trial = after(&[("ann", act)]);
            assert!(!World::default().standing(&trial).gold);
        }
        let disputed = after(&[("ann", on(1, Rejected)), ("bob", on(1, Confirmed))]);
        assert!(!World::default().standing(&disputed).gold);
    }

    #[test]
    fn an_expired_risk_says_so_until_somebody_decides() {
        let mut trial = after(&[("ann", accepted(Some("2026-02-28")))]);
        assert!(World::default().standing(&trial).expired);
        let stale = World { code: 9, ..World::default() }.standing(&trial);
        assert_eq!((stale.state, stale.expired), (State::Stale, true));
        trial.act("bob", on(1, Confirmed));
        let stands = World::default().standing(&trial);
        assert_eq!((stands.state, stands.expired, stands.by), (State::Settled, false, vec!["bob"]));
    }

    #[test]
    fn new_findings_mark_a_settled_case_and_do_not_reopen_it() {
        let mut trial = after(&[("ann", on(1, Rejected))]);
        let world = World { members: vec![finding(1), finding(2)], ..World::default() };
        let stands = world.standing(&trial);
        assert_eq!((stands.state, stands.marked), (State::Settled, true));
        let mut whole = verdict_on(&[1], Rejected, 1);
        whole.cases[0].members.push(Member { finding: finding(2), lease: CodeHash(1) });
        trial.act("bob", Act::Verdict(whole));
        assert!(!world.standing(&trial).marked);
    }

    #[test]
    fn a_finding_that_left_the_case_takes_its_lease_along() {
        let mut both = verdict_on(&[1], Rejected, 1);
        both.cases[0].members.push(Member { finding: finding(2), lease: CodeHash(55) });
        let trial = after(&[("ann", Act::Verdict(both))]);
        assert_eq!(World::default().standing(&trial).state, State::Settled);
        let world = World { members: vec![finding(1), finding(2)], ..World::default() };
        assert_eq!(world.standing(&trial).state, State::Stale);
    }
}
