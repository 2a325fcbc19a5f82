//! The gate on the example shop: shut at first, and opened by following what it advises.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use assize::docket::Filter;
use assize::domain::Opinion;
use assize::ledger::Came;
use serde_json::{Value, json};

use support::desk::{Desk, shop};
use support::judging::judge_as;

/// A workspace with what several scanners said of the shop.
fn desk() -> Desk {
    let desk = Desk::new();
    for scan in ["semgrep.json", "bandit.json", "snyk-code.json", "flawfinder.sarif", "osv.json"] {
        desk.import(&[&shop(&format!("scans/{scan}")), "--source", &shop("")]);
    }
    desk
}

/// A policy that so small a shop can meet.
const POLICY: &str = "[labels]\nleast = 30\n[classes]\nleast = 5\neach = 3\nevenness = 0.6\n\
    [balance]\nconfirmed = [0.2, 0.8]\nper_class = [0.0, 1.0]\n\
    [agreement]\ncases = 8\nleast = 0.2\nreviewed_by_two = 0.15\noneself_cases = 0\noneself = 0.0\n\
    [quality]\ncontext = 0.3\nrandom = 0.1\n[caps]\nrule = 0.4\nfile = 0.5\n[duplicates]\nshare = 0.9\n[secrets]\nshare = 0.5\n[growth]\nlabels = 20\n";

/// Gives verdicts as the workstation does: with the code on screen, and by one who does not see what the others think.
struct Reviewer {
    name: &'static str,
    given: u64,
}

impl Reviewer {
    fn judge(&mut self, desk: &Desk, case: &str, opinion: Opinion, came: Came) {
        judge_as(desk, self.name, case, opinion, came, 4000 + self.given);
        self.given += 1;
    }
}

fn gate(desk: &Desk) -> (i32, Value) {
    let ran = desk.run(&["gate", "--json"]);
    (ran.code, ran.json())
}

/// What a person who knows the shop would say: the same of cases that break the same rule.
fn opinion(case: &Value) -> Opinion {
    let rule = case["rules"][0].as_str().unwrap();
    if rule.bytes().map(u32::from).sum::<u32>().is_multiple_of(2) {
        Opinion::Confirmed
    } else {
        Opinion::Rejected
    }
}

#[test]
fn the_gate_is_shut_at_first_and_its_advice_opens_it_in_no_fewer_decisions_than_it_said() {
    let desk = desk();
    desk.file(".assize/gate.toml", POLICY);
    let (code, first) = gate(&desk);
    assert_eq!((code, &first["open"]), (3, &json!(false)));
    let said = first["decisions"].as_u64().unwrap();
    assert!(said >= 30, "{first}");
    let (mut ann, mut bob) = (Reviewer { name: "ann", given: 0 }, Reviewer { name: "bob", given: 0 });
    for _ in 0..80 {
        let (code, told) = gate(&desk);
        if code == 0 {
            assert_eq!((&told["open"], &told["decisions"]), (&json!(true), &json!(0)));
            break;
        }
        let failing = told["conditions"].as_array().unwrap().iter().find(|it| it["holds"] == false).unwrap();
        let advice = failing["advice"].as_array().unwrap();
        assert!(!advice.is_empty(), "{failing}");
        let before = ann.given + bob.given;
        for advice in advice {
            let filter = advice["filter"].as_str().unwrap();
            filter.parse::<Filter>().unwrap();
            let wanted = usize::try_from(advice["verdicts"].as_u64().unwrap()).unwrap();
            let second = filter == "is:gold";
            let cases = desk.cases(&if second { "is:gold -by:bob".to_owned() } else { filter.to_owned() });
            for case in cases.iter().take(wanted) {
                let came = if (ann.given + bob.given).is_multiple_of(4) { Came::Audit } else { Came::Advice };
                let reviewer = if second { &mut bob } else { &mut ann };
                reviewer.judge(&desk, case["case"].as_str().unwrap(), opinion(case), came);
            }
        }
        assert!(ann.given + bob.given > before, "the advice of {} leads nowhere: {failing}", failing["name"]);
    }
    let (code, told) = gate(&desk);
    let failing = told["conditions"].as_array().unwrap().iter().filter(|it| it["holds"] == false);
    assert_eq!(code, 0, "{:#?}", failing.collect::<Vec<_>>());
    assert!(ann.given + bob.given >= said, "{} and {} of {said}", ann.given, bob.given);
    let agreement = desk.run(&["gate", "--agreement", "--json"]).json();
    assert!(agreement["agreement"]["cases"].as_u64().unwrap() >= 8, "{agreement}");
    let pair = &agreement["agreement"]["pairs"][0];
    assert_eq!((&pair["reviewers"], &pair["kappa"]["value"]), (&json!(["ann", "bob"]), &json!(1.0)));
    let pace = &agreement["pace"][0];
    assert_eq!((&pace["reviewer"], &pace["decisions"]), (&json!("ann"), &json!(ann.given)));
    assert!(pace["median"].as_f64().unwrap() >= 4.0);
}

#[test]
fn what_the_gate_lacks_is_a_term_of_worth_once_the_workspace_has_a_policy() {
    let desk = desk();
    let terms = || {
        let case = desk.cases("is:open cwe:89")[0]["case"].as_str().unwrap().to_owned();
        let shown = desk.run(&["show", "--json", &case]).json();
        let worth = shown["worth_terms"].as_array().or_else(|| shown["worth"].as_array()).unwrap().clone();
        worth.into_iter().find(|term| term["name"] == "deficit")
    };
    assert_eq!(terms(), None);
    assert_eq!(desk.run(&["gate", "--init"]).code, 0);
    assert!(terms().unwrap()["value"].as_f64().unwrap() > 0.99);
    let again = desk.run(&["gate", "--init", "--json"]);
    assert_eq!((again.code, &again.error()["kind"]), (1, &json!("refused")));
}

#[test]
fn a_verdict_from_the_command_line_is_no_gold_since_no_code_was_on_screen() {
    let desk = desk();
    desk.file(".assize/gate.toml", "[labels]\nleast = 1\n");
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["verdict", &case, "confirm"]).code, 0);
    let labels = |told: &Value| told["conditions"][0].clone();
    let (_, told) = gate(&desk);
    assert_eq!((&labels(&told)["name"], &labels(&told)["value"]), (&json!("labels"), &json!(0.0)));
    Reviewer { name: "bob", given: 0 }.judge(&desk, &case, Opinion::Confirmed, Came::Order);
    assert_eq!(labels(&gate(&desk).1)["value"], json!(1.0));
    // A second reviewer who differs makes it disputed, and it is gold no more.
    Reviewer { name: "cy", given: 0 }.judge(&desk, &case, Opinion::Rejected, Came::Order);
    assert_eq!(labels(&gate(&desk).1)["value"], json!(0.0));
}

#[test]
fn a_policy_that_cannot_be_read_is_told_with_its_file() {
    let desk = desk();
    let path = desk.file("policy.toml", "[labels]\nmost = 3\n");
    let ran = desk.run(&["gate", "--json", "--policy", path.to_str().unwrap()]);
    assert_eq!((ran.code, &ran.error()["path"]), (2, &json!(path.display().to_string())));
    desk.file(".assize/gate.toml", "[caps]\nrule = 7\n");
    let ran = desk.run(&["gate", "--json"]);
    assert!(ran.code == 2 && ran.error()["message"].as_str().unwrap().contains("caps.rule"), "{}", ran.err);
    assert_eq!(desk.run(&["cases"]).code, 0, "the docket does without it");
    let other = desk.file("widest.toml", "[labels]\nleast = 0\n[classes]\nleast = 0\n");
    let told = desk.run(&["gate", "--json", "--policy", other.to_str().unwrap()]).json();
    assert_eq!(told["conditions"][0]["holds"], json!(true));
}
