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

/// What a benchmark was called with; `None` where it is only to be seen that it starts.
pub(crate) fn arguments() -> Option<Vec<String>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says how it was called: by `cargo bench`, or as a test.
    let benched = args.iter().any(|arg| arg == "--bench");
    args.retain(|arg| arg != "--bench");
    benched.then_some(args)
}
