//! Faults of the program: what is known of a panic, in a file that can be handed on when it is reported.
//!
//! The file has the version, the place, the message and the calls that led there, and of what the reviewer did last only
//! which keys. Never code, findings or notes: what stands in quotation marks in a message is left out, since it may be
//! any of these.

use std::backtrace::Backtrace;
use std::fs::File;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::Workspace;

/// So many are told whole; a worker that fails at every request would fill the disk.
const TOLD: usize = 8;

/// The faults of a sitting.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Mutex<Met>>);

#[derive(Debug)]
struct Met {
    /// Where the report is to be.
    folder: PathBuf,
    report: Option<(PathBuf, File)>,
    count: usize,
}

impl Faults {
    /// None yet. A report is written into the workspace, or where that cannot be into the folder for passing files.
    #[must_use]
    pub fn none(workspace: &Workspace) -> Self {
        Self::into_folder(workspace.file(""))
    }

    fn into_folder(folder: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(Met { folder, report: None, count: 0 })))
    }

    /// From now on each panic is taken note of, on whatever thread, and printed on none. On this thread `at_once` is
    /// called, before anything else is undone.
    #[must_use]
    pub fn listen(&self, at_once: fn()) -> Listening {
        let (faults, here) = (self.clone(), std::thread::current().id());
        std::panic::set_hook(Box::new(move |panic| {
            faults.note(panic);
            if std::thread::current().id() == here {
                at_once();
            }
        }));
        Listening
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.met().count
    }

    /// Adds what the reviewer did last; gives the file of the report, if there is one.
    #[must_use]
    pub fn close(&self, did: impl Iterator<Item = String>) -> Option<PathBuf> {
        let mut met = self.met();
        let count = met.count;
        let (path, file) = met.report.as_mut()?;
        let mut text = String::from("\nwhat was done before, the last at the end:\n");
        for what in did {
            text.push_str(&format!("    {what}\n"));
        }
        if count > TOLD {
            text.push_str(&format!("\n{} more faults are not told of\n", count - TOLD));
        }
        // What cannot be added is missing; the rest is there.
        let _ = file.write_all(text.as_bytes());
        Some(path.clone())
    }

    fn note(&self, panic: &PanicHookInfo<'_>) {
        let mut met = self.met();
        met.count += 1;
        if met.count > TOLD {
            return;
        }
        let mut text = String::new();
        if met.report.is_none() {
            met.report = begin(&met.folder).or_else(|| begin(&std::env::temp_dir()));
            text = format!(
                "assize {}, {} {}\n{}\n",
                env!("CARGO_PKG_VERSION"),
                std::env::consts::OS,
                std::env::consts::ARCH,
                jiff::Timestamp::now()
            );
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = without_quotations(panic.payload_as_str().unwrap_or("none"));
        let calls = Backtrace::force_capture();
        text.push_str(&format!("\nfault {} at {place}\n    {message}\n\n{calls}\n", met.count));
        if let Some((_, file)) = &mut met.report {
            let _ = file.write_all(text.as_bytes());
        }
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until this is dropped panics are taken note of.
#[derive(Debug)]
pub struct Listening;

impl Drop for Listening {
    fn drop(&mut self) {
        // A thread that panics may not touch the hook.
        if !std::thread::panicking() {
            let _ = std::panic::take_hook();
        }
    }
}

/// A new file for a report, for its owner alone.
fn begin(folder: &Path) -> Option<(PathBuf, File)> {
    let file = tempfile::Builder::new().prefix("fault-").suffix(".txt").tempfile_in(folder).ok()?;
    file.keep().ok().map(|(file, path)| (path, file))
}

/// A message without what stands in quotation marks.
fn without_quotations(message: &str) -> String {
    let mut left = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(['"', '`']) {
        let (before, quoted) = rest.split_at(at);
        let mark = quoted.get(..1).unwrap_or_default();
        left.push_str(before);
        left.push_str(mark);
        left.push('…');
        left.push_str(mark);
        // One that is not closed goes on to the end.
        rest = quoted.get(1..).and_then(|inner| inner.split_once(mark)).map_or("", |(_, after)| after);
    }
    left + rest
}

/// Panics at a place where a test wants it: `ASSIZE_PROVOKE` is `PLACE:FILE`, and the file is there. Not in a program that
/// is released.
pub fn provoke(place: &str) {
    #[cfg(debug_assertions)]
    {
        let wanted = std::env::var("ASSIZE_PROVOKE").unwrap_or_default();
        if let Some((at, file)) = wanted.split_once(':')
            && at == place
            && std::fs::remove_file(file).is_ok()
        {
            #[expect(clippy::panic, reason = "that is what it is for")]
            {
                panic!("provoked, and the code is \"eval(secret)\"");
            }
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_in_a_message_is_left_out() {
        for (message, left) in [
            ("index out of bounds: the len is 3", "index out of bounds: the len is 3"),
            ("byte 4 is inside 'é' of `let é = 1;`", "byte 4 is inside 'é' of `…`"),
            ("Err value: Odd { text: \"a `b` c\", at: 4 }", "Err value: Odd { text: \"…\", at: 4 }"),
            ("of `eval(x)", "of `…`"),
            ("a \"b\" c `d` e", "a \"…\" c `…` e"),
        ] {
            assert_eq!(without_quotations(message), left);
        }
    }

    #[test]
    fn a_report_that_the_workspace_cannot_take_is_written_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        assert!(begin(&folder.path().join("none")).is_none());
        let (path, _) = begin(folder.path()).unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Faults::into_folder(folder.path().join("none")).close(std::iter::empty()).is_none());
    }
}
