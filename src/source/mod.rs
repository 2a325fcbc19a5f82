//! Owns what the program knows of source code: trees of files, their encodings and languages, and where in a file
//! statements, functions, strings and comments begin and end.
//!
//! Never writes to a tree, never runs anything (not even `git`), and never follows a path out of the root it was
//! given, whatever a scanner or the tree itself says. Everything read is hostile: sizes, depths and counts are
//! bounded, and a bound that is reached is an answer, not a failure.
//!
//! Invariants: byte ranges lie inside their text on character boundaries; no answer depends on a clock or on the
//! machine, since lasting identities rest on scopes and statements.

pub mod decode;
pub mod flow;
pub mod git;
pub mod highlight;
pub mod imports;
pub mod language;
pub mod licence;
pub mod outline;
pub mod permalink;
pub mod plumbing;
pub mod project;
pub mod sanitisers;
pub mod snippet;
pub mod tree;
pub mod unknown;

pub use decode::{Decoded, Eol, decode};
pub use flow::Flow;
pub use highlight::{Class, Guess, Highlighter, Span};
pub use language::Language;
pub use outline::{Names, Outline, Scope, ScopeKind};
pub use permalink::{NoLink, permalink};
pub use tree::{Refusal, Resolved, Tree};
pub use unknown::{Unknown, unknown};
