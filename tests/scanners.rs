//! `assize scan` with the real scanners, which have to be on the search path: `cargo test --test scanners`. Not part of
//! the tests that need nothing but a compiler; continuous integration installs the scanners and runs it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::desk::{Desk, shop};

/// Copies the shop's sources, so that no checkout lies around them.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn claims(report: &Value, name: &str) -> u64 {
    let scanners = report["scanners"].as_array().unwrap();
    let scanner = scanners.iter().find(|scanner| scanner["scanner"] == name).unwrap();
    assert_eq!(scanner["result"], "imported", "{scanner}");
    scanner["receipt"]["claims"].as_u64().unwrap()
}

#[test]
fn the_shop_is_scanned_by_what_is_installed_and_says_what_its_own_scans_say() {
    let desk = Desk::new();
    let tree = desk.folder.path().join("shop");
    for part in ["service", "api", "pricing", "warehouse", "courier", "legacy", "kiosk"] {
        copy(shop(part).as_ref(), &tree.join(part));
    }
    let scan = |arguments: &[&str]| {
        let ran = desk.run(&[&["scan", "--json", "shop", "--project", "shop"], arguments].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.json()
    };
    let report = scan(&["--scanner", "bandit", "--scanner", "flawfinder"]);
    let rules = shop("scans/rules");
    let semgrep = scan(&["--scanner", "semgrep", "--rules", &rules]);
    let known = [("bandit", "bandit.json"), ("flawfinder", "flawfinder.sarif"), ("semgrep", "semgrep.json")];
    for (name, file) in known {
        let told = if name == "semgrep" { &semgrep } else { &report };
        let elsewhere = Desk::new();
        let kept = elsewhere.import(&[&shop(&format!("scans/{file}"))]);
        assert_eq!(claims(told, name), kept["totals"]["claims"].as_u64().unwrap(), "{name}");
    }
    // Scanned again, nothing is new and nothing is gone.
    let again = scan(&["--scanner", "bandit", "--scanner", "flawfinder"]);
    assert_eq!((&again["totals"]["new"], &again["totals"]["gone"]), (&0.into(), &0.into()), "{again}");
}
