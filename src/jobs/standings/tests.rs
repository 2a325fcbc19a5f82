//! That two threads come to the same as one.

use super::*;
use crate::docket::Overlay;
use crate::domain::{Opinion, Reviewer};
use crate::jobs::act::JudgeWith;
use crate::jobs::desk::Desk;
use crate::jobs::workers::at_once::import;
use crate::ledger::Seen;
use crate::store::{FindingRow, Workspace, Writer};

fn judge(desk: &mut Desk, cases: impl IntoIterator<Item = u32>, opinion: Opinion) {
    let seen = Some(Seen { code_on_screen: true, ..Seen::default() });
    let with = JudgeWith { opinion, reason: None, note: String::new(), until: None, seen, shown: None };
    let cases: Vec<u32> = cases.into_iter().collect();
    desk.judge(&cases, &with, &Writer::new("machine", "ann", Reviewer::of_user(0))).unwrap();
}

/// What is heard of each case, by its number: how many verdicts it has and where it stands.
type Heard = Vec<(u32, usize, Overlay)>;

#[test]
fn two_threads_that_walk_through_all_findings_come_to_the_same_as_one_that_looks_up_each() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    import(&workspace, 3000, |number| format!("eval(part_{})", number % 700));
    let mut desk = Desk::open(workspace.clone()).unwrap();
    let writer = Writer::new("machine", "ann", Reviewer::of_user(0));
    judge(&mut desk, 1..=2500, Opinion::Rejected);
    judge(&mut desk, (1..=2500).step_by(3), Opinion::Confirmed);
    desk.merge(5, &[6, 7], &writer).unwrap();
    desk.merge(2600, &[901, 2700], &writer).unwrap();
    judge(&mut desk, [5], Opinion::Unsure);
    desk.note(&[2900], "look", &writer).unwrap();
    let desk = desk.again().unwrap();
    let (findings, journal) = (desk.findings.as_ref().unwrap(), desk.journal.as_ref().unwrap());
    let names = findings.case_names().unwrap();
    let empty = || {
        let mut docket = Docket::new(findings.docket().unwrap(), findings.dictionary().unwrap());
        docket.load_standings(std::iter::empty());
        docket
    };
    let (mut docket, mut heard): (Docket, Heard) = (empty(), Heard::new());
    let mut hear = |case: u32, _: &CaseRow, record: &Record, standing: &Overlay| {
        heard.push((case, record.verdicts.len(), standing.clone()));
    };
    load(journal, findings, &names, (&mut docket, desk.today), &mut hear).unwrap();
    heard.sort_by_key(|(case, ..)| *case);
    assert!(heard.len() > 2490 && docket.row(5).unwrap().members == 3, "{}", heard.len());
    let path = workspace.file("journal.db");
    for by_two in [false, true] {
        let (_moment, beside) = findings.at_one_moment_by_two().unwrap();
        let (mut other, mut also) = (empty(), Heard::new());
        let mut hear = |case: u32, _: &CaseRow, record: &Record, standing: &Overlay| {
            also.push((case, record.verdicts.len(), standing.clone()));
        };
        let beside = (findings, beside.filter(|_| by_two));
        let outline = load_many(&path, beside, &names, (&mut other, desk.today), true, &mut hear).unwrap();
        also.sort_by_key(|(case, ..)| *case);
        assert_eq!(also, heard);
        assert_eq!(other.tally(), docket.tally());
        for case in 1..docket.end() {
            assert_eq!(other.standing(case), docket.standing(case), "{case}");
        }
        assert_eq!(outline.is_some(), by_two);
        for (number, mark) in (1..).zip(outline.into_iter().flat_map(|outline| outline.marks)) {
            let head = docket.row(number).map_or(0, |row| i64::from(row.head));
            let mut members = findings.member_rows(number).unwrap().into_iter();
            let founder = members.find(|member| member.id == head);
            let of = |founder: FindingRow| {
                (Gold::mark_of(docket.family(founder.rule), &founder), founder.snapshot)
            };
            assert_eq!(mark, founder.map_or((0, 0), of), "{number}");
        }
    }
}

#[test]
fn two_readers_are_at_one_moment_whatever_is_imported_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    import(&workspace, 3, |number| format!("eval({number})"));
    let findings = Findings::open_to_read(&workspace.file("findings.db")).unwrap().unwrap();
    let (moment, other) = findings.at_one_moment_by_two().unwrap();
    import(&workspace, 5, |number| format!("eval({number})"));
    let cases = |findings: &Findings| findings.docket().unwrap().len();
    assert_eq!((cases(&findings), cases(&other.unwrap())), (3, 3));
    drop(moment);
    let (_moment, other) = findings.at_one_moment_by_two().unwrap();
    assert_eq!((cases(&findings), cases(&other.unwrap())), (5, 5));
}
