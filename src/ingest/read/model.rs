//! Findings written by a language model.

pub mod repair;
