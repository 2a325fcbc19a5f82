//! Notices that others changed the workspace: another terminal, a command, an import beside.
//!
//! It looks once a second while the reviewer works and seldom otherwise; a look asks each file for one number, which
//! SQLite keeps in memory shared between processes. What changed is for others to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::desk::{Desk, DeskError};
use crate::domain::CaseId;
use crate::store::{Findings, Journal, Remedies, Workspace};

/// Between two looks while the reviewer works.
const OFTEN: Duration = Duration::from_secs(1);
/// Between two looks while nobody does.
const SELDOM: Duration = Duration::from_secs(15);
/// So long after the last thing asked for, nobody is taken to work.
const IN_USE: Duration = Duration::from_secs(120);

/// What others changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// The findings: an import, or one taken back. This program's own imports count too.
    pub findings: bool,
    /// The journal: somebody decided something.
    pub journal: bool,
    /// The remedies: something was proposed, or checked again. This program's own proposals count too.
    pub remedies: bool,
}

/// The thread that looks; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    looks: Sender<()>,
    use_of: Arc<Use>,
}

/// What the other threads tell the one that looks, without waking it.
#[derive(Debug)]
struct Use {
    started: Instant,
    /// When something was asked for last, in milliseconds since then.
    last: AtomicU64,
    /// Entries of the journal that this program has written or is about to.
    own: AtomicI64,
}

impl Watch {
    /// Starts it; `tell` is called with what others changed.
    pub(super) fn start(workspace: &Workspace, tell: impl Fn(Changed) + Send + 'static) -> Self {
        let (looks, asked) = channel();
        let use_of =
            Arc::new(Use { started: Instant::now(), last: AtomicU64::new(0), own: AtomicI64::new(0) });
        let (workspace, used) = (workspace.clone(), Arc::clone(&use_of));
        std::thread::spawn(move || {
            let mut eyes = Eyes::new(workspace);
            // What is there already is no change.
            let _ = eyes.look(0);
            loop {
                let idle =
                    used.started.elapsed().saturating_sub(Duration::from_millis(used.last.load(Relaxed)));
                let wait = if idle < IN_USE { OFTEN } else { SELDOM };
                if asked.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                // A file that cannot be looked at now is looked at again; who reads it says what is wrong with it.
                if let Ok(changed) = eyes.look(used.own.load(Relaxed))
                    && changed != Changed::default()
                {
                    tell(changed);
                }
            }
        });
        Self { looks, use_of }
    }

    /// Something was asked for: somebody works.
    pub(super) fn used(&self) {
        let now = u64::try_from(self.use_of.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.use_of.last.store(now, Relaxed);
    }

    /// An act of this program is about to be written: what it changes is told by who writes it.
    pub(super) fn will_write(&self) {
        self.use_of.own.fetch_add(1, Relaxed);
    }

    /// What tells that an act was not written after all.
    pub(super) fn unwritten(&self) -> impl Fn() + Send + Clone + use<> {
        let use_of = Arc::clone(&self.use_of);
        move || {
            use_of.own.fetch_sub(1, Relaxed);
        }
    }

    /// What asks for a look at once.
    pub(super) fn looker(&self) -> impl Fn() + Send + Clone + use<> {
        let looks = self.looks.clone();
        move || {
            // A thread that is gone has nothing to look for.
            let _ = looks.send(());
        }
    }
}

/// How often each file was changed, as SQLite counts it for a connection; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    findings: i64,
    journal: i64,
    remedies: i64,
    /// Entries of the journal.
    entries: i64,
    /// Entries that were there at the first look.
    first: Option<i64>,
}

struct Eyes {
    workspace: Workspace,
    findings: Option<Findings>,
    journal: Option<Journal>,
    remedies: Option<Remedies>,
    seen: Seen,
    /// Entries by others that were told of.
    told: i64,
}

impl Eyes {
    fn new(workspace: Workspace) -> Self {
        Self { workspace, findings: None, journal: None, remedies: None, seen: Seen::default(), told: 0 }
    }

    /// Looks what changed since the last look, but for so many entries of this program's own.
    fn look(&mut self, own: i64) -> Result<Changed, DeskError> {
        let mut changed = Changed::default();
        if self.findings.is_none() {
            self.findings = Findings::open_to_read(&self.workspace.file("findings.db"))?;
        }
        if self.journal.is_none() {
            self.journal = Journal::open_to_read(&self.workspace.file("journal.db"))?;
        }
        if let Some(findings) = &self.findings {
            let version = findings.data_version()?;
            // A file that was not there at the first look is a change; a version is never 0.
            changed.findings = version != self.seen.findings && self.seen.first.is_some();
            self.seen.findings = version;
        }
        if self.remedies.is_none() {
            self.remedies = Remedies::open_to_read(&self.workspace.file("remedies.db"))?;
        }
        if let Some(remedies) = &self.remedies {
            let version = remedies.data_version()?;
            changed.remedies = version != self.seen.remedies && self.seen.first.is_some();
            self.seen.remedies = version;
        }
        if let Some(journal) = &self.journal {
            let version = journal.data_version()?;
            if version != self.seen.journal {
                self.seen.entries = journal.last_number()?;
                self.seen.journal = version;
            }
        }
        let entries = self.seen.entries;
        let first = *self.seen.first.get_or_insert(entries);
        let others = (entries - first - own).max(0);
        changed.journal = others > self.told;
        self.told = self.told.max(others);
        Ok(changed)
    }
}

impl Desk {
    /// The number of the journal's newest entry.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn last_entry(&self) -> Result<i64, DeskError> {
        Ok(self.journal.as_ref().map_or(Ok(0), Journal::last_number)?)
    }

    /// The number of the journal's newest entry, and the cases that may stand elsewhere since an earlier one.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn touched_since(&self, number: i64) -> Result<(i64, Vec<CaseId>), DeskError> {
        let touched = |journal: &Journal| journal.touched_since(number);
        Ok(self.journal.as_ref().map_or(Ok((0, Vec::new())), touched)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Reviewer;
    use crate::ledger::{Act, Note};
    use crate::store::Writer;

    fn act(journal: &mut Journal) {
        let writer = Writer::new("machine", "bob", Reviewer::of_user(1));
        let note = Note { cases: vec![CaseId::new([1; 16])], text: "n".into() };
        journal.append(&writer, 1, Act::Note(note)).unwrap();
    }

    #[test]
    fn what_others_write_is_noticed_and_what_this_program_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        let mut eyes = Eyes::new(workspace.clone());
        let none = Changed::default();
        assert_eq!(eyes.look(0).unwrap(), none);
        let mut journal = Journal::open(&workspace.file("journal.db")).unwrap();
        act(&mut journal);
        assert_eq!(eyes.look(0).unwrap(), Changed { journal: true, ..none }, "the first entry of all");
        assert_eq!(eyes.look(0).unwrap(), none, "told once");
        act(&mut journal);
        assert_eq!(eyes.look(1).unwrap(), none, "an act of its own");
        act(&mut journal);
        act(&mut journal);
        assert_eq!(
            eyes.look(2).unwrap(),
            Changed { journal: true, ..none },
            "one of its own and one of another"
        );
        assert_eq!(eyes.look(3).unwrap(), none, "an act that is about to be written");
        act(&mut journal);
        assert_eq!(eyes.look(3).unwrap(), none);
        act(&mut journal);
        assert_eq!(eyes.look(3).unwrap(), Changed { journal: true, ..none });
        drop(Findings::open(&workspace.file("findings.db")).unwrap());
        assert_eq!(eyes.look(3).unwrap(), Changed { findings: true, ..none }, "the first import");
        let mut findings = Findings::open(&workspace.file("findings.db")).unwrap();
        let mut writer = findings.begin_import().unwrap();
        writer.project("shop").unwrap();
        assert_eq!(eyes.look(3).unwrap(), none, "it is not there before it is whole");
        writer.commit().unwrap();
        assert_eq!(eyes.look(3).unwrap(), Changed { findings: true, ..none });
        let mut remedies = Remedies::open(&workspace.file("remedies.db")).unwrap();
        assert_eq!(eyes.look(3).unwrap(), Changed { remedies: true, ..none }, "the first proposal");
        assert_eq!(eyes.look(3).unwrap(), none);
        remedies.keep_base(crate::domain::Digest::of(b"x"), "shop", "x").unwrap();
        assert_eq!(eyes.look(3).unwrap(), Changed { remedies: true, ..none });
    }
}
