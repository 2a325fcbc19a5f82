//! An import started from the screen: what is asked for it, and how far it is.

use crossterm::event::KeyCode;

use super::effect::Effect;
use super::input::Input;
use super::key::Key;
use super::modal::Modal;
use super::state::State;
use crate::jobs::{Defaults, ImportAsked, ImportEnd, ImportProgress, Request, RunsRequest, written};

/// An import that runs, and what was asked for last.
#[derive(Debug, Default)]
pub struct Importing {
    /// The import that runs.
    pub running: Option<Running>,
    /// What was asked for last, and need not be written again: all of it where that came to nothing, else the source and
    /// the project.
    kept: Option<ImportForm>,
}

/// An import that runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Running {
    /// How far it is; nothing before it has begun.
    pub progress: Option<ImportProgress>,
    /// Whether it was cancelled, and is about to end.
    pub is_cancelled: bool,
}

/// What is asked for an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportForm {
    /// The paths, the source and the project, as written.
    pub fields: [Input; 3],
    /// Which of them is being written.
    pub at: usize,
    /// The names that the last word could mean.
    pub names: Vec<String>,
    /// What holds where nothing is written, once it is known.
    pub defaults: Option<Defaults>,
    /// What is wrong with what was written.
    pub error: Option<String>,
}

/// The fields of the form.
pub(super) const PATHS: usize = 0;
pub(super) const SOURCE: usize = 1;
pub(super) const PROJECT: usize = 2;

impl ImportForm {
    /// The text of a field.
    #[must_use]
    pub fn text(&self, field: usize) -> &str {
        self.fields.get(field).map_or("", Input::text)
    }

    /// For further files of the same source and project.
    fn for_more(self) -> Self {
        let [_, source, project] = self.fields;
        Self { fields: [Input::default(), source, project], ..Self::default() }
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.fields.get_mut(self.at)
    }

    /// Writes a pasted text into the field.
    pub(super) fn paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        if let Some(input) = self.input() {
            input.insert(&text.replace('\n', " "));
        }
        self.written(effects);
    }

    /// What was written is another text than before.
    fn written(&mut self, effects: &mut Vec<Effect>) {
        self.names.clear();
        self.error = None;
        if self.at == SOURCE {
            effects.push(self.want_defaults());
        }
    }

    fn want_defaults(&self) -> Effect {
        ask(RunsRequest::Defaults(self.text(SOURCE).to_owned()))
    }
}

fn ask(request: RunsRequest) -> Effect {
    Effect::Ask(Request::Runs(request))
}

/// Asks what is to be imported, unless an import runs.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    if state.importing.running.is_some() {
        state.say("an import is running: wait for its end, or cancel it");
        return;
    }
    let form = state.importing.kept.take().unwrap_or_default();
    effects.push(form.want_defaults());
    state.modals.push(Modal::Import(Box::new(form)));
}

/// A key in the form; it stays open only if it is given back.
pub(super) fn key(
    state: &mut State,
    mut form: Box<ImportForm>,
    key: Key,
    effects: &mut Vec<Effect>,
) -> Option<Modal> {
    let last = form.fields.len() - 1;
    match key.code {
        KeyCode::Enter => return start(state, form, effects),
        KeyCode::Tab if form.at == PROJECT => form.at = PATHS,
        KeyCode::Tab => effects.push(ask(RunsRequest::Complete(form.text(form.at).to_owned()))),
        KeyCode::Down => (form.at, form.names) = ((form.at + 1).min(last), Vec::new()),
        KeyCode::Up | KeyCode::BackTab => (form.at, form.names) = (form.at.saturating_sub(1), Vec::new()),
        _ => {
            let before = form.text(form.at).to_owned();
            if let Some(input) = form.input() {
                input.key(key);
            }
            if form.text(form.at) != before {
                form.written(effects);
            }
        }
    }
    Some(Modal::Import(form))
}

fn start(state: &mut State, mut form: Box<ImportForm>, effects: &mut Vec<Effect>) -> Option<Modal> {
    let wrong = match (written(form.text(PATHS)), written(form.text(SOURCE))) {
        (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
        (Ok(paths), _) if paths.is_empty() => Some("which file or folder?".to_owned()),
        (_, Ok(sources)) if sources.len() > 1 => {
            Some("the source is one folder; put a name with blanks in quotes".to_owned())
        }
        _ => None,
    };
    if wrong.is_some() {
        form.error = wrong;
        return Some(Modal::Import(form));
    }
    let asked = ImportAsked {
        paths: form.text(PATHS).to_owned(),
        source: form.text(SOURCE).to_owned(),
        project: form.text(PROJECT).trim().to_owned(),
    };
    effects.push(ask(RunsRequest::Import(asked)));
    form.names.clear();
    state.importing = Importing { running: Some(Running::default()), kept: Some(*form) };
    state.say("importing: other work goes on meanwhile");
    None
}

/// The import that runs is not wanted any more.
pub(super) fn cancel(state: &mut State, effects: &mut Vec<Effect>) {
    match &mut state.importing.running {
        Some(running) => {
            running.is_cancelled = true;
            effects.push(ask(RunsRequest::CancelImport));
        }
        None => state.say("no import is running"),
    }
}

/// The end was asked for: an import that runs is not ended unasked.
pub(super) fn quit(state: &mut State, effects: &mut Vec<Effect>) {
    if state.importing.running.is_some() {
        state.modals.push(Modal::QuitImport);
    } else {
        effects.push(Effect::Quit);
    }
}

/// The names of files came, for what was written then.
pub(super) fn completed(state: &mut State, asked: &str, text: String, names: Vec<String>) {
    if let Some(Modal::Import(form)) = state.modals.last_mut()
        && form.text(form.at) == asked
    {
        if let Some(input) = form.input().filter(|_| text != asked) {
            *input = Input::of(text);
        }
        form.error = names.is_empty().then(|| "no file begins so".to_owned());
        form.names = if names.len() == 1 { Vec::new() } else { names };
    }
}

/// What holds where nothing is written came.
pub(super) fn defaults_came(state: &mut State, defaults: Defaults) {
    if let Some(Modal::Import(form)) = state.modals.last_mut()
        && form.text(SOURCE) == defaults.source
    {
        form.defaults = Some(defaults);
    }
}

/// The import that runs is so far.
pub(super) fn progressed(state: &mut State, progress: ImportProgress) {
    if let Some(running) = &mut state.importing.running {
        running.progress = Some(progress);
    }
}

/// The import has ended; says whether it changed anything.
pub(super) fn ended(state: &mut State, end: Result<ImportEnd, String>) -> bool {
    state.importing.running = None;
    let end = match end {
        Ok(end) => end,
        Err(why) => {
            state.fail(format!("not imported: {why}"));
            return false;
        }
    };
    if let Some((path, why)) = end.refused.first() {
        let more = match end.refused.len() {
            1 => String::new(),
            many => format!(", and {} more refused", many - 1),
        };
        state.fail(format!("{}; refused: {path}: {why}{more}", words(&end)));
    } else {
        if !end.is_cancelled {
            // The next files are likely of the same project.
            state.importing.kept = state.importing.kept.take().map(ImportForm::for_more);
        }
        state.say(words(&end));
    }
    end.read > 0 && !end.is_known
}

/// What an import came to, in a line.
fn words(end: &ImportEnd) -> String {
    if end.is_cancelled && end.read == 0 {
        return "import cancelled: the store is as it was".to_owned();
    }
    let head = if end.is_cancelled { "import cancelled after" } else { "imported" };
    let files = if end.read == 1 { "1 file".to_owned() } else { format!("{} files", end.read) };
    let mut line = format!("{head} {files} into {}: {}", end.project, end.counts);
    if end.changes.gone > 0 {
        line.push_str(&format!("; {} gone", end.changes.gone));
    }
    if end.is_known {
        line.push_str("; imported before");
    }
    if let Some(other) = &end.beside {
        line.push_str(&format!("; a new project beside `{other}`"));
    }
    line
}

#[cfg(test)]
mod tests;
