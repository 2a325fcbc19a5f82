//! Imports beside the workstation: two scans of one project, one after the other, some of them killed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Desk;
use super::support::draw::Draw;
use super::support::sarif::{Project, Scan};

/// Claims of each scan.
const CLAIMS: usize = 600;

/// How many there were.
#[derive(Default)]
pub(crate) struct Imports {
    pub(crate) done: usize,
    pub(crate) killed: usize,
}

/// They, going on.
pub(crate) struct Beside {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Imports>,
}

impl Beside {
    /// Both scans once, so that all places are there that cases will ever be at; `each` is told after either.
    pub(crate) fn prepare(desk: &Desk, mut each: impl FnMut()) -> Vec<PathBuf> {
        let project = Project::new(CLAIMS);
        [(Scan::First, "one.sarif"), (Scan::Next, "two.sarif")]
            .map(|(scan, name)| {
                let path = desk.path().join(name);
                project.write(scan, &path).unwrap();
                desk.run(&["import", "--project", "beside", name]);
                each();
                path
            })
            .into()
    }

    pub(crate) fn start(desk: &Desk, files: Vec<PathBuf>, seed: u64) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let commands = files.iter().map(|file| {
            let mut command = desk.command(&["import", "--project", "beside"]);
            command.arg(file).stdout(Stdio::null()).stderr(Stdio::piped());
            command
        });
        let commands: Vec<Command> = commands.collect();
        let thread = std::thread::spawn({
            let ended = Arc::clone(&ended);
            move || import(commands, &files, &ended, seed)
        });
        Self { ended, thread }
    }

    /// Ends them.
    pub(crate) fn end(self) -> Imports {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        self.thread.join().expect("the imports beside")
    }
}

fn import(mut commands: Vec<Command>, files: &[PathBuf], ended: &AtomicBool, seed: u64) -> Imports {
    let (mut imports, mut draw) = (Imports::default(), Draw::at(seed, 1));
    for round in 0_usize.. {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let which = round % files.len();
        // Written anew it is another scan, and not one that is known.
        let file = std::fs::File::options().write(true).open(&files[which]).unwrap();
        file.set_modified(std::time::SystemTime::now()).unwrap();
        let mut child = commands[which].spawn().unwrap();
        if draw.percent(25) {
            std::thread::sleep(Duration::from_millis(draw.below(900) as u64));
            let _ = child.kill();
        }
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => imports.done += 1,
            None => imports.killed += 1,
            Some(_) => panic!("an import beside failed: {}", String::from_utf8_lossy(&output.stderr)),
        }
        std::thread::park_timeout(Duration::from_millis(1_000 + draw.below(4_000) as u64));
    }
    imports
}
