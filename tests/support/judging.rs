//! Verdicts as the workstation gives them: with the code on screen.

use assize::domain::Opinion;
use assize::jobs::{Desk as Reviewing, JudgeWith};
use assize::ledger::{Came, Seen, Sight};
use assize::store::{Workspace, Writer};

use serde_json::{Value, json};

use super::desk::{Desk, shop};

/// Gives a verdict in a reviewer's name, on code that was on screen, without sight of what others think.
pub fn judge(desk: &Desk, reviewer: &str, case: &str, opinion: Opinion) {
    judge_as(desk, reviewer, case, opinion, Came::Order, 4000);
}

/// The same, with how the case came up and how long it took.
pub fn judge_as(desk: &Desk, reviewer: &str, case: &str, opinion: Opinion, came: Came, ms: u64) {
    let mut reviewing = Reviewing::open(Workspace::at(desk.folder.path()).unwrap()).unwrap();
    let sight = Sight { blind: true, ..Sight::default() };
    let with = JudgeWith {
        opinion,
        reason: None,
        note: String::new(),
        until: None,
        seen: Some(Seen {
            code_on_screen: true,
            ms,
            came: Some(came),
            sight: Some(sight),
            ..Seen::default()
        }),
        shown: None,
    };
    let writer = Writer::new("machine", reviewer, reviewer.parse().unwrap());
    let number = reviewing.resolve(case).unwrap();
    reviewing.judge(&[number], &with, &writer).unwrap();
}

/// A gate that is open once there is a label.
pub const OPEN: &str = "[labels]\nleast = 1\n[classes]\nleast = 0\neach = 0\nevenness = 0.0\n\
    [balance]\nconfirmed = [0.0, 1.0]\nper_class = [0.0, 1.0]\n\
    [agreement]\ncases = 0\nleast = -1.0\nreviewed_by_two = 0.0\noneself_cases = 0\noneself = 0.0\ncontradictions = 1000\n\
    [quality]\ncontext = 0.0\nfresh = 0.0\nrandom = 0.0\n[caps]\nrule = 1.0\nfile = 1.0\n[duplicates]\nshare = 1.0\napart = 1000000\n[secrets]\nshare = 1.0\n[growth]\nlabels = 0\n";

/// A workspace whose cases of code are all judged.
pub fn judged_shop() -> Desk {
    let desk = Desk::new();
    for scan in ["semgrep.json", "bandit.json"] {
        desk.import(&[&shop(&format!("scans/{scan}")), "--source", &shop("")]);
    }
    desk.file(".assize/gate.toml", OPEN);
    for (number, case) in desk.cases("is:open kind:code").iter().enumerate() {
        let opinion = if number.is_multiple_of(3) { Opinion::Rejected } else { Opinion::Confirmed };
        judge(&desk, "ann", case["case"].as_str().unwrap(), opinion);
    }
    desk
}

/// A workspace with one case, which was confirmed and then mended, a clean file beside it, and a secret in the code.
pub fn mended_shop(secret: &str) -> Desk {
    let desk = Desk::new();
    let code = |body: &str| {
        format!("import os\n\n\ndef run(name):\n    key = \"{secret}\"\n{body}\n    return key\n")
    };
    let before = "    os.system(\"ls \" + name)";
    desk.file("tree/run.py", code(before));
    desk.file("tree/clean.py", "def add(a, b):\n    return a + b\n");
    let scan = |results: Value| {
        let looked_at = |path: &str| json!({"location": {"uri": path}, "roles": ["analysisTarget"]});
        let artifacts = json!([looked_at("run.py"), looked_at("clean.py")]);
        let tool = json!({"driver": {"name": "Acme", "version": "1.2", "rules": [{"id": "py.shell", "properties": {"tags": ["CWE-78"]}}]}});
        json!({"version": "2.1.0", "runs": [{"tool": tool, "artifacts": artifacts, "results": results}]})
            .to_string()
    };
    let result = json!({"ruleId": "py.shell", "level": "error", "message": {"text": "a shell"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "run.py"}, "region": {"startLine": 6}}}]});
    desk.file("one.sarif", scan(json!([result])));
    desk.import(&["one.sarif", "--source", "tree", "--scope", "full"]);
    desk.file(".assize/gate.toml", OPEN);
    let case = desk.cases("is:open")[0]["case"].as_str().unwrap().to_owned();
    judge(&desk, "ann", &case, Opinion::Confirmed);
    desk.file("tree/run.py", code("    os.listdir(name)"));
    desk.file("two.sarif", scan(json!([])));
    desk.import(&["two.sarif", "--source", "tree", "--scope", "full"]);
    desk
}
