//! The thread that looks remedies up for the screen, and writes what is asked of them beside the source tree.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;

use super::{RemedyReply, RemedyRequest};
use crate::domain::RemedyId;
use crate::jobs::desk::{Desk, DeskError};
use crate::jobs::workers::{Reply, Shared, caught};
use crate::store::{Workspace, Writer};

pub(super) struct Looks<T> {
    pub(super) workspace: Workspace,
    pub(super) docket: Shared,
    pub(super) writer: Writer,
    pub(super) tell: T,
}

impl<T: Fn(Reply)> Looks<T> {
    pub(super) fn work(self, requests: &Receiver<RemedyRequest>) {
        while let Ok(first) = requests.recv() {
            let mut waiting = VecDeque::from([first]);
            waiting.extend(requests.try_iter());
            while let Some(request) = waiting.pop_front() {
                let is_same = |later: &RemedyRequest| {
                    matches!(
                        (&request, later),
                        (RemedyRequest::List(_), RemedyRequest::List(_))
                            | (RemedyRequest::Open { .. }, RemedyRequest::Open { .. })
                    )
                };
                if waiting.iter().any(is_same) {
                    continue;
                }
                let answered = caught(|| self.answer(request));
                let reply = match answered {
                    Ok(Ok(reply)) => reply,
                    Ok(Err(error)) => RemedyReply::Failed(error.to_string()),
                    Err(fault) => RemedyReply::Failed(fault),
                };
                (self.tell)(Reply::Remedies(reply));
            }
        }
    }

    fn answer(&self, request: RemedyRequest) -> Result<RemedyReply, DeskError> {
        let desk = Desk::open(self.workspace.clone())?;
        let reviewer = self.writer.reviewer.as_str();
        Ok(match request {
            RemedyRequest::Open { case, is_whole } => {
                let opened = desk.remedy_case(&self.docket.now(), case, reviewer, is_whole)?;
                RemedyReply::Opened(Box::new(opened))
            }
            RemedyRequest::Scopes(cases) => RemedyReply::Scopes(desk.scopes_of(&cases)?),
            RemedyRequest::Draft { remedy, at } => {
                RemedyReply::Draft(desk.draft_remedy(remedy, at).map_err(|error| error.to_string()))
            }
            RemedyRequest::Patch { remedy, path } => {
                let written = patch(&desk, remedy, &path);
                RemedyReply::Written(written.map_err(|error| error.to_string()))
            }
            RemedyRequest::Branch { name, remedy } => {
                let written = branch(&desk, &name, remedy, &self.writer);
                RemedyReply::Written(written.map_err(|error| error.to_string()))
            }
            RemedyRequest::List(only) => RemedyReply::Listed(desk.remedy_queue(only.as_deref(), reviewer)?),
            _ => RemedyReply::Listed(desk.remedy_queue(None, reviewer)?),
        })
    }
}

/// Writes a difference into a file that is not there yet.
fn patch(desk: &Desk, remedy: RemedyId, path: &str) -> Result<String, DeskError> {
    use std::io::Write as _;
    let remedy = desk.remedy(&remedy.to_string())?;
    let refused = |error: std::io::Error| {
        DeskError::Refused(match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("there is a file {path}: give the patch another name")
            }
            _ => format!("{path}: {error}"),
        })
    };
    let mut file = std::fs::File::create_new(path).map_err(refused)?;
    file.write_all(remedy.diff.as_bytes()).map_err(refused)?;
    let of: Vec<&str> = remedy.paths().collect();
    Ok(format!("the patch of {} is in {path}", of.join(", ")))
}

fn branch(desk: &Desk, name: &str, remedy: Option<RemedyId>, writer: &Writer) -> Result<String, DeskError> {
    let remedies = match remedy {
        Some(remedy) => vec![desk.remedy_view(&remedy.to_string())?],
        None => desk.accepted_remedies()?,
    };
    let made = desk.branch_remedies(&remedies, name, writer)?;
    let commits = match made.remedies.len() {
        1 => "1 commit".to_owned(),
        many => format!("{many} commits"),
    };
    let left = match made.left_out.as_slice() {
        [] => String::new(),
        [one] => format!("; 1 remedy is left out: {}", one.why),
        [one, ..] => format!("; {} remedies are left out, the first: {}", made.left_out.len(), one.why),
    };
    Ok(format!("the branch {name} has {commits}{left}; git branch -D {name} removes it"))
}
