//! Owns what can be said of a piece of text alone: its lines, its tokens, its difference to another text, a form
//! of it that a terminal can be shown, and the columns that takes.
//!
//! Never reads a file and knows no scanner, no project and no syntax tree; it imports nothing but `domain`.
//!
//! Invariants: every function takes any text and never panics; every byte range handed out lies inside its text
//! on character boundaries; what is hashed here is the same on every machine and in every later version, since
//! stored identities rest on it.

pub mod columns;
pub mod diff;
pub mod fit;
pub mod likeness;
mod lines;
pub mod safe;
pub mod sides;
pub mod tokens;

pub use diff::{LineMap, unified};
pub use lines::{LineIndex, Marks, byte_as_read, byte_in};
pub use safe::visible;
pub use tokens::{Family, Token, similarity, token_hash, tokens};
