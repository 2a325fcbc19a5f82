//! The workstation as a person has it: the real program in a terminal, in a workspace of its own that holds what one
//! scanner said of the shop.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a test's module is its crate's root")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::terminal::{Program, Terminal};

const ASSIZE: &str = env!("CARGO_BIN_EXE_assize");

/// The footer, which is drawn last.
pub const FOOTER: &str = "a confirm";

/// A workspace of its own with what one scanner said of the shop.
pub struct Desk {
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
        let scan = shop.join("scans/bandit.json");
        let shop = shop.to_str().unwrap();
        desk.run(&["import", "--project", "shop", "--source", shop, scan.to_str().unwrap()]);
        desk
    }

    fn env(&self) -> [(&'static str, String); 2] {
        let configuration = self.folder.path().join("no-configuration").display().to_string();
        [("XDG_CONFIG_HOME", configuration), ("USER", "ann".into())]
    }

    /// Runs a command to its end, without a terminal.
    pub fn output(&self, args: &[&str]) -> Output {
        Command::new(ASSIZE)
            .args(args)
            .current_dir(&self.folder)
            .envs(self.env())
            .env_remove("ASSIZE_WORKSPACE")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs a command that succeeds; what it said.
    pub fn run(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn lines(&self, args: &[&str]) -> Vec<Value> {
        self.run(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn cases(&self, filter: &str) -> Vec<Value> {
        self.lines(&["cases", "--json", filter])
    }

    /// Writes a file into the workspace's folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The workstation, not started.
    pub fn program(&self, args: &[&str]) -> Program {
        self.alone().args(["triage"]).args(args)
    }

    /// The program without a command.
    pub fn alone(&self) -> Program {
        let [config, user] = self.env();
        let program = Program::new(ASSIZE).folder(&self.folder).size(200, 40);
        program.env(config.0, config.1).env(user.0, user.1)
    }

    /// The workstation, started and no more.
    pub fn start(&self, args: &[&str]) -> Terminal {
        self.program(args).start()
    }

    /// The workstation with its list on the screen: a key that moves has cases to move among.
    pub fn triage(&self, args: &[&str]) -> Terminal {
        let mut terminal = self.start(args);
        terminal.wait_until(|screen| screen.shows(FOOTER) && screen.shows(" by worth"));
        terminal
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
