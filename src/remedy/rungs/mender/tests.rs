use std::cell::{Cell, RefCell};

use super::*;
use crate::domain::{CaseId, RemedyId};
use crate::remedy::testing::{USERS, subject, users};

/// A model that answers what it is told to, a word at a time.
struct Told {
    answers: Vec<(&'static str, Ended)>,
    format: Format,
    room: usize,
    sure: Option<u8>,
    asked: RefCell<Vec<(String, String)>>,
    words: Cell<usize>,
}

fn told(answers: &[(&'static str, Ended)]) -> Told {
    Told {
        answers: answers.to_vec(),
        format: Format::Chat,
        room: 4000,
        sure: None,
        asked: RefCell::default(),
        words: Cell::new(0),
    }
}

impl Answering for Told {
    fn marks(&self) -> Vec<String> {
        vec!["<own>".into()]
    }

    fn format(&self) -> Format {
        self.format
    }

    fn sure(&self) -> Option<u8> {
        self.sure
    }

    fn measure(&self, text: &str) -> Result<usize, InferError> {
        Ok(text.split_whitespace().count())
    }

    fn room(&self, answer: usize) -> Result<usize, InferError> {
        Ok(self.room.saturating_sub(answer))
    }

    fn answers(
        &mut self,
        system: &str,
        user: &str,
        limits: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError> {
        self.asked.borrow_mut().push((system.into(), user.into()));
        let all = self.answers.iter().take(limits.answers);
        let mut made: Vec<infer::Answer> = Vec::new();
        for (rank, (text, ended)) in all.enumerate() {
            let mut ended = *ended;
            for (at, word) in text.split_inclusive(' ').enumerate() {
                self.words.set(self.words.get() + 1);
                if tell(Piece::Written { text: word, tokens: at + 1 }) == Flow::Stop {
                    ended = Ended::Cancelled;
                    break;
                }
            }
            made.push(infer::Answer {
                text: (*text).into(),
                tokens: Vec::new(),
                score: -0.5 * rank as f32,
                ended,
            });
        }
        Ok(made)
    }
}

fn mender(model: Told) -> Mender<Told> {
    let limits = Limits { answers: 4, tokens: 64, ..Limits::default() };
    Mender::new("mender", model, Templates::shipped().unwrap(), limits)
}

fn text(offer: &Offer) -> (&str, Option<&str>) {
    match &offer.answer {
        Answer::Text { text, cut } => (text, cut.as_deref()),
        Answer::Edits(edits) => panic!("{edits:?}"),
    }
}

#[test]
fn answers_are_handed_on_in_their_order_and_a_cut_one_is_known_as_such() {
    let model = told(&[
        ("one", Ended::Stop),
        ("two", Ended::Tokens),
        ("three", Ended::Time),
        ("four", Ended::Repeating),
        ("five", Ended::Stop),
    ]);
    let mut mender = mender(model);
    let offers = mender.offers(&users(), Onlooker::nobody()).unwrap();
    assert_eq!(
        offers.iter().map(text).collect::<Vec<_>>(),
        [
            ("one", None),
            ("two", Some("it has 64 tokens or more")),
            ("three", Some("it took more than 120 s")),
            ("four", Some("it says the same over and over")),
        ]
    );
    assert_eq!((mender.origin(), mender.by().as_str()), (Origin::Model, "mender"));
}

#[test]
fn words_that_were_parted_in_the_prompt_are_whole_again_in_the_answer() {
    let code = "def f(x):\n    return run(x, '<own> </s>')\n";
    let mut mender = mender(told(&[(r"    2 |     return safe(x, '<\own> <\/s>')", Ended::Stop)]));
    let offers = mender.offers(&subject("a.py", code, "run(x"), Onlooker::nobody()).unwrap();
    assert_eq!(text(&offers[0]), ("    return safe(x, '<own> </s>')", None));
    let asked = mender.model.asked.borrow();
    let [(system, user)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!user.contains("<own>") && user.contains(r"<\own> <\/s>"), "{user}");
    assert!(system.contains("Keep it where you repeat them"), "{system}");
}

#[test]
fn a_model_of_lines_is_told_the_lines_alone_and_its_answer_counts_from_the_function() {
    let mut model = told(&[(
        r#"@4
-f"SELECT * FROM users WHERE id = {uid}"
+SQL, (uid,)"#,
        Ended::Stop,
    )]);
    model.format = Format::Edit;
    let mut mender = mender(model);
    let offers = mender.offers(&users(), Onlooker::nobody()).unwrap();
    let edit = "edit\n@9\n-f\"SELECT * FROM users WHERE id = {uid}\"\n+SQL, (uid,)\n";
    assert_eq!(text(&offers[0]), (edit, None));
    let asked = mender.model.asked.borrow();
    let (system, user) = &asked[0];
    assert!(system.is_empty() && user.starts_with("python - r\n"), "{system}{user}");
    assert!(user.contains("\n4>        cur.execute("), "{user}");
}

#[test]
fn what_is_less_likely_than_no_change_is_not_offered_and_an_edit_is_no_long_text() {
    let mut model = told(&[("@4\n-a\n+b", Ended::Stop), ("=", Ended::Stop), ("@4\n-a\n+c", Ended::Stop)]);
    model.format = Format::Edit;
    let limits = Limits { answers: 4, ..Limits::default() };
    let mut mender = Mender::new("mender", model, Templates::shipped().unwrap(), limits);
    assert_eq!(mender.limits.tokens, EDIT_TOKENS);
    let offers = mender.offers(&users(), Onlooker::nobody()).unwrap();
    assert_eq!(
        offers.iter().map(text).map(|(text, _)| text).collect::<Vec<_>>(),
        ["edit\n@9\n-a\n+b\n", "edit\n=\n"]
    );
}

#[test]
fn an_answer_that_the_model_is_not_sure_of_is_not_offered() {
    // Their mean shares are 1, 0.61 and 0.37.
    let three = [("one", Ended::Stop), ("two", Ended::Stop), ("three", Ended::Stop)];
    for (sure, kept) in [(None, 3), (Some(50), 2), (Some(100), 1)] {
        let mut model = told(&three);
        model.sure = sure;
        assert_eq!(mender(model).offers(&users(), Onlooker::nobody()).unwrap().len(), kept);
    }
}

#[test]
fn what_it_is_told_begins_alike_for_two_cases() {
    let mut mender = mender(told(&[("no", Ended::Stop)]));
    mender.offers(&users(), Onlooker::nobody()).unwrap();
    mender.offers(&subject("a.py", "x = eval(y)\n", "eval(y)"), Onlooker::nobody()).unwrap();
    let asked = mender.model.asked.borrow();
    assert_eq!(asked[0].0, asked[1].0);
    assert_ne!(asked[0].1, asked[1].1);
}

#[test]
fn it_is_called_off_within_a_word_and_what_it_had_written_is_dropped() {
    let mut mender = mender(told(&[("one two three four", Ended::Stop)]));
    let seen = RefCell::new(String::new());
    let tell = |_: CaseId, progress: Progress<'_>| {
        if let Progress::Writing { text, .. } = progress {
            text.clone_into(&mut seen.borrow_mut());
        }
    };
    let stop = || seen.borrow().contains("two");
    let unusable = mender.offers(&users(), Onlooker { tell: &tell, stop: &stop }).unwrap_err();
    assert_eq!(unusable.0, Fault::CalledOff);
    assert_eq!((seen.borrow().as_str(), mender.model.words.get()), ("one two ", 2));
}

#[test]
fn a_model_that_reads_too_little_is_told_as_that_and_not_asked() {
    let mut model = told(&[("no", Ended::Stop)]);
    model.room = 100;
    let mut mender = mender(model);
    let unusable = mender.offers(&users(), Onlooker::nobody()).unwrap_err();
    assert_eq!(unusable.0, Fault::TooLong, "{}", unusable.1);
    assert!(mender.model.asked.borrow().is_empty());
}

#[test]
fn what_was_accepted_for_the_same_family_is_shown_as_an_example() {
    let mut subject = users();
    let precedent = |rule: &str, fixed: &str| Precedent {
        remedy: RemedyId::default(),
        rule: rule.into(),
        path: "src/x.py".into(),
        diff: format!(
            "--- a/src/x.py\n+++ b/src/x.py\n@@ -1,2 +1,2 @@\n def g(self, n):\n-    cur.execute(f\"SELECT * FROM t WHERE n = {{n}}\")\n+    cur.execute({fixed})\n"
        ),
    };
    subject.said[0].claim.rule = "python.sql-format".into();
    subject.precedents =
        vec![precedent("rules.sql-format", "SQL, (n,)"), precedent("rules.shell-true", "OTHER")];
    let mut mender = mender(told(&[("no", Ended::Stop)]));
    mender.offers(&subject, Onlooker::nobody()).unwrap();
    let asked = mender.model.asked.borrow();
    let user = &asked[0].1;
    assert!(user.contains("+    cur.execute(SQL, (n,))") && !user.contains("OTHER"), "{user}");
    assert!(USERS.contains("SELECT * FROM users"), "the statements are alike");
}
