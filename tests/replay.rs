//! Twelve revisions of a program, scanned at each: does every finding stay itself?
//!
//! `tests/replay/truth.tsv` says which claim is which flaw. The same history is also followed by three identities
//! that other programs use, so that the difference is a figure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why on stderr"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use assize::docket::{Needs, Weights};
use assize::domain::State;
use assize::jobs;
use assize::store::Workspace;
use support::desk::Desk;
use support::{Store, project, table};

/// A claim of the truth.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    revision: usize,
    flaw: String,
    tool: String,
    rule: String,
    path: String,
    line: u32,
    state: String,
}

fn truth() -> Vec<Claim> {
    table(&project("tests/replay/truth.tsv"))
        .into_iter()
        .map(|row| Claim {
            revision: row["revision"].parse().unwrap(),
            flaw: row["flaw"].clone(),
            tool: row["tool"].clone(),
            rule: row["rule"].clone(),
            path: row["path"].clone(),
            line: row["line"].parse().unwrap(),
            state: row["state"].clone(),
        })
        .collect()
}

const SCANS: [(&str, Option<&str>); 5] = [
    ("semgrep.json", Some("semgrep")),
    ("opengrep.json", Some("opengrep")),
    ("bandit.json", None),
    ("eslint.json", None),
    ("flawfinder.sarif", None),
];

/// What a claim is known by in the truth, and the ids that an identity gave to it.
type Ids = BTreeMap<(String, String, String, u32), Vec<String>>;

/// How well an identity followed the history.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    /// Claims of a flaw seen before that got another id.
    wrongly_new: usize,
    /// Claims of a new flaw that got an id which another flaw has or had.
    wrongly_merged: usize,
    /// Claims that should have kept their id.
    followed: usize,
}

impl Score {
    fn line(&self, name: &str) -> String {
        format!("| {name} | {} of {} | {} |", self.wrongly_new, self.followed, self.wrongly_merged)
    }
}

/// A rule without the prefix that revision 09 gives it.
fn tail(rule: &str) -> &str {
    rule.rsplit('.').next().unwrap()
}

fn score(truth: &[Claim], ids: &[Ids], report: bool) -> Score {
    let mut score = Score::default();
    // The ids each flaw had, by tool and rule, when it was last seen.
    let mut last: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    let mut owner: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for revision in 1..=ids.len() {
        let mut now: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
        // The flaws at one place that the truth cannot tell apart by rule, path and line share their ids.
        let mut at: BTreeMap<(String, String, String, u32), Vec<&Claim>> = BTreeMap::new();
        for claim in truth.iter().filter(|claim| claim.revision == revision && claim.state != "gone") {
            at.entry((claim.tool.clone(), claim.rule.clone(), claim.path.clone(), claim.line))
                .or_default()
                .push(claim);
        }
        for (place, claims) in &at {
            let Some(found) = ids[revision - 1].get(place) else {
                panic!("{revision}: nothing at {place:?}")
            };
            let found: BTreeSet<String> = found.iter().cloned().collect();
            for claim in claims {
                let key = (claim.tool.clone(), tail(&claim.rule).to_owned(), claim.flaw.clone());
                now.entry(key.clone()).or_default().extend(found.iter().cloned());
                let before = last.get(&key);
                if claim.state == "new" {
                    let me = (claim.tool.clone(), claim.flaw.clone());
                    let taken = |id: &String| owner.get(id).is_some_and(|flaws| !flaws.contains(&me));
                    if found.iter().all(taken) {
                        score.wrongly_merged += 1;
                        if report {
                            eprintln!(
                                "{revision}: new {claim:?} took the id of {:?}",
                                owner.get(found.first().unwrap())
                            );
                        }
                    }
                } else {
                    score.followed += 1;
                    if before.is_none_or(|before| before.is_disjoint(&found)) {
                        score.wrongly_new += 1;
                        if report {
                            eprintln!("{revision}: lost {claim:?}");
                        }
                    }
                }
            }
        }
        for (place, claims) in &at {
            for id in &ids[revision - 1][place] {
                let flaws = owner.entry(id.clone()).or_default();
                flaws.extend(claims.iter().map(|claim| (claim.tool.clone(), claim.flaw.clone())));
            }
        }
        last.extend(now);
    }
    score
}

fn source(revision: usize) -> std::path::PathBuf {
    project(&format!("tests/replay/revisions/{revision:02}"))
}

/// Our own identity, by importing every revision into one store.
fn ours() -> (Vec<Ids>, Vec<[u64; 4]>) {
    let mut store = Store::new();
    let (mut all, mut counts) = (Vec::new(), Vec::new());
    for revision in 1..=12 {
        let mut sum = [0; 4];
        for (file, format) in SCANS {
            let path = project(&format!("tests/replay/scans/{revision:02}/{file}"));
            let receipt = store.import(&path, format, Some(&source(revision)));
            sum[0] += receipt.counts.new;
            sum[1] += receipt.changes.gone;
            sum[2] += receipt.changes.reopened;
            sum[3] += receipt.changes.unseen;
        }
        let mut ids = Ids::new();
        for seen in store.seen() {
            ids.entry((seen.tool, seen.rule, seen.path, seen.row.line))
                .or_default()
                .push(seen.row.name.to_string());
        }
        all.push(ids);
        counts.push(sum);
    }
    (all, counts)
}

/// An identity made from one revision's claims alone; `by` gets tool, rule, path, line and the file's text.
fn naive(truth: &[Claim], by: impl Fn(&Claim, &str) -> String) -> Vec<Ids> {
    (1..=12)
        .map(|revision| {
            let mut ids = Ids::new();
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            let mut claims: Vec<&Claim> =
                truth.iter().filter(|claim| claim.revision == revision && claim.state != "gone").collect();
            claims.sort_by_key(|claim| (&claim.path, claim.line));
            for claim in claims {
                let bytes = std::fs::read(source(revision).join(&claim.path)).unwrap();
                let id = by(claim, &String::from_utf8_lossy(&bytes));
                let count = seen.entry(id.clone()).or_default();
                *count += 1;
                let place = (claim.tool.clone(), claim.rule.clone(), claim.path.clone(), claim.line);
                ids.entry(place).or_default().push(format!("{id}:{count}"));
            }
            ids
        })
        .collect()
}

/// As GitHub's code scanning fingerprints a result: the hundred characters from the line on, blanks left out.
fn hundred(claim: &Claim, text: &str) -> String {
    let from: String = text.lines().skip(claim.line as usize - 1).collect::<Vec<_>>().join("\n");
    let hundred: String = from.chars().filter(|c| !c.is_whitespace()).take(100).collect();
    format!("{} {} {} {hundred}", claim.tool, claim.rule, claim.path)
}

/// As Semgrep matches: rule, path and the matched lines.
fn semgrep(claim: &Claim, text: &str) -> String {
    let line = text.lines().nth(claim.line as usize - 1).unwrap_or_default();
    format!("{} {} {} {}", claim.tool, claim.rule, claim.path, line.trim())
}

fn line_only(claim: &Claim, _: &str) -> String {
    format!("{} {} {} {}", claim.tool, claim.rule, claim.path, claim.line)
}

#[test]
fn every_finding_stays_itself_through_twelve_revisions() {
    let truth = truth();
    let (ids, counts) = ours();
    let score = score(&truth, &ids, true);
    assert!(score.followed > 2000, "{score:?}");
    let mut wrong = Vec::new();
    for (revision, [new, gone, back, unseen]) in (1..).zip(counts) {
        let of = |state: &str| {
            truth.iter().filter(|claim| claim.revision == revision && claim.state == state).count() as u64
        };
        if (new, gone, back, unseen) != (of("new"), of("gone"), of("back"), 0) {
            wrong.push(format!(
                "{revision}: new {new} of {}, gone {gone} of {}, back {back} of {}, unseen {unseen}",
                of("new"),
                of("gone"),
                of("back")
            ));
        }
    }
    assert_eq!((score.wrongly_new, score.wrongly_merged, wrong), (0, 0, Vec::<String>::new()));
}

/// Where each claim's cases stand: their names and states, by tool, rule without prefix, path and line.
type Stands = BTreeMap<(String, String, String, u32), Vec<(String, State)>>;

fn stands(desk: &Desk) -> Stands {
    let desk = jobs::Desk::open(Workspace::at(desk.folder.path()).unwrap()).unwrap();
    let all = Needs { paths: true, texts: false, standings: true, names: true, runs: true };
    let docket = desk.docket(all).unwrap();
    let mut stands = Stands::new();
    for number in (1..docket.end()).filter(|&number| docket.row(number).is_some()) {
        let view = desk.view_in(&docket, number, &Weights::default()).unwrap();
        for member in view.findings.iter().filter(|member| !member.gone) {
            let place = (
                member.tool.clone(),
                tail(&member.claim.rule).to_owned(),
                member.path.clone(),
                member.detail.row.line,
            );
            let stand = (view.listed.name.to_string(), view.listed.standing.state);
            stands.entry(place).or_default().push(stand);
        }
    }
    stands
}

#[test]
fn no_verdict_is_lost_and_none_is_kept_where_the_flaw_was_changed_away() {
    let truth = truth();
    let desk = Desk::new();
    let (mut kept, mut wrong) = ([0, 0, 0], Vec::new());
    for revision in 1..=12 {
        for (file, format) in SCANS {
            let file = project(&format!("tests/replay/scans/{revision:02}/{file}"));
            let (file, tree) = (file.display().to_string(), source(revision).display().to_string());
            let mut args = vec![file.as_str(), "--source", &tree];
            args.extend(format.iter().flat_map(|format| ["--format", format]));
            desk.import(&args);
        }
        let stands = stands(&desk);
        // A case is of several claims: what happened to it is what happened to any of them.
        let mut cases: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>, State)> = BTreeMap::new();
        for claim in truth.iter().filter(|claim| claim.revision == revision && claim.state != "gone") {
            let place = (claim.tool.clone(), tail(&claim.rule).to_owned(), claim.path.clone(), claim.line);
            for (name, state) in
                stands.get(&place).unwrap_or_else(|| panic!("{revision}: nothing at {place:?}"))
            {
                let case = cases.entry(name).or_insert((BTreeSet::new(), BTreeSet::new(), *state));
                case.0.insert(&claim.state);
                case.1.insert(&claim.flaw);
            }
        }
        for (claims, flaws, state) in cases.into_values() {
            let is_only = |words: &[&str]| claims.iter().all(|word| words.contains(word));
            let wanted: &[State] = if claims.contains("changed") {
                kept[1] += 1;
                &[State::Stale]
            } else if is_only(&["new"]) {
                kept[2] += 1;
                &[State::Open]
            } else if is_only(&["same", "back"]) {
                kept[0] += 1;
                &[State::Settled]
            } else {
                // A new claim beside those judged marks their case and does not open it.
                &[State::Settled, State::Stale]
            };
            if !wanted.contains(&state) {
                wrong.push(format!("{revision}: {flaws:?} of {claims:?} is {state:?}"));
            }
        }
        let ran = desk.run(&["verdict", "--where", "is:open,stale", "confirm"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    // The statement that is flagged is the same and a step of the data flow to it is not, on which the lease is, too.
    let known = [r#"10: {"sql-shelf"} of {"same"} is Stale"#];
    assert_eq!(wrong, known);
    assert!(kept[0] > 900 && kept[1] >= 8 && kept[2] > 90, "{kept:?}");
}

#[test]
fn the_identities_of_other_programs_lose_what_ours_keeps() {
    let truth = truth();
    let table = [
        score(&truth, &naive(&truth, line_only), false).line("rule, path and line"),
        score(&truth, &naive(&truth, hundred), false).line("the hundred characters from the line on"),
        score(&truth, &naive(&truth, semgrep), false).line("rule, path and the matched line"),
        score(&truth, &ours().0, false).line("Assize"),
    ]
    .join("\n");
    let page = std::fs::read_to_string(project("docs/identity.md")).unwrap_or_default();
    assert!(page.contains(&table), "docs/identity.md should have:\n{table}");
}
