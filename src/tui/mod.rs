//! Owns the workstation: one case after the other on the screen with its code, judged by a key.
//!
//! `update` is pure: a message in, effects out as data. Nothing here reads a file or a database; whoever runs the
//! screen does the effects and hands back what came of them. The screen shows a verdict as given only after that.

mod model;
mod terminal;
mod view;

pub use model::{Effect, Msg, Screen, update};
pub use terminal::{TerminalError, run};
pub use view::draw;
