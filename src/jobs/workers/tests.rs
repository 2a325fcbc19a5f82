//! The workers over a store of their own.

use std::sync::mpsc::channel;

use super::at_once::told;
use super::*;
use crate::docket::Order;
use crate::domain::{Opinion, RemedyId, Reviewer, State};
use crate::jobs::JudgeWith;
use crate::store::{Findings, Journal, Remedies, RemedyRow, Workspace};
use serve::Work;

/// A workspace with as many cases as asked for.
fn workspace(cases: u32) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    import(&workspace, cases);
    (folder, workspace)
}

/// Imports a scan of as many claims as asked for.
fn import(workspace: &Workspace, cases: u32) {
    at_once::import(workspace, cases, |number| format!("eval({number})"));
}

fn writer() -> Writer {
    Writer::new("machine", "ann", Reviewer::of_user(0))
}

fn judge(case: u32) -> Request {
    let with = JudgeWith {
        opinion: Opinion::Confirmed,
        reason: None,
        note: String::new(),
        until: None,
        seen: None,
        shown: None,
    };
    Request::Act { ticket: u64::from(case), act: Do::Judge(vec![case], with), named: Vec::new() }
}

fn list(reload: bool) -> Request {
    let (filter, order, grouping) = (Filter::default(), Order::default(), Grouping::default());
    Request::List { turn: 1, filter, order, grouping, reload, only: None }
}

#[test]
fn a_verdict_given_while_the_store_is_read_anew_stands_afterwards() {
    let (_folder, workspace) = workspace(3);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut lists = Lists::new(open(), shared.clone(), Weights::default(), None);
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    told(&mut lists, list(true));
    let read = lists.read().unwrap();
    let saved = told(&mut acts, judge(1));
    let [Reply::Saved { version, rows, .. }] = saved.as_slice() else { panic!("{saved:?}") };
    assert_eq!((rows.len(), rows[0].standing.state, rows[0].version), (1, State::Settled, *version));
    assert_eq!(read.standing(1).unwrap().state, State::Open, "it was read before");
    lists.put(read).unwrap();
    assert_eq!(shared.now().standing(1).unwrap().state, State::Settled);
    assert!(shared.now().version() > *version);
}

#[test]
fn a_remedy_stays_with_its_case_whatever_is_decided_and_nobody_asks_for_it_again() {
    let (_folder, workspace) = workspace(3);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut lists = Lists::new(open(), shared.clone(), Weights::default(), None);
    told(&mut lists, list(true));
    let case = shared.now().name(1).unwrap();
    let row = RemedyRow {
        name: RemedyId::new([1; 16]),
        case,
        project: "shop".into(),
        rule: "eval".into(),
        origin: "autofix".into(),
        sound: "yes".into(),
        made: 1,
        body: "{}".into(),
    };
    let file = workspace.file("remedies.db");
    Remedies::open(&file).unwrap().keep(&[row], case, &[]).unwrap();
    told(&mut lists, list(true));
    let remedied = || (1..=3).map(|case| shared.now().standing(case).unwrap().remedied).collect::<Vec<_>>();
    assert_eq!(remedied(), [true, false, false]);
    std::fs::remove_file(&file).unwrap();
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    told(&mut acts, judge(1));
    assert_eq!(
        (shared.now().standing(1).unwrap().state, remedied()),
        (State::Settled, vec![true, false, false])
    );
    told(&mut acts, Request::Act { ticket: 9, act: Do::Undo, named: Vec::new() });
    assert_eq!(
        (shared.now().standing(1).unwrap().state, remedied()),
        (State::Open, vec![true, false, false])
    );
}

#[test]
fn a_case_that_is_being_read_stays_as_it_was_and_holds_up_no_act() {
    let (_folder, workspace) = workspace(3);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    told(&mut Lists::new(open(), shared.clone(), Weights::default(), None), list(true));
    let reading = shared.now();
    told(&mut acts, judge(2));
    assert_eq!(reading.standing(2).unwrap().state, State::Open);
    assert_eq!(shared.now().standing(2).unwrap().state, State::Settled);
    assert_eq!((reading.tally().open, shared.now().tally().open), (3, 2));
}

/// Questions that some work asks of a worker's store.
fn asked<W: Work>(worker: &mut W, desk: fn(&W) -> &Desk, request: Request) -> u64 {
    let count = |worker: &W| desk(worker).findings.as_ref().unwrap().asked();
    let before = count(worker);
    told(worker, request);
    count(worker) - before
}

#[test]
fn no_key_asks_more_of_the_store_where_there_are_more_cases() {
    let asked = |cases: u32| {
        let (_folder, workspace) = workspace(cases);
        let open = || Desk::open(workspace.clone()).unwrap();
        let shared = Shared::default();
        let mut lists = Lists::new(open(), shared.clone(), Weights::default(), None);
        let mut fetch = Cases::new(open(), shared.clone(), Weights::default());
        let mut acts = Acts::new(open(), shared, writer(), Weights::default());
        told(&mut lists, list(true));
        let all = (1..=cases.min(150)).collect();
        [
            asked(&mut lists, Lists::desk, list(false)),
            asked(&mut lists, Lists::desk, Request::Rows(all)),
            asked(&mut fetch, Cases::desk, Request::Case(7)),
            asked(&mut acts, Acts::desk, judge(7)),
        ]
    };
    let [list, rows, case, act] = asked(400);
    assert_eq!(list, 0, "a filter is answered from memory");
    assert!(rows <= 1, "a screen of rows asks {rows} questions");
    assert!(case <= 16, "a case asks {case} questions");
    assert!(act <= 12, "a verdict asks {act} questions");
    assert_eq!(asked(20), [list, rows, case, act]);
}

/// What a worker tells of a request while another waits behind it.
fn told_before(worker: &mut impl Work, request: Request, next: Request) -> Vec<Reply> {
    let (ask, inbox) = inbox();
    ask.send(next).unwrap();
    let told = std::cell::RefCell::new(Vec::new());
    worker.work(request, &inbox, &|reply| told.borrow_mut().push(reply)).unwrap();
    told.into_inner()
}

fn listing(turn: u64, filter: &str) -> Request {
    let (filter, order, grouping) = (filter.parse().unwrap(), Order::default(), Grouping::default());
    Request::List { turn, filter, order, grouping, reload: false, only: None }
}

#[test]
fn a_list_that_another_was_asked_for_instead_is_broken_off_before_it_is_put_in_order() {
    let (_folder, workspace) = workspace(20);
    let mut lists = Lists::new(Desk::open(workspace).unwrap(), Shared::default(), Weights::default(), None);
    told(&mut lists, list(true));
    // All cases, as when a filter was emptied; a term; a word that all texts have to be looked through for.
    for filter in ["", "sev:>=low", "m"] {
        let replies = told_before(&mut lists, listing(1, filter), listing(2, "m"));
        assert!(replies.is_empty(), "{filter}: {replies:?}");
    }
    // What is asked beside it breaks nothing off.
    let replies = told_before(&mut lists, listing(1, ""), Request::Rows(vec![1]));
    assert!(matches!(replies.as_slice(), [Reply::Listed { turn: 1, is_part: false, .. }]), "{replies:?}");
}

#[test]
fn a_search_hands_over_the_first_of_what_it_has_found_and_at_last_all() {
    const CASES: usize = 2100;
    let (_folder, workspace) = workspace(CASES as u32);
    let mut lists = Lists::new(Desk::open(workspace).unwrap(), Shared::default(), Weights::default(), None);
    told(&mut lists, list(true));
    let mut lists = lists.impatient();
    let replies = told(&mut lists, listing(1, "m"));
    let counts = |reply: &Reply| match reply {
        Reply::Listed { is_part, cases, .. } => (*is_part, cases.to_vec()),
        other => panic!("{other:?}"),
    };
    let [(true, first), (false, all)] = &*replies.iter().map(counts).collect::<Vec<_>>() else {
        panic!("{replies:?}")
    };
    assert_eq!((first.len(), all.len()), (1000, CASES), "no more is put in order than is looked at first");
    assert_eq!(first[..], all[..1000]);
}

#[test]
fn every_act_is_answered_before_the_end_and_the_lists_after_them_know_of_it() {
    let (_folder, workspace) = workspace(20);
    let (tell, replies) = channel();
    let workers =
        Workers::start(&workspace, writer(), Weights::default(), None, Proposer::default(), move |reply| {
            let _ = tell.send(reply);
        })
        .unwrap();
    workers.ask(list(true));
    assert!(matches!(replies.recv().unwrap(), Reply::Listed { .. }));
    for case in 1..=20 {
        workers.ask(judge(case));
        workers.ask(list(case % 5 == 0));
    }
    workers.finish();
    let mut newest = 0;
    let mut saved = 0;
    for reply in replies {
        match reply {
            Reply::Saved { version, rows, tally, .. } => {
                saved += 1;
                if !rows.is_empty() {
                    assert_eq!(rows[0].standing.state, State::Settled);
                    assert_eq!(tally.settled, saved);
                    assert!(version > newest);
                }
                newest = version;
            }
            Reply::Listed { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(saved, 20);
}

#[test]
fn what_another_terminal_decides_and_imports_comes_into_the_docket() {
    let (_folder, workspace) = workspace(3);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut lists = Lists::new(open(), shared.clone(), Weights::default(), None);
    told(&mut lists, list(true));
    let open_cases: Filter = "is:open".parse().unwrap();
    let mut follow = |changed| {
        let filter = open_cases.clone();
        let replies = told(&mut lists, Request::Follow { filter, changed });
        let [Reply::Followed { version, tally, come, left }] = replies.as_slice() else {
            panic!("{replies:?}")
        };
        (*version, *tally, (*come, *left))
    };
    let theirs = Shared::default();
    let mut other = Acts::new(open(), theirs.clone(), writer(), Weights::default());
    told(&mut Lists::new(open(), theirs, Weights::default(), None), list(true));
    let journal = Changed { journal: true, ..Changed::default() };
    let (before, _, differs) = follow(journal);
    assert_eq!(differs, (0, 0));
    told(&mut other, judge(2));
    let (version, tally, differs) = follow(journal);
    assert_eq!((version > before, tally.settled, differs), (true, 1, (0, 1)));
    assert_eq!(shared.now().standing(2).unwrap().state, State::Settled);
    told(&mut other, Request::Act { ticket: 9, act: Do::Undo, named: Vec::new() });
    let (_, tally, differs) = follow(journal);
    assert_eq!((tally.settled, differs), (0, (1, 0)), "what was taken back too");
    import(&workspace, 5);
    let (_, tally, differs) = follow(Changed { findings: true, ..Changed::default() });
    assert_eq!((tally.open, differs), (5, (2, 0)));
}

#[test]
fn a_verdict_on_many_tells_how_far_it_is_and_is_one_act() {
    const CASES: u32 = 2100;
    let (_folder, workspace) = workspace(CASES);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    told(&mut Lists::new(open(), shared.clone(), Weights::default(), None), list(true));
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    let Request::Act { act: Do::Judge(_, with), .. } = judge(1) else { unreachable!() };
    let act = Do::Judge((1..=CASES).collect(), with);
    let replies = told(&mut acts, Request::Act { ticket: 7, act, named: Vec::new() });
    let (last, before) = replies.split_last().unwrap();
    assert!(matches!(last, Reply::Saved { ticket: 7, count, .. } if *count == CASES as usize), "{last:?}");
    let so_far: Vec<usize> = before
        .iter()
        .map(|reply| match reply {
            Reply::Saving { ticket: 7, done, of } if *of == CASES as usize => *done,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        so_far.len() > 1 && so_far.is_sorted() && so_far.iter().all(|done| *done <= CASES as usize),
        "{so_far:?}"
    );
    assert_eq!(shared.now().tally().settled, CASES as usize);
    let replies = told(&mut acts, Request::Act { ticket: 8, act: Do::Undo, named: Vec::new() });
    assert!(
        matches!(replies.last().unwrap(), Reply::Saved { ticket: 8, count, .. } if *count == CASES as usize)
    );
    assert_eq!((shared.now().tally().settled, shared.now().tally().open), (0, CASES as usize));
}

#[test]
fn an_undo_that_is_asked_for_while_many_are_written_takes_back_those_and_nothing_older() {
    let (_folder, workspace) = workspace(600);
    let (tell, replies) = channel();
    let workers =
        Workers::start(&workspace, writer(), Weights::default(), None, Proposer::default(), move |reply| {
            let _ = tell.send(reply);
        })
        .unwrap();
    workers.ask(list(true));
    assert!(matches!(replies.recv().unwrap(), Reply::Listed { .. }));
    workers.ask(judge(1));
    let Request::Act { act: Do::Judge(_, with), .. } = judge(1) else { unreachable!() };
    workers.ask(Request::Act { ticket: 2, act: Do::Judge((2..=600).collect(), with), named: Vec::new() });
    workers.ask(Request::Act { ticket: 3, act: Do::Undo, named: Vec::new() });
    let docket = workers.finish();
    assert_eq!((docket.tally().settled, docket.tally().open), (1, 599));
    let counts = replies.into_iter().filter_map(|reply| match reply {
        Reply::Saved { ticket, count, decided, .. } => Some((ticket, count, decided)),
        _ => None,
    });
    assert_eq!(counts.collect::<Vec<_>>(), [(1, 1, 1), (2, 599, 599), (3, 599, -599)]);
}

#[test]
fn cases_are_found_by_the_names_that_were_kept_and_others_are_left_out() {
    let (_folder, workspace) = workspace(3);
    let shared = Shared::default();
    let mut lists = Lists::new(Desk::open(workspace).unwrap(), shared.clone(), Weights::default(), None);
    // Nothing was listed yet: the docket is read for it.
    let replies = told(&mut lists, Request::Named(vec![CaseId::new([9; 16])]));
    assert!(matches!(replies.as_slice(), [Reply::Named(known)] if known.is_empty()), "{replies:?}");
    let name = shared.now().name(2).unwrap();
    let replies = told(&mut lists, Request::Named(vec![CaseId::new([9; 16]), name]));
    assert!(matches!(replies.as_slice(), [Reply::Named(known)] if *known == [(name, 2)]), "{replies:?}");
}

#[test]
fn what_another_process_has_locked_is_waited_for_while_somebody_asks() {
    let (_folder, workspace) = workspace(3);
    let (tell, replies) = channel();
    let start = || {
        let tell = tell.clone();
        let say = move |reply| drop(tell.send(reply));
        Workers::start(&workspace, writer(), Weights::default(), None, Proposer::default(), say).unwrap()
    };
    let locked = Findings::locked(&workspace.file("findings.db"));
    let workers = start();
    workers.ask(list(true));
    workers.ask(judge(1));
    let Reply::Waiting(Some(words)) = replies.recv().unwrap() else { panic!("it waits for nothing") };
    assert!(words.contains("findings.db"), "{words}");
    // Whoever leaves is not kept waiting, and told of what was not done.
    workers.finish();
    let refused = replies.try_iter().find(|reply| matches!(reply, Reply::Refused { .. })).unwrap();
    assert!(
        matches!(&refused, Reply::Refused { ticket: 1, why } if why.contains("another process")),
        "{refused:?}"
    );
    let workers = start();
    workers.ask(list(true));
    while !matches!(replies.recv().unwrap(), Reply::Waiting(Some(_))) {}
    drop(locked);
    while !matches!(replies.recv().unwrap(), Reply::Waiting(None)) {}
    while !matches!(replies.recv().unwrap(), Reply::Listed { .. }) {}
    workers.finish();
}

#[test]
fn a_session_that_ends_leaves_no_log_for_the_next_start_to_read() {
    let (_folder, workspace) = workspace(3);
    let log = || std::fs::metadata(workspace.file("journal.db-wal")).map_or(0, |file| file.len());
    // The other workers of a session have the file open when the one that writes ends.
    let journal = Journal::open(&workspace.file("journal.db")).unwrap();
    let (ask, requests) = inbox();
    (1..=3).for_each(|case| ask.send(judge(case)).unwrap());
    drop(ask);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    told(&mut Lists::new(open(), shared.clone(), Weights::default(), None), list(true));
    let before = log();
    serve::serve(Acts::new(open(), shared, writer(), Weights::default()), &requests, |_| {});
    assert!(before > 0);
    assert_eq!((log(), journal.records().unwrap().len()), (0, 3));
}

/// A verdict of the first reviewer, as the workstation gives it.
fn say(case: u32, opinion: Opinion, came: crate::ledger::Came) -> Request {
    let seen = Some(crate::ledger::Seen { code_on_screen: true, came: Some(came), ..Default::default() });
    let (reason, note, until, shown) = (None, String::new(), None, None);
    let with = JudgeWith { opinion, reason, note, until, seen, shown };
    Request::Act { ticket: u64::from(case), act: Do::Judge(vec![case], with), named: Vec::new() }
}

#[test]
fn a_share_of_ones_own_settled_cases_comes_back_into_a_list_of_open_ones_once_each() {
    use crate::docket::{Drawn, Draws, Returns};
    use crate::ledger::Came;
    let (_folder, workspace) = workspace(40);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    let lists = |days: u32, name: &str| {
        let draws = Draws { audit: None, returns: Returns::new(0.5, days, name) };
        Lists::new(open(), shared.clone(), Weights::default(), Some((draws, Reviewer::of_user(0))))
    };
    told(&mut lists(0, "user-0"), list(true));
    for case in 1..=30 {
        told(&mut acts, say(case, Opinion::Rejected, Came::Order));
    }
    let reviewer = shared.now().standing(1).unwrap().reviewers[0].clone();
    let listed = |lists: &mut Lists, filter: &str, grouping| {
        let (filter, order) = (filter.parse().unwrap(), Order::default());
        let request = Request::List { turn: 1, filter, order, grouping, reload: false, only: None };
        match told(lists, request).pop() {
            Some(Reply::Listed { cases, drawn: Drawn { back, .. }, .. }) => (cases.to_vec(), back),
            other => panic!("{other:?}"),
        }
    };
    let mut own = lists(0, &reviewer);
    told(&mut own, list(true));
    let (cases, back) = listed(&mut own, "is:open", Grouping::None);
    assert!((1..=15).contains(&back.len()) && back.iter().all(|case| *case <= 30), "{back:?}");
    assert_eq!(cases.len(), 10 + back.len());
    assert!(back.iter().all(|case| cases.contains(case)));
    assert_eq!(
        listed(&mut own, "is:settled", Grouping::None).1,
        Vec::<u32>::new(),
        "they are shown as they are"
    );
    assert_eq!(listed(&mut own, "is:open", Grouping::Rule).1, Vec::<u32>::new());
    assert_eq!(listed(&mut own, "is:open path:none.py", Grouping::None).1, Vec::<u32>::new());
    // Blind, one asks for what one has not judged.
    let blind = format!("-judged:{reviewer} -is:gone");
    assert_eq!(listed(&mut own, &blind, Grouping::None).1, back);
    // What is done to it beside judging it leaves it as it is, and so does what others do.
    let beside = [
        Do::Note(vec![back[0]], "look".into()),
        Do::Rank(vec![back[0]], Some(1)),
        Do::Pin(vec![back[0]], false),
    ];
    for (ticket, act) in (100..).zip(beside) {
        told(&mut acts, Request::Act { ticket, act, named: Vec::new() });
        assert_eq!(listed(&mut own, "is:open", Grouping::None).1, back);
    }
    // Judged again it does not come back, in this sitting or another.
    told(&mut acts, say(back[0], Opinion::Confirmed, Came::Return));
    let (_, rest) = listed(&mut own, "is:open", Grouping::None);
    assert!(!rest.contains(&back[0]), "{rest:?}");
    let mut another = lists(0, &reviewer);
    told(&mut another, list(true));
    let (_, later) = listed(&mut another, "is:open", Grouping::None);
    assert!(!later.contains(&back[0]) && later.len() < 15, "{later:?}");
    // Nor where that was taken back: a case comes back once.
    let undo = Request::Act { ticket: 200, act: Do::Undo, named: Vec::new() };
    told(&mut acts, undo);
    for lists in [&mut own, &mut another] {
        assert!(!listed(lists, "is:open", Grouping::None).1.contains(&back[0]));
    }
    let mut third = lists(0, &reviewer);
    told(&mut third, list(true));
    assert!(!listed(&mut third, "is:open", Grouping::None).1.contains(&back[0]));
    for (days, name) in [(1, reviewer.as_str()), (0, "bob")] {
        let mut none = lists(days, name);
        told(&mut none, list(true));
        assert_eq!(listed(&mut none, "is:open", Grouping::None).1, Vec::<u32>::new(), "{days} {name}");
    }
}

#[test]
fn an_act_on_thousands_leaves_what_comes_back_as_it_was() {
    use crate::docket::{Drawn, Draws, Returns};
    use crate::ledger::Came;
    let (_folder, workspace) = workspace(2200);
    let open = || Desk::open(workspace.clone()).unwrap();
    let shared = Shared::default();
    let mut acts = Acts::new(open(), shared.clone(), writer(), Weights::default());
    let lists = |name: &str| {
        let draws = Draws { audit: None, returns: Returns::new(0.5, 0, name) };
        Lists::new(open(), shared.clone(), Weights::default(), Some((draws, Reviewer::of_user(0))))
    };
    told(&mut lists("user-0"), list(true));
    for case in 1..=30 {
        told(&mut acts, say(case, Opinion::Rejected, Came::Order));
    }
    let reviewer = shared.now().standing(1).unwrap().reviewers[0].clone();
    let mut own = lists(&reviewer);
    let back = |lists: &mut Lists, reload| {
        let (filter, order, grouping) = ("is:open".parse().unwrap(), Order::default(), Grouping::None);
        match told(lists, Request::List { turn: 1, filter, order, grouping, reload, only: None }).pop() {
            Some(Reply::Listed { drawn: Drawn { back, .. }, .. }) => back,
            other => panic!("{other:?}"),
        }
    };
    let before = back(&mut own, true);
    assert!(!before.is_empty());
    let act = Do::Note((31..=2200).collect(), "look".into());
    told(&mut acts, Request::Act { ticket: 300, act, named: Vec::new() });
    assert_eq!(back(&mut own, false), before);
    let again = before[0];
    let act = Do::Note((1..=2200).collect(), "and this".into());
    told(&mut acts, Request::Act { ticket: 301, act, named: Vec::new() });
    told(&mut acts, say(again, Opinion::Rejected, Came::Return));
    assert!(!back(&mut own, false).contains(&again), "what was judged among many does not");
}
