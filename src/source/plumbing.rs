//! Owns the calls of Git's own plumbing, for what a person asked to be written into a repository.
//!
//! Everything else that is asked of a checkout is read without Git (`git.rs`). What is called here touches neither the
//! working tree nor the index: objects and one new reference are all that is written. A repository may be hostile, and its
//! configuration name programs to run: hooks, the file monitor and the fetching of missing objects are switched off, and
//! nothing of the environment reaches Git but where the user's own configuration is.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than this, no call takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of what Git says that are read.
const MOST: u64 = 64 << 20;

/// Why Git did not do something.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It is not installed, or cannot be run.
    #[error("cannot run `git`: {0}")]
    Run(io::Error),
    /// The folder is in no repository.
    #[error("`{0}` is in no Git repository")]
    NoRepository(String),
    /// It has no commit yet.
    #[error("the repository has no commit to begin a branch at")]
    NoCommit,
    /// The name is none for a branch.
    #[error("`{0}` is no name for a branch")]
    BadName(String),
    /// There is a branch of that name.
    #[error("there is a branch `{0}`: name another, or remove it first")]
    Taken(String),
    /// A path that no stream can name.
    #[error("`{0}` cannot be written into a commit")]
    BadPath(String),
    /// It failed.
    #[error("git {0}")]
    Failed(String),
    /// It took too long.
    #[error("git took longer than two minutes and was ended")]
    Late,
}

/// A file as a commit has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its mode, `100644` or `100755`.
    pub mode: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// What it says.
    pub message: String,
    /// The files that it changes, by their paths below the folder that was opened.
    pub files: Vec<(String, Blob)>,
}

/// A repository, by a folder of its working tree.
#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    /// Where that folder is in the repository; empty at its top, else with a `/` behind.
    prefix: String,
    /// The commit that is checked out.
    head: String,
}

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// When it is in none, or that has no commit.
    pub fn open(folder: &Path) -> Result<Self, GitError> {
        let folder = folder.to_owned();
        let prefix = match call(&folder, &["rev-parse", "--show-prefix"], None) {
            Ok(said) => line(&said),
            Err(GitError::Failed(_)) => return Err(GitError::NoRepository(folder.display().to_string())),
            Err(error) => return Err(error),
        };
        let head = call(&folder, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], None);
        let head = line(&head.map_err(|error| match error {
            GitError::Failed(_) => GitError::NoCommit,
            other => other,
        })?);
        Ok(Self { folder, prefix, head })
    }

    /// A file as the commit that is checked out has it; `None` where it has none, or a link.
    ///
    /// # Errors
    /// When Git fails.
    pub fn read(&self, path: &str) -> Result<Option<Blob>, GitError> {
        let listed = call(&self.folder, &["ls-tree", "-z", &self.head, "--", path], None)?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let mut words = listed.split(['\t', '\0']).next().unwrap_or_default().split(' ');
        let (Some(mode), Some("blob"), Some(name)) = (words.next(), words.next(), words.next()) else {
            return Ok(None);
        };
        if !matches!(mode, "100644" | "100755") {
            return Ok(None);
        }
        let bytes = call(&self.folder, &["cat-file", "blob", name], None)?;
        Ok(Some(Blob { mode: mode.to_owned(), bytes }))
    }

    /// Makes a branch of these commits, one on the other, from the commit that is checked out. The working tree, the index
    /// and every other branch stay as they are. `author` is whom it says where Git's configuration names nobody.
    ///
    /// # Errors
    /// When the name is none or taken, or Git fails; then there is no branch.
    pub fn branch(&self, name: &str, commits: &[NewCommit], author: &str) -> Result<(), GitError> {
        let bad = || GitError::BadName(name.to_owned());
        if name.starts_with('-') || name.contains(char::is_control) {
            return Err(bad());
        }
        let full = format!("refs/heads/{name}");
        call(&self.folder, &["check-ref-format", &full], None).map_err(|error| match error {
            GitError::Failed(_) => bad(),
            other => other,
        })?;
        if call(&self.folder, &["show-ref", "--verify", "--quiet", &full], None).is_ok() {
            return Err(GitError::Taken(name.to_owned()));
        }
        let known = |kind| call(&self.folder, &["var", kind], None).ok().map(|said| line(&said));
        let unknown = || {
            let name: String = author.chars().filter(|it| !"<>\n\0".contains(*it)).collect();
            format!("{name} <{}@localhost> {} +0000", name.replace(' ', "."), now())
        };
        let by = known("GIT_AUTHOR_IDENT").unwrap_or_else(unknown);
        let committer = known("GIT_COMMITTER_IDENT").unwrap_or_else(unknown);
        let mut stream = tempfile::tempfile().map_err(GitError::Run)?;
        self.write(&mut stream, (&full, &by, &committer), commits)?;
        stream.rewind().map_err(GitError::Run)?;
        call(&self.folder, &["fast-import", "--quiet", "--done"], Some(stream)).map(|_| ())
    }

    fn write(
        &self,
        stream: &mut File,
        (name, by, committer): (&str, &str, &str),
        commits: &[NewCommit],
    ) -> Result<(), GitError> {
        let mut out = io::BufWriter::new(stream);
        let mut from = Some(self.head.as_str());
        for commit in commits {
            let begin = format!("commit {name}\nauthor {by}\ncommitter {committer}\n");
            let message = &commit.message;
            let mut said = write!(out, "{begin}data {}\n{message}\n", message.len());
            if let Some(head) = from.take() {
                said = said.and_then(|()| writeln!(out, "from {head}"));
            }
            for (path, blob) in &commit.files {
                if path.contains(['\n', '\0']) {
                    return Err(GitError::BadPath(path.clone()));
                }
                let quoted = format!("{}{path}", self.prefix).replace('\\', "\\\\").replace('"', "\\\"");
                said = said
                    .and_then(|()| {
                        write!(out, "M {} inline \"{quoted}\"\ndata {}\n", blob.mode, blob.bytes.len())
                    })
                    .and_then(|()| out.write_all(&blob.bytes))
                    .and_then(|()| out.write_all(b"\n"));
            }
            said.map_err(GitError::Run)?;
        }
        out.write_all(b"done\n").and_then(|()| out.flush()).map_err(GitError::Run)
    }
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn line(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim_end_matches(['\n', '\r']).to_owned()
}

/// Runs Git to its end; what it said.
fn call(folder: &Path, args: &[&str], stdin: Option<File>) -> Result<Vec<u8>, GitError> {
    let mut stdout = tempfile::tempfile().map_err(GitError::Run)?;
    let mut stderr = tempfile::tempfile().map_err(GitError::Run)?;
    let mut child = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"])
        .args(["-c", "protocol.allow=never", "-c", "core.sshCommand=false", "-c", "credential.helper="])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(environment())
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(stdout.try_clone().map_err(GitError::Run)?)
        .stderr(stderr.try_clone().map_err(GitError::Run)?)
        .process_group(0)
        .spawn()
        .map_err(GitError::Run)?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(GitError::Run)? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(GitError::Late);
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let read = |file: &mut File| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.take(MOST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let said = read(&mut stdout).map_err(GitError::Run)?;
    if status.success() {
        return Ok(said);
    }
    let why = read(&mut stderr).map_err(GitError::Run)?;
    let why = String::from_utf8_lossy(&why);
    let last = why.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("failed");
    let last = last.trim_start_matches("fatal: ").trim_start_matches("error: ");
    Err(GitError::Failed(format!("{}: {last}", args.first().copied().unwrap_or_default())))
}

/// What Git finds in its environment: where programs and the user's own configuration are, and no more.
fn environment() -> Vec<(&'static str, OsString)> {
    let kept = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER"];
    let mut environment: Vec<(&'static str, OsString)> =
        kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect();
    environment.extend(
        [
            ("LC_ALL", "C.UTF-8"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_LITERAL_PATHSPECS", "1"),
        ]
        .map(|(name, value)| (name, OsString::from(value))),
    );
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, args: &[&str]) -> String {
        let environment = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")];
        let names = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
        let mut git = Command::new("git");
        let ran = git.args(names).args(args).current_dir(folder).envs(environment).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        line(&ran.stdout)
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "-b", "main"]);
        std::fs::create_dir(folder.path().join("part")).unwrap();
        std::fs::write(folder.path().join("part/a \"b.py"), "one\n").unwrap();
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-q", "-m", "first"]);
        folder
    }

    fn commit(path: &str, text: &str, message: &str) -> NewCommit {
        let blob = Blob { mode: "100644".into(), bytes: text.into() };
        NewCommit { message: message.into(), files: vec![(path.into(), blob)] }
    }

    #[test]
    fn a_branch_has_a_commit_for_each_and_neither_tree_nor_index_is_touched() {
        let folder = repository();
        let part = folder.path().join("part");
        std::fs::write(part.join("a \"b.py"), "being written\n").unwrap();
        std::fs::write(part.join("new.py"), "added\n").unwrap();
        git(folder.path(), &["add", "part/new.py"]);
        let state =
            || (git(folder.path(), &["status", "--porcelain"]), git(folder.path(), &["rev-parse", "HEAD"]));
        let before = state();
        let repository = Repository::open(&part).unwrap();
        assert_eq!(repository.read("a \"b.py").unwrap().unwrap().bytes, b"one\n");
        assert_eq!(repository.read("none.py").unwrap(), None);
        let commits =
            [commit("a \"b.py", "two\n", "second\n\nwhy\n"), commit("a \"b.py", "three\n", "third")];
        repository.branch("fix/it", &commits, "ann").unwrap();
        assert_eq!(state(), before);
        let log = git(folder.path(), &["log", "--format=%s", "fix/it"]);
        assert_eq!(log, "third\nsecond\nfirst");
        assert_eq!(git(folder.path(), &["show", "fix/it:part/a \"b.py"]), "three");
        assert_eq!(git(folder.path(), &["diff", "--name-only", "main", "fix/it"]).lines().count(), 1);
        let again = repository.branch("fix/it", &commits, "ann");
        assert!(matches!(again, Err(GitError::Taken(name)) if name == "fix/it"));
    }

    #[test]
    fn what_is_no_name_or_no_repository_is_refused() {
        let folder = repository();
        let repository = Repository::open(folder.path()).unwrap();
        for name in ["", "-x", "a..b", "a b", "x.lock", "a\nb", "/a"] {
            let made = repository.branch(name, &[commit("a", "b", "c")], "ann");
            assert!(matches!(made, Err(GitError::BadName(_))), "{name:?}: {made:?}");
        }
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(Repository::open(empty.path()), Err(GitError::NoRepository(_))));
        git(empty.path(), &["init", "-q"]);
        assert!(matches!(Repository::open(empty.path()), Err(GitError::NoCommit)));
    }

    #[test]
    fn a_hook_of_the_repository_does_not_run() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = repository();
        let hook = folder.path().join(".git/hooks/reference-transaction");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, "#!/bin/sh\ntouch \"$GIT_DIR/ran\"\ntouch ran\n").unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let repository = Repository::open(folder.path()).unwrap();
        repository.branch("fix", &[commit("x.py", "x\n", "x")], "ann").unwrap();
        assert!(!folder.path().join("ran").exists() && !folder.path().join(".git/ran").exists());
    }
}
