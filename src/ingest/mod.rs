//! Owns the way from a scanner's file to cases: reading, normalising, following findings across runs, fusing them
//! into cases, and the receipt that accounts for every claim.
//!
//! Never decides anything a person decides, and never trusts what it reads: a reader holds one claim at a time, a
//! broken document changes nothing.
//!
//! Invariants: a receipt adds up; a file is imported whole or not at all; importing it again changes nothing.

mod apply;
mod context;
pub mod document;
mod fuse;
pub mod heard;
mod import;
pub mod json;
pub mod look;
mod lookup;
pub mod meter;
mod names;
pub mod path;
mod probe;
mod reach;
pub mod read;
pub mod reader;
pub mod receipt;
pub mod regroup;
pub mod remove;
mod rows;
mod secrets;
mod stage;
mod staging;
pub mod tool;
mod track;
mod weight;

pub use import::{ImportError, Importer, Options, Scope};
pub use probe::family as rule_family;
pub use secrets::{hidden_in, is_as_kept, masked_as, without as without_secrets};

/// What a finding was matched by, in words, from its stored number.
#[must_use]
pub fn evidence_words(number: u8) -> &'static str {
    track::Evidence::from_number(number).words()
}
