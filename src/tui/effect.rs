//! What is to be done, as data: the state asks, whoever runs it does.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::jobs::{Draft, Request};

/// What an editor was opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edits {
    /// A file of a source tree.
    File {
        /// Whether it differed from what was scanned.
        changed: bool,
    },
    /// A note, in a file of its own.
    Note(PathBuf),
    /// A file of a remedy, in a copy of its own.
    Remedy(Draft),
}

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// Ask the workers.
    Ask(Request),
    /// Put a text on the clipboard.
    Copy(String),
    /// Give the terminal to a command until it ends.
    Edit(Vec<OsString>, Edits),
    /// Give the terminal back and stop until continued.
    Suspend,
    /// End.
    Quit,
}
