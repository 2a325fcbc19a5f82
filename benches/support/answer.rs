//! How long the program in a terminal takes to answer, as the terminal sees it: from the bytes of a key going in to
//! the bytes of a frame coming out.

#[path = "../../tests/support/terminal.rs"]
pub(crate) mod terminal;

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::process::own_memory;
use terminal::{PATIENCE, Screen, Terminal};

/// So long without output, and a frame is whole: longer than a program takes between the parts of one.
const QUIET: Duration = Duration::from_millis(50);

/// So long without output, and a search has ended.
const SEARCH: Duration = Duration::from_millis(600);

/// How long a key waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// Until the first byte that came back.
    pub(crate) first: Duration,
    /// Until the last byte before the output went quiet.
    pub(crate) whole: Duration,
}

/// Sends a key and measures what it draws. A key that draws nothing is an error.
pub(crate) fn answer(terminal: &mut Terminal, key: &[u8]) -> anyhow::Result<Answer> {
    quiet(terminal, None);
    let begun = terminal.send(key);
    let first = terminal.output_by(begun + PATIENCE).context("a key that draws nothing")?;
    let last = quiet(terminal, Some(first)).unwrap_or(first);
    Ok(Answer { first: first - begun, whole: last - begun })
}

/// Sends a key and measures until the screen is as it should be; when that was sent, and how long it took.
pub(crate) fn answer_until(
    terminal: &mut Terminal,
    key: &[u8],
    is: impl FnMut(&Screen) -> bool,
) -> anyhow::Result<(Instant, Duration)> {
    quiet(terminal, None);
    let begun = terminal.send(key);
    Ok((begun, shown(terminal, is)? - begun))
}

/// Sends a key and measures until the screen is as it should be, which may take longer than a key should.
pub(crate) fn within(
    terminal: &mut Terminal,
    key: &[u8],
    patience: Duration,
    is: impl FnMut(&Screen) -> bool,
) -> anyhow::Result<Duration> {
    quiet(terminal, None);
    let begun = terminal.send(key);
    Ok(shown_by(terminal, begun + patience, is)? - begun)
}

/// Shows each frame after a key was sent, with how long after; how long the last took that came before it went quiet.
pub(crate) fn shown_after(
    terminal: &mut Terminal,
    begun: Instant,
    mut show: impl FnMut(Duration, &Screen),
) -> anyhow::Result<Duration> {
    let mut last = terminal.output_by(begun + PATIENCE).context("a key that draws nothing")?;
    show(last - begun, &terminal.screen());
    // A search of words may be silent for longer than a frame is.
    while let Some(came) = terminal.output_by(Instant::now() + SEARCH) {
        last = came;
        show(last - begun, &terminal.screen());
    }
    Ok(last - begun)
}

/// From the program's start until the screen is as it should be.
pub(crate) fn from_start(
    terminal: &mut Terminal,
    is: impl FnMut(&Screen) -> bool,
) -> anyhow::Result<Duration> {
    Ok(shown(terminal, is)? - terminal.started())
}

/// The program's own memory now, in KiB, pages of files not counted.
pub(crate) fn memory_kib(terminal: &Terminal) -> anyhow::Result<u64> {
    let pid = u32::try_from(terminal.pid().as_raw_pid())?;
    own_memory(pid).context("the memory of a process is told by Linux alone")
}

/// When the bytes came that made the screen as it should be.
fn shown(terminal: &mut Terminal, is: impl FnMut(&Screen) -> bool) -> anyhow::Result<Instant> {
    shown_by(terminal, Instant::now() + PATIENCE, is)
}

fn shown_by(
    terminal: &mut Terminal,
    deadline: Instant,
    mut is: impl FnMut(&Screen) -> bool,
) -> anyhow::Result<Instant> {
    loop {
        let mut came = terminal
            .output_by(deadline)
            .with_context(|| format!("the screen is not as it should be\n{}", terminal.screen()))?;
        // To look takes longer than the parts of a frame are apart: a part that waited meanwhile would seem late.
        while let Some(later) = terminal.output_by(Instant::now()) {
            came = later;
        }
        if is(&terminal.screen()) {
            return Ok(came);
        }
    }
}

/// Takes in output until there is none for a while; when the last came.
fn quiet(terminal: &mut Terminal, mut last: Option<Instant>) -> Option<Instant> {
    while let Some(came) = terminal.output_by(Instant::now() + QUIET) {
        last = Some(came);
    }
    last
}
