//! Owns the way from a scanner's file to cases.

pub mod document;
pub mod json;
pub mod look;
pub mod path;
pub mod read;
pub mod reader;
pub mod tool;
