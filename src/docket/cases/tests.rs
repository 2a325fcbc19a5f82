use proptest::prelude::*;

use super::super::select_tests::dockets;
use super::*;
use crate::docket::Filter;

#[test]
fn a_case_nobody_acted_on_stands_where_its_tools_put_it() {
    use State::{Gone, Open, Settled};
    let (gone, silenced) = (CaseFlags::GONE, CaseFlags::SUPPRESSED);
    for (flags, state, verdict) in [
        (CaseFlags::FIX, Open, None),
        (gone, Gone, None),
        (silenced, Settled, Some(Opinion::Rejected)),
        (gone | silenced, Gone, Some(Opinion::Rejected)),
    ] {
        let row = CaseRow { head: 1, flags, ..CaseRow::default() };
        let docket = Docket::new(vec![row], Dictionary::default());
        let standing = docket.standing(1).unwrap();
        assert_eq!((standing.state, standing.verdict), (state, verdict), "{flags}");
        assert_eq!(standing.basis, verdict.map(|_| Basis::Imported));
    }
}

#[test]
fn numbers_of_no_case_have_no_row_and_no_standing() {
    let rows = vec![CaseRow { head: 1, ..CaseRow::default() }, CaseRow::default()];
    let mut docket = Docket::new(rows, Dictionary::default());
    for case in [0, 2, 3, u32::MAX] {
        docket.set_standing(case, Some(Overlay::untouched(0).clone()));
        assert_eq!((docket.row(case), docket.standing(case)), (None, None), "{case}");
    }
    assert_eq!(docket.tally(), Tally { open: 1, ..Tally::default() });
}

#[test]
fn a_standing_comes_and_goes_and_gone_outranks_it() {
    let rows = [0, CaseFlags::GONE].map(|flags| CaseRow { head: 1, flags, ..CaseRow::default() });
    let mut docket = Docket::new(rows.to_vec(), Dictionary::default());
    let stale = Overlay { state: State::Stale, ..Overlay::untouched(0).clone() };
    docket.load_standings([(1, stale.clone()), (2, stale)]);
    assert_eq!(docket.tally(), Tally { stale: 1, gone: 1, ..Tally::default() });
    docket.set_standing(1, None);
    assert_eq!(docket.tally(), Tally { open: 1, gone: 1, ..Tally::default() });
    assert_eq!(docket.tally().cases(), 2);
}

proptest! {
    #[test]
    fn what_is_counted_as_standings_come_and_go_is_what_a_recount_finds(
        (docket, _) in dockets(),
        steps in prop::collection::vec((0_u32..40, prop::option::of((0_usize..5, 0_usize..5))), 0..40),
    ) {
        let mut docket = docket;
        for (case, standing) in steps {
            let overlay = standing.map(|(state, opinion)| {
                let states = [State::Open, State::Stale, State::Disputed, State::Settled, State::Gone];
                let verdict = Opinion::ALL.get(opinion).map(|&opinion| (opinion, Basis::Human));
                Overlay::new(states[state], verdict)
            });
            docket.set_standing(case, overlay);
        }
        let mut tally = Tally::default();
        let mut verdicts: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
        for (case, row) in (1..).zip(&*docket.rows).filter(|(_, row)| row.head != 0) {
            tally.count(docket.standing(case).unwrap().state, 1);
            let judged = docket.overlays.get(&case).and_then(|overlay| outcome(overlay));
            for rule in docket.rule_rows(row) {
                let of_rule = verdicts.entry(*rule).or_default();
                of_rule.0 += judged.map_or(0, |(confirmed, _)| confirmed);
                of_rule.1 += judged.map_or(0, |(_, rejected)| rejected);
            }
        }
        prop_assert_eq!(docket.tally(), tally);
        verdicts.retain(|_, (confirmed, rejected)| *confirmed + *rejected > 0);
        let mut counted = docket.verdicts().clone();
        counted.retain(|_, (confirmed, rejected)| *confirmed + *rejected > 0);
        prop_assert_eq!(counted, verdicts);
    }
}

#[test]
fn blind_it_is_counted_what_the_reviewer_judged_and_all_else_is_open() {
    let row = |flags| CaseRow { head: 1, flags, ..CaseRow::default() };
    let rows = vec![row(0), row(0), row(0), row(CaseFlags::GONE), row(CaseFlags::SUPPRESSED), row(0)];
    let mut docket = Docket::new(rows, Dictionary::default());
    let by = |state, reviewer: &str, also: &[&str]| Overlay {
        reviewers: vec![reviewer.to_owned()],
        also: also.iter().map(|name| (*name).to_owned()).collect(),
        ..Overlay::new(state, Some((Opinion::Rejected, Basis::Human)))
    };
    docket.load_standings([
        (1, by(State::Settled, "bob", &[])),
        (2, by(State::Disputed, "bob", &["cy"])),
        (3, by(State::Settled, "bob", &["ann"])),
        (6, by(State::Stale, "ann", &[])),
    ]);
    let open = Tally { open: 0, settled: 3, disputed: 1, stale: 1, gone: 1 };
    assert_eq!(docket.tally(), open);
    docket.blind_for("ann");
    let blind = Tally { open: 3, settled: 1, disputed: 0, stale: 1, gone: 1 };
    assert_eq!(docket.tally(), blind);
    assert_eq!((docket.survey(&[1, 2, 3]).tally.open, docket.survey(&[1, 2, 3]).settled.len()), (2, 1));
    docket.set_standing(1, Some(by(State::Disputed, "bob", &["ann"])));
    docket.set_standing(6, None);
    assert_eq!(docket.tally(), Tally { open: 3, settled: 1, disputed: 1, stale: 0, gone: 1 });
    docket.load_standings([]);
    assert_eq!(docket.tally(), Tally { open: 5, gone: 1, ..Tally::default() }, "what tools silenced too");
    let mine = |docket: &Docket| docket.select(&Filter::not_judged_by("ann"), None).unwrap();
    docket.load_standings([(1, by(State::Settled, "bob", &[])), (3, by(State::Settled, "bob", &["ann"]))]);
    assert_eq!(mine(&docket), [1, 2, 5, 6], "what others judged is still to be judged");
    assert_eq!(Filter::not_judged_by("ann o'b").to_string(), "-judged:\"ann o'b\" -is:gone");
}
