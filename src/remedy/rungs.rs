//! The rungs of the ladder, a file each; a model's is handed in by whoever has one.

mod autofix;

pub use autofix::Autofix;
