//! What of a case is copied: its place, its address, its text. What goes to the clipboard may be pasted into a shell:
//! it has no control characters, and what reorders a line is made visible.

use super::{DocketScreen, Open};
use crate::jobs::{Ask, Request};
use crate::text::visible;
use crate::tui::effect::Effect;

/// Asks a source tree for something, under a number; 0: it is known by itself.
fn asked(ticket: u64, ask: Ask) -> Effect {
    Effect::Ask(Request::Tree { ticket, ask })
}

impl Open {
    /// The file and line that one is at: the step of the data flow that is shown, else the case's.
    #[must_use]
    pub(in crate::tui) fn at(&self) -> (&str, (u32, u32)) {
        let step = self.step.and_then(|at| self.steps().get(at).copied());
        match step.filter(|step| !step.path.is_empty()) {
            Some(step) => (step.path, (step.place.start.line, step.place.last_line())),
            None => (self.view.listed.path.as_str(), self.flagged()),
        }
    }

    /// The place that one is at, as `path:line`.
    #[must_use]
    pub(in crate::tui) fn place(&self) -> String {
        match self.at() {
            ("", _) => visible(&self.view.listed.place()).into_owned(),
            (path, (0, _)) => visible(path).into_owned(),
            (path, (line, _)) => format!("{}:{line}", visible(path)),
        }
    }
}

impl DocketScreen {
    /// Asks for the address of the place that one is at.
    pub(in crate::tui) fn want_link(&self, ticket: u64) -> Option<Effect> {
        let open = self.here()?;
        let (path, lines) = open.at();
        let listed = &open.view.listed;
        Some(asked(
            ticket,
            Ask::Link {
                project: listed.project.clone(),
                path: path.to_owned(),
                lines,
                run: listed.row.last_run,
            },
        ))
    }

    /// Asks where the place that one is at is for an editor.
    pub(in crate::tui) fn want_place(&self, ticket: u64) -> Option<Effect> {
        let open = self.here()?;
        let (path, (line, _)) = open.at();
        if path.is_empty() {
            return None;
        }
        Some(asked(
            ticket,
            Ask::Locate {
                project: open.view.listed.project.clone(),
                path: path.to_owned(),
                file: open.file().filter(|file| file.path == path).cloned(),
                line,
            },
        ))
    }

    /// Asks what has changed in the file on the screen since it was scanned.
    pub(in crate::tui) fn want_changes(&self, ticket: u64) -> Option<Effect> {
        let open = self.here()?;
        let file = open.file().filter(|file| file.is_whole)?;
        Some(asked(ticket, Ask::Changes(open.view.listed.project.clone(), file.clone())))
    }

    /// Asks whether the file on the screen is as it was scanned, where that is not known.
    pub(super) fn want_compared(&mut self, effects: &mut Vec<Effect>) {
        let Some(open) = self.here_mut() else { return };
        let Some(file) = open.file().filter(|file| file.is_whole).cloned() else { return };
        if open.compared.as_ref().is_none_or(|(known, _)| !known.is(&file)) {
            open.compared = Some((file.clone(), None));
            let project = open.view.listed.project.clone();
            effects.push(asked(0, Ask::Compare(project, file)));
        }
    }
}
