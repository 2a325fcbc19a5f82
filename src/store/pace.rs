//! Brings to disk what an import writes while it writes it.
//!
//! An import is one transaction: its pages go to the write-ahead log without a sync, and are copied from there into the
//! database after the commit. The kernel would put hundreds of megabytes off to the syncs at the end, and a verdict's
//! own sync, in another file of the same disk, would wait for them. Never decides what is durable: SQLite does.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is looked whether there is something to bring to disk.
const EVERY: Duration = Duration::from_millis(40);

/// A thread that does so until this is dropped.
#[derive(Debug)]
pub(super) struct Pace {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pace {
    /// Begins for a database and its log. Where no thread is to be had the import does without.
    pub(super) fn beside(database: &Path) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let (stop, database) = (Arc::clone(&ended), database.to_owned());
        let thread = std::thread::Builder::new().name("pace".into()).spawn(move || keep_up(&database, &stop));
        Self { ended, thread: thread.ok() }
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn keep_up(database: &Path, ended: &AtomicBool) {
    let log = PathBuf::from(format!("{}-wal", database.display()));
    let mut files = [(kept_open(database), None), (File::open(log).ok().map(Arc::new), None)];
    while !ended.load(Ordering::Relaxed) {
        std::thread::park_timeout(EVERY);
        for (file, seen) in &mut files {
            let Some(file) = file else { continue };
            let now = file.metadata().map(|it| (it.len(), it.mtime(), it.mtime_nsec())).ok();
            if now != *seen {
                *seen = now;
                // What fails here fails again in SQLite's own sync, which tells it.
                let _ = file.sync_data();
            }
        }
    }
}

/// The database's file, which is never closed: on closing any descriptor of a file the system drops all locks that
/// the process has on it, and SQLite's are among them.
fn kept_open(database: &Path) -> Option<Arc<File>> {
    static OPEN: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());
    let meta = std::fs::metadata(database).ok()?;
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (meta.dev(), meta.ino());
    if let Some(file) = open.get(&key) {
        return Some(Arc::clone(file));
    }
    let file = Arc::new(File::open(database).ok()?);
    open.insert(key, Arc::clone(&file));
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_keeps_its_locks_when_the_pace_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("findings.db");
        let findings = crate::store::Findings::open(&path).unwrap();
        let inode = std::fs::metadata(&path).unwrap().ino();
        let look = || {
            let all = std::fs::read_to_string("/proc/locks").unwrap_or_default();
            all.lines().filter(|line| line.contains(&format!(":{inode} "))).count()
        };
        // The list is of the whole system, and a line may be missed or seen twice while others lock.
        let locks = || {
            let mut seen = [0; 9].map(|_: usize| look());
            seen.sort_unstable();
            seen[4]
        };
        assert_eq!(findings.totals().unwrap(), (0, 0));
        let held = locks();
        for _ in 0..3 {
            drop(Pace::beside(&path));
        }
        assert_eq!(locks(), held);
        drop(findings);
        assert!(held > 0 && locks() == 0, "{held} {}", locks());
    }
}
