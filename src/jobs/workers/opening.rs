//! Opening the workspace for a worker, where another process may have locked it: that is waited for as long as somebody
//! asks, and said.

use std::thread::JoinHandle;
use std::time::Duration;

use super::inbox::Inbox;
use super::serve::{Work, refuse, serve};
use super::{Reply, Request};
use crate::jobs::desk::{Desk, DeskError};
use crate::store::{StoreError, Workspace};

/// Before the screen is there, no longer than this.
pub(super) const FIRST: Duration = Duration::from_millis(50);
/// Between two looks whether anybody asks still.
const ATTEMPT: Duration = Duration::from_millis(200);

/// A worker's workspace, and its desk if that is open already.
pub(super) struct Opening {
    pub(super) workspace: Workspace,
    pub(super) desk: Option<Desk>,
    /// Whether it says what it waits for; one of all is enough.
    pub(super) tells: bool,
}

/// Starts a thread that opens the workspace and answers requests.
pub(super) fn employ<W: Work>(
    opening: Opening,
    requests: Inbox,
    tell: impl Fn(Reply) + Send + 'static,
    make: impl FnOnce(Desk) -> W + Send + 'static,
) -> JoinHandle<()> {
    std::thread::spawn(move || match opened(opening, &requests, &tell) {
        // Made on its own thread, which some of what workers have cannot leave.
        Ok(desk) => serve(make(desk), &requests, tell),
        Err(error) => refuse(&error, &requests, tell),
    })
}

/// The desk, once it can be had; the error of another process's lock where nobody asks any more.
fn opened(opening: Opening, requests: &Inbox, tell: &dyn Fn(Reply)) -> Result<Desk, DeskError> {
    let Opening { workspace, desk, tells } = opening;
    if let Some(desk) = desk {
        return Ok(desk);
    }
    let mut is_told = false;
    loop {
        match Desk::open_within(workspace.clone(), ATTEMPT) {
            Err(error) if error.is_busy() => {
                if tells && !is_told {
                    tell(Reply::Waiting(Some(words(&error))));
                    is_told = true;
                }
                if requests.is_over() {
                    return Err(error);
                }
            }
            opened => {
                if is_told {
                    tell(Reply::Waiting(None));
                }
                return opened;
            }
        }
    }
}

/// What is waited for.
fn words(error: &DeskError) -> String {
    match error {
        DeskError::Store(StoreError::Busy { path }) => {
            format!("waiting for another process, which has locked {}", path.display())
        }
        other => other.to_string(),
    }
}

impl Request {
    /// The act that it asks for, which is answered whatever happens.
    pub(super) const fn ticket(&self) -> Option<u64> {
        match self {
            Self::Act { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}
