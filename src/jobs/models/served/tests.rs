//! A model in another process, with a shell in its place.

use std::cell::RefCell;
use std::io::Cursor;
use std::sync::mpsc::{Receiver, Sender};

use super::*;

const READY: &str = r#"echo '{"runs":{"runtime":"embedded","described":"","passed_over":[]}}'
echo '{"ready":{"digest":"d","marks":["<s>"],"format":"chat"}}'"#;
const ANSWERS: &str = r#"echo '{"answers":[{"text":"mended","tokens":[1],"score":-0.5,"ended":"stop"}]}'"#;

/// A shell in the program's place, in a folder of its own.
struct Script(tempfile::TempDir, String);

impl Script {
    fn new(body: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let body = format!("cd '{}'\n{body}\n", folder.path().display());
        Self(folder, body)
    }

    fn served(&self) -> Result<Served, InferError> {
        let command = ["/bin/sh", "-c", &self.1].map(OsString::from).to_vec();
        Served::of(command, Path::new("/models/mender"))
    }
}

fn asked(served: &mut Served) -> Result<Vec<infer::Answer>, InferError> {
    served.answers("s", "u", &Limits::default(), &mut |_| Flow::On)
}

#[test]
fn an_answer_comes_piece_by_piece_from_another_process() {
    let pieces = r#"echo noise; echo '{"reading":[0,3]}'; echo '{"written":["men",1]}'"#;
    let script = Script::new(&format!("{READY}\nread line\n{pieces}\n{ANSWERS}\nread line"));
    let mut served = script.served().unwrap();
    assert_eq!((served.digest(), served.marks()), ("d", vec!["<s>".to_owned()]));
    let told = RefCell::new(Vec::new());
    let answers = served.answers("s", "u", &Limits::default(), &mut |piece| {
        told.borrow_mut().push(format!("{piece:?}"));
        Flow::On
    });
    let [answer] = answers.unwrap().try_into().unwrap();
    assert_eq!((answer.text.as_str(), answer.ended), ("mended", Ended::Stop));
    let told = told.into_inner();
    assert!(told[0].contains("Reading") && told[1].contains("men"), "{told:?}");
}

#[test]
fn a_process_that_ends_fails_one_case_and_is_started_anew_for_the_next() {
    let body = format!(
        "{READY}\nread line\nif [ ! -e dead ]; then touch dead; echo 'no memory' >&2; kill -ABRT $$; fi\n\
             {ANSWERS}\nread line"
    );
    let script = Script::new(&body);
    let mut served = script.served().unwrap();
    let error = asked(&mut served).unwrap_err();
    assert!(
        matches!(&error, InferError::Crashed { how, .. } if how.contains("signal 6") && how.contains("no memory"))
    );
    assert_eq!(asked(&mut served).unwrap().len(), 1);
    assert_eq!(served.deaths.get(), 0);
}

#[test]
fn a_model_whose_process_ends_every_time_is_asked_no_more() {
    let script = Script::new(&format!("{READY}\nread line\necho x >> deaths\nexit 3"));
    let mut served = script.served().unwrap();
    for _ in 0..5 {
        assert!(matches!(asked(&mut served), Err(InferError::Crashed { .. })));
    }
    let deaths = std::fs::read_to_string(script.0.path().join("deaths")).unwrap();
    assert_eq!(deaths.lines().count(), MOST_DEATHS as usize);
    assert!(asked(&mut served).unwrap_err().to_string().contains("asked no more"));
}

#[test]
fn a_process_that_neither_answers_nor_stops_is_ended_where_it_is_called_off() {
    let script = Script::new(&format!("{READY}\nread line\nsleep 600"));
    let mut served = script.served().unwrap();
    let answers = served.answers("s", "u", &Limits::default(), &mut |_| Flow::Stop);
    assert_eq!(answers.unwrap(), []);
    assert!(served.process.borrow().is_none());
}

#[test]
fn a_model_that_cannot_be_loaded_is_told_as_that_and_another_than_before_is_not_asked() {
    let failed =
        r#"echo '{"failed":{"kind":"changed model","path":"/m/model.onnx","message":"it has changed"}}'"#;
    assert_eq!(Script::new(failed).served().unwrap_err().kind(), "changed model");
    let script = Script::new(&format!(
        "[ -e other ] || {{ {READY}\n }}\n[ -e other ] && {{ {} ; }}\ntouch other\nread line",
        READY.replace("\"d\"", "\"e\"")
    ));
    let mut served = script.served().unwrap();
    assert!(matches!(asked(&mut served), Err(InferError::Crashed { .. })));
    assert!(matches!(asked(&mut served), Err(InferError::Changed { .. })));
}

/// A model that writes a word for ever.
struct Endless;

impl Answering for Endless {
    fn marks(&self) -> Vec<String> {
        Vec::new()
    }

    fn measure(&self, text: &str) -> Result<usize, InferError> {
        Ok(text.len())
    }

    fn room(&self, _: usize) -> Result<usize, InferError> {
        Err(InferError::TooLong { tokens: 3, context: 2 })
    }

    fn answers(
        &mut self,
        _: &str,
        _: &str,
        _: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError> {
        let mut tokens = 1;
        while tell(Piece::Written { text: "x", tokens }) == Flow::On {
            tokens += 1;
        }
        let ended = Ended::Cancelled;
        Ok(vec![infer::Answer { text: "x".into(), tokens: vec![1; tokens], score: 0.0, ended }])
    }
}

#[test]
fn a_process_answers_what_it_is_asked_and_stops_what_is_called_off() {
    let line = |number, question| serde_json::to_string(&Numbered { number, question }).unwrap();
    let cost = Cost::from(&Limits::default());
    let answer = Question::Answer { system: "s".into(), user: "u".into(), limits: cost };
    let asked = [
        line(1, Question::Measure("four".into())),
        line(2, Question::Room(5)),
        line(3, answer),
        line(3, Question::Stop),
    ];
    let mut out = Vec::new();
    answer_all(&mut Endless, Cursor::new(asked.join("\n")), &mut out).unwrap();
    let words: Vec<Word> =
        serde_json::Deserializer::from_slice(&out).into_iter().map(Result::unwrap).collect();
    assert!(matches!(words.first(), Some(Word::Measured(4))));
    assert!(
        matches!(words.get(1), Some(Word::Failed(line)) if matches!(line.clone().into(), InferError::TooLong { .. }))
    );
    assert!(matches!(words.last(), Some(Word::Answers(answers)) if answers[0].ended == "cancelled"));
}

/// A model that writes a token whenever it is let.
struct Let(Receiver<()>, Arc<AtomicU64>);

impl Answering for Let {
    fn marks(&self) -> Vec<String> {
        Vec::new()
    }

    fn measure(&self, _: &str) -> Result<usize, InferError> {
        Ok(1)
    }

    fn room(&self, _: usize) -> Result<usize, InferError> {
        Ok(100)
    }

    fn answers(
        &mut self,
        _: &str,
        _: &str,
        _: &Limits,
        tell: &mut dyn FnMut(Piece<'_>) -> Flow,
    ) -> Result<Vec<infer::Answer>, InferError> {
        for tokens in 1..=1000 {
            // Once nobody holds it back it writes as fast as it can.
            let _ = self.0.recv();
            self.1.fetch_add(1, Relaxed);
            if matches!(tell(Piece::Written { text: "x", tokens }), Flow::Stop) {
                break;
            }
        }
        Ok(Vec::new())
    }
}

/// What a process is told, line by line; says when it has taken in the line before and waits for the next.
struct Told(Receiver<String>, Sender<()>);

impl io::Read for Told {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let _ = self.1.send(());
        let line = self.0.recv().unwrap_or_default();
        into[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

#[test]
fn a_model_that_is_called_off_writes_the_token_that_it_is_at_and_no_other() {
    let wrote = Arc::new(AtomicU64::new(0));
    let ((go, gate), (to, from), (waits, waiting)) = (channel(), channel(), channel());
    let mut model = Let(gate, Arc::clone(&wrote));
    let serving = std::thread::spawn(move || {
        let mut out = Vec::new();
        answer_all(&mut model, io::BufReader::new(Told(from, waits)), &mut out).map(|()| out)
    });
    let tell = |question| {
        waiting.recv().unwrap();
        to.send(serde_json::to_string(&Numbered { number: 1, question }).unwrap() + "\n").unwrap();
    };
    let limits = Cost::from(&Limits::default());
    tell(Question::Answer { system: String::new(), user: String::new(), limits });
    go.send(()).unwrap();
    tell(Question::Stop);
    // It has taken that in.
    waiting.recv().unwrap();
    drop(go);
    drop(to);
    let said = String::from_utf8(serving.join().unwrap().unwrap()).unwrap();
    assert!(wrote.load(Relaxed) <= 2 && said.ends_with("{\"answers\":[]}\n"), "{said}");
}
