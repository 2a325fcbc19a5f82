//! The real program in a workspace of its own.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

/// A workspace of its own.
pub struct Desk {
    pub folder: tempfile::TempDir,
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        let output = Command::cargo_bin("assize")
            .unwrap()
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("no-configuration"))
            .env("USER", "ann")
            .env_remove("ASSIZE_WORKSPACE")
            .args(args)
            .write_stdin(stdin)
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or_else(|| panic!("ended by a signal")),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn import(&self, args: &[&str]) -> Value {
        let ran = self.run(&[&["import", "--json", "--project", "shop"], args].concat());
        assert!(ran.code == 0 || ran.code == 4, "{} {}", ran.code, ran.err);
        ran.json()
    }

    pub fn cases(&self, filter: &str) -> Vec<Value> {
        let ran = self.run(&["cases", "--json", filter]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.lines()
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

pub fn shop(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop").join(file).display().to_string()
}

/// A SARIF log of one tool with one result for each (rule, line, snippet).
pub fn sarif(results: &[(&str, u32, &str)]) -> String {
    let results: Vec<Value> = results
        .iter()
        .map(|(rule, line, snippet)| {
            json!({"ruleId": rule, "level": "error", "message": {"text": format!("about {rule}")},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/db.py"},
                    "region": {"startLine": line, "snippet": {"text": snippet}}}}]})
        })
        .collect();
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Acme"}}, "results": results}]})
        .to_string()
}
