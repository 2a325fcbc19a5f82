//! The rungs of the ladder, a file each; a model's is handed in by whoever has one.

mod autofix;
mod bump;
mod recalled;

pub use autofix::Autofix;
pub use bump::Bump;
pub use recalled::{Precedent, Recalled};
