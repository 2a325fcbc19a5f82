//! What is to be done, as data: the state asks, whoever runs it does.

use crate::jobs::Request;

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// Ask the workers.
    Ask(Request),
    /// Put a text on the clipboard.
    Copy(String),
    /// Give the terminal back and stop until continued.
    Suspend,
    /// End.
    Quit,
}
