use std::cell::RefCell;

use super::*;
use crate::domain::CaseId;
use crate::remedy::testing::{USERS, users};
use crate::remedy::{Edit, Evidence};

/// A rung that offers what it was given.
struct Given(Origin, Vec<Result<&'static str, Option<&'static str>>>);

impl Rung for Given {
    fn origin(&self) -> Origin {
        self.0
    }

    fn by(&self) -> String {
        if self.0 == Origin::Model { "mender".into() } else { String::new() }
    }

    fn offers(&mut self, subject: &Subject, _: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let file = &subject.file;
        let offer = |given: &Result<&str, Option<&str>>| {
            let answer = match given {
                Ok(new) => {
                    let at = file.text().find("f\"SELECT").unwrap();
                    let end = at + file.text()[at..].find(')').unwrap();
                    let part = vec![(at..end, (*new).to_owned())];
                    Answer::Edits(vec![Edit::new(&file.path, file.digest, file.text(), part).unwrap()])
                }
                Err(cut) => Answer::Text { text: "nonsense".into(), cut: cut.map(str::to_owned) },
            };
            Offer { words: String::new(), answer }
        };
        Ok(self.1.iter().map(offer).collect())
    }
}

/// What came of some rungs, and what was told meanwhile; scanners say what the last argument says of a patched text.
fn climbed(
    rungs: &mut [Given],
    looks: &dyn Fn(&str) -> Outcome,
    stop: &dyn Fn() -> bool,
) -> (Climbed, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/db.py"), USERS).unwrap();
    let (tree, policy, subject) = (Tree::open(folder.path()).unwrap(), Policy::default(), users());
    let heard = RefCell::new(Vec::new());
    let tell = |_: CaseId, progress: Progress<'_>| {
        heard.borrow_mut().push(match progress {
            Progress::Asked { origin, by } => format!("asked {} {by}", origin.word()),
            Progress::Missed(miss) => format!("missed {}", miss.fault.word()),
            Progress::Offered(remedy) => {
                assert!(remedy.diff.contains("\n+") && remedy.checks.is_empty(), "{remedy:?}");
                "offered".into()
            }
            Progress::Checked { check, .. } => format!("{} {}", check.name(), check.outcome.word()),
            Progress::Reading { .. } | Progress::Writing { .. } => "a model".into(),
        });
    };
    let onlooker = Onlooker { tell: &tell, stop };
    let mut climb = Climb::default();
    loop {
        let mut lent: Vec<&mut dyn Rung> = rungs.iter_mut().map(|rung| rung as &mut dyn Rung).collect();
        climb.ask(&subject, &mut lent, (&tree, &policy), onlooker);
        if climb.waiting().len() == 0 {
            break;
        }
        let further: Vec<Vec<Check>> = climb
            .waiting()
            .map(|files| {
                let outcome = looks(&files[0].text);
                let evidence = Evidence::from("looked");
                vec![Check { kind: CheckKind::Recheck, by: "semgrep".into(), outcome, evidence, ms: 1 }]
            })
            .collect();
        climb.settle(&subject, further, &policy, onlooker);
    }
    (climb.done(), heard.into_inner())
}

const GOOD: &str = "\"SELECT * FROM users WHERE id = ?\", (uid,)";
const BAD: &str = "f\"SELECT id FROM users WHERE id = {uid}\"";

fn looks(text: &str) -> Outcome {
    if text.contains("{uid}") { Outcome::Failed } else { Outcome::Held }
}

#[test]
fn where_the_models_answers_are_of_no_use_the_scanners_fix_is_tried_and_each_failure_told() {
    let mut rungs = [
        Given(Origin::Model, vec![Err(None), Err(Some("it has 9 tokens or more")), Ok(BAD)]),
        Given(Origin::Autofix, vec![Ok(GOOD)]),
        Given(Origin::Bump, vec![Ok(GOOD)]),
    ];
    let (climbed, heard) = climbed(&mut rungs, &looks, &|| false);
    let faults: Vec<Fault> = climbed.misses.iter().map(|miss| miss.fault).collect();
    assert_eq!(faults[1..], [Fault::Endless, Fault::Unsound], "{:?}", climbed.misses);
    assert!(climbed.misses.iter().all(|miss| miss.by == "mender"));
    let found: Vec<(Origin, Sound)> = climbed.remedies.iter().map(|it| (it.origin, it.sound)).collect();
    assert_eq!(found, [(Origin::Autofix, Sound::Yes), (Origin::Model, Sound::No)]);
    let asked: Vec<&str> =
        heard.iter().filter(|line| line.starts_with("asked")).map(String::as_str).collect();
    assert_eq!(asked, ["asked model mender", "asked autofix "], "what is below a good rung is not asked");
    let at = |line: &str| heard.iter().position(|heard| heard == line).unwrap_or_else(|| panic!("{heard:?}"));
    assert!(at("offered") < at("applies held") && at("minimal held") < at("recheck semgrep failed"));
}

#[test]
fn alternatives_of_one_rung_are_all_checked_and_keep_their_order() {
    let other = "\"SELECT * FROM users WHERE id = :id\", {\"id\": uid}";
    let mut rungs = [
        Given(Origin::Model, vec![Ok(BAD), Ok(GOOD), Ok(GOOD), Ok(other)]),
        Given(Origin::Autofix, vec![Ok(GOOD)]),
    ];
    let (climbed, _) = climbed(&mut rungs, &looks, &|| false);
    let found: Vec<(&str, Sound)> =
        climbed.remedies.iter().map(|it| (it.edits[0].changes[0].new.as_str(), it.sound)).collect();
    assert_eq!(found.len(), 3, "the same change is one remedy: {found:?}");
    assert_eq!(found.iter().map(|it| it.1).collect::<Vec<_>>(), [Sound::Yes, Sound::Yes, Sound::No]);
    assert!(climbed.is_of_use() && climbed.remedies[1].diff.contains(":id"));
}

#[test]
fn an_answer_that_is_not_proven_does_not_end_the_climb_and_stronger_evidence_comes_first() {
    let named = "\"SELECT * FROM users WHERE id = :id\", {\"id\": uid}";
    let looks = |text: &str| match text {
        _ if text.contains("{uid}") => Outcome::Failed,
        _ if text.contains(":id") => Outcome::Inconclusive,
        _ => Outcome::Held,
    };
    let of = |climbed: &Climbed| -> Vec<(Origin, Sound)> {
        climbed.remedies.iter().map(|it| (it.origin, it.sound)).collect()
    };
    let asked = |heard: &[String]| heard.iter().filter(|line| line.starts_with("asked")).count();
    let mut rungs = [
        Given(Origin::Model, vec![Ok(BAD), Ok(named)]),
        Given(Origin::Autofix, vec![Ok(GOOD)]),
        Given(Origin::Bump, vec![Ok(BAD)]),
    ];
    let (first, heard) = climbed(&mut rungs, &looks, &|| false);
    let (yes, unproven, no) = (Sound::Yes, Sound::Unproven, Sound::No);
    assert_eq!(of(&first), [(Origin::Autofix, yes), (Origin::Model, unproven), (Origin::Model, no)]);
    assert_eq!(asked(&heard), 2, "what is below a sound one is not asked");

    let mut rungs = [
        Given(Origin::Model, vec![Ok(named)]),
        Given(Origin::Autofix, vec![Ok(BAD)]),
        Given(Origin::Recalled, vec![]),
    ];
    let (none, heard) = climbed(&mut rungs, &looks, &|| false);
    assert_eq!(of(&none), [(Origin::Model, unproven), (Origin::Autofix, no)]);
    assert_eq!(asked(&heard), 3, "and where none is, all are");
    assert!(none.is_of_use());

    let many: Vec<String> = (0..MOST).map(|n| format!("\"SELECT :id{n}\", uid")).collect();
    let many: Vec<Result<&'static str, _>> = many.into_iter().map(|it| Ok(&*it.leak())).collect();
    let mut rungs = [Given(Origin::Model, many), Given(Origin::Autofix, vec![Ok(GOOD)])];
    let (full, heard) = climbed(&mut rungs, &looks, &|| false);
    assert_eq!((full.remedies.len(), asked(&heard)), (MOST, 1), "within a bound");
}

#[test]
fn what_is_called_off_was_not_tried_and_what_it_has_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, policy, subject) = (Tree::open(folder.path()).unwrap(), Policy::default(), users());
    let mut climb = Climb::default();
    let onlooker = Onlooker { tell: &|_, _| {}, stop: &|| true };
    let mut rung = Given(Origin::Model, vec![Ok(GOOD)]);
    climb.ask(&subject, &mut [&mut rung], (&tree, &policy), onlooker);
    assert!(!climb.is_tried() && climb.done() == Climbed::default());

    let mut rungs = [Given(Origin::Model, vec![Ok(GOOD)])];
    let (climbed, _) = climbed(&mut rungs, &|_| Outcome::NotRun, &|| false);
    assert_eq!(climbed.remedies[0].sound, Sound::Unproven);
    assert!(climbed.is_of_use());
}

#[test]
fn the_same_failure_is_told_once_in_a_line() {
    let mut rungs = [Given(Origin::Model, vec![Err(Some("x")), Err(Some("x")), Err(Some("y"))])];
    let (climbed, _) = climbed(&mut rungs, &looks, &|| false);
    assert_eq!(climbed.misses.len(), 3);
    assert_eq!(
        climbed.why(),
        "model: the answer was cut off before its end: x; model: the answer was cut off before its end: y"
    );
}
