//! A tree with one remedy for it, which is written into it and taken out again.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a test's module is its crate's root")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assize::domain::{CaseId, Digest, FindingId, RemedyId};
use assize::remedy::{Edit, Origin, Remedy, Sound};
use assize::store::{Remedies, RemedyRow, Workspace};
use serde_json::Value;

/// Its files, as they are and as the remedy makes them.
pub const FILES: [(&str, &str, &str); 2] =
    [("src/a.py", "a = 1\nb = 2\n", "a = 1\nb = 3\n"), ("src/sub/b.py", "x = 1\n", "x = 2\ny = 3\n")];

/// The tree, with a workspace beside it.
pub struct Shop {
    pub folder: tempfile::TempDir,
    pub id: RemedyId,
}

impl Shop {
    pub fn new() -> Self {
        Self::with(FILES)
    }

    pub fn with<const N: usize>(files: [(&str, &str, &str); N]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        fs::create_dir_all(tree.join("src/sub")).unwrap();
        let mut edits = Vec::new();
        for (path, old, new) in files {
            fs::write(tree.join(path), old).unwrap();
            edits.push(Edit::between(path, Digest::of(old.as_bytes()), old, new).unwrap());
        }
        let workspace = Workspace::create(folder.path()).unwrap();
        let case = CaseId::new([7; 16]);
        let id = Remedy::name(case, &edits);
        let remedy = Remedy {
            id,
            case,
            finding: FindingId::from(case),
            rule: "r".into(),
            edited_from: None,
            origin: Origin::Person,
            by: String::new(),
            words: String::new(),
            edits,
            diff: String::new(),
            checks: Vec::new(),
            sound: Sound::Yes,
        };
        let row = RemedyRow {
            name: id,
            case,
            project: "shop".into(),
            rule: "r".into(),
            origin: "person".into(),
            sound: "yes".into(),
            made: 1,
            body: serde_json::to_string(&remedy).unwrap(),
        };
        Remedies::open(&workspace.file("remedies.db")).unwrap().keep(&[row], case, &[]).unwrap();
        Self { folder, id }
    }

    pub fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    pub fn assize(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assize"));
        command.args(args);
        self.within(&mut command);
        command
    }

    /// A command in the workspace's folder, as the user ann.
    pub fn within<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("XDG_CONFIG_HOME", self.folder.path().join("none")).env("USER", "ann");
        command.env_remove("ASSIZE_WORKSPACE").stdout(Stdio::piped()).stderr(Stdio::piped())
    }

    pub fn run(&self, args: &[&str]) -> String {
        let output = self.assize(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether the remedy is in the tree, as the next start of the program finds it: all of it or nothing.
    pub fn is_in(&self, about: &str) -> bool {
        let listed: Value = serde_json::from_str(&self.run(&["remedy", "list", "--json"])).unwrap();
        let mut texts = Vec::new();
        for (path, old, new) in FILES {
            let text = fs::read_to_string(self.tree().join(path)).unwrap();
            assert!(
                text == old || text == new,
                "{about}: {path} is neither the old one nor the new one: {text:?}"
            );
            texts.push(text == new);
        }
        assert_eq!(texts[0], texts[1], "{about}: one file is old and one is new");
        assert_eq!(!listed["applied"].is_null(), texts[0], "{about}: the journal says otherwise");
        assert_eq!(names(&self.tree()), ["src/a.py", "src/sub/b.py"], "{about}: something was left behind");
        self.run(&["journal", "verify"]);
        texts[0]
    }
}

/// The files of a folder, by their paths in it.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    names.sort();
    names
}
