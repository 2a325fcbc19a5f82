//! Pictures of the workstation for the README and the pages: the real program in a terminal, over the bundled example.
//! `UPDATE=1 cargo test --test pictures` draws them anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/picture.rs"]
mod picture;
#[path = "support/terminal.rs"]
mod terminal;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assize::domain::Opinion;
use assize::jobs::{Desk as Reviewing, JudgeWith};
use assize::ledger::{Came, Seen, Sight};
use assize::store::{Workspace, Writer};
use picture::{Theme, svg};
use ratatui::buffer::{Buffer, Cell};
use terminal::{Key, Program, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");
const FOLDER: &str = "docs/screens";
/// What the shop was scanned at.
const REVISION: &str = "4f1c2d9a06b7e3855d0c1a2b3e4f5061728394a5";
/// A page with a few of them has to load at once.
const BYTES: usize = 60_000;

/// A picture: what it is called, the terminal, and how its reader got there.
struct Scene {
    name: &'static str,
    size: (u16, u16),
    ground: Ground,
    desk: DeskOf,
    filter: &'static str,
    walk: fn(&mut Terminal),
}

#[derive(Clone, Copy)]
enum Ground {
    Dark,
    Light,
}

/// What was done before the workstation is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DeskOf {
    /// The scans of the README are imported.
    Fresh,
    /// And a few cases are judged.
    Begun,
    /// And some more, with their code on screen, and a policy that so few can meet half way.
    Labelled,
    /// And a line that a verdict rests on is changed, and scanned again.
    Changed,
}

const SCENES: &[Scene] = &[
    Scene {
        name: "docket",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open sev:>=medium",
        walk: |terminal| show(terminal, 4),
    },
    Scene {
        name: "docket-light",
        size: (120, 36),
        ground: Ground::Light,
        desk: DeskOf::Begun,
        filter: "is:open sev:>=medium",
        walk: |terminal| show(terminal, 4),
    },
    Scene {
        name: "docket-narrow",
        size: (80, 24),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open sev:>=medium",
        walk: |terminal| show(terminal, 4),
    },
    Scene {
        name: "docket-wide",
        size: (200, 60),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| show(terminal, 4),
    },
    Scene {
        name: "reason",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open sev:>=medium",
        walk: |terminal| {
            show(terminal, 4);
            terminal.keys("r");
            terminal.wait_for("rejected because");
        },
    },
    Scene {
        name: "trace",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:traced path:service/store/",
        walk: |terminal| {
            show(terminal, 0);
            terminal.keys("]]");
            terminal.wait_for("data flow 2/");
        },
    },
    Scene {
        name: "bulk",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open rule:B404,B607,B603,B105,B106",
        walk: |terminal| {
            show(terminal, 0);
            terminal.wait_for("service/config.py:31");
            terminal.press(Key::Ctrl('a'));
            terminal.wait_for("selected");
            terminal.keys("r");
            terminal.wait_for("one undo takes");
        },
    },
    Scene {
        name: "filter",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 1);
            terminal.keys("/sev:high cwe:89,78 path:service/");
            terminal.wait_for("path:service/");
        },
    },
    Scene {
        name: "facets",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 0);
            terminal.keys("F");
        },
    },
    Scene {
        name: "groups",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 0);
            terminal.keys("b");
        },
    },
    Scene {
        name: "help",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 1);
            terminal.keys("?");
            terminal.wait_for("the weakness is real");
        },
    },
    Scene {
        name: "legend",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 1);
            terminal.keys("?");
            terminal.wait_for("the weakness is real");
            terminal.press(Key::End);
            terminal.wait_for("severity critical");
        },
    },
    Scene {
        name: "spread",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open path:service/store/orders.py rule:B608",
        walk: |terminal| {
            show(terminal, 0);
            terminal.keys("r");
            terminal.wait_for("rejected because");
            terminal.keys("t");
            terminal.wait_for("like it");
            terminal.keys("s");
            terminal.wait_for("like the one rejected");
        },
    },
    Scene {
        name: "palette",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 1);
            terminal.keys(":ne");
            terminal.wait_for("next-stale");
        },
    },
    Scene {
        name: "runs",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Changed,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 0);
            terminal.press(Key::F(4));
            terminal.wait_for("shop/scans/osv.json");
            terminal.keys("jjj");
            terminal.wait_for("4/");
        },
    },
    Scene {
        name: "remedies",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open path:service/jobs/",
        walk: |terminal| {
            show(terminal, 0);
            terminal.keys("B");
            terminal.wait_for("propose remedies for");
            terminal.press(Key::Enter);
            terminal.wait_for("proposed for");
            terminal.press(Key::F(2));
            terminal.wait_for("minimal");
        },
    },
    Scene {
        name: "models",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Begun,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 0);
            terminal.press(Key::F(5));
            terminal.wait_for("made for");
            terminal.wait_for("runtime");
        },
    },
    Scene {
        name: "gate",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Labelled,
        filter: "is:open",
        walk: |terminal| {
            show(terminal, 0);
            terminal.press(Key::F(3));
            terminal.wait_for("as of ");
            terminal.keys("j");
            terminal.wait_for("weaknesses with at least");
        },
    },
    Scene {
        name: "stale",
        size: (120, 36),
        ground: Ground::Dark,
        desk: DeskOf::Changed,
        filter: "is:stale",
        walk: |terminal| {
            terminal.wait_for("changed since the verdict");
        },
    },
];

/// Goes so many cases down, and waits until the last is there with its code.
fn show(terminal: &mut Terminal, down: usize) {
    terminal.wait_for(" def ");
    terminal.keys(&"j".repeat(down));
    terminal.wait_for(&format!("{}/", down + 1));
}

#[test]
fn the_pictures_show_what_the_screens_show() {
    let only = std::env::var("ONLY").ok();
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for state in [DeskOf::Fresh, DeskOf::Begun, DeskOf::Labelled, DeskOf::Changed] {
        let mut desk = None;
        for scene in SCENES.iter().filter(|scene| scene.desk == state) {
            if only.as_ref().is_some_and(|only| !only.split(',').any(|name| name == scene.name)) {
                continue;
            }
            // The workstation begins where it was left: each has a desk that it was not yet opened on.
            let desk = desk.get_or_insert_with(|| Desk::of(state)).again();
            let path = path(scene.name);
            let there = fs::read_to_string(&path).unwrap_or_default();
            let mut terminal = desk.triage(scene);
            (scene.walk)(&mut terminal);
            let drawn = drawn(&mut terminal, scene.ground, &desk, (!update).then_some(&there));
            assert!(drawn.len() <= BYTES, "{} has {} bytes", scene.name, drawn.len());
            if update && drawn != there {
                fs::write(&path, drawn).unwrap();
            } else if drawn != there {
                stale.push((scene.name, terminal.screen()));
            }
        }
    }
    let names: Vec<&str> = stale.iter().map(|(name, _)| *name).collect();
    if let Some((name, screen)) = stale.first() {
        panic!(
            "{FOLDER}: {} show another screen; `UPDATE=1 cargo test --test pictures` draws the new one; {name} is\n{screen}",
            names.join(", "),
        );
    }
}

#[test]
fn every_picture_is_made_here_and_shown_on_a_page() {
    let there: BTreeSet<String> = fs::read_dir(project(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let made: BTreeSet<String> = SCENES.iter().map(|scene| format!("{}.svg", scene.name)).collect();
    assert_eq!(there, made);
    let pages = ["README.md", "docs/workstation.md"].map(|page| fs::read_to_string(project(page)).unwrap());
    for name in &made {
        assert!(pages.iter().any(|page| page.contains(&format!("screens/{name}"))), "{name} is on no page");
    }
}

/// What the terminal shows as a picture, as soon as it is the one that is wanted; else what it shows in the end.
fn drawn(terminal: &mut Terminal, ground: Ground, desk: &Desk, wanted: Option<&String>) -> String {
    // Code is plain before it is coloured, and rows come after their number: what was drawn last is waited for by
    // looking for the whole picture. A new one is taken when nothing has been drawn for a while.
    let limit = Instant::now() + terminal::PATIENCE;
    loop {
        let mut buffer = terminal.screen().buffer;
        pin(&mut buffer, &desk.made);
        let drawn = svg(&buffer, &ground.theme());
        if wanted == Some(&drawn) || Instant::now() > limit {
            return drawn;
        }
        let quiet = if wanted.is_some() { limit } else { Instant::now() + Duration::from_millis(1500) };
        if terminal.output_by(quiet).is_none() {
            return drawn;
        }
    }
}

/// What no two runs have in common, made the same: where the desk is, when it was imported and what the run is called.
fn pin(buffer: &mut Buffer, folder: &str) {
    let width = usize::from(buffer.area.width);
    for cells in buffer.content.chunks_mut(width) {
        let row: String = cells.iter().map(Cell::symbol).collect();
        let mut pinned = row.replace(folder, "/home/ann/desk");
        for at in pinned.char_indices().map(|(at, _)| at).collect::<Vec<_>>() {
            // Numbers of another processor give a model another digest.
            if let Some(digits) = pinned.get(at..at + 64)
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            {
                pinned.replace_range(at..at + 64, &"9f2c4a61".repeat(8));
            }
            let is = |pinned: &str, shape: &str| {
                let text = pinned.get(at..at + shape.len()).unwrap_or_default();
                text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).eq(shape.chars())
            };
            if is(&pinned, "0000-00-00 00:00") {
                pinned.replace_range(at..at + 16, "2026-01-02 08:44");
            }
            if is(&pinned, "as of 00:00") {
                pinned.replace_range(at..at + 11, "as of 14:05");
            }
            // The first and the last day of a line of days.
            if is(&pinned, "0000-00-00  ") {
                pinned.replace_range(at..at + 10, "2026-01-03");
            } else if is(&pinned, "0000-00-00") && pinned.contains("2026-01-03  ") {
                pinned.replace_range(at..at + 10, "2026-01-31");
            }
        }
        if let Some((before, name)) = pinned.split_once(" run ")
            && let Some(name) =
                name.get(..16).filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            pinned =
                pinned.replace(&format!("{before} run {name}"), &format!("{before} run 4ef9c6e4017e2432"));
        }
        if pinned != row {
            let symbols: Vec<String> = pinned.chars().map(String::from).collect();
            for (at, cell) in cells.iter_mut().enumerate() {
                cell.set_symbol(symbols.get(at).map_or(" ", String::as_str));
            }
        }
    }
}

/// A folder with the shop in it, imported as the README does.
struct Desk {
    folder: tempfile::TempDir,
    /// Where it was imported, which receipts tell.
    made: String,
}

impl Desk {
    fn of(state: DeskOf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("desk").display().to_string();
        let desk = Self { folder, made };
        copy(&project("examples/shop"), &desk.at("shop"));
        for (name, text) in [("HEAD", "ref: refs/heads/main\n"), ("refs/heads/main", REVISION)] {
            let path = desk.at("shop/.git").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        desk.run(
            &[
                &["import", "--source", "shop", "--project", "shop"],
                &["bandit.json", "eslint.json", "osv.json", "semgrep.json", "snyk-code.json"]
                    .map(|scan| ["shop/scans/", scan].concat())
                    .each_ref()
                    .map(String::as_str)[..],
            ]
            .concat(),
        );
        if state != DeskOf::Fresh {
            desk.run(&[
                "verdict",
                "--where",
                "path:service/admin.py is:fused is:traced cwe:78",
                "confirm",
                "--reason",
                "reachable",
            ]);
            desk.run(&["verdict", "--where", "path:api/text.js", "reject", "--reason", "constant-input"]);
            desk.add_models();
        }
        if state == DeskOf::Labelled {
            desk.label();
        }
        if state == DeskOf::Changed {
            let (before, after) =
                ("subprocess.call(command, shell=True)", "subprocess.call(command, shell=True, timeout=60)");
            for file in ["shop/service/admin.py", "shop/scans/bandit.json"] {
                let text = fs::read_to_string(desk.at(file)).unwrap();
                assert!(text.contains(before), "{file}");
                fs::write(desk.at(file), text.replace(before, after)).unwrap();
            }
            desk.run(&["import", "--source", "shop", "--project", "shop", "shop/scans/bandit.json"]);
        }
        desk
    }

    /// Verdicts as the workstation gives them, which took four seconds each.
    fn label(&self) {
        let policy = "[labels]\nleast = 40\n[classes]\nleast = 6\neach = 4\n[agreement]\ncases = 5\n\
            oneself_cases = 5\n[growth]\nlabels = 10\n";
        fs::write(self.at(".assize/gate.toml"), policy).unwrap();
        let mut reviewing = Reviewing::open(Workspace::at(&self.at("")).unwrap()).unwrap();
        let mut command = Command::new(ASSIZE);
        command.args(["cases", "--json", "is:open kind:code"]).current_dir(self.at(""));
        let listed = command.env_remove("ASSIZE_WORKSPACE").envs(self.env()).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        for (number, line) in listed.lines().take(28).enumerate() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let opinion = match number % 5 {
                0 | 1 | 3 => Opinion::Confirmed,
                2 => Opinion::Rejected,
                _ => Opinion::RiskAccepted,
            };
            let seen = Seen {
                code_on_screen: true,
                ms: 4000,
                came: Some(Came::Order),
                sight: Some(Sight::default()),
                ..Seen::default()
            };
            let with = JudgeWith {
                opinion,
                reason: None,
                note: String::new(),
                until: None,
                seen: Some(seen),
                shown: None,
            };
            let writer = Writer::new("machine", "ann", "ann".parse().unwrap());
            let case = reviewing.resolve(case["case"].as_str().unwrap()).unwrap();
            reviewing.judge(&[case], &with, &writer).unwrap();
        }
    }

    /// Two of the tiny models, with figures as a trial of a real one has them.
    fn add_models(&self) {
        for (family, name) in [("qwen2", "mender"), ("gpt2", "older")] {
            let from = project("tests/models").join(family).display().to_string();
            self.run(&["model", "add", &from, "--name", name, "--licence", "Apache-2.0", "--quiet"]);
            self.run(&["model", "use", name, "--quiet"]);
        }
        self.run(&["model", "use", "--back", "--quiet"]);
        let mut command = Command::new(ASSIZE);
        command.args(["model", "list", "--json"]).current_dir(self.at("")).env_remove("ASSIZE_WORKSPACE");
        let listed = command.envs(self.env()).output().unwrap();
        let tried: serde_json::Map<String, serde_json::Value> = String::from_utf8(listed.stdout)
            .unwrap()
            .lines()
            .map(|line| {
                let model: serde_json::Value = serde_json::from_str(line).unwrap();
                let runs = serde_json::json!({"runtime": "embedded", "described": "embedded (tract)", "passed_over": []});
                let trial = serde_json::json!({"load_ms": 1400, "speed": [310.2, 41.5], "memory": 310_000_000,
                    "chat_template": true, "golden_by": "embedded (tract)", "embedded_cannot": null});
                let tried = serde_json::json!({"digest": model["digest"], "made": 0, "runs": runs, "trial": trial});
                (model["model"].as_str().unwrap().to_owned(), tried)
            })
            .collect();
        fs::write(self.at(".assize/models/.tried.json"), serde_json::Value::from(tried).to_string()).unwrap();
    }

    /// The same once more.
    fn again(&self) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), made: self.made.clone() };
        copy(&self.at(""), &desk.at(""));
        desk
    }

    /// The folder's name is the workspace's, which the header tells.
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join("desk").join(name)
    }

    fn env(&self) -> [(&'static str, String); 3] {
        let nothing = self.folder.path().join("no-configuration").display().to_string();
        [("XDG_CONFIG_HOME", nothing), ("USER", "ann".into()), ("ASSIZE_RUNTIME", "embedded".into())]
    }

    fn run(&self, args: &[&str]) {
        let mut command = Command::new(ASSIZE);
        command.args(args).current_dir(self.at("")).env_remove("ASSIZE_WORKSPACE").stdin(Stdio::null());
        let output = command.envs(self.env()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn triage(&self, scene: &Scene) -> Terminal {
        // What a model writes is no part of how a screen looks: the scanners' own fixes are shown.
        if self.at(".assize").is_dir() {
            std::fs::write(self.at(".assize/config.toml"), "[model]\nask = false\n").unwrap();
        }
        let mut program = Program::new(ASSIZE)
            .args(["triage", scene.filter])
            .folder(self.at(""))
            .size(scene.size.0, scene.size.1)
            .env("COLORFGBG", scene.ground.colours());
        for (name, value) in self.env() {
            program = program.env(name, value);
        }
        program.start()
    }
}

impl Ground {
    /// As terminals tell it: the letters' colour and the background's, by number.
    const fn colours(self) -> &'static str {
        match self {
            Self::Dark => "15;0",
            Self::Light => "0;15",
        }
    }

    const fn theme(self) -> Theme {
        match self {
            Self::Dark => Theme { foreground: (204, 208, 216), background: (22, 25, 31), named: NAMED },
            Self::Light => Theme { foreground: (40, 44, 52), background: (252, 252, 250), named: NAMED },
        }
    }
}

/// The screens name their colours exactly; these are for whatever does not.
const NAMED: [picture::Rgb; 16] = [
    (0, 0, 0),
    (205, 49, 49),
    (13, 188, 121),
    (229, 229, 16),
    (36, 114, 200),
    (188, 63, 188),
    (17, 168, 205),
    (229, 229, 229),
    (102, 102, 102),
    (241, 76, 76),
    (35, 209, 139),
    (245, 245, 67),
    (59, 142, 234),
    (214, 112, 214),
    (41, 184, 219),
    (255, 255, 255),
];

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn path(name: &str) -> PathBuf {
    project(FOLDER).join(format!("{name}.svg"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
