//! A terminal for the real program: a pseudo-terminal, a shell that has it as its own, and what its screen shows.
//!
//! Waits are for what the screen shows, never for a time; `PATIENCE` only ends a wait that nothing would end, and the
//! test with it. The program is a job of a shell, as it is at a desk. So it can be stopped and brought back, which no
//! signal does to a process that leads its session; and when it has ended, the terminal is as it left it, where the end of
//! a session's leader would set all modes back and hide what was forgotten.
//!
//! Unix only, in safe code: `pty-process` makes the session, `rustix` asks the terminal, `vt100` reads what is written.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a test's module is its crate's root")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "terminal/keys.rs"]
mod keys;
#[path = "terminal/screen.rs"]
mod screen;
#[path = "terminal/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, kill_process, kill_process_group, test_kill_process};
use rustix::termios::{Termios, tcgetattr};

pub use keys::Key;
pub use rustix::process::Signal;
pub use screen::Screen;
pub use wire::Hold;
use wire::Wire;

/// How long a wait takes at most: long beside what a loaded machine needs, short beside what a person would bear.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Runs its arguments as a job and tells the terminal of it in the marks by which shells frame a command's output,
/// `C` and `D`, and one of its own, `S`, for a job that was stopped; a line typed then brings the job back.
const SHELL: &str = r#"
set -m
sh -c 'printf "\033]133;C;%d\007" $$; exec "$@"' sh "$@"
code=$?
while [ $code = $STOP ] || [ $code = $TSTP ]; do
    printf '\033]133;S\007'
    read -r line || break
    fg >/dev/null
    code=$?
done
printf '\033]133;D;%d\007' $code
read -r line
exit $code
"#;

/// What is started, and how.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    folder: PathBuf,
    cols: u16,
    rows: u16,
    patience: Duration,
    background: Option<String>,
    user: Option<u32>,
}

impl Program {
    /// A program in a terminal of 80 by 24. Of the environment it sees the search path and what [`Self::env`] says.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let program = Self {
            path: path.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            folder: PathBuf::from("/"),
            cols: 80,
            rows: 24,
            patience: PATIENCE,
            background: None,
            user: None,
        };
        program
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env("LANG", "C.UTF-8")
    }

    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The working directory.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        folder.as_ref().clone_into(&mut self.folder);
        self
    }

    #[must_use]
    pub fn size(mut self, cols: u16, rows: u16) -> Self {
        (self.cols, self.rows) = (cols, rows);
        self
    }

    /// What the terminal says of its background, as `rgb:ffff/ffff/ffff`; else it does not answer.
    #[must_use]
    pub fn background(mut self, colour: &str) -> Self {
        self.background = Some(colour.to_owned());
        self
    }

    /// Who runs it, by the number of the user and the group.
    #[must_use]
    pub fn user(mut self, user: u32) -> Self {
        self.user = Some(user);
        self
    }

    /// Another limit than [`PATIENCE`].
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it; returns when it runs, which is before it has shown anything.
    #[track_caller]
    pub fn start(self) -> Terminal {
        let (pty, pts) = open().expect("a pseudo-terminal");
        pty.resize(pty_process::Size::new(self.rows, self.cols)).expect("a size");
        let flags = fcntl_getfl(&pty).unwrap() | OFlags::NONBLOCK;
        fcntl_setfl(&pty, flags).unwrap();
        let before = tcgetattr(&pty).expect("the terminal's modes");
        let stopped_by = |signal: Signal| (128 + signal.as_raw()).to_string();
        let mut shell = Command::new("sh");
        if let Some(user) = self.user {
            shell = shell.uid(user).gid(user);
        }
        let shell = shell
            .args(["-c", SHELL, "sh"])
            .arg(&self.path)
            .args(&self.args)
            .env_clear()
            .envs(self.env)
            .env("STOP", stopped_by(Signal::STOP))
            .env("TSTP", stopped_by(Signal::TSTP))
            .current_dir(&self.folder)
            .spawn(pts)
            .expect("a shell");
        let (rows, cols) = size(self.cols, self.rows);
        let parser = vt100::Parser::new_with_callbacks(rows, cols, 0, Wire::of(self.background));
        let patience = self.patience;
        let mut terminal = Terminal { pty: Some(pty), shell, parser, before, patience };
        terminal.wait("the program to start", |terminal| terminal.wire().pid);
        terminal
    }
}

/// A terminal with a program in it, which ends with it.
pub struct Terminal {
    /// Nothing once it was hung up.
    pty: Option<Pty>,
    shell: Child,
    parser: vt100::Parser<Wire>,
    before: Termios,
    patience: Duration,
}

/// What is waited for.
impl Terminal {
    /// Waits until the screen shows a text, within one row.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> Screen {
        self.wait(&format!("{text:?}"), |terminal| terminal.frame().filter(|screen| screen.shows(text)))
    }

    /// Waits until the screen is as it should be. It may be seen half drawn: ask for what is drawn last, too.
    #[track_caller]
    pub fn wait_until(&mut self, mut is: impl FnMut(&Screen) -> bool) -> Screen {
        self.wait("the screen to be as it should", |terminal| terminal.frame().filter(|screen| is(screen)))
    }

    /// Waits until the program has ended; its exit code as shells have it, 128 and the signal's number if one killed it.
    #[track_caller]
    pub fn wait_exit(&mut self) -> i32 {
        self.wait("the program to end", |terminal| terminal.wire().ended)
    }

    /// Waits until the program has stopped, and the shell has the terminal.
    #[track_caller]
    pub fn wait_stopped(&mut self) {
        self.wait("the program to stop", |terminal| terminal.wire().stopped.then_some(()));
    }

    /// Waits until something is so; takes in what the program writes, and looks again after each bit of it.
    #[track_caller]
    fn wait<T>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + self.patience;
        loop {
            let more = self.output_by(deadline.min(Instant::now())).is_some();
            // A frame is mostly written at once: it is looked at when nothing more is there to be read.
            if !more {
                if let Some(found) = look(self) {
                    return found;
                }
                if let Some(code) = self.wire().ended {
                    panic!("waited for {what}, but the program ended with {code}\n{}", self.screen());
                }
                if self.output_by(deadline).is_none() {
                    panic!("waited {:?} for {what}\n{}", self.patience, self.screen());
                }
            } else if Instant::now() > deadline {
                panic!(
                    "waited {:?} for {what}, and there was ever more output\n{}",
                    self.patience,
                    self.screen()
                );
            }
        }
    }
}

/// What is seen.
impl Terminal {
    /// What the screen shows as far as the program's output was read; the waits read it.
    pub fn screen(&self) -> Screen {
        Screen::of(self.parser.screen())
    }

    /// The screen, unless the program has said that it is not done drawing it.
    pub fn frame(&self) -> Option<Screen> {
        (!self.wire().drawing()).then(|| self.screen())
    }

    /// What the program has taken of the terminal and not given back. Nothing, after a program that cleans up.
    pub fn holds(&self) -> BTreeSet<Hold> {
        let mut holds = self.wire().holds(self.parser.screen());
        let now = tcgetattr(self.pty()).expect("the terminal's modes");
        // The structure has no equality; what it shows has every flag and every control character.
        if format!("{now:?}") != format!("{:?}", self.before) {
            holds.insert(Hold::Modes);
        }
        holds
    }

    /// The text that the program put on the clipboard last.
    pub fn copied(&self) -> Option<String> {
        let mut bytes = Vec::new();
        let (mut bits, mut count) = (0_u32, 0);
        for letter in self.wire().copied.as_ref()?.iter().filter(|letter| **letter != b'=') {
            let six = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a' + 26,
                b'0'..=b'9' => letter - b'0' + 52,
                b'+' => 62,
                _ => 63,
            };
            (bits, count) = (bits << 6 | u32::from(six), count + 6);
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count & 0xff) as u8);
            }
        }
        Some(String::from_utf8(bytes).expect("a text"))
    }

    /// What the program ended with, as far as its output was read; nothing while it runs.
    pub fn ended(&self) -> Option<i32> {
        self.wire().ended
    }

    /// Whether the program was stopped and not brought back.
    pub fn is_stopped(&self) -> bool {
        self.wire().stopped
    }

    /// The program's process.
    pub fn pid(&self) -> Pid {
        self.wire().pid.expect("it has started")
    }

    /// When the program's file was executed, as far as the terminal can tell.
    pub fn started(&self) -> Instant {
        self.wire().started.expect("it has started")
    }
}

/// What is done to the program.
impl Terminal {
    /// Types characters.
    pub fn keys(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    /// Presses a key. Escape is one only if nothing follows at once: wait for what it does before the next key.
    pub fn press(&mut self, key: Key) {
        let bytes = key.bytes(self.parser.screen().application_cursor());
        self.send(&bytes);
    }

    /// Pastes a text: in brackets if the program asked for them, else as if it were typed.
    pub fn paste(&mut self, text: &str) {
        if self.parser.screen().bracketed_paste() {
            self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
        } else {
            self.send(text.replace('\n', "\r").as_bytes());
        }
    }

    /// Clicks the first button on a cell; cells are counted from 0, as the screen's are.
    #[track_caller]
    pub fn click(&mut self, col: u16, row: u16) {
        self.drag((col, row), (col, row));
    }

    /// Presses the first button on a cell and lets go of it on another.
    #[track_caller]
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) {
        self.mouse(0, from, 'M');
        if from != to {
            self.mouse(32, to, 'M');
        }
        self.mouse(0, to, 'm');
    }

    /// Turns the wheel over a cell: so many notches down, or up if negative.
    #[track_caller]
    pub fn wheel(&mut self, col: u16, row: u16, notches: i32) {
        for _ in 0..notches.abs() {
            self.mouse(if notches < 0 { 64 } else { 65 }, (col, row), 'M');
        }
    }

    #[track_caller]
    fn mouse(&mut self, button: u8, (col, row): (u16, u16), what: char) {
        use vt100::{MouseProtocolEncoding, MouseProtocolMode};
        let screen = self.parser.screen();
        assert!(
            screen.mouse_protocol_mode() != MouseProtocolMode::None,
            "the program did not ask for the mouse"
        );
        assert_eq!(
            screen.mouse_protocol_encoding(),
            MouseProtocolEncoding::Sgr,
            "this terminal speaks SGR only"
        );
        self.send(format!("\x1b[<{button};{};{}{what}", col + 1, row + 1).as_bytes());
    }

    /// Makes the window another size and tells the program. Until that draws anew the old rows are shown, those at the
    /// top pushed out of a window that is too low for them: wait for more than the last row.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let (height, width) = size(cols, rows);
        self.parser.set_size(height, width);
        self.pty().resize(pty_process::Size::new(rows, cols)).expect("a size");
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a process to signal");
    }

    /// Brings a stopped program back into the foreground.
    pub fn resume(&mut self) {
        assert!(self.wire().stopped, "the program was not stopped");
        self.parser.callbacks_mut().stopped = false;
        self.send(b"\n");
    }

    /// Closes the window and waits until the program has ended.
    #[track_caller]
    pub fn hang_up(mut self) {
        self.pty = None;
        // The terminal's end kills the shell, and the shell's end tells the program. It is no child of this process, and
        // there is no screen left to wait on.
        let _ = self.shell.wait();
        let deadline = Instant::now() + self.patience;
        while runs(self.pid()) {
            assert!(
                Instant::now() < deadline,
                "waited {:?} for the program to end with its terminal\n{}",
                self.patience,
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        // It is not to be killed, since its number may be another's by now.
        self.parser.callbacks_mut().pid = None;
    }

    /// Sends bytes as they are; when the first of them was on its way.
    pub fn send(&mut self, bytes: &[u8]) -> Instant {
        let begun = Instant::now();
        let deadline = begun + self.patience;
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.pty().write(rest) {
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                // The program reads nothing while it cannot write: what it has written makes room.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let ready = self.ready(PollFlags::IN | PollFlags::OUT, deadline);
                    assert!(!ready.is_empty(), "the program reads no input\n{}", self.screen());
                    self.read();
                }
                Err(error) => panic!("{error}\n{}", self.screen()),
            }
        }
        begun
    }

    /// Takes in some of what the program has written, and waits for it until a moment; when it came.
    pub fn output_by(&mut self, deadline: Instant) -> Option<Instant> {
        let ready = self.ready(PollFlags::IN, deadline);
        let came = Instant::now();
        (ready.contains(PollFlags::IN) && self.read()).then_some(came)
    }
}

impl Terminal {
    fn pty(&self) -> &Pty {
        self.pty.as_ref().expect("a terminal that was not hung up")
    }

    fn wire(&self) -> &Wire {
        self.parser.callbacks()
    }

    /// Which of some things can be done; nothing if none can until a moment.
    fn ready(&self, wanted: PollFlags, deadline: Instant) -> PollFlags {
        let wait = deadline.saturating_duration_since(Instant::now());
        let wait = Timespec::try_from(wait).expect("a time that can be waited for");
        let mut files = [PollFd::new(self.pty(), wanted)];
        match poll(&mut files, Some(&wait)) {
            Ok(_) => files.iter().map(PollFd::revents).collect(),
            Err(rustix::io::Errno::INTR) => PollFlags::empty(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Takes in what is there to be read, and answers what the terminal was asked; whether there was anything.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        let Ok(read @ 1..) = self.pty().read(&mut bytes) else { return false };
        self.parser.process(bytes.get(..read).unwrap_or_default());
        let answers = std::mem::take(&mut self.parser.callbacks_mut().answers);
        if !answers.is_empty() {
            self.send(&answers);
        }
        true
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let (Some(pid), None) = (self.wire().pid, self.wire().ended) {
            // Its group, since it may have started others. It may have ended unseen; then there is none.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// Whether a process is there and has not ended; one that nobody has asked for its exit code has.
fn runs(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let ended = stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'));
    !ended && test_kill_process(pid).is_ok()
}

fn size(cols: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    let some = |number| NonZeroU16::new(number).expect("a terminal has at least one cell");
    (some(rows), some(cols))
}
