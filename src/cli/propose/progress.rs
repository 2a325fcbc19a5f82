//! One line on a terminal's stderr that says how far proposing is: cases done, time left, who is at work.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::cli::output::Output;
use crate::domain::CaseId;
use crate::remedy::Progress;
use crate::text::visible;

/// How often the line is drawn anew at most.
const EVERY: Duration = Duration::from_millis(100);

/// The line.
pub(super) struct Bar {
    /// `None` where nobody looks.
    state: Option<RefCell<State>>,
}

struct State {
    of: usize,
    done: usize,
    started: Instant,
    drawn: Option<Instant>,
    doing: String,
}

impl Bar {
    pub(super) fn new(of: usize, output: &Output) -> Self {
        let is_seen = !output.quiet && std::io::stderr().is_terminal();
        let state = State { of, done: 0, started: Instant::now(), drawn: None, doing: String::new() };
        Self { state: is_seen.then(|| RefCell::new(state)) }
    }

    /// Takes over what happens.
    pub(super) fn tell(&self, _: CaseId, progress: Progress<'_>) {
        let Some(mut state) = self.state.as_ref().and_then(|state| state.try_borrow_mut().ok()) else {
            return;
        };
        match progress {
            Progress::Asked { origin, by } => {
                state.doing = if by.is_empty() { origin.word().to_owned() } else { visible(by).into_owned() };
            }
            Progress::Reading { read, of } => state.doing = format!("reads {read} of {of} tokens"),
            Progress::Writing { tokens, .. } => state.doing = format!("writes, {tokens} tokens"),
            Progress::Offered(_) | Progress::Checked { .. } => "checks".clone_into(&mut state.doing),
            Progress::Missed(_) => return,
        }
        if state.drawn.is_none_or(|drawn| drawn.elapsed() >= EVERY) {
            state.draw();
        }
    }

    /// One more case is done.
    pub(super) fn done(&self) {
        if let Some(mut state) = self.state.as_ref().and_then(|state| state.try_borrow_mut().ok()) {
            state.done += 1;
            state.draw();
        }
    }

    /// Takes the line away, so that something else can be written.
    pub(super) fn clear(&self) {
        if self.state.is_some() {
            // A closed stderr is no reason to fail.
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl State {
    fn draw(&mut self) {
        self.drawn = Some(Instant::now());
        let line = line(self.done, self.of, self.started.elapsed(), &self.doing);
        let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(20));
        // A line that wraps could not be taken away again.
        let line: String = line.chars().take(columns - 1).collect();
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }
}

/// How far it is, in a line.
fn line(done: usize, of: usize, took: Duration, doing: &str) -> String {
    let left = match u32::try_from(done) {
        Ok(count @ 1..) if done < of => {
            let each = took / count;
            format!(", {} left", time(each * u32::try_from(of - done).unwrap_or(u32::MAX)))
        }
        _ => String::new(),
    };
    let doing = if doing.is_empty() { String::new() } else { format!(" · {doing}") };
    format!("{done} of {of}{left}{doing}")
}

/// A time as people say it: `8 s`, `3 min`, `2 h 5 min`.
fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{} s", seconds.max(1)),
        seconds @ ..3600 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_reckoned_from_what_is_done() {
        let of = |done, seconds| line(done, 10, Duration::from_secs(seconds), "checks");
        assert_eq!(of(0, 50), "0 of 10 · checks");
        assert_eq!(of(2, 10), "2 of 10, 40 s left · checks");
        assert_eq!(of(5, 600), "5 of 10, 10 min left · checks");
        assert_eq!(of(5, 7500), "5 of 10, 2 h 5 min left · checks");
        assert_eq!(of(10, 50), "10 of 10 · checks");
    }
}
