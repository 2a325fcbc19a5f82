//! What a scan of one file costs in a store of any size: what is read of it follows the scan, and not the store.
//!
//! One test in a program of its own: what the kernel counts as read, it counts for the whole process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use assize::ingest::Scope;
use assize::ingest::receipt::FileReceipt;
use serde_json::{Value, json};
use support::{How, Store};

/// The only scan here whose silence says anything: of its folder.
const FOLDER: &str = "a file whose folder is all it tells of";
const DEPENDENCY: &str = "a dependency";

/// Findings of a file.
const OF_FILE: usize = 16;

/// A SARIF log with a result for each (path, line, code).
fn scan(tool: &str, claims: impl Iterator<Item = (String, usize, String)>) -> String {
    let results: Vec<Value> = claims
        .map(|(path, line, code)| {
            json!({"ruleId": "acme.calls", "level": "error", "message": {"text": "a call"},
                "partialFingerprints": {"own/v1": format!("{path}:{code}")},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": path},
                    "region": {"startLine": line, "snippet": {"text": code}}}}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results}]})
        .to_string()
}

fn osv(packages: impl Iterator<Item = usize>) -> String {
    let packages: Vec<Value> = packages
        .map(|number| {
            json!({"package": {"name": format!("lib{number}"), "version": "1.0.0", "ecosystem": "npm"},
                "vulnerabilities": [{"id": format!("GHSA-{number:04}"), "summary": "bad"}],
                "groups": [{"ids": [format!("GHSA-{number:04}")]}]})
        })
        .collect();
    let results: Vec<Value> = packages
        .chunks(OF_FILE)
        .enumerate()
        .map(|(at, some)| json!({"source": {"path": format!("svc{at}/package-lock.json"), "type": "lockfile"}, "packages": some}))
        .collect();
    json!({ "results": results }).to_string()
}

fn claim(number: usize) -> (String, usize, String) {
    (
        format!("src/d{}/f{}.py", number / OF_FILE / 50, number / OF_FILE),
        number % OF_FILE * 5 + 1,
        format!("call_{number}(x)"),
    )
}

fn bytes_read() -> u64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    line.parse().unwrap()
}

/// What each of some small imports read: findings, and bytes.
fn costs(size: usize) -> Vec<(&'static str, u64, u64)> {
    let mut store = Store::new();
    store.import_text(&scan("acme", (0..size).map(claim)), &How::default());
    store.import_text(&osv(0..size / 4), &How::default());
    let partial = || How { scope: Some(Scope::Partial), ..How::default() };
    let code = |path: &str, code: &str| (path.to_owned(), 7, code.to_owned());
    // Far from all others: nothing is near enough to have become it.
    let fresh = |path: &str, number: usize| (path.to_owned(), 900, format!("new({number})"));
    let unseen = |receipt: &FileReceipt| receipt.changes.unseen as usize;
    let mut costs = Vec::new();
    let mut cost = |what, text: &str, how: How, check: &dyn Fn(&FileReceipt) -> bool| {
        // A new connection, so that nothing is at hand that was read before.
        store.reopen();
        let before = bytes_read();
        let receipt = store.import_text(text, &how);
        assert!(check(&receipt), "{what}: {receipt:?}");
        costs.push((what, store.findings.findings_read(), bytes_read() - before));
    };
    cost("a finding seen again", &scan("acme", [claim(40)].into_iter()), partial(), &|it| {
        (it.counts.matched, unseen(it)) == (1, size - 1)
    });
    cost(
        "a new one in a known file",
        &scan("acme", [fresh("src/d0/f3.py", 1)].into_iter()),
        partial(),
        &|it| (it.counts.new, unseen(it)) == (1, size),
    );
    cost("a new file", &scan("acme", [fresh("src/d0/new.py", 2)].into_iter()), partial(), &|it| {
        it.counts.new == 1
    });
    cost(
        "code that went to a file of another name",
        &scan("acme", [code("lib/g.py", "call_100(x)")].into_iter()),
        partial(),
        &|it| it.counts.matched == 1,
    );
    cost(
        "another tool",
        &scan("other", [code("src/d0/f4.py", "call_64(x)")].into_iter()),
        partial(),
        &|it| (it.counts.new, unseen(it)) == (1, 0),
    );
    cost(
        "another prefix",
        &scan("acme", [code("/ci/src/d0/f5.py", "call_82(x)")].into_iter()),
        partial(),
        &|it| it.counts.matched == 1,
    );
    cost(FOLDER, &scan("acme", (0..3).map(claim)), How::default(), &|it| it.changes.gone > 0);
    cost(DEPENDENCY, &osv([5].into_iter()), partial(), &|it| it.counts.matched == 1);
    costs
}

#[test]
fn a_small_import_reads_no_more_of_a_larger_store() {
    let (small, large) = (costs(8_192), costs(32_768));
    for ((what, findings, bytes), (_, of_large, bytes_of_large)) in small.into_iter().zip(large) {
        println!("{what}: {findings} and {of_large} findings, {bytes} and {bytes_of_large} bytes");
        assert_eq!(findings, of_large, "{what}: findings read");
        assert!(findings < 4 * 50 * OF_FILE as u64, "{what}: {findings} findings read");
        // What goes away changes cases, which lie in as many segments of the docket as there are. The claims of
        // dependencies are read for their advisories, and in a larger store fewer of them lie in the same block.
        let touched = match what {
            FOLDER => 4,
            DEPENDENCY => 2,
            _ => 1,
        };
        assert!(
            bytes_of_large * 2 < bytes * 3 * touched,
            "{what}: {bytes} bytes read, {bytes_of_large} of the larger"
        );
    }
}
