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
fn without_the_source_fusion_joins_less_but_hardly_more_wrongly() {
    let score = score(false);
    eprintln!("without source: precision {:.3}, recall {:.3}", score.precision(), score.recall());
    assert!(score.precision() >= 0.95, "precision {:.3}", score.precision());
}
