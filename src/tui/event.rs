//! What happened, told to the state in the past tense.

use super::effect::Edits;
use super::key::Key;
use crate::jobs::Reply;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Pressed(Key),
    /// A text was pasted.
    Pasted(String),
    /// A cell was clicked: column and row.
    Clicked(u16, u16),
    /// The wheel was turned over a cell, so many lines down; up is below zero.
    Wheeled(u16, u16, i32),
    /// The terminal has another size: columns and rows.
    Resized(u16, u16),
    /// An editor ended, or could not be run.
    Edited(Edits, Result<(), String>),
    /// A worker answered.
    Answered(Reply),
}
