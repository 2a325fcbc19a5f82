//! The docket that all workers look at. Its lock is held to copy a pointer or to set standings, never while anything
//! is read, decoded or written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::docket::{Docket, Overlay};
use crate::domain::CaseId;

/// The docket as it is now, in the hands of several threads.
#[derive(Debug, Clone, Default)]
pub(in crate::jobs) struct Shared(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    docket: Arc<Docket>,
    /// Whether another is being read to take its place, and the cases acted on meanwhile.
    is_reading: bool,
    acted: Vec<CaseId>,
}

impl Shared {
    /// The docket as it is now. It stays so in the hands of who asked.
    pub(in crate::jobs) fn now(&self) -> Arc<Docket> {
        Arc::clone(&self.lock().docket)
    }

    /// The store is about to be read anew: from here on it is noted what is acted on.
    pub(super) fn begin_reading(&self) {
        let mut held = self.lock();
        held.is_reading = true;
        held.acted.clear();
    }

    /// Puts a docket in the place of the one that is here, unless cases were acted on since its reading began: then it
    /// is left alone, and their standings are to be read again, for what was read may be older than the acts.
    pub(super) fn replace(&self, docket: &mut Docket) -> Vec<CaseId> {
        let mut held = self.lock();
        let acted = std::mem::take(&mut held.acted);
        if acted.is_empty() {
            docket.follow(held.docket.version());
            held.is_reading = false;
            let before = std::mem::replace(&mut held.docket, Arc::new(std::mem::take(docket)));
            drop(held);
            // Tens of megabytes may go with it, for which nobody waits under the lock.
            drop(before);
        }
        acted
    }

    /// Sets where cases stand after an act, as worked out on a version of the docket; gives the docket with them.
    /// `None` where another version has come since, which may have been read before the act or after a later one.
    pub(super) fn set(
        &self,
        version: u64,
        acted: &[CaseId],
        standings: Vec<(u32, Option<Overlay>)>,
    ) -> Option<Arc<Docket>> {
        let mut held = self.lock();
        if held.docket.version() != version {
            return None;
        }
        if held.is_reading {
            held.acted.extend(acted);
        }
        let docket = Arc::make_mut(&mut held.docket);
        docket.follow(version);
        for (number, standing) in standings {
            docket.set_standing(number, standing);
        }
        Some(Arc::clone(&held.docket))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
