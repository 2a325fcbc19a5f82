//! Where a command works: the workspace and its two files.

use std::path::PathBuf;

use super::{Cli, failure::Failure};
use crate::jobs::Desk;
use crate::store::{Findings, StoreError, Workspace};

fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::from(error).path("."))
}

/// The workspace, which must exist.
pub(super) fn workspace(cli: &Cli) -> Result<Workspace, Failure> {
    match &cli.workspace {
        Some(named) => Ok(Workspace::at(named)?),
        None => Workspace::above(&here()?).ok_or_else(|| StoreError::NoWorkspace.into()),
    }
}

/// The workspace, made where there is none yet; true when it was made.
pub(super) fn workspace_or_new(cli: &Cli) -> Result<(Workspace, bool), Failure> {
    let root = match &cli.workspace {
        Some(named) => named.clone(),
        None => {
            let here = here()?;
            if let Some(found) = Workspace::above(&here) {
                return Ok((found, false));
            }
            here
        }
    };
    let fresh = Workspace::at(&root).is_err();
    Ok((Workspace::create(&root)?, fresh))
}

/// The findings, for reading.
pub(super) fn findings(workspace: &Workspace) -> Result<Option<Findings>, Failure> {
    Ok(Findings::open_to_read(&workspace.file("findings.db"))?)
}

/// The desk of the workspace.
pub(super) fn desk(cli: &Cli) -> Result<Desk, Failure> {
    Ok(Desk::open(workspace(cli)?)?)
}
