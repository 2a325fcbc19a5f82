//! What the benchmarks share: the inputs they are run on, the floor they are held to, and how a process is measured.
#![allow(dead_code, reason = "each benchmark uses its part")]

pub(crate) mod answer;
pub(crate) mod draw;
pub(crate) mod floor;
pub(crate) mod judging;
pub(crate) mod large;
pub(crate) mod many;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod sarif;
pub(crate) mod tui;
pub(crate) mod words;
