//! Printing: what goes to stdout and stderr, in colour or not.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use super::{Color, failure::Failure};
use crate::text::visible;

/// How a command prints.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    color: bool,
    color_errors: bool,
    terminal: bool,
}

/// What a piece of text means; colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Bold,
    Dim,
    Bad,
    Warn,
    Good,
    Note,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Bad => "31",
            Self::Warn => "33",
            Self::Good => "32",
            Self::Note => "36",
        }
    }
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, color: Color) -> Self {
        // https://no-color.org: any value but an empty one.
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !refused,
        };
        Self {
            json,
            quiet,
            color: wanted(io::stdout().is_terminal()) && !json,
            color_errors: wanted(io::stderr().is_terminal()),
            terminal: io::stdout().is_terminal(),
        }
    }

    /// The width of standard output; `None` where it is no terminal.
    pub(crate) fn columns(&self) -> Option<usize> {
        if !self.terminal {
            return None;
        }
        // A terminal that does not tell is as wide as terminals were.
        let told = crossterm::terminal::size().map_or(0, |(columns, _)| usize::from(columns));
        Some(if told == 0 { 80 } else { told })
    }

    /// Standard output, buffered; written to the end by `flush` or when it is dropped.
    pub(crate) fn out(&self) -> BufWriter<io::StdoutLock<'static>> {
        BufWriter::with_capacity(64 << 10, io::stdout().lock())
    }

    /// A text in a tone, where colour is on. Control characters are made visible: the text may come from anywhere.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        let text = visible(text);
        if self.color { format!("\x1b[{}m{text}\x1b[0m", tone.code()) } else { text.into_owned() }
    }

    /// One JSON document.
    pub(crate) fn document(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = self.out();
        serde_json::to_writer(&mut out, value)?;
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(())
    }

    /// A message on stderr, unless quiet.
    pub(crate) fn message(&self, text: &str) {
        if !self.quiet {
            // A closed stderr is no reason to fail.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A failure on stderr.
    pub(crate) fn failure(&self, failure: &Failure) {
        let mut err = io::stderr();
        if self.json {
            let _ = writeln!(err, "{}", serde_json::json!({ "error": failure }));
            return;
        }
        let head = if self.color_errors { "\x1b[31merror:\x1b[0m" } else { "error:" };
        let path = failure.path.as_ref().map(|path| format!("{}: ", visible(path))).unwrap_or_default();
        let _ = writeln!(err, "{head} {path}{}", visible(&failure.message));
        if let Some(hint) = &failure.hint {
            let _ = writeln!(err, "  {}", visible(hint));
        }
    }
}
