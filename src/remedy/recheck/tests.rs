use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::domain::{Place, Point};
use crate::scan::{Reach, Scanner};
use crate::source::Tree;

const PATH: &str = "src/db.py";
const BEFORE: &str = "import db\n\n\ndef find(uid):\n    return db.run(\"select \" + uid)\n";
const FIXED: &str = "import db\n\n\ndef find(uid):\n    return db.run(\"select ?\", (uid,))\n";

/// A scanner in a few lines of shell: it reports `db.run(` with a `+` behind it, and passes over lines with `nosem`
/// unless it is told `--all`.
const LINES: &str = r#"
all=; scanned=; results=; said=
for f in "$@"; do
  case "$f" in --all) all=1; continue;; esac
  f=${f#./}
  scanned="$scanned${scanned:+,}\"$f\""
  n=0
  while IFS= read -r line || [ -n "$line" ]; do
    n=$((n + 1))
    case "$line" in *nosem*) [ "$all" ] || continue;; esac
    case "$line" in *"db.run("*"+"*)
      results="$results${results:+,}{\"check_id\":\"sql\",\"path\":\"$f\",\"start\":{\"line\":$n,\"col\":1},\"end\":{\"line\":$n,\"col\":200},\"extra\":{\"severity\":\"ERROR\",\"message\":\"sql\",\"metadata\":{\"category\":\"security\"}}}";; esac
    case "$line" in *"subprocess"*)
      results="$results${results:+,}{\"check_id\":\"shell\",\"path\":\"$f\",\"start\":{\"line\":$n,\"col\":1},\"end\":{\"line\":$n,\"col\":9},\"extra\":{\"severity\":\"INFO\",\"message\":\"a shell\",\"metadata\":{\"category\":\"security\"}}}";; esac
    case "$line" in *"eval("*)
      results="$results${results:+,}{\"check_id\":\"eval\",\"path\":\"$f\",\"start\":{\"line\":$n,\"col\":1},\"end\":{\"line\":$n,\"col\":9},\"extra\":{\"severity\":\"ERROR\",\"message\":\"eval\",\"metadata\":{\"category\":\"security\"}}}";; esac
  done < "$f"
done
say() { echo "{\"version\":\"1.0.0\",\"errors\":[$1],\"paths\":{\"scanned\":[$scanned]},\"results\":[$results]}"; }
"#;

struct Site {
    folder: tempfile::TempDir,
    scanners: Vec<Scanner>,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), scanners: Vec::new() };
        site.file(&format!("tree/{PATH}"), BEFORE);
        site
    }

    fn file(&self, path: &str, text: &str) {
        let target = self.folder.path().join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, text).unwrap();
    }

    /// A scanner that is a script behind [`LINES`].
    fn scanner(mut self, name: &str, script: &str) -> Self {
        self.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{LINES}\n{script}\n"));
        let program = self.folder.path().join("bin").join(name);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut scanner = Scanner::new(name);
        scanner.command = vec![program.display().to_string(), "{target}".into()];
        scanner.files = vec!["*.py".into()];
        scanner.targets = Reach::Many;
        scanner.unsuppressed = vec!["--all".into()];
        scanner.set_time(20);
        self.scanners.push(scanner);
        self
    }

    fn with(mut self, change: impl Fn(&mut Scanner)) -> Self {
        self.scanners.last_mut().map(change).unwrap();
        self
    }

    fn recheck(&self, patches: &[Patch], together: bool) -> Vec<Rechecked> {
        let tree = Tree::open(self.folder.path().join("tree")).unwrap();
        Rechecker { tree: &tree, scanners: &self.scanners, together, cancelled: &|| false }.recheck(patches)
    }

    /// The only scanner's answer about another text of the file, and why.
    fn answer(&self, after: &str) -> (Answer, String) {
        let rechecked = self.recheck(&[patch(PATH, BEFORE, after, 5)], true);
        assert_eq!(std::fs::read_to_string(self.folder.path().join("tree").join(PATH)).unwrap(), BEFORE);
        (rechecked[0].looks[0].answer.unwrap(), rechecked[0].looks[0].why.clone())
    }

    fn says(&self, after: &str, answer: Answer, why: &str) {
        let said = self.answer(after);
        assert!(
            said.0 == answer && said.1.contains(why),
            "{said:?} and not {answer:?} with `{why}` for:\n{after}"
        );
    }
}

fn patch(path: &str, before: &str, after: &str, line: u32) -> Patch {
    let mut place = Place::lines(path, line, line);
    place.start = Point { line, column: 0 };
    let claim = Claim { rule: "sql".into(), place: Some(place), ..Claim::default() };
    Patch {
        reported: vec![Reported { tool: "semgrep".into(), claim }],
        files: vec![Version {
            path: path.into(),
            before: before.into(),
            text_before: before.trim_start_matches('\u{feff}').into(),
            after: after.into(),
            text_after: after.trim_start_matches('\u{feff}').into(),
        }],
    }
}

fn good() -> Site {
    Site::new().scanner("good", "say")
}

#[test]
fn a_good_fix_is_fixed_and_the_tree_is_as_it_was() {
    let site = good();
    site.says(FIXED, Answer::Fixed, "");
    let names: Vec<_> = std::fs::read_dir(site.folder.path().join("tree")).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn what_is_still_reported_stands_or_has_moved() {
    let site = good();
    site.says(&BEFORE.replace("import db", "import db  # of ours"), Answer::Stands, "sql at src/db.py:5");
    site.says(&BEFORE.replace("uid", "user"), Answer::Stands, "src/db.py:5");
    let helper = "import db\n\n\ndef find(uid):\n    return run(uid)\n\n\ndef run(c):\n    return db.run(\"select \" + c)\n";
    site.says(helper, Answer::Moved, "src/db.py:9");
}

#[test]
fn a_suppression_is_overridden_or_seen_through() {
    let silenced = BEFORE.replace("+ uid)", "+ uid)  # nosem");
    good().says(&silenced, Answer::Stands, "");
    let deaf = good().with(|scanner| scanner.unsuppressed.clear());
    deaf.says(&silenced, Answer::Evaded, "`db.run` still takes the same");
}

#[test]
fn a_sink_that_the_scanner_no_longer_knows_is_evaded() {
    let site = good();
    site.says(
        &BEFORE.replace("db.run(\"select \" + uid)", "db.run(f\"select {uid}\")"),
        Answer::Evaded,
        "`db.run`",
    );
    site.says(
        &BEFORE.replace("return db.run(\"select \" + uid)", "return None"),
        Answer::Evaded,
        "`find` was emptied",
    );
}

#[test]
fn what_was_deleted_around_the_sink_leaves_the_question_open() {
    let before = format!(
        "{BEFORE}\n\ndef more(x):\n    a = x.one(1)\n    b = x.two(2)\n    c = x.three(3)\n    d = db.run(\"s \" + x)\n    return a, b, c, d\n"
    );
    let site = good();
    site.file(&format!("tree/{PATH}"), &before);
    let answer = |after: &str| {
        let looks = site.recheck(&[patch(PATH, &before, after, 12)], true).remove(0).looks;
        (looks[0].answer.unwrap(), looks[0].why.clone())
    };
    let (most, why) = answer(&before.replace("    a = x.one(1)\n    b = x.two(2)\n    c = x.three(3)\n    d = db.run(\"s \" + x)\n    return a, b, c, d\n", "    a = x.one(1)\n    return a, 2\n"));
    assert!(most == Answer::Inconclusive && why.contains("most of `more`"), "{most:?} {why}");
    let (all, why) = answer(BEFORE);
    assert!(all == Answer::Inconclusive && why.contains("`more` was deleted"), "{all:?} {why}");
}

#[test]
fn of_functions_of_one_name_the_one_with_the_sink_is_held_against_what_it_was() {
    let twins = |small: &str, body: &str| {
        format!(
            "a = [\n    lambda: 0,\n]\n\nclass One:\n    def get(self):\n        return {small}\n\nclass One:\n    def get(self, uid):\n{body}"
        )
    };
    let body = "        a = self.one(1)\n        b = self.two(2)\n        db.run(\"s \" + uid)\n        return a, b\n";
    let before = twins("1", body);
    let site = good();
    site.file(&format!("tree/{PATH}"), &before);
    let answer = |after: &str| {
        let looks = site.recheck(&[patch(PATH, &before, after, 13)], true).remove(0).looks;
        (looks[0].answer.unwrap(), looks[0].why.clone())
    };
    let (fixed, why) = answer(&before.replace("\"s \" + uid", "\"s ?\", uid"));
    assert_eq!(fixed, Answer::Fixed, "{why}");
    let (cut, why) = answer(&twins("1", "        return uid, 2\n"));
    assert!(cut == Answer::Inconclusive && why.contains("most of"), "{cut:?} {why}");
}

// The seven ways in which a scanner falls silent without a fix.

#[test]
fn first_rules_that_go_by_paths_find_the_layout_of_the_tree() {
    let site = Site::new().scanner("choosy", "case \"$scanned\" in '\"src/'*) ;; *) results=;; esac; say");
    site.says(FIXED, Answer::Fixed, "");
    let flat = Site::new().scanner("elsewhere", "results=; say");
    flat.says(FIXED, Answer::Inconclusive, "does not report it on the code as it is");
}

#[test]
fn second_a_file_that_was_not_looked_at_is_not_clean() {
    let skips = Site::new().scanner("skips", "[ \"$results\" ] || scanned=; say");
    skips.says(FIXED, Answer::Inconclusive, "did not look at `src/db.py`");
    let mute = Site::new().scanner("mute", "[ \"$results\" ] && say || echo '[]'");
    mute.says(FIXED, Answer::Inconclusive, "");
    let outside = good().with(|scanner| {
        scanner.files = vec!["lib/**/*.py".into()];
        scanner.name = "semgrep".into();
    });
    outside.says(FIXED, Answer::NotRun, "its `files` leave out");
}

#[test]
fn a_scanner_that_does_not_list_what_it_looked_at_is_shown_the_file_as_it_was_beside_the_patched_one() {
    // What it says, without what it scanned.
    let untold = "say | sed 's/,.paths.:{.scanned.:[^]]*]}/,\"skipped_rules\":[]/'";
    Site::new().scanner("untold", untold).with(|scanner| scanner.name = "semgrep".into()).says(
        FIXED,
        Answer::Fixed,
        "",
    );
    let choosy =
        Site::new().scanner("choosy", &format!("case \"$*\" in *as_it_was*) results=;; esac; {untold}"));
    choosy.with(|scanner| scanner.name = "semgrep".into()).says(
        FIXED,
        Answer::Inconclusive,
        "does not tell whether it looked",
    );
}

#[test]
fn third_code_that_cannot_be_parsed_is_empty_or_binary_is_not_clean() {
    let site = good();
    site.says(&FIXED.replace("def find(uid):", "def find(uid:"), Answer::Inconclusive, "does not parse");
    site.says("\n", Answer::Inconclusive, "is empty");
    site.says(&FIXED.replace("import db", "import db\0"), Answer::Inconclusive, "");
    // Where the sink is seen all the same, that is what is said.
    let broken = BEFORE
        .replace("db.run(\"select \" + uid)", "db.run(f\"select {uid}\")")
        .replace("import db", "import (db");
    site.says(&broken, Answer::Evaded, "`db.run`");
}

#[test]
fn fourth_a_timeout_inside_the_scanner_is_not_clean() {
    let timeout =
        r#"{\"type\":\"Timeout\",\"level\":\"warn\",\"path\":\"src/db.py\",\"message\":\"too slow\"}"#;
    let site = Site::new().scanner("slow", &format!("[ \"$results\" ] && say || say \"{timeout}\""));
    site.says(FIXED, Answer::Inconclusive, "it had trouble: Timeout: src/db.py");
}

#[test]
fn fifth_the_copy_is_the_working_folder_and_lies_in_no_checkout() {
    let site = Site::new().scanner(
        "local",
        "[ -e \"$PWD/src/db.py\" ] && [ \"$GIT_CEILING_DIRECTORIES\" = \"${PWD%/tree}\" ] && [ ! -e .git ] || results=; say",
    );
    site.says(FIXED, Answer::Fixed, "");
    let absolute = Site::new().scanner("absolute", "say | sed \"s|src/db.py|$PWD/src/db.py|g\"");
    absolute.says(FIXED, Answer::Fixed, "");
}

#[test]
fn sixth_a_byte_order_mark_that_came_in_is_not_clean() {
    good().says(&format!("\u{feff}{FIXED}"), Answer::Inconclusive, "byte order mark");
}

#[test]
fn seventh_a_sink_that_is_called_by_another_way_is_evaded() {
    let site = good();
    site.says(
        &BEFORE.replace("db.run(\"select \" + uid)", "getattr(db, \"r\" + \"un\")(\"select \" + uid)"),
        Answer::Evaded,
        "worked out while it runs",
    );
    site.says(
        &BEFORE.replace("db.run(\"select \" + uid)", "db.run(\"select \" .__add__(wash(uid)))"),
        Answer::Inconclusive,
        "",
    );
}

// Scanners that misbehave.

#[test]
fn a_scanner_that_misbehaves_on_patched_code_has_said_nothing() {
    let only_then = |script: &str| format!("[ \"$results\" ] && say || {{ {script}; }}");
    for (script, why) in [
        ("sleep 86051", "took more than"),
        ("while :; do echo '{\"version\": \"1\"}'; done", "wrote more than"),
        ("tail /dev/zero", "took more than"),
        ("say | head -c 40", "ends"),
        ("say; exit 9", "ended with 9"),
        ("kill -SEGV $$", "signal 11"),
        ("echo no document", "no reader"),
        ("say; echo broken > src/db.py", "changed `src/db.py` while it looked"),
        ("rm -r src; say", "changed `src/db.py`"),
        ("say | sed s/1.0.0/1.0.1/", "its version was 1.0.0 and is 1.0.1"),
    ] {
        let site = Site::new().scanner("semgrep", &only_then(script)).with(|scanner| {
            scanner.set_time(2);
            scanner.limits.output = 1 << 20;
            scanner.limits.memory = 60 << 20;
        });
        site.says(FIXED, Answer::Inconclusive, why);
    }
    let forks = Site::new().scanner("forks", "setsid sleep 86052 & say");
    forks.says(FIXED, Answer::Fixed, "");
}

#[test]
fn a_scanner_that_is_missing_or_unknown_has_not_passed() {
    let missing = good().with(|scanner| {
        scanner.name = "semgrep".into();
        scanner.command = vec!["no-such-scanner".into(), "{target}".into()];
    });
    missing.says(FIXED, Answer::NotRun, "not installed");
    let mut one = patch(PATH, BEFORE, FIXED, 5);
    one.reported.push(Reported { tool: "codeql".into(), ..one.reported[0].clone() });
    let rechecked = good().recheck(&[one.clone()], true).remove(0);
    assert_eq!(rechecked.answer(), Answer::NotRun, "one of two did not look");
    let told: Vec<_> =
        rechecked.checks(Severity::Low).into_iter().map(|check| (check.by, check.outcome)).collect();
    assert_eq!(told, [("good".to_owned(), Outcome::Held), ("codeql".to_owned(), Outcome::NotRun)]);
    one.reported.clear();
    let nobody = good().recheck(&[one], true).remove(0).checks(Severity::Low);
    assert!(nobody.iter().any(|check| check.outcome == Outcome::NotRun), "{nobody:?}");
}

#[test]
fn a_source_that_changed_meanwhile_is_not_judged() {
    let site = good();
    site.file(&format!("tree/{PATH}"), "other\n");
    let rechecked = site.recheck(&[patch(PATH, BEFORE, FIXED, 5)], true).remove(0);
    assert_eq!(rechecked.answer(), Answer::Inconclusive);
    assert!(rechecked.looks[0].why.contains("changed meanwhile"));
    let place = Site::new();
    let script = format!("say; echo other > {}/tree/{PATH}", place.folder.path().display());
    let rechecked =
        place.scanner("meddles", &script).recheck(&[patch(PATH, BEFORE, FIXED, 5)], true).remove(0);
    assert_eq!(rechecked.answer(), Answer::Inconclusive);
    assert!(rechecked.looks[0].why.contains("changed meanwhile"));
}

#[test]
fn what_is_new_is_told_by_severity_and_a_policy_decides() {
    let site = good();
    let outcome = |after: &str, borne| {
        let check = site.recheck(&[patch(PATH, BEFORE, after, 5)], true)[0].checks(borne).remove(0);
        (check.outcome, check.evidence.words)
    };
    let mild = FIXED.replace("import db", "import db, subprocess");
    assert_eq!(outcome(&mild, Severity::Low), (Outcome::Held, "fixed; new: 1 info".to_owned()));
    let bad = FIXED.replace("import db", "import db; eval(db)");
    assert_eq!(outcome(&bad, Severity::Low), (Outcome::Failed, "fixed; new: 1 high".to_owned()));
    assert_eq!(outcome(&bad, Severity::Critical).0, Outcome::Held);
}

#[test]
fn a_scanner_that_had_reported_nothing_still_tells_what_is_new() {
    let site = Site::new().scanner(
        "other",
        "results=$(echo \"$results\" | sed 's/\"sql\"/\"mine\"/'); say | sed s/1.0.0/2.0.0/",
    );
    let mut one = patch(PATH, BEFORE, &FIXED.replace("import db", "eval(db)"), 5);
    one.reported[0].tool = "codeql".into();
    let checks = site.recheck(&[one], true)[0].checks(Severity::Low);
    let other = checks.iter().find(|check| check.by == "other").unwrap();
    assert_eq!((other.outcome, other.evidence.words.as_str()), (Outcome::Failed, "new: 1 high"));
    assert_eq!(checks.iter().find(|check| check.by == "codeql").unwrap().outcome, Outcome::NotRun);
}

#[test]
fn patches_of_many_files_share_a_run_and_come_to_what_each_comes_to_alone() {
    let place = Site::new();
    let log = place.folder.path().join("runs");
    let site = place.scanner("good", &format!("say; echo \"$@\" >> {}", log.display()));
    let mut patches = Vec::new();
    let evaded = BEFORE.replace("db.run(\"select \" + uid)", "db.run(f\"select {uid}\")");
    for (number, after) in [FIXED, BEFORE.replace("uid", "x").as_str(), &evaded, FIXED].iter().enumerate() {
        let path = format!("src/part{number}.py");
        site.file(&format!("tree/{path}"), BEFORE);
        patches.push(patch(&path, BEFORE, after, 5));
    }
    // Another one of a file that is patched already.
    patches.push(patch("src/part0.py", BEFORE, &FIXED.replace('?', "%s"), 5));
    let runs = || {
        let lines = std::fs::read_to_string(&log).unwrap().lines().count();
        std::fs::remove_file(&log).unwrap();
        lines
    };
    let told =
        |all: Vec<Rechecked>| all.iter().map(|it| (it.answer(), it.looks[0].why.clone())).collect::<Vec<_>>();
    let together = told(site.recheck(&patches, true));
    assert_eq!(runs(), 3, "one as it is, two as they would be");
    let alone = told(site.recheck(&patches, false));
    assert_eq!(runs(), 10);
    assert_eq!(together, alone);
    let answers: Vec<Answer> = together.iter().map(|it| it.0).collect();
    assert_eq!(answers, [Answer::Fixed, Answer::Stands, Answer::Evaded, Answer::Fixed, Answer::Fixed]);
}

#[test]
fn a_patch_that_spoils_a_shared_run_spoils_none_of_the_others() {
    let site = Site::new().scanner("fragile", "grep -q crash \"${f}\" /dev/null src/*.py && exit 9; say");
    site.file("tree/src/other.py", BEFORE);
    let patches = [
        patch(PATH, BEFORE, FIXED, 5),
        patch("src/other.py", BEFORE, &FIXED.replace("import db", "import crash"), 5),
    ];
    let answers: Vec<Answer> = site.recheck(&patches, true).iter().map(Rechecked::answer).collect();
    assert_eq!(answers[0], Answer::Fixed);
    assert_ne!(answers[1], Answer::Fixed);
}

#[test]
fn a_scanner_of_whole_trees_sees_the_other_files_and_blames_no_patch_for_claims_of_another() {
    let script =
        "set -- $(find . -name '*.py' | sort)\n".to_owned() + LINES + "\n[ -e go.mod ] || results=; say";
    let mut site = Site::new().scanner("tree", "");
    site.file("bin/tree", &format!("#!/bin/sh\n{script}\n"));
    site = site.with(|scanner| {
        scanner.targets = Reach::Tree;
        scanner.unsuppressed.clear();
    });
    site.file("tree/go.mod", "module a\n");
    site.file("tree/src/other.py", BEFORE);
    let bad = FIXED.replace("import db", "eval(db)");
    let patches = [patch(PATH, BEFORE, FIXED, 5), patch("src/other.py", BEFORE, &bad, 5)];
    let rechecked = site.recheck(&patches, true);
    let told: Vec<(Answer, usize)> =
        rechecked.iter().map(|it| (it.answer(), it.new_claims().count())).collect();
    assert_eq!(told, [(Answer::Fixed, 0), (Answer::Fixed, 1)]);
    assert!(!Path::new(&site.folder.path().join("tree/owned")).exists());
}

#[test]
fn a_package_that_is_no_longer_affected_is_fixed_without_any_code_to_compare() {
    let (before, after) = ("flask==1.0\nurllib3==1.26.4\n", "flask==1.0\nurllib3==1.26.18\n");
    let mut one = patch("requirements.txt", before, after, 0);
    one.reported[0].claim = Claim {
        rule: "CVE-2021-33503".into(),
        kind: crate::domain::Kind::Dependency,
        place: Some(Place::file("requirements.txt")),
        ..Claim::default()
    };
    let heard = |claims: &[Claim]| crate::ingest::heard::Heard {
        tool: "semgrep".into(),
        covered: std::collections::BTreeSet::from(["requirements.txt".to_owned()]),
        tells_coverage: true,
        claims: claims.to_vec(),
        ..Default::default()
    };
    let (was, touched) = (heard(&[one.reported[0].claim.clone()]), std::collections::BTreeSet::new());
    let said = |now: &crate::ingest::heard::Heard| {
        let both = judge::Both { before: &was, after: now, touched: &touched, took: Duration::ZERO };
        judge::judge("semgrep", &one, &both).answer
    };
    assert_eq!(said(&heard(&[])), Some(Answer::Fixed));
    assert_eq!(said(&was), Some(Answer::Stands));
    let blind = crate::ingest::heard::Heard { covered: std::collections::BTreeSet::new(), ..heard(&[]) };
    assert_eq!(said(&blind), Some(Answer::Inconclusive));
}
