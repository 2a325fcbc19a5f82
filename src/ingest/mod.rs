//! Owns the way from a scanner's file to cases: reading, normalising, following findings across runs, fusing them
//! into cases, and the receipt that accounts for every claim.
//!
//! Never decides anything a person decides, and never trusts what it reads: a reader holds one claim at a time, a
//! broken document changes nothing.
//!
//! Invariants: a receipt adds up; a file is imported whole or not at all; importing it again changes nothing.

pub mod document;
pub mod json;
pub mod look;
pub mod path;
pub mod read;
pub mod reader;
pub mod receipt;
pub mod tool;
