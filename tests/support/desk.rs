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
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap_or_else(|| panic!("ended by a signal")),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The failure on stderr, which is one document and nothing else.
    pub fn error(&self) -> Value {
        let document: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {:?}", self.err));
        document["error"].clone()
    }

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
        Ran::of(self.command().args(args).write_stdin(stdin))
    }

    /// The program, in this workspace's folder and as the user ann, whoever runs the test.
    pub fn command(&self) -> Command {
        let mut command = Command::cargo_bin("assize").unwrap();
        command
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path().join("configuration"))
            .env("USER", "ann");
        for variable in ["ASSIZE_WORKSPACE", "ASSIZE_REVIEWER", "ASSIZE_ORDER", "NO_COLOR"] {
            command.env_remove(variable);
        }
        command
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

    /// Every text that the workspace holds: its files as they are, and unpacked what the store packs.
    pub fn everything_kept(&self) -> String {
        let workspace = self.folder.path().join(".assize");
        let mut all = String::new();
        for entry in std::fs::read_dir(&workspace).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                all.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
            }
        }
        let store = rusqlite::Connection::open(workspace.join("findings.db")).unwrap();
        for sql in [
            "SELECT body FROM snapshot",
            "SELECT body FROM block",
            "SELECT texts FROM docket",
            "SELECT CAST(diff AS BLOB) FROM drift",
            "SELECT CAST(coalesce(drift_diff, '') AS BLOB) FROM former",
        ] {
            let mut read = store.prepare(sql).unwrap();
            let rows = read.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
            for bytes in rows {
                let bytes = bytes.unwrap();
                let unpacked = zstd::decode_all(bytes.as_slice()).unwrap_or(bytes);
                all.push_str(&String::from_utf8_lossy(&unpacked));
                all.push('\n');
            }
        }
        all
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
