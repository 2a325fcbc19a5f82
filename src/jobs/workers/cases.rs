//! The worker that fetches a case with its code and colours.

use std::ops::Range;
use std::sync::Arc;

use super::inbox::Inbox;
use super::serve::Work;
use super::shared::Shared;
use super::{CodeFile, Reply, Request};
use crate::docket::Weights;
use crate::jobs::desk::{Desk, DeskError};
use crate::source::Highlighter;

pub(super) struct Cases {
    desk: Desk,
    docket: Shared,
    weights: Weights,
    /// The file coloured last.
    coloured: Option<(Arc<CodeFile>, Highlighter)>,
}

impl Cases {
    #[cfg(test)]
    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(super) const fn new(desk: Desk, docket: Shared, weights: Weights) -> Self {
        Self { desk, docket, weights, coloured: None }
    }

    /// Colours lines, first as well as can be told at once and then exactly, unless something else is asked for.
    fn colour(
        &mut self,
        file: &Arc<CodeFile>,
        (lines, sight): (Range<u32>, Range<u32>),
        inbox: &Inbox,
        tell: &dyn Fn(Reply),
    ) {
        let known = self.coloured.take().filter(|(known, _)| known.is(file));
        let (_, highlighter) = self.coloured.insert(
            known.unwrap_or_else(|| (Arc::clone(file), Highlighter::new(&file.path, Arc::clone(&file.text)))),
        );
        let tell = |first, coloured| {
            tell(Reply::Colours { file: Arc::clone(file), first, lines: coloured });
        };
        // The guess of what is in sight is short, and a screen waits for it.
        let Some(guess) = highlighter.guess(sight.clone(), &|| false) else { return };
        tell(sight.start, guess.lines);
        if let Some(exact) = highlighter.exact(lines.clone(), &|| inbox.is_waiting()) {
            tell(lines.start, exact);
        }
    }
}

impl Work for Cases {
    fn work(&mut self, request: Request, inbox: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        match request {
            Request::Case(number) => {
                // What was decided since is read by a connection that sees it.
                self.desk.look_again()?;
                let docket = self.docket.now();
                if docket.loaded().standings && docket.row(number).is_none() {
                    // Taken back with its import since it was listed: the next list is without it.
                    return Ok(());
                }
                let view = self.desk.view_in(&docket, number, &self.weights)?;
                let code = self.desk.code_of(&docket, &view)?;
                tell(Reply::Case(Box::new(view), code.map(Arc::new)));
            }
            Request::Kept(mut listed) => {
                let name = listed.name;
                if self.desk.name_of(listed.number)? != Some(name) {
                    let Some(number) = self.desk.number_of(name)? else { return Ok(()) };
                    listed.number = number;
                }
                let view = self.desk.view_of(*listed)?;
                let code = self.desk.code_of(&self.docket.now(), &view)?;
                tell(Reply::Case(Box::new(view), code.map(Arc::new)));
            }
            Request::File { project, path } => {
                let file = self.desk.file_of(&project, &path)?;
                tell(Reply::File(path, file.map(Arc::new)));
            }
            Request::Colours { file, lines, sight } => {
                self.colour(&file, (lines, sight), inbox, tell);
            }
            _ => {}
        }
        Ok(())
    }

    fn renew(&mut self) {
        self.coloured = None;
        // What cannot be opened now is opened when it is asked for next.
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }
}

/// The worker that finds the functions and classes of a file, which neither a case nor a colour waits for.
pub(super) struct Outlines;

impl Work for Outlines {
    fn work(&mut self, request: Request, _: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        if let Request::Outline(file) = request {
            tell(Reply::Outlined(Arc::new(file.outlined())));
        }
        Ok(())
    }

    fn renew(&mut self) {}
}
