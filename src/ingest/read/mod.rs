//! The readers, one file a format. To add one: its file, and a line in [`READERS`].

mod bandit;
#[cfg(test)]
mod fuzzing;
mod sarif;

use super::reader::Reader;

/// All readers, in the order they are asked; the more telling a format's mark, the earlier it stands.
pub static READERS: &[&dyn Reader] = &[&sarif::Sarif, &bandit::Bandit];
