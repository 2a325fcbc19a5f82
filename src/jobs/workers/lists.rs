//! The worker that keeps the docket and lists it.

use super::inbox::Inbox;
use super::serve::Work;
use super::shared::Shared;
use super::{Reply, Request, rows};
use crate::docket::{Docket, Needs, Weights, Worth};
use crate::jobs::desk::{Desk, DeskError};

/// What a docket of the screen has at hand, so that no key waits for the store.
const ALL: Needs = Needs { paths: true, texts: false, standings: true, names: true, runs: true };

pub(super) struct Lists {
    desk: Desk,
    docket: Shared,
    weights: Weights,
}

impl Lists {
    pub(super) const fn new(desk: Desk, docket: Shared, weights: Weights) -> Self {
        Self { desk, docket, weights }
    }

    /// Reads the store anew.
    pub(super) fn read(&mut self) -> Result<Docket, DeskError> {
        self.desk = self.desk.again()?;
        self.docket.begin_reading();
        self.desk.docket(ALL)
    }

    /// Puts what was read in the place of what is here. Acts that came to be on disk meanwhile are not lost: what was
    /// read of their cases is read again until nobody acted on any.
    pub(super) fn put(&mut self, mut docket: Docket) -> Result<(), DeskError> {
        loop {
            let acted = self.docket.replace(&mut docket);
            if acted.is_empty() {
                return Ok(());
            }
            self.desk.look_again()?;
            for case in acted {
                if let Some(number) = self.desk.number_of(case)? {
                    let standing = self.desk.standing(&docket, number)?;
                    docket.set_standing(number, standing);
                }
            }
        }
    }
}

impl Work for Lists {
    fn work(&mut self, request: Request, _: &Inbox, tell: &dyn Fn(Reply)) -> Result<(), DeskError> {
        match request {
            Request::List { turn, filter, order, reload } => {
                if reload || !self.docket.now().loaded().standings {
                    let docket = self.read()?;
                    self.put(docket)?;
                }
                let docket = self.docket.now();
                let matched = self.desk.select(&docket, &filter)?;
                let evidence = self.desk.evidence(&docket);
                let worth = Worth::new(&docket, &self.weights, &evidence);
                let cases = docket.top(&matched, order, &worth, usize::MAX)?.into();
                tell(Reply::Listed { turn, version: docket.version(), cases, tally: docket.tally() });
            }
            Request::Rows(cases) => {
                let docket = self.docket.now();
                tell(Reply::Rows(rows(&self.desk, &docket, &self.weights, &cases)?));
            }
            Request::Survey { ticket, cases, range } => {
                let survey = self.docket.now().survey(cases.get(range).unwrap_or_default());
                tell(Reply::Surveyed { ticket, survey });
            }
            _ => {}
        }
        Ok(())
    }

    fn renew(&mut self) {
        // What cannot be opened now is opened when it is asked for next.
        if let Ok(desk) = self.desk.again() {
            self.desk = desk;
        }
    }
}
