//! The model's rung from end to end: who is asked, what becomes of what a model writes, and what happens where there is
//! none. The tiny models have random weights and write nonsense, so a right answer is a made one's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "embedded")]

mod support;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use assize::docket::Needs;
use assize::domain::CaseId;
use assize::infer::{Choice, Limits, Role, Runtime};
use assize::jobs::{self, DeskError, Gathering, Proposed, Proposing, Served, told_remedy};
use assize::remedy::prompt::Templates;
use assize::remedy::{
    Answer, Fault, Mender, Offer, Onlooker, Origin, Policy, Progress, Rung, Sound, Subject, Unusable,
};
use assize::store::Workspace;
use serde_json::{Value, json};
use support::desk::{Desk, Ran};
use support::models::models;

/// Two files with the same flaw; the scanner proposes a fix for the first.
const LOADER: &str = "import yaml\n\n\ndef load(f):\n    return yaml.load(f)\n";

struct Site {
    desk: Desk,
}

impl Site {
    fn new() -> Self {
        let site = Self { desk: Desk::new() };
        let result = |path: &str, fix: &str| {
            let mut extra = json!({"severity": "ERROR", "message": "loads anything", "lines": "    return yaml.load(f)",
                "metadata": {"category": "security", "cwe": ["CWE-502"]}});
            if !fix.is_empty() {
                extra["fix"] = fix.into();
            }
            json!({"check_id": "python.loader", "path": path, "start": {"line": 5, "col": 12},
                "end": {"line": 5, "col": 24}, "extra": extra})
        };
        for path in ["a.py", "b.py"] {
            site.desk.file(&format!("tree/{path}"), LOADER);
        }
        let report = json!({"version": "1.0.0", "errors": [], "paths": {"scanned": ["a.py", "b.py"]},
            "results": [result("a.py", "yaml.safe_load(f)"), result("b.py", "")]});
        site.desk.file("semgrep.json", report.to_string());
        site.desk.import(&["--source", "tree", "semgrep.json"]);
        site.configure("answers = 2\ntokens = 12\n");
        site
    }

    fn configure(&self, model: &str) {
        self.desk.file("configuration/assize/config.toml", format!("[model]\n{model}"));
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.desk.command();
        Ran::of(command.env("ASSIZE_RUNTIME", "embedded").args(args))
    }

    /// Adds a tiny model whose positions have no end.
    fn add(&self, family: &str, name: &str) {
        let folder = models(family);
        let ran = self.run(&["model", "add", folder.to_str().unwrap(), "--name", name, "--context", "4096"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }

    fn put(&self, name: &str) {
        let ran = self.run(&["model", "use", name]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }

    fn propose(&self, args: &[&str]) -> Ran {
        self.run(&[&["propose", "--no-recheck", "--where", "is:open"], args].concat())
    }

    fn library(&self) -> jobs::Desk {
        jobs::Desk::open(Workspace::at(self.desk.folder.path()).unwrap()).unwrap()
    }

    /// What is proposed where these are asked first.
    fn proposed(&self, models: Vec<Box<dyn Rung + '_>>, onlooker: Onlooker<'_>) -> Vec<Proposed> {
        let desk = self.library();
        let docket = desk.docket(Needs { standings: true, ..Needs::default() }).unwrap();
        let mut cases: Vec<u32> = ["a.py", "b.py"]
            .iter()
            .map(|path| {
                let case = &self.desk.cases(&format!("path:{path}"))[0]["case"];
                desk.resolve(case.as_str().unwrap()).unwrap()
            })
            .collect();
        cases.sort_unstable();
        let policy = Policy::default();
        let gathering = Gathering::default();
        let mut with = Proposing { policy: &policy, source: None, models, scanners: Vec::new(), gathering };
        let mut all = Vec::new();
        desk.propose_all(&docket, &cases, &mut with, onlooker, &mut |proposed| {
            all.push(proposed);
            Ok::<(), DeskError>(())
        })
        .unwrap();
        all
    }

    /// The model of that name, loaded as `propose` does it.
    fn mender(&self, name: &str, limits: Limits) -> Mender {
        let runtime = Runtime::start(Choice::Embedded).unwrap();
        let (name, model) = self.library().load_model(Role::Remediation, Some(name), &runtime).unwrap();
        Mender::new(name, model, Templates::shipped().unwrap(), limits)
    }
}

/// A model that answers what it is told to.
struct Made(&'static [&'static str]);

impl Rung for Made {
    fn origin(&self) -> Origin {
        Origin::Model
    }

    fn by(&self) -> String {
        "made".into()
    }

    fn offers(&mut self, _: &Subject, _: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        let offer = |text: &&str| Offer {
            words: String::new(),
            answer: Answer::Text { text: (*text).to_owned(), cut: None },
        };
        Ok(self.0.iter().map(offer).collect())
    }
}

/// A model that is asked again afterwards.
struct Lent<'m>(&'m mut Mender);

impl Rung for Lent<'_> {
    fn origin(&self) -> Origin {
        self.0.origin()
    }

    fn offers(&mut self, subject: &Subject, onlooker: Onlooker<'_>) -> Result<Vec<Offer>, Unusable> {
        self.0.offers(subject, onlooker)
    }
}

const SAFE: &str = "```python\ndef load(f):\n    return yaml.safe_load(f)\n```\n";
const LOADS: &str = "```python\ndef load(f):\n    return yaml.load(f, Loader=yaml.SafeLoader)\n```\n";

fn misses(line: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = line["misses"].as_array().unwrap().iter();
    all.map(|miss| (text(&miss["origin"]), text(&miss["by"]), text(&miss["fault"]))).collect()
}

#[test]
fn where_no_model_is_to_be_asked_none_is_and_the_other_sources_are() {
    let site = Site::new();
    site.configure("ask = false\n");
    let lines = site.propose(&["--json"]).lines();
    assert_eq!((&lines[0]["origin"], &lines[1]["origin"]), (&json!("autofix"), &Value::Null));
}

#[test]
fn what_a_model_writes_in_vain_is_told_by_its_kind_and_the_next_source_is_asked() {
    let site = Site::new();
    site.add("llama", "mender");
    site.put("mender");
    let ran = site.propose(&["--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let lines = ran.lines();
    assert_eq!((&lines[0]["origin"], &lines[0]["model"]), (&json!("autofix"), &Value::Null), "{lines:?}");
    assert_eq!(lines[1]["origin"], Value::Null);
    let told = misses(&lines[1]);
    let cut = ("model".to_owned(), "mender".to_owned(), "endless".to_owned());
    assert_eq!(told[..2], [cut.clone(), cut], "two answers, each cut at twelve tokens: {told:?}");
    assert_eq!(told[2].0, "autofix");
    assert!(lines[1]["why"].as_str().unwrap().contains("12 tokens or more"), "{}", lines[1]);
}

#[test]
fn a_swap_in_the_journal_changes_who_proposes_and_a_named_model_goes_before_it() {
    let site = Site::new();
    site.add("llama", "older");
    site.add("qwen2", "newer");
    let by = |ran: Ran| {
        assert_eq!(ran.code, 0, "{}", ran.err);
        let told = misses(&ran.lines()[1]);
        told.into_iter().find(|(origin, ..)| origin == "model").unwrap().1
    };
    site.put("older");
    assert_eq!(by(site.propose(&["--json"])), "older");
    site.put("newer");
    assert_eq!(by(site.propose(&["--json"])), "newer");
    assert_eq!(by(site.propose(&["--json", "--model", "older"])), "older");
    assert_eq!(site.run(&["model", "use", "--back"]).code, 0);
    assert_eq!(by(site.propose(&["--json"])), "older");
}

#[test]
fn a_model_that_is_missing_or_changed_is_an_error_where_it_is_named_and_a_warning_where_it_is_not() {
    let site = Site::new();
    let unknown = site.propose(&["--json", "--model", "nonesuch"]);
    let error = unknown.error();
    assert_eq!((unknown.code, &error["kind"]), (2, &json!("unknown model")));
    assert!(error["hint"].as_str().unwrap().contains("without `--model`"), "{error}");

    site.add("llama", "mender");
    site.put("mender");
    let path = site.desk.folder.path().join(".assize/models/mender/model.onnx");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let named = site.propose(&["--json", "--model", "mender"]);
    assert_eq!((named.code, &named.error()["kind"]), (1, &json!("changed model")));
    assert_eq!(named.out, "");
    let ran = site.propose(&[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("the model cannot be used") && ran.err.contains("has changed"), "{}", ran.err);
    assert!(ran.out.contains("autofix"), "{}", ran.out);
}

#[test]
fn a_model_that_reads_too_little_is_told_as_that() {
    let site = Site::new();
    let folder = models("gpt2");
    let added = site.run(&["model", "add", folder.to_str().unwrap(), "--name", "small", "--context", "96"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let ran = site.propose(&["--json", "--model", "small"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(misses(&ran.lines()[1])[0].2, "too_long", "{}", ran.out);
}

#[test]
fn answers_of_a_model_come_before_a_scanners_fix_and_keep_their_order() {
    let site = Site::new();
    let found = site.proposed(vec![Box::new(Made(&[LOADS, SAFE]))], Onlooker::nobody());
    for proposed in &found {
        let told: Vec<Value> = proposed.remedies.iter().map(told_remedy).collect();
        // What no scanner looked at ends no climb: the scanner's own fix of the first file comes behind the answers.
        assert!(told[2..].iter().all(|line| line["origin"] == "autofix") && told.len() <= 3, "{told:?}");
        for line in &told {
            if line["origin"] == "model" {
                assert_eq!(line["model"], "made", "{line}");
            }
            assert_eq!(line["sound"], "unproven", "no scanner looked: {line}");
        }
        assert!(told[0]["diff"].as_str().unwrap().contains("SafeLoader"), "{}", told[0]);
        assert!(told[1]["diff"].as_str().unwrap().contains("safe_load"), "{}", told[1]);
    }
    let kept = site.run(&["remedy", "list", "--json"]).lines();
    assert_eq!(kept.iter().filter(|line| line["model"] == "made").count(), 4, "{kept:?}");
    assert_eq!(kept.iter().filter(|line| line["origin"] == "autofix").count(), 1, "{kept:?}");
}

const WRONG: &[&str] = &[
    "",
    "```go\npackage main\n\nfunc main() {\n}\n```\n",
    "--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-x\n+y\n",
];

#[test]
fn a_model_is_asked_first_and_where_it_fails_each_failure_is_kept_beside_the_scanners_fix() {
    let site = Site::new();
    let asked = RefCell::new(Vec::new());
    let tell = |_: CaseId, progress: Progress<'_>| {
        if let Progress::Asked { origin, .. } = progress {
            asked.borrow_mut().push(origin);
        }
    };
    let found = site.proposed(vec![Box::new(Made(WRONG))], Onlooker { tell: &tell, stop: &|| false });
    assert_eq!(asked.borrow()[..2], [Origin::Model, Origin::Autofix]);
    let fixed = found.iter().find(|proposed| !proposed.remedies.is_empty()).unwrap();
    assert_eq!((fixed.remedies[0].origin, fixed.remedies[0].sound), (Origin::Autofix, Sound::Unproven));
    let of_model = fixed.misses.iter().filter(|miss| miss.origin == Some(Origin::Model));
    let faults: Vec<Fault> = of_model.map(|miss| miss.fault).collect();
    assert_eq!(faults, [Fault::Empty, Fault::Language, Fault::Outside], "{:?}", fixed.misses);
}

#[test]
fn two_cases_share_the_beginning_of_their_prompts() {
    let site = Site::new();
    site.add("llama", "mender");
    let reads = RefCell::new(Vec::new());
    let tell = |case: CaseId, progress: Progress<'_>| {
        if let Progress::Reading { read, of } = progress {
            reads.borrow_mut().push((case, read, of));
        }
    };
    let limits = Limits { tokens: 4, answers: 1, ..Limits::default() };
    let found = site
        .proposed(vec![Box::new(site.mender("mender", limits))], Onlooker { tell: &tell, stop: &|| false });
    let reads = reads.into_inner();
    let of_case = |at: usize| -> Vec<(usize, usize)> {
        reads.iter().filter(|(case, ..)| *case == found[at].case).map(|(_, read, of)| (*read, *of)).collect()
    };
    let (first, second) = (of_case(0), of_case(1));
    assert_eq!((first[0].0, first[1].0), (0, 64), "the first prompt is read in pieces from its beginning");
    // The files differ by their names alone, which stand behind what the model is told to do.
    assert!(second[1].0 > 64 && second[1].0 < second[1].1, "{second:?} after {first:?}");
}

#[test]
fn a_model_is_called_off_within_one_token_and_its_case_was_not_tried() {
    let site = Site::new();
    site.add("llama", "mender");
    let tokens = Cell::new(0);
    let tell = |_: CaseId, progress: Progress<'_>| {
        if let Progress::Writing { tokens: so_far, .. } = progress {
            tokens.set(so_far);
        }
    };
    let limits = Limits { tokens: 400, answers: 1, time: Duration::from_secs(3600), ..Limits::default() };
    let mut mender = site.mender("mender", limits);
    let onlooker = |stop| Onlooker { tell: &tell, stop };
    // How much it writes where nobody calls it off, so that less is the calling's doing.
    assert_eq!(site.proposed(vec![Box::new(Lent(&mut mender))], onlooker(&|| false)).len(), 2);
    let whole = tokens.replace(0);
    assert!(whole > 1, "{whole}");
    let before = site.run(&["remedy", "list", "--json"]).out;
    let found = site.proposed(vec![Box::new(Lent(&mut mender))], onlooker(&|| tokens.get() >= 1));
    assert_eq!((found.len(), tokens.get()), (0, 1));
    assert_eq!(site.run(&["remedy", "list", "--json"]).out, before);
}

#[test]
fn what_a_models_answers_may_cost_is_set_and_shown() {
    let site = Site::new();
    let shown = site.run(&["config", "--json"]).out;
    assert!(shown.contains("model.answers") && shown.contains("model.seconds"), "{shown}");
    for wrong in ["answers = 0\n", "answers = 17\n", "tokens = \"many\"\n", "speed = 1\n"] {
        site.configure(wrong);
        let ran = site.propose(&["--json"]);
        assert_eq!(ran.code, 2, "{wrong}: {}", ran.err);
    }
}

/// Ends the process that runs the model of a folder.
fn end_process_of(folder: &Path) {
    let wanted = folder.display().to_string();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let words: Vec<String> =
            command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        if words.iter().any(|word| word == "serve") && words.contains(&wanted) {
            let id = entry.file_name().into_string().unwrap();
            assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
            return;
        }
    }
    panic!("no process runs {wanted}");
}

#[test]
fn a_models_process_that_ends_fails_one_case_and_another_answers_for_the_next() {
    let site = Site::new();
    site.add("llama", "mender");
    let folder = site.library().shelf().folder("mender").unwrap();
    let served = Served::start(Path::new(env!("CARGO_BIN_EXE_assize")), &folder).unwrap();
    end_process_of(&folder);
    let limits = Limits { tokens: 4, answers: 1, ..Limits::default() };
    let mender = Mender::new("mender", served, Templates::shipped().unwrap(), limits);
    let found = site.proposed(vec![Box::new(mender)], Onlooker::nobody());
    let faults: Vec<Fault> = found.iter().map(|proposed| proposed.misses[0].fault).collect();
    assert_eq!(faults, [Fault::Crashed, Fault::Endless], "{found:?}");
    assert!(found[0].misses[0].why.contains("did not survive the model"), "{found:?}");
}
