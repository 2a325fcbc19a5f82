//! How long a million cases take: run by hand, in release, `cargo test --release --lib docket::timing --
//! --ignored --nocapture`. Nothing here fails for being slow.

use std::hint::black_box;

use super::*;
use crate::domain::{Basis, Cwe, Opinion, RunId, State};
use crate::store::{CaseRow, Dictionary, RuleRow};

const CASES: u32 = 1_000_000;
const PATHS: u32 = 30_000;
const RULES: u32 = 1_500;

/// A fixed series without a pattern.
fn draws() -> impl FnMut(u32) -> u32 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from((state >> 32) % u64::from(below)).unwrap()
    }
}

fn docket() -> Docket {
    let mut draw = draws();
    let rule = |id: u32| RuleRow {
        tool: id % 4 + 1,
        name: format!("python.lang.security.audit.rule-{id}.formatted-sql-{}", id % 97),
        family: format!("formatted-sql-{}", id % 97),
        title: format!("SQL injection number {id}"),
        ..RuleRow::default()
    };
    let dictionary = Dictionary {
        projects: (1..=40).map(|id| (id, format!("project-{id}"))).collect(),
        tools: (1..).zip(["semgrep", "bandit", "snyk", "codeql"].map(str::to_owned)).collect(),
        rules: (1..=RULES).map(|id| (id, rule(id))).collect(),
        rule_sets: (1..=4_000).map(|id| (id, vec![draw(RULES) + 1, draw(RULES) + 1])).collect(),
        cwe_sets: (1..=300).map(|id| (id, vec![Cwe(u16::try_from(id).unwrap() + 20)])).collect(),
    };
    let rows = (1..=CASES).map(|number| {
        let first_run = draw(50) + 1;
        CaseRow {
            head: number,
            path: draw(PATHS) + 1,
            line: draw(2_000),
            end_line: 0,
            rules: draw(4_000) + 1,
            cwes: draw(300) + 1,
            first_run,
            last_run: 50,
            project: u16::try_from(draw(40) + 1).unwrap(),
            members: u16::try_from(draw(3) + 1).unwrap(),
            severity: u8::try_from(draw(5)).unwrap(),
            confidence: u8::try_from(draw(4)).unwrap(),
            kind: 0,
            flags: u8::try_from(draw(32)).unwrap(),
        }
    });
    let rows = rows.collect();
    let mut docket = Docket::new(rows, dictionary);
    let path = |id: u32| format!("src/package_{}/module_{}/File{id}.py", id % 50, id % 700);
    docket.load_paths((1..=PATHS).map(|id| (id, path(id))).collect());
    docket.load_runs(
        (1..=50).map(|id| RunKey { id, name: RunId::new([id as u8; 8]), import: [id as u8; 16] }).collect(),
    );
    docket.load_names(
        (1..=CASES).map(|case| u128::from(case.wrapping_mul(0x9e37_79b1)).to_be_bytes()).collect(),
    );
    let settled = |case| Overlay {
        reviewers: vec!["ann".to_owned()],
        ..Overlay::new(
            State::Settled,
            Some((if case % 3 == 0 { Opinion::Confirmed } else { Opinion::Rejected }, Basis::Human)),
        )
    };
    docket.load_standings((0..50_000).map(|number| (number * 20 + 1, settled(number))));
    docket
}

/// The milliseconds that this thread has computed for: the clock on the wall also counts the machine's other
/// work.
fn computed() -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    spent.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}

/// The best of some turns, in milliseconds of computing.
fn best<T>(mut turn: impl FnMut() -> T) -> f64 {
    let times = (0..15).map(|_| {
        let started = computed();
        black_box(turn());
        computed() - started
    });
    times.fold(f64::INFINITY, f64::min)
}

#[test]
#[ignore = "a measurement, for release builds"]
fn a_million_cases() {
    let docket = docket();
    let messages: Vec<String> = (0..1_000)
        .map(|id| {
            format!("Detected possible formatted SQL query number {id}. Use parameterized queries, not user input.")
        })
        .collect();
    for text in [
        "",
        "sev:>=high",
        "sev:>=high cwe:89 tool:semgrep conf:high -kind:secret",
        "rule:*sql-1*",
        "project:project-1*",
        "run:last",
        "is:open",
        "is:open sev:>=high -cwe:79",
        "verdict:confirmed by:ann",
        "case:00a",
        "path:src/package_1/",
        "path:src/**/module_7/*.py",
        "path:File77.py",
        "is:open path:src/package_1/** sev:high",
        "parameterized number",
    ] {
        let filter: Filter = text.parse().unwrap();
        let mut texts = TextHits::new(&filter);
        let shown = computed();
        if filter.needs().texts {
            (0..CASES).for_each(|case| texts.show(case, messages[case as usize % messages.len()].as_bytes()));
        }
        let shown = computed() - shown;
        let found = docket.select(&filter, Some(&texts)).unwrap().len();
        let time = best(|| docket.select(&filter, Some(&texts)));
        println!("{time:8.2} ms  {found:>9} of {CASES}  {text:?}  (messages {shown:.0} ms)");
    }
    println!("{:8.2} ms  tally", best(|| docket.tally()));
    let evidence = Evidence::default();
    println!("{:8.2} ms  worth made ready", best(|| Worth::new(&docket, &Weights::default(), &evidence)));
    let worth = Worth::new(&docket, &Weights::default(), &evidence);
    let all = docket.select(&Filter::default(), None).unwrap();
    for order in Order::ALL {
        for limit in [50, usize::MAX] {
            let time = best(|| docket.top(&all, order, &worth, limit));
            println!(
                "{time:8.2} ms  {order} of all, {}",
                if limit == 50 { "the first 50" } else { "in full" }
            );
        }
    }
}
