use super::*;

fn row(name: u8, sound: &str) -> RemedyRow {
    RemedyRow {
        name: RemedyId::new([name; 16]),
        case: CaseId::new([1; 16]),
        project: "shop".into(),
        rule: "sql".into(),
        origin: "autofix".into(),
        sound: sound.into(),
        made: 7,
        body: "{}".into(),
    }
}

fn opened() -> (tempfile::TempDir, Remedies) {
    let folder = tempfile::tempdir().unwrap();
    let remedies = Remedies::open(&folder.path().join("remedies.db")).unwrap();
    (folder, remedies)
}

#[test]
fn a_remedy_that_comes_again_has_its_checks_replaced() {
    let (folder, mut remedies) = opened();
    let case = CaseId::new([1; 16]);
    remedies.keep(&[row(1, "unproven"), row(2, "no")], case, &[]).unwrap();
    remedies.keep(&[RemedyRow { origin: "model".into(), ..row(1, "yes") }], case, &[]).unwrap();
    let read = Remedies::open_to_read(&folder.path().join("remedies.db")).unwrap().unwrap();
    assert_eq!(read.all(Some(case)).unwrap(), [row(1, "yes"), row(2, "no")]);
    assert_eq!(read.of_rule("sql", 1).unwrap(), [row(2, "no")]);
    assert_eq!((read.cases().unwrap(), read.names().unwrap().len()), (vec![case], 2));
}

#[test]
fn checks_that_did_not_run_take_the_place_of_none_that_did() {
    let (folder, mut remedies) = opened();
    let case = CaseId::new([1; 16]);
    remedies.keep(&[row(1, "no"), row(2, "yes")], case, &[]).unwrap();
    remedies.keep(&[row(1, "unproven"), row(2, "unproven")], case, &[]).unwrap();
    let read = || {
        Remedies::open_to_read(&folder.path().join("remedies.db")).unwrap().unwrap().all(Some(case)).unwrap()
    };
    assert_eq!(read(), [row(1, "no"), row(2, "yes")]);
    remedies.keep(&[row(2, "no")], case, &[]).unwrap();
    assert_eq!(read(), [row(1, "no"), row(2, "no")]);
}

#[test]
fn what_is_kept_together_is_there_as_a_whole_or_not_at_all() {
    let (_folder, mut remedies) = opened();
    let case = |number: u8| CaseId::new([number; 16]);
    let kept = |remedies: &mut Remedies, last: u8| -> Result<(), StoreError> {
        remedies.together(|remedies| {
            for number in 1..=last {
                remedies.keep_base(Digest::of(&[number]), "shop", "x")?;
                remedies.keep(
                    &[RemedyRow { case: case(number), ..row(number, "yes") }],
                    case(number),
                    &[],
                )?;
            }
            if last == 3 { Err(StoreError::NoWorkspace) } else { Ok(()) }
        })
    };
    assert!(matches!(kept(&mut remedies, 3), Err(StoreError::NoWorkspace)));
    assert_eq!((remedies.all(None).unwrap().len(), remedies.base(Digest::of(&[1])).unwrap()), (0, None));
    kept(&mut remedies, 2).unwrap();
    assert_eq!(remedies.cases().unwrap().len(), 2);
    // And again by itself.
    remedies.keep(&[RemedyRow { case: case(9), ..row(9, "no") }], case(9), &[]).unwrap();
    assert_eq!(remedies.cases().unwrap().len(), 3);
}

#[test]
fn only_the_last_proposal_of_a_case_has_misses() {
    let (_folder, mut remedies) = opened();
    let miss = |case: u8, body: &str| MissRow {
        case: CaseId::new([case; 16]),
        project: "shop".into(),
        made: 1,
        of_use: false,
        body: body.into(),
    };
    for (case, misses) in
        [(1, vec![miss(1, "a"), miss(1, "b")]), (2, vec![miss(2, "c")]), (1, vec![miss(1, "d")])]
    {
        remedies.keep(&[], CaseId::new([case; 16]), &misses).unwrap();
    }
    assert_eq!(remedies.misses(None).unwrap(), [miss(1, "d"), miss(2, "c")]);
    assert_eq!(remedies.misses(Some(CaseId::new([2; 16]))).unwrap(), [miss(2, "c")]);
}

#[test]
fn what_is_begun_is_told_until_it_is_ended() {
    let (_folder, mut remedies) = opened();
    let application = |token: &str| ApplicationRow {
        token: token.into(),
        remedy: RemedyId::new([1; 16]),
        project: "shop".into(),
        made: 3,
        body: "{}".into(),
    };
    for token in ["a", "b", "c"] {
        remedies.begin(&application(token)).unwrap();
    }
    remedies.end("a", true).unwrap();
    remedies.end("b", false).unwrap();
    assert_eq!(remedies.begun().unwrap(), [application("c")]);
    assert_eq!(remedies.done(RemedyId::new([1; 16])).unwrap(), [application("a")]);
}

#[test]
fn a_base_is_kept_once() {
    let (_folder, mut remedies) = opened();
    let digest = Digest::of(b"x");
    remedies.keep_base(digest, "shop", "x").unwrap();
    remedies.keep_base(digest, "shop", "x").unwrap();
    assert_eq!(remedies.base(digest).unwrap().as_deref(), Some("x"));
    assert_eq!(remedies.base(Digest::of(b"y")).unwrap(), None);
}
