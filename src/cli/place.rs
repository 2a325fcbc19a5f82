//! Where a command works: the workspace and its two files.

use std::path::PathBuf;

use super::settings::environment;
use super::{Cli, failure::Failure};
use crate::jobs::Desk;
use crate::store::{Findings, StoreError, Workspace};

fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::from(error).path("."))
}

/// The workspace's folder where one is named, and what decides it.
pub(super) fn asked(cli: &Cli) -> (Option<PathBuf>, &'static str) {
    match (&cli.workspace, environment("ASSIZE_WORKSPACE")) {
        (Some(named), _) => (Some(named.clone()), "--workspace"),
        (None, Some(named)) => (Some(named.into()), "$ASSIZE_WORKSPACE"),
        (None, None) => (None, "the nearest folder upward with .assize"),
    }
}

/// The workspace, which must exist.
pub(super) fn workspace(cli: &Cli) -> Result<Workspace, Failure> {
    let (named, from) = asked(cli);
    let (found, root) = match named {
        Some(named) => (Workspace::at(&named).ok(), named),
        None => {
            let here = here()?;
            (Workspace::above(&here), here)
        }
    };
    found.ok_or_else(|| {
        let failure = Failure::from(StoreError::NoWorkspace).path(root.display().to_string());
        if from.starts_with('$') { failure.hint(format!("{from} names it")) } else { failure }
    })
}

/// The workspace, made where there is none yet; true when it was made.
pub(super) fn workspace_or_new(cli: &Cli) -> Result<(Workspace, bool), Failure> {
    let root = match asked(cli).0 {
        Some(named) => named,
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
