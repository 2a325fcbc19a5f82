//! A child process that cannot outlive, outgrow or out-talk its limits.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::processes;

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time.
    pub time: Duration,
    /// Memory of all its processes together, in bytes.
    pub memory: u64,
    /// Bytes that it may write to a file or say.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(600), memory: 4 << 30, output: 1 << 30 }
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with an exit code.
    Exited(i32),
    /// By a signal that is not ours.
    Signalled(i32),
    /// It took too long.
    OutOfTime,
    /// It took too much memory.
    OutOfMemory,
    /// It said or wrote too much.
    TooMuchOutput,
    /// It was not wanted any more.
    Cancelled,
}

/// A child that has ended.
#[derive(Debug)]
pub struct Ran {
    /// How.
    pub ended: Ended,
    /// What it said on its standard output, from the start.
    pub stdout: File,
    /// The end of what it said on its standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
    /// The most memory that its processes were seen to hold, in bytes.
    pub memory: u64,
}

/// A child could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start `{program}`: {why}")]
pub struct StartError {
    /// The program.
    pub program: String,
    /// Why not.
    pub why: io::Error,
}

/// Between two looks at a child.
const TICK: Duration = Duration::from_millis(10);
/// Between two looks at its memory: all of `/proc` is read for it.
const MEMORY_TICK: Duration = Duration::from_millis(200);
/// Of what it says on its standard error, the end is kept.
const STDERR_KEPT: u64 = 16 << 10;

/// Runs a program to its end, within limits: in a folder, with nothing in its environment but what is given, a folder
/// of its own as home and for temporary files, nothing to read, and a process group of its own. Whatever it leaves
/// running is ended with it.
///
/// # Errors
/// When it cannot be started. A child that failed has run.
pub fn run(
    command: &[OsString],
    folder: &Path,
    environment: &BTreeMap<String, OsString>,
    limits: Limits,
    cancelled: &dyn Fn() -> bool,
) -> Result<Ran, StartError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |why| StartError { program: program.to_string_lossy().into_owned(), why };
    let home = tempfile::Builder::new().prefix("assize-").tempdir().map_err(failed)?;
    // Files and not pipes: nobody has to read them while the child runs, and a descendant that keeps one open keeps
    // nobody waiting.
    let mut stdout = tempfile::tempfile().map_err(failed)?;
    let mut stderr = tempfile::tempfile().map_err(failed)?;
    let mark = mark();
    let started = Instant::now();
    let child = Command::new(&program)
        .args(command.get(1..).unwrap_or_default())
        .current_dir(folder)
        .env_clear()
        .envs(basics(home.path()))
        .envs(environment)
        .env(processes::MARK, &mark)
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().map_err(failed)?)
        .stderr(stderr.try_clone().map_err(failed)?)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let files = [stdout.try_clone().map_err(failed)?, stderr.try_clone().map_err(failed)?];
    let mut watch = Watch { child, mark, limits, started, files, memory: 0, looked: started };
    let ended = watch.wait(cancelled).map_err(failed)?;
    let memory = watch.memory;
    drop(watch);
    let said = stderr.metadata().map_or(0, |meta| meta.len());
    let mut tail = Vec::new();
    let _ = stderr.seek(SeekFrom::Start(said.saturating_sub(STDERR_KEPT)));
    let _ = stderr.take(STDERR_KEPT).read_to_end(&mut tail);
    stdout.rewind().map_err(failed)?;
    let stderr = String::from_utf8_lossy(&tail).into_owned();
    Ok(Ran { ended, stdout, stderr, took: started.elapsed(), memory })
}

/// What every child finds in its environment. No secret of the user's is among it.
fn basics(home: &Path) -> Vec<(&'static str, OsString)> {
    let folders = std::env::join_paths(super::scanner::search_path()).unwrap_or_default();
    let mut basics = vec![
        ("PATH", folders),
        ("LANG", "C.UTF-8".into()),
        ("NO_COLOR", "1".into()),
        ("PYTHONDONTWRITEBYTECODE", "1".into()),
    ];
    for name in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
        basics.push((name, home.into()));
    }
    basics
}

/// A word that no other child was marked with.
fn mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}-{count}", std::process::id(), now.as_nanos())
}

/// A child being watched. It is ended when this is dropped.
struct Watch {
    child: Child,
    mark: String,
    limits: Limits,
    started: Instant,
    /// What it says.
    files: [File; 2],
    memory: u64,
    looked: Instant,
}

impl Watch {
    fn wait(&mut self, cancelled: &dyn Fn() -> bool) -> io::Result<Ended> {
        self.bound_files();
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.end();
                let too_much =
                    status.signal() == Some(rustix::process::Signal::XFSZ.as_raw()) || self.said_too_much();
                return Ok(match (status.code(), status.signal()) {
                    _ if too_much => Ended::TooMuchOutput,
                    (Some(code), _) => Ended::Exited(code),
                    (None, signal) => Ended::Signalled(signal.unwrap_or(0)),
                });
            }
            if let Some(ended) = self.breach(cancelled) {
                self.end();
                self.child.wait()?;
                return Ok(ended);
            }
            std::thread::sleep(TICK);
        }
    }

    /// A file that grows past the limit ends the child, also between two looks; and no child leaves its memory behind.
    #[cfg(target_os = "linux")]
    fn bound_files(&self) {
        use rustix::process::{Resource, Rlimit, prlimit};
        // Where the system refuses, the looks are left.
        for (resource, most) in [(Resource::Fsize, self.limits.output), (Resource::Core, 0)] {
            let _ = prlimit(self.group(), resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn bound_files(&self) {}

    fn breach(&mut self, cancelled: &dyn Fn() -> bool) -> Option<Ended> {
        if cancelled() {
            return Some(Ended::Cancelled);
        }
        if self.started.elapsed() > self.limits.time {
            return Some(Ended::OutOfTime);
        }
        if self.said_too_much() {
            return Some(Ended::TooMuchOutput);
        }
        if self.looked.elapsed() >= MEMORY_TICK {
            self.looked = Instant::now();
            let memory = self.group().map_or(0, processes::memory);
            self.memory = self.memory.max(memory);
            if memory > self.limits.memory {
                return Some(Ended::OutOfMemory);
            }
        }
        None
    }

    fn said_too_much(&self) -> bool {
        let size = |file: &File| file.metadata().map_or(0, |meta| meta.len());
        self.files.iter().map(size).any(|size| size > self.limits.output)
    }

    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn end(&self) {
        if let Some(group) = self.group() {
            processes::end(group, &self.mark);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limits: Limits) -> Ran {
        let command: Vec<OsString> = ["/bin/sh", "-c", script].map(OsString::from).to_vec();
        run(&command, Path::new("/"), &BTreeMap::new(), limits, &|| false).unwrap()
    }

    fn said(ran: &mut Ran) -> String {
        let mut text = String::new();
        ran.stdout.read_to_string(&mut text).unwrap();
        text
    }

    /// Whether any process was called with a word; one that was killed may take a moment to go.
    fn lives(word: &str) -> bool {
        let is_there = || {
            std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).split('\0').any(|argument| argument == word)
            })
        };
        let patience = Instant::now();
        while is_there() && patience.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(TICK);
        }
        is_there()
    }

    #[test]
    fn what_a_child_says_is_kept_with_its_exit_code() {
        let mut ran = sh("echo out; echo err >&2; exit 3", Limits::default());
        assert_eq!(
            (ran.ended, said(&mut ran).as_str(), ran.stderr.as_str()),
            (Ended::Exited(3), "out\n", "err\n")
        );
    }

    #[test]
    fn a_child_finds_no_environment_but_its_own() {
        let environment = BTreeMap::from([("GIVEN".to_owned(), OsString::from("yes"))]);
        let command: Vec<OsString> = vec!["/usr/bin/env".into()];
        let mut ran = run(&command, Path::new("/"), &environment, Limits::default(), &|| false).unwrap();
        let text = said(&mut ran);
        let mut names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "ASSIZE_CHILD",
                "GIVEN",
                "HOME",
                "LANG",
                "NO_COLOR",
                "PATH",
                "PYTHONDONTWRITEBYTECODE",
                "TMPDIR",
                "XDG_CACHE_HOME",
                "XDG_CONFIG_HOME",
                "XDG_DATA_HOME"
            ]
        );
        let home = text.lines().find_map(|line| line.strip_prefix("HOME=")).unwrap();
        assert!(!Path::new(home).exists(), "its home is gone with it");
    }

    #[test]
    fn a_child_that_takes_too_long_is_ended_with_all_it_started() {
        let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
        // One descendant in the group and one that left it.
        let ran = sh("sleep 86011 & setsid sleep 86012 & trap '' TERM; sleep 86013", limits);
        assert_eq!(ran.ended, Ended::OutOfTime);
        for word in ["86011", "86012", "86013"] {
            assert!(!lives(word), "{word}");
        }
    }

    #[test]
    fn what_a_child_leaves_running_is_ended_and_waited_for_by_nobody() {
        let ran = sh("setsid sleep 86021 & sleep 86022 & exit 0", Limits::default());
        assert_eq!(ran.ended, Ended::Exited(0));
        assert!(ran.took < Duration::from_secs(60));
        assert!(!lives("86021") && !lives("86022"));
    }

    #[test]
    fn a_child_that_floods_its_output_or_a_file_is_ended() {
        let limits = Limits { output: 1 << 20, ..Limits::default() };
        assert_eq!(sh("while :; do echo flooded with words; done", limits).ended, Ended::TooMuchOutput);
        assert_eq!(sh("while :; do echo flooded with words >&2; done", limits).ended, Ended::TooMuchOutput);
        let ran = sh("exec head -c 50000000 /dev/zero > \"$TMPDIR/flood\"", limits);
        assert_eq!(ran.ended, Ended::TooMuchOutput);
    }

    #[test]
    fn a_child_that_takes_too_much_memory_is_ended() {
        let limits = Limits { memory: 40 << 20, ..Limits::default() };
        // `tail` keeps what has no line end.
        let ran = sh("exec tail /dev/zero", limits);
        assert_eq!(ran.ended, Ended::OutOfMemory);
        assert!(ran.memory > 40 << 20);
    }

    #[test]
    fn a_child_is_ended_when_it_is_not_wanted_any_more() {
        let command: Vec<OsString> = ["/bin/sleep", "86031"].map(OsString::from).to_vec();
        let started = Instant::now();
        let cancelled = || started.elapsed() > Duration::from_millis(50);
        let ran = run(&command, Path::new("/"), &BTreeMap::new(), Limits::default(), &cancelled).unwrap();
        assert_eq!(ran.ended, Ended::Cancelled);
        assert!(!lives("86031"));
    }

    #[test]
    fn a_program_that_is_not_there_says_so() {
        let command: Vec<OsString> = vec!["no-such-scanner".into()];
        let error =
            run(&command, Path::new("/"), &BTreeMap::new(), Limits::default(), &|| false).unwrap_err();
        assert_eq!((error.program.as_str(), error.why.kind()), ("no-such-scanner", io::ErrorKind::NotFound));
    }
}
