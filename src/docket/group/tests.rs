use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::select_tests::{dictionary, dockets};
use super::*;

fn docket() -> Docket {
    let row = |path, rules, cwes, severity| CaseRow {
        head: 1,
        project: 1,
        path,
        rules,
        cwes,
        severity,
        ..CaseRow::default()
    };
    let rows = vec![row(1, 2, 1, 1), row(2, 3, 3, 4), row(1, 2, 2, 3), row(0, 0, 0, 0), row(3, 5, 4, 2)];
    let mut one = dictionary();
    one.projects.retain(|&project, _| project == 1);
    let mut docket = Docket::new(rows, one);
    docket.load_paths((1..).zip(["src/db.py", "src/cache.py", "app.py"].map(str::to_owned)).collect());
    docket.load_standings([]);
    docket
}

#[test]
fn groups_stand_as_their_best_cases_do() {
    for (grouping, cases, names) in [
        (Grouping::None, vec![5, 1, 2, 3, 4], vec![]),
        (Grouping::File, vec![5, 1, 3, 2, 4], vec!["app.py", "src/db.py", "src/cache.py", "no file"]),
        (Grouping::Directory, vec![5, 1, 2, 3, 4], vec!["./", "src/", "no file"]),
        // Set 5 is of B608 and B301: the former is broken three times in this list, the latter twice.
        (Grouping::Rule, vec![5, 1, 3, 2, 4], vec!["B608", "B301", "no rule"]),
        (
            Grouping::Cwe,
            vec![5, 4, 1, 3, 2],
            vec!["no weakness named", "CWE-89 SQL Injection", "CWE-502 Unsafe Deserialization"],
        ),
    ] {
        let (grouped, groups) = docket().group(vec![5, 1, 2, 3, 4], grouping).unwrap();
        let called: Vec<&str> = (0..groups.len()).map(|group| groups.name(group)).collect();
        assert_eq!((grouped, called), (cases, names), "{grouping}");
        assert_eq!(grouping.word().parse(), Ok(grouping));
    }
    assert_eq!(Grouping::ALL.map(Grouping::next).map(|next| next as usize), [1, 2, 3, 4, 0]);
    assert!("sideways".parse::<Grouping>().is_err());
}

#[test]
fn a_list_is_not_grouped_without_the_paths_it_needs() {
    let mut docket = Docket::new(vec![], dictionary());
    docket.load_standings([]);
    assert!(docket.group(vec![], Grouping::File).is_err());
    assert!(docket.group(vec![], Grouping::Cwe).is_ok());
}

proptest! {
    #[test]
    fn every_case_is_in_one_group_and_like_ones_are_together(
        (docket, _) in dockets(),
        grouping in select(Grouping::ALL.to_vec()),
        order in any::<prop::sample::Index>(),
    ) {
        let mut cases: Vec<u32> = (0..=docket.end()).collect();
        let from = order.index(cases.len());
        cases.rotate_left(from);
        let (grouped, groups) = docket.group(cases.clone(), grouping).unwrap();
        if grouping == Grouping::None {
            prop_assert!(groups.is_empty());
            prop_assert_eq!(grouped, cases);
            return Ok(());
        }
        let place = |case: u32| cases.iter().position(|&other| other == case).unwrap();
        let mut names = BTreeSet::new();
        let mut end = 0;
        for group in 0..groups.len() {
            let range = groups.range(group);
            prop_assert_eq!((range.start, range.len()), (end, groups.count(group)));
            end = range.end;
            let members = &grouped[range.clone()];
            prop_assert!(!members.is_empty());
            prop_assert!(members.is_sorted_by_key(|&case| place(case)), "as the list has them");
            let severity = members.iter().map(|&case| docket.row(case).unwrap().severity).max().unwrap();
            prop_assert_eq!(groups.severity(group), Severity::from_number(severity));
            prop_assert_eq!(groups.tally(group), docket.survey(members).tally);
            prop_assert!(range.clone().all(|at| groups.of(at) == Some(group)));
            names.insert(groups.name(group).to_owned());
            prop_assert_eq!(groups.named(groups.name(group)).map(|it| it <= group), Some(true));
        }
        prop_assert_eq!(groups.of(end), None);
        let best: Vec<usize> = (0..groups.len()).map(|it| place(grouped[groups.range(it).start])).collect();
        prop_assert!(best.is_sorted(), "groups stand as their best cases do");
        let here: BTreeSet<u32> = cases.iter().copied().filter(|&case| docket.row(case).is_some()).collect();
        prop_assert_eq!(end, grouped.len());
        prop_assert_eq!(grouped.iter().copied().collect::<BTreeSet<_>>(), here.clone());
        prop_assert_eq!(grouped.len(), here.len());
        // Whatever a grouping goes by, cases alike in everything are in one group.
        let of = |case: u32| groups.of(grouped.iter().position(|&it| it == case).unwrap());
        for &one in &here {
            for &other in here.range(one..).take(6) {
                let (a, b) = (docket.row(one).unwrap(), docket.row(other).unwrap());
                if (a.path, a.project, a.rules, a.cwes) == (b.path, b.project, b.rules, b.cwes) {
                    prop_assert_eq!(of(one), of(other));
                }
            }
        }
        prop_assert_eq!(docket.recount(&grouped, &groups), groups);
    }
}
