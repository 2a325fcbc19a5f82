//! Processes of this very program that run models: a runtime that ends its process on a graph, by a panic, an allocation
//! that fails or a signal, ends that one.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::infer::{HOW_TO_GET, InferError};

/// The longest line that is read of what a process says.
const LINE: u64 = 16 << 20;
/// Of what it complains of, the end is kept.
const COMPLAINT: usize = 16 << 10;
/// Lines that wait to be taken; who says more waits.
const WAITING: usize = 256;
/// From so many bytes on what a process allocates is given back to the system as soon as it is freed, where its C library is
/// GNU's. Left to itself that keeps half of what was read to load a model: 259 MB instead of 203 for one of 120.
const GIVEN_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "1048576");
/// How long a process that says nothing more may take to end.
const ENDING: Duration = Duration::from_secs(2);

/// This program as it is running, also where its file was replaced meanwhile.
///
/// # Errors
/// When the system does not tell.
pub fn this_program() -> io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() { Ok(own.to_owned()) } else { std::env::current_exe() }
}

/// A process that says lines.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
    complaint: Receiver<String>,
}

impl Process {
    /// Starts the program in a group of its own, so that an interrupt at the terminal is its starter's to handle.
    pub(super) fn start(program: &Path, args: impl IntoIterator<Item = OsString>) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg0("assize").args(args);
        if std::env::var_os(GIVEN_BACK.0).is_none() {
            command.env(GIVEN_BACK.0, GIVEN_BACK.1);
        }
        Self::of(command)
    }

    pub(super) fn of(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (to, lines) = sync_channel(WAITING);
        std::thread::spawn(move || read(out, &to));
        // Both are read at once: a process waits where nobody reads what it writes.
        let (say, complaint) = sync_channel(1);
        std::thread::spawn(move || say.send(end_of(err)));
        Ok(Self { child, lines, complaint })
    }

    /// What it says, line by line; it has ended, or says nothing more, where there is no further one.
    pub(super) const fn lines(&self) -> &Receiver<String> {
        &self.lines
    }

    /// Tells it a line.
    pub(super) fn tell(&mut self, line: &str) -> io::Result<()> {
        use std::io::Write as _;
        let Some(to) = &mut self.child.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        to.write_all(line.as_bytes())?;
        to.write_all(b"\n")?;
        to.flush()
    }

    /// Nothing more is told to it.
    pub(super) fn hush(&mut self) {
        self.child.stdin = None;
    }

    /// How it ended, and the end of what it complained of. One that does not end of itself is ended.
    pub(super) fn ended(mut self) -> (Option<ExitStatus>, String) {
        self.hush();
        let patience = Instant::now();
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if patience.elapsed() < ENDING => std::thread::sleep(Duration::from_millis(5)),
                _ => break None,
            }
        };
        self.end();
        // Whoever has left its group may keep the stream open.
        (status, self.complaint.recv_timeout(ENDING).unwrap_or_default())
    }

    /// Ends it, and what it started.
    fn end(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        let _ = self.child.wait();
    }
}

fn read(from: Option<impl Read>, to: &SyncSender<String>) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        match from.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.pop() == Some(b'\n') => {
                if to.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
            // Cut in the middle, by its end or by its length: no line of ours.
            Ok(_) => return,
        }
    }
}

/// The end of what a stream says.
fn end_of(stream: Option<impl Read>) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = [0; 4096];
    let Some(mut stream) = stream else { return String::new() };
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        kept.extend_from_slice(piece.get(..count).unwrap_or_default());
        if kept.len() > 2 * COMPLAINT {
            kept.drain(..kept.len() - COMPLAINT);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// That the runtime ended with a model.
pub(super) fn crashed(
    path: &Path,
    runtime: &str,
    (status, complained): (Option<ExitStatus>, &str),
) -> InferError {
    let how = match status.map(|status| (status.signal(), status.code())) {
        Some((Some(9), _)) => "it was killed, as a system does that runs out of memory".to_owned(),
        Some((Some(signal), _)) => format!("signal {signal} ended it"),
        Some((None, Some(code))) => format!("it ended with {code}"),
        Some((None, None)) => "it ended".to_owned(),
        None => "it said nothing more".to_owned(),
    };
    let is_telling = |line: &&str| !line.trim().is_empty() && !line.contains("RUST_BACKTRACE");
    let last = complained.lines().rfind(is_telling).unwrap_or_default().trim();
    let how = if last.is_empty() { how } else { format!("{how}: {last}") };
    unsurvived(path, runtime, how)
}

/// That a model's process is no more, with what may be done.
pub(super) fn unsurvived(path: &Path, runtime: &str, how: String) -> InferError {
    let hint = if runtime == "native" {
        "export it as fp32 without fused operators, or try another version of onnxruntime".to_owned()
    } else {
        format!(
            "export it as fp32, with a separate decoder and decoder_with_past; or use the native runtime: {HOW_TO_GET}"
        )
    };
    let runtime = if runtime.is_empty() { "model" } else { runtime }.to_owned();
    InferError::Crashed { path: path.to_owned(), runtime, how, hint }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A shell in the program's place.
    pub(in crate::jobs::models) fn shell(script: &str) -> Process {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Process::of(command).unwrap()
    }

    #[test]
    fn a_process_is_heard_line_by_line_and_its_end_is_told() {
        let mut process =
            shell("read line; echo \"heard $line\"; echo half; printf cut; echo oh >&2; exit 7");
        process.tell("you").unwrap();
        let heard: Vec<String> = process.lines().iter().collect();
        assert_eq!(heard, ["heard you", "half"], "what is cut is no line");
        let (status, complained) = process.ended();
        assert_eq!((status.and_then(|status| status.code()), complained.as_str()), (Some(7), "oh\n"));
    }

    #[test]
    fn a_process_gives_back_what_it_frees() {
        let ask = ["-c", "echo $MALLOC_MMAP_THRESHOLD_"].map(OsString::from);
        let process = Process::start(Path::new("/bin/sh"), ask).unwrap();
        let told: u64 = process.lines().recv().unwrap().parse().unwrap();
        assert!(told <= 16 << 20, "{told}");
    }

    #[test]
    fn a_process_that_does_not_end_is_ended() {
        let process = shell("exec >&-; sleep 600");
        assert!(process.lines().recv().is_err());
        let begun = Instant::now();
        assert!(process.ended().0.is_none());
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
