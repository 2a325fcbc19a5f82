//! Assize, a court for security findings: claims of several scanners in, cases judged at the keyboard, labels out.
//!
//! The crate is a stack of floors; a module imports only from floors below its own (`ARCHITECTURE.md` has the
//! table, `tests/floors.rs` holds it to the code).

pub mod cli;
pub mod dataset;
pub mod docket;
pub mod domain;
pub mod infer;
pub mod ingest;
pub mod jobs;
pub mod ledger;
pub mod remedy;
pub mod scan;
pub mod source;
pub mod store;
pub mod text;
pub mod tui;
