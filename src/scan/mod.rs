//! Owns running scanners: what each is called with, and child processes within limits of time, memory and output.
//!
//! Never reads what a scanner says, which is the readers' to do, and never lets it near a shell, this process's
//! environment or more of the disk than its own folder needs. A scanner that is missing has not run; nothing here
//! takes silence for a clean scan.

mod child;
mod processes;
mod scanner;
mod whole;

pub use child::{Ended, Limits, Ran, StartError, run};
pub use scanner::{BadScanner, Needs, PRESETS, Preset, Reach, Scanner};
pub use whole::{last_words, run_whole};
