//! What is left out of a prompt so that it fits: what helps least first, what is flagged never.
//!
//! The order: examples, imports, the middle of the trace, the end of the message, lines of the code far from what is
//! flagged, the trace, more of the message, and at last the parts of the flagged lines that are not flagged themselves.

use std::ops::Range;

use super::quote::Window;
use super::{Brief, MOST_EXAMPLES, Prompt, PromptError, Room, TraceStep};

/// The most characters of a message that any prompt holds.
const MESSAGE: usize = 4_000;
/// And where room is short, and very short.
const SHORT_MESSAGE: usize = 500;
const SHORTEST_MESSAGE: usize = 100;

/// The most imports that any prompt holds.
const IMPORTS: usize = 100;

/// How much of a trace is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    /// So many at each end.
    Ends(usize),
    /// Nothing.
    None,
}

/// What of a brief is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) examples: usize,
    pub(super) imports: usize,
    pub(super) steps: Steps,
    pub(super) message: usize,
    pub(super) window: Window,
}

impl Cut {
    const LEAST: Self = Self {
        examples: MOST_EXAMPLES,
        imports: IMPORTS,
        steps: Steps::Ends(20),
        message: MESSAGE,
        window: Window::WHOLE,
    };
}

/// What is flagged, on boundaries of characters, and never nothing where there is code: a place without width is the
/// line that it stands on.
pub(super) fn flagged(brief: &Brief) -> Range<usize> {
    let text = &brief.code.text;
    let start = text.floor_char_boundary(brief.flagged.start.min(text.len()));
    let end = text.ceil_char_boundary(brief.flagged.end.min(text.len())).max(start);
    if start < end {
        return start..end;
    }
    let before = text.get(..start).unwrap_or_default().rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let after = text.get(start..).unwrap_or_default().find(['\n', '\r']).map_or(text.len(), |at| start + at);
    before..after
}

/// The steps that are told; in place of a step there is a number where steps are missing.
pub(super) fn steps(trace: &[TraceStep], told: Steps) -> Vec<(Option<&TraceStep>, usize)> {
    match told {
        Steps::None if trace.is_empty() => Vec::new(),
        Steps::None => vec![(None, trace.len())],
        Steps::Ends(ends) if trace.len() > 2 * ends => {
            let (head, rest) = trace.split_at(ends);
            let (middle, tail) = rest.split_at(rest.len() - ends);
            let told = |step| (Some(step), 0);
            head.iter().map(told).chain([(None, middle.len())]).chain(tail.iter().map(told)).collect()
        }
        Steps::Ends(_) => trace.iter().map(|step| (Some(step), 0)).collect(),
    }
}

/// The prompt that holds the most and fits.
pub(super) fn fitting(
    brief: &Brief,
    room: Room<'_>,
    make: &dyn Fn(&Cut) -> Result<Prompt, PromptError>,
) -> Result<Prompt, PromptError> {
    let measured = |cut: &Cut| {
        let prompt = make(cut)?;
        let size = (room.measure)(&prompt.system).saturating_add((room.measure)(&prompt.user));
        Ok::<_, PromptError>((prompt, size))
    };
    let fits = |cut: &Cut| measured(cut).map(|(prompt, size)| (size <= room.most).then_some(prompt));
    let mut cut = Cut::LEAST;
    for cut in gentle(brief) {
        if let Some(prompt) = fits(&cut)? {
            return Ok(prompt);
        }
    }
    cut.examples = 0;
    cut.imports = 0;
    // A line takes at least a token of its own.
    let lines = brief.code.text.lines().count().min(room.most);
    for (steps, message) in
        [(Steps::Ends(1), SHORT_MESSAGE), (Steps::None, SHORT_MESSAGE), (Steps::None, SHORTEST_MESSAGE)]
    {
        let with = |lines| Cut { steps, message, window: Window { lines, ..Window::WHOLE }, ..cut };
        // Replacements take more words to ask for than a whole function does, so the whole is tried by itself.
        if let Some(prompt) = fits(&with(usize::MAX))? {
            return Ok(prompt);
        }
        if let Some(prompt) = widest(lines, &|lines| fits(&with(lines)))? {
            return Ok(prompt);
        }
        cut = with(0);
    }
    let longest = brief.code.text.lines().map(str::len).max().unwrap_or(0);
    let narrow = |width| Cut { window: Window { lines: 0, width }, ..cut };
    if let Some(prompt) = widest(longest, &|width| fits(&narrow(width)))? {
        return Ok(prompt);
    }
    let (_, needed) = measured(&narrow(0))?;
    Err(PromptError::TooLong { needed, most: room.most })
}

/// The cuts that leave the code whole, the least first.
fn gentle(brief: &Brief) -> Vec<Cut> {
    let mut cut = Cut::LEAST;
    let mut cuts = vec![cut];
    for examples in (0..brief.examples.len().min(MOST_EXAMPLES)).rev() {
        cut.examples = examples;
        cuts.push(cut);
    }
    if !brief.imports.is_empty() {
        cut.imports = 0;
        cuts.push(cut);
    }
    if brief.trace.len() > 2 {
        cut.steps = Steps::Ends(1);
        cuts.push(cut);
    }
    if brief.message.len() > SHORT_MESSAGE {
        cut.message = SHORT_MESSAGE;
        cuts.push(cut);
    }
    cuts
}

/// What is made of the largest number up to `most` that something can be made of, if it can of 0.
fn widest<T>(
    most: usize,
    make: &dyn Fn(usize) -> Result<Option<T>, PromptError>,
) -> Result<Option<T>, PromptError> {
    let Some(mut best) = make(0)? else { return Ok(None) };
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        match make(middle)? {
            Some(made) => {
                best = made;
                low = middle;
            }
            None => high = middle - 1,
        }
    }
    Ok(Some(best))
}
