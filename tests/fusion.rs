//! Fusion against pairs that a person labelled: one decision, or two?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why on stderr"
)]

mod support;

use std::collections::BTreeMap;

use support::{Seen, Store, project, table};

const FILES: [(&str, Option<&str>, &str); 8] = [
    ("semgrep.json", Some("semgrep"), "semgrep"),
    ("opengrep.json", Some("opengrep"), "opengrep"),
    ("bandit.json", None, "bandit"),
    ("flawfinder.sarif", None, "flawfinder"),
    ("eslint.json", None, "eslint"),
    ("snyk-code.json", None, "snyk-code"),
    ("snyk.json", None, "snyk"),
    ("osv.json", None, "osv-scanner"),
];

struct Score {
    joined_rightly: usize,
    joined_wrongly: usize,
    missed: usize,
    apart: usize,
}

impl Score {
    fn precision(&self) -> f64 {
        self.joined_rightly as f64 / (self.joined_rightly + self.joined_wrongly).max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.joined_rightly as f64 / (self.joined_rightly + self.missed).max(1) as f64
    }
}

fn score(source: bool) -> Score {
    let mut store = Store::new();
    let tree = project("examples/shop");
    for (file, format, _) in FILES {
        store.import(&tree.join("scans").join(file), format, source.then_some(&*tree));
    }
    let mut at: BTreeMap<(String, String, String, u32), Vec<Seen>> = BTreeMap::new();
    for seen in store.seen() {
        at.entry((seen.tool.clone(), seen.rule.clone(), seen.path.clone(), seen.row.line))
            .or_default()
            .push(seen);
    }
    let mut score = Score { joined_rightly: 0, joined_wrongly: 0, missed: 0, apart: 0 };
    for pair in table(&project("tests/fusion/pairs.tsv")) {
        let side = |side: &str| {
            let tool = FILES.iter().find(|(file, _, _)| *file == pair[&format!("file_{side}")]).unwrap().2;
            let key = (
                tool.to_owned(),
                pair[&format!("rule_{side}")].clone(),
                pair[&format!("path_{side}")].clone(),
                pair[&format!("line_{side}")].parse().unwrap(),
            );
            // OSV-Scanner's groups are one claim under their first name; a pair may name another.
            let aliased = || {
                let of_tool = at.iter().filter(|(other, _)| other.0 == key.0 && other.2 == key.2);
                of_tool.map(|(_, seen)| seen).find(|seen| store.aliases(&seen[0]).contains(&key.1))
            };
            at.get(&key).or_else(aliased).unwrap_or_else(|| panic!("nothing at {key:?}"))
        };
        for a in side("a") {
            for b in side("b") {
                if a.row.id == b.row.id {
                    continue;
                }
                let joined = a.row.case == b.row.case;
                match (pair["label"].as_str(), joined) {
                    ("same", true) => score.joined_rightly += 1,
                    ("same", false) => {
                        score.missed += 1;
                        eprintln!(
                            "missed: {} {} {}:{} ~ {} {} :{} ({})",
                            a.tool, a.rule, a.path, a.row.line, b.tool, b.rule, b.row.line, pair["why"]
                        );
                    }
                    ("different", false) => score.apart += 1,
                    _ => {
                        score.joined_wrongly += 1;
                        eprintln!(
                            "WRONG: {} {} {}:{} ~ {} {} :{} ({})",
                            a.tool, a.rule, a.path, a.row.line, b.tool, b.rule, b.row.line, pair["why"]
                        );
                    }
                }
            }
        }
    }
    score
}

#[test]
fn cases_are_what_a_person_would_decide_at_once() {
    let score = score(true);
    eprintln!("precision {:.3}, recall {:.3}", score.precision(), score.recall());
    assert!(score.joined_rightly + score.missed >= 60 && score.joined_wrongly + score.apart >= 60);
    assert!(score.precision() >= 0.98, "precision {:.3}", score.precision());
    assert!(score.recall() >= 0.8, "recall {:.3}", score.recall());
}

#[test]
fn without_the_source_fusion_joins_less_and_hardly_more_wrongly() {
    let score = score(false);
    eprintln!("without source: precision {:.3}, recall {:.3}", score.precision(), score.recall());
    assert!(score.precision() >= 0.98, "precision {:.3}", score.precision());
    assert!(score.recall() >= 0.8, "recall {:.3}", score.recall());
}

/// A log of results of one rule in one file: what each says, its region and the code it quotes.
fn log(results: &[(&str, serde_json::Value, &str)]) -> String {
    let results: Vec<_> = results
        .iter()
        .map(|(message, region, code)| {
            let mut region = region.clone();
            region["snippet"] = serde_json::json!({"text": code});
            serde_json::json!({"ruleId": "r", "message": {"text": message}, "properties": {"tags": ["external/cwe/cwe-089"]},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": region}}]})
        })
        .collect();
    serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]})
        .to_string()
}

/// How many cases there are.
fn cases(store: &Store) -> usize {
    store.seen().iter().map(|seen| seen.row.case).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn what_a_tool_says_a_second_time_of_a_place_is_kept_where_it_says_something_else() {
    let region = || serde_json::json!({"startLine": 3, "startColumn": 5, "endColumn": 18});
    let mut store = Store::new();
    let both = [("flow from A", region(), "db.execute(q)"), ("flow from B", region(), "db.execute(q)")];
    let told = store.import_text(&log(&both), &support::How::default());
    assert_eq!((told.counts.new, told.counts.repeated), (2, 0));
    assert_eq!(cases(&store), 1, "two findings of one flaw");
    // In another order, beside one that says the same again.
    let again = [both[1].clone(), both[0].clone(), both[0].clone()];
    let told = store.import_text(&log(&again), &support::How::default());
    assert_eq!((told.counts.new, told.counts.matched, told.counts.repeated), (0, 2, 1));
    assert_eq!(told.changes.gone, 0);
}

#[test]
fn one_rule_that_flags_two_pieces_of_code_on_a_line_has_two_cases_with_and_without_the_source() {
    let line = || serde_json::json!({"startLine": 1});
    let text = log(&[("m", line(), "exec(a)"), ("m", line(), "exec(b)"), ("n", line(), "exec(a)")]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.py"), "exec(a); exec(b)\n").unwrap();
    let scan = folder.path().join("scan.sarif");
    std::fs::write(&scan, text).unwrap();
    for source in [None, Some(folder.path())] {
        let mut store = Store::new();
        let told = store.import(&scan, None, source);
        assert_eq!((told.counts.new, cases(&store)), (3, 2), "identical code is one case; {source:?}");
    }
}

#[test]
fn code_that_a_tool_took_for_another_encoding_is_found_where_it_is() {
    let tree = project("examples/shop");
    for (file, format) in [("opengrep.json", "opengrep"), ("semgrep.json", "semgrep")] {
        let mut store = Store::new();
        let told = store.import(&tree.join("scans").join(file), Some(format), Some(&tree));
        let context = told.context.unwrap();
        assert_eq!(context.attached, told.counts.claims, "{file}: {context}");
        let labels = store.seen().into_iter().filter(|seen| seen.path == "service/labels.py");
        let labels: Vec<Seen> = labels.collect();
        assert!(
            !labels.is_empty() && labels.iter().all(|seen| seen.row.snapshot != 0 && seen.row.lease & 1 == 1)
        );
    }
}
