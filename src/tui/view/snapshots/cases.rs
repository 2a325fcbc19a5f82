//! Cases of every kind, as their panes are drawn.

use std::sync::Arc;

use ratatui::buffer::Buffer;

use super::{Scene, buffer, world};
use crate::domain::{
    Basis, Claim, Columns, Confidence, Cwe, Dependency, EntryId, Kind, Opinion, Place, Point, Reason,
    State as Standing, Step,
};
use crate::jobs::{CaseView, CodeFile, FindingView, PastView, Reply, Silent};
use crate::ledger::{Act, ChainId, Entry, Hlc, Note, Seen, Verdict};
use crate::tui::event::Event;
use crate::tui::testing::World;
use crate::tui::theme::{Depth, Ground};

const DARK: (Depth, Ground) = (Depth::True, Ground::Dark);

/// All of them, with their names.
pub(super) fn drawn() -> Vec<(&'static str, Buffer)> {
    let small = |scene: Scene| Scene { size: (80, 24), ..scene };
    let wide = |scene: Scene| Scene { size: (200, 60), ..scene };
    let scene = Scene { colours: DARK, size: (120, 36), keys: "" };
    vec![
        ("stale", buffer(&with(scene, stale))),
        ("stale-light", buffer(&with(Scene { colours: (Depth::True, Ground::Light), ..scene }, stale))),
        ("stale-none", buffer(&with(Scene { colours: (Depth::None, Ground::Dark), ..scene }, stale))),
        ("disputed", buffer(&with(scene, disputed))),
        ("disputed-narrow", buffer(&with(Scene { keys: "i } } }", ..small(scene) }, disputed))),
        ("disputed-wide", buffer(&with(wide(scene), disputed))),
        ("disputed-sides", buffer(&with(Scene { keys: "D", ..scene }, disputed))),
        ("disputed-sides-narrow", buffer(&with(Scene { keys: "D", ..small(scene) }, disputed))),
        ("advisory", buffer(&advisory(scene))),
        ("advisory-16", buffer(&advisory(Scene { colours: (Depth::Sixteen, Ground::Dark), ..scene }))),
        ("trace", buffer(&trace(scene))),
        ("trace-plain", buffer(&plain(trace(Scene { colours: (Depth::None, Ground::Dark), ..scene })))),
        ("trace-own-file", buffer(&with(Scene { keys: "] ] ]", ..scene }, traced))),
    ]
}

/// The docket with a case that was changed so, and the keys pressed.
fn with(scene: Scene, change: impl FnOnce(&mut CaseView)) -> World {
    let mut world = world(Scene { keys: "", ..scene });
    show(&mut world, change, code());
    world.press(scene.keys);
    world
}

fn show(world: &mut World, change: impl FnOnce(&mut CaseView), file: CodeFile) {
    let mut view = world.view(1);
    change(&mut view);
    world.state.docket.open = None;
    world.tell(Event::Answered(Reply::Case(Box::new(view), Some(Arc::new(file)))));
}

/// On a terminal that has no more than ASCII.
fn plain(mut world: World) -> World {
    world.state.theme.unicode = false;
    world
}

fn code() -> CodeFile {
    let text = "def find(self, uid):\n    cur = self.db.cursor()\n    cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n    return cur.fetchone()\n\n";
    let mut file = CodeFile::new("src/file1.py", text.repeat(6), 1, true);
    file.scopes = vec![(11, 14, "def find(self, uid)".into())];
    file.marks = vec![(18, 2)];
    file
}

/// A finding of a tool at the flagged line.
fn finding(tool: &str, rule: &str, message: &str) -> FindingView {
    let place = Place {
        path: "src/file1.py".into(),
        start: Point { line: 14, column: 5 },
        end: Point { line: 14, column: 24 },
        columns: Columns::Chars,
        ..Place::default()
    };
    let mut view = FindingView::sample(place);
    view.tool = tool.into();
    view.claim = Claim {
        rule: rule.into(),
        message: message.into(),
        severity_words: "ERROR".into(),
        confidence: Some(Confidence::High),
        ..view.claim
    };
    view
}

/// So many minutes after 2026-01-02 08:44.
fn past(minute: u8, reviewer: &str, act: Act) -> PastView {
    let clock = Hlc { wall_ms: 1_767_343_440_000 + u64::from(minute) * 60_000, counter: 0 };
    let (id, position) = (EntryId::new([minute; 16]), u64::from(minute));
    let entry = Entry { id, chain: ChainId::default(), position, clock, reviewer: reviewer.into(), act };
    PastView { entry, in_force: true, cases: 1 }
}

fn verdict(opinion: Opinion, reason: Option<Reason>, basis: Basis) -> Act {
    let seen = Some(Seen { code_on_screen: true, ..Seen::default() });
    Act::Verdict(Verdict {
        cases: Vec::new(),
        opinion,
        reason,
        note: String::new(),
        until: None,
        basis,
        source: None,
        seen,
    })
}

fn stale(view: &mut CaseView) {
    view.findings = vec![finding("semgrep", "python.sql.formatted", "Text is formatted into a statement.")];
    view.silent = vec![Silent { tool: "bandit".into(), looked: Some(true) }];
    let standing = &mut view.listed.standing;
    (standing.state, standing.verdict, standing.basis) =
        (Standing::Stale, Some(Opinion::Rejected), Some(Basis::Human));
    standing.reviewers = vec!["ann".into()];
    view.drift =
        "--- before\n+++ after\n@@ -1,2 +1,2 @@\n def find(self, uid):\n-    cur.execute(\"SELECT 1\")\n\
                  +    cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")\n"
            .into();
    view.history =
        vec![past(0, "ann", verdict(Opinion::Rejected, Some(Reason::ConstantInput), Basis::Human))];
}

fn disputed(view: &mut CaseView) {
    view.findings = vec![finding("semgrep", "python.sql.formatted", "Text is formatted into a statement.")];
    let standing = &mut view.listed.standing;
    standing.state = Standing::Disputed;
    standing.reviewers = vec!["ann".into(), "bob".into()];
    let noted = "uid is a number since the route says so; see the test of routes".to_owned();
    view.history = vec![
        past(0, "cat", verdict(Opinion::Rejected, None, Basis::Inferred)),
        past(5, "ann", verdict(Opinion::Confirmed, Some(Reason::Reachable), Basis::Human)),
        past(61, "bob", Act::Note(Note { cases: Vec::new(), text: noted })),
        past(62, "bob", verdict(Opinion::Rejected, Some(Reason::Sanitised), Basis::Human)),
        PastView { in_force: false, ..past(70, "bob", verdict(Opinion::Unsure, None, Basis::Human)) },
    ];
}

/// A package's case, at its entry in a lock file.
fn advisory(scene: Scene) -> World {
    let mut world = world(scene);
    let text =
        "  \"node_modules/minimist\": {\n    \"version\": \"1.2.0\",\n    \"license\": \"MIT\"\n  },\n";
    let mut file = CodeFile::new("package-lock.json", text.repeat(20), 1, true);
    file.entry = Some((33, 34));
    let change = |view: &mut CaseView| {
        (view.listed.row.line, view.listed.row.end_line, view.listed.row.severity) = (0, 0, 4);
        view.listed.title = "Prototype Pollution in minimist 1.2.0".into();
        view.weaknesses = vec![(Cwe(1321), Cwe(1321).description())];
        let mut member = finding("osv-scanner", "GHSA-xvch-5gv4-984h", "Prototype Pollution in minimist.");
        member.claim.kind = Kind::Dependency;
        member.claim.severity_words = "CRITICAL".into();
        member.claim.confidence = None;
        member.claim.notes = vec![
            ("link".into(), "https://example.com/blog".into()),
            ("link".into(), "https://nvd.nist.gov/vuln/detail/CVE-2021-44906".into()),
        ];
        member.claim.dependency = Some(Dependency {
            name: "minimist".into(),
            version: "1.2.0".into(),
            fixed: vec!["0.2.4".into(), "1.2.6".into()],
            aliases: vec!["CVE-2021-44906".into()],
            path: vec!["shop".into(), "mkdirp".into(), "minimist".into()],
            ..Dependency::default()
        });
        view.findings = vec![member];
    };
    show(&mut world, change, file);
    world
}

/// A flow of four steps, the first two of them in another file.
fn traced(view: &mut CaseView) {
    let mut member = finding("snyk-code", "python/Sqli", "Input from a request flows into execute.");
    let step = |path: &str, line: u32, words: &str| Step {
        place: Place {
            path: path.into(),
            start: Point { line, column: 5 },
            end: Point { line, column: 8 },
            ..Place::default()
        },
        message: words.into(),
    };
    member.claim.traces = vec![vec![
        step("src/routes.py", 31, "uid = request.args[\"uid\"]"),
        step("src/routes.py", 33, "users.find(uid)"),
        step("src/file1.py", 11, "def find(self, uid):"),
        step("src/file1.py", 14, "cur.execute(f\"SELECT * FROM users WHERE id = {uid}\")"),
    ]];
    view.findings = vec![member];
}

/// The second of four steps, in another file.
fn trace(scene: Scene) -> World {
    let mut world = with(Scene { keys: "] ]", ..scene }, traced);
    let text = "@app.get(\"/user\")\ndef user():\n    uid = request.args[\"uid\"]\n    users.find(uid)\n";
    let mut file = CodeFile::new("src/routes.py", text.repeat(12), 1, true);
    file.scopes = vec![(30, 34, "def user()".into())];
    world.tell(Event::Answered(Reply::File("src/routes.py".into(), Some(Arc::new(file)))));
    world
}
